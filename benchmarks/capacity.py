"""`python -m benchmarks.capacity`: what connections, streams, the log and a replica cost. See docs/scaling.md."""

import asyncio
import sys
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Final

import psycopg

from adapters.clock.system import SystemClock
from adapters.sql.connections import Connections
from adapters.sql.replica import Replica
from adapters.sql.store import SqlStore
from application.events import SealEvents
from benchmarks import machine
from benchmarks.contenders import CONTENDERS, Service, running_service
from benchmarks.database import Database, running_database
from benchmarks.load import sign_in_everyone
from benchmarks.options import TASKS
from benchmarks.replica import running_replica
from benchmarks.resources import cpu_seconds, memory_mib, settled_cpu_seconds
from benchmarks.rounds import CONNECTIONS

_OUT: Final = Path(__file__).resolve().parents[1] / ".bench"
_CORES: Final = 2
_SERVER_CONNECTIONS: Final = 50
_IDLE: Final = 1_000
_STREAMS_EACH: Final = 30
_EVENTS: Final = 20
_SEALED: Final = 20_000
_QUESTIONS_EACH: Final = 300
_PAUSE_SECONDS: Final = 0.1
_LIST: Final = "SELECT * FROM tasks ORDER BY created_at DESC, id DESC LIMIT 20"
_WAIT: Final = """
    INSERT INTO waiting_events (type, actor_id, subject_type, subject_id, data, occurred_at)
    SELECT 'task.created', 1, 'task', id, '{"title": "Bring the anchor", "priority": "medium"}', now()
    FROM generate_series(1, %s) AS id
"""

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def main() -> int:
    """Measure one thing after the other, print each, and return 0."""
    _OUT.mkdir(parents=True, exist_ok=True)
    machine.keep_to_cores(_CORES)
    with running_database(_OUT, tasks=TASKS) as database, ExitStack() as stack:
        _measure_connections(database)
        asyncio.run(_measure_sealing(database))
        asyncio.run(_measure_questions(database))
        service = stack.enter_context(running_service(CONTENDERS["satchel-1"], database.url, _OUT))
        tokens = [access for access, _ in sign_in_everyone(service.port, CONNECTIONS)]
        asyncio.run(_measure_clients(service, tokens))
    return 0


def _measure_connections(database: Database) -> None:
    before = memory_mib(database.pid)
    with ExitStack() as stack:
        for _ in range(_SERVER_CONNECTIONS):
            connection = stack.enter_context(psycopg.connect(database.url, autocommit=True, prepare_threshold=0))
            for _ in range(3):
                connection.execute(_LIST).fetchall()
        _say_memory("a connection of PostgreSQL", memory_mib(database.pid) - before, _SERVER_CONNECTIONS)


async def _measure_sealing(database: Database) -> None:
    store = SqlStore(database.url, pool_size=4)
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute(_WAIT, [_SEALED])
    theirs, ours, began = cpu_seconds(database.pid), time.process_time(), time.perf_counter()
    await SealEvents(store.unit_of_work, SystemClock())()
    seconds, ours = time.perf_counter() - began, time.process_time() - ours
    await store.close()
    _say(f"events sealed a second: {_SEALED / seconds:,.0f}")
    _say_cpu("events sealed", ours, settled_cpu_seconds(database.pid) - theirs, _SEALED)


async def _measure_questions(database: Database) -> None:
    with running_replica(database.url, _OUT) as read_url:
        primary = Connections(database.url, pool_size=4)
        replica = Replica(primary, Connections(read_url, pool_size=4))
        while not await replica.has_all():  # noqa: ASYNC110 - another process sets no event of ours
            await asyncio.sleep(_PAUSE_SECONDS)
        theirs, ours = cpu_seconds(database.pid), time.process_time()
        had_all = await asyncio.gather(*(_ask(replica) for _ in range(CONNECTIONS)))
        ours, theirs = time.process_time() - ours, settled_cpu_seconds(database.pid) - theirs
        await replica.close()
        await primary.close()
    if not all(had_all):
        raise RuntimeError("The replica was left out in between: let less run beside.")
    _say_cpu("questions whether a replica has everything", ours, theirs, CONNECTIONS * _QUESTIONS_EACH)


async def _ask(replica: Replica) -> bool:
    return all([await replica.has_all() for _ in range(_QUESTIONS_EACH)])


async def _measure_clients(service: Service, tokens: Sequence[str]) -> None:
    before = memory_mib(service.pid)
    async with _connections(service, [None] * _IDLE):
        _say_memory("an idle connection of a client", memory_mib(service.pid) - before, _IDLE)
    before = memory_mib(service.pid)
    async with _connections(service, list(tokens) * _STREAMS_EACH) as streams:
        _say_memory("a stream of events", memory_mib(service.pid) - before, len(streams))
        used = settled_cpu_seconds(service.pid)
        readers = [asyncio.create_task(_read_events(reader)) for reader, _ in streams]
        for number in range(_EVENTS):
            await _create_task(service.port, tokens[number % len(tokens)])
        await asyncio.gather(*readers)
        used = settled_cpu_seconds(service.pid) - used
        _say_cpu("events sent to a stream", used, None, _EVENTS * len(streams))


@asynccontextmanager
async def _connections(service: Service, tokens: Sequence[str | None]) -> AsyncGenerator[list[Connection]]:
    """Yield as many connections: each follows events, or is idle after a sign of life where there is no token."""
    async with AsyncExitStack() as stack:
        connections: list[Connection] = []
        for token in tokens:
            reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
            stack.push_async_callback(_close, writer)
            path, bearer = ("/health/live", "") if token is None else ("/api/v1/events", _bearer(token))
            writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n{bearer}\r\n".encode())
            connections.append((reader, writer))
        for reader, _ in connections:
            head = await reader.readuntil(b"\r\n\r\n")
            if b" 200 " not in head.split(b"\r\n", 1)[0]:
                raise RuntimeError(head.decode())
        yield connections


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


async def _read_events(reader: asyncio.StreamReader) -> None:
    for _ in range(_EVENTS):
        await reader.readuntil(b"event: task.created")


async def _create_task(port: int, token: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    body = b'{"title": "Bring the anchor"}'
    head = f"POST /api/v1/tasks HTTP/1.1\r\nHost: x\r\n{_bearer(token)}Connection: close\r\n"
    writer.write(f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
    answer = await reader.read()
    await _close(writer)
    if b" 201 " not in answer.split(b"\r\n", 1)[0]:
        raise RuntimeError(answer.decode())


def _bearer(token: str) -> str:
    return f"Authorization: Bearer {token}\r\n"


def _say_memory(of: str, mib: float, number: int) -> None:
    _say(f"memory of {of}: {mib / number * 1024:,.0f} KiB ({number} of them)")


def _say_cpu(of: str, service: float, database: float | None, number: int) -> None:
    theirs = "" if database is None else f", of PostgreSQL {database / number * 1000:.3f}"
    _say(f"CPU seconds for 1,000 {of}: of Satchel {service / number * 1000:.3f}{theirs} ({number} of them)")


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
