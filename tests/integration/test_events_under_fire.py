"""Hundreds of events by each of eight writers on two instances, with PostgreSQL restarted in the middle."""

import asyncio
import os
import random
import tempfile
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import NamedTuple

import anyio.to_thread
import httpx
import msgspec
import pytest

from adapters.postgres.server import EmbeddedPostgres
from adapters.sql import migration
from tests.contracts.http_service import API, PASSWORD, SECRET_KEY, TASKS
from tests.integration.cli_processes import Run, running_in
from tests.integration.http_server import running_server
from tests.integration.relay import Relay

pytestmark = pytest.mark.anyio

EVENTS = f"{API}/events"
WRITERS = 8
TASKS_EACH = int(os.environ.get("TEST_TASKS_EACH", "150"))
PATIENCE = 300
# Between two tries while the database is away.
PAUSE = 0.05


class Heard(NamedTuple):
    """An event as it came from the stream."""

    id: int
    type: str
    subject_id: int


class Pair(NamedTuple):
    """Two instances on one database, and how to take that away."""

    urls: tuple[str, str]
    token: str
    relay: Relay
    server: EmbeddedPostgres

    def client(self, instance: int) -> httpx.AsyncClient:
        """Return a client of one of the two, with the admin's token."""
        headers = {"Authorization": f"Bearer {self.token}"}
        return httpx.AsyncClient(base_url=self.urls[instance % 2], headers=headers, timeout=60)

    async def restart_postgresql(self) -> None:
        """Stop it as an operator does, and start it again."""
        await anyio.to_thread.run_sync(self.server.stop)
        self.relay.upstream = await anyio.to_thread.run_sync(self.server.start)


@pytest.fixture
async def pair(tmp_path: Path, anyio_backend: str) -> AsyncGenerator[Pair]:
    """Two processes of Satchel on a PostgreSQL of the test's own, and an admin signed in."""
    with tempfile.TemporaryDirectory(prefix="satchel-test-", ignore_cleanup_errors=True) as directory:
        server = EmbeddedPostgres(Path(directory))
        relay = Relay(await anyio.to_thread.run_sync(server.start))
        try:
            await anyio.to_thread.run_sync(migration.upgrade, relay.upstream)
            async with relay.serving() as url, AsyncExitStack() as stack:
                variables = {"DATABASE_URL": url, "SECRET_KEY": SECRET_KEY, "ACCESS_TOKEN_MINUTES": "60"}
                run: Run = running_in(tmp_path)
                created = await anyio.to_thread.run_sync(
                    lambda: run("users", "create", "ada", "--role", "admin", stdin=PASSWORD, **variables)
                )
                assert created.returncode == 0, created.stderr
                urls: list[str] = []
                for name in ("first", "second"):
                    (folder := tmp_path / name).mkdir()
                    running = running_server(folder, variables)
                    urls.append(await anyio.to_thread.run_sync(running.__enter__))
                    stack.push_async_callback(anyio.to_thread.run_sync, running.__exit__, None, None, None)
                async with httpx.AsyncClient(base_url=urls[0]) as http:
                    credentials = {"username": "ada", "password": PASSWORD}
                    token = (await http.post(f"{API}/auth/login", json=credentials)).json()["accessToken"]
                yield Pair((urls[0], urls[1]), token, relay, server)
        finally:
            await anyio.to_thread.run_sync(server.stop)


async def test_none_is_lost_none_comes_twice_and_all_come_in_one_order(pair: Pair) -> None:
    async with pair.client(0) as http:
        before = (await http.get(f"{API}/audit?limit=1")).json()[0]["id"]
    acknowledged: list[int] = []
    heard: list[Heard] = []
    written, half_written = asyncio.Event(), asyncio.Event()

    def is_all_heard() -> bool:
        return written.is_set() and set(acknowledged) <= {event.subject_id for event in heard}

    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
        group.create_task(_follow(pair, heard, after=before, until=is_all_heard))
        async with asyncio.TaskGroup() as writers:
            for writer in range(WRITERS):
                writers.create_task(_write(pair, writer, acknowledged, half_written))
            await half_written.wait()
            await pair.restart_postgresql()
        written.set()

    assert len(acknowledged) == len(set(acknowledged)) == WRITERS * TASKS_EACH
    assert [event.id for event in heard] == list(range(before + 1, before + 1 + len(heard)))
    created = [event.subject_id for event in heard if event.type == "task.created"]
    assert len(created) == len(set(created))
    assert set(acknowledged) <= set(created)
    for instance in range(2):
        async with pair.client(instance) as http:
            again: list[Heard] = []
            await _hear(http, again, after=before, most=len(heard), seconds=PATIENCE)
            assert again == heard


async def _write(pair: Pair, writer: int, acknowledged: list[int], half_written: asyncio.Event) -> None:
    """Create tasks one after the other, and note those that the service says it has."""
    kept = 0
    async with pair.client(writer) as http:
        while kept < TASKS_EACH:
            answer = await http.post(TASKS, json={"title": f"Of writer {writer}"})
            if answer.status_code == 503:
                await asyncio.sleep(PAUSE)
                continue
            assert answer.status_code == 201, answer.text
            acknowledged.append(answer.json()["id"])
            kept += 1
            if len(acknowledged) == WRITERS * TASKS_EACH // 2:
                half_written.set()


async def _follow(pair: Pair, heard: list[Heard], *, after: int, until: Callable[[], bool]) -> None:
    """Follow the stream, cut off at random, now at the one and now at the other instance."""
    chance = random.Random(7)  # noqa: S311  # for variety, not for secrets
    turn = 0
    while not until():
        turn += 1
        async with pair.client(turn) as http:
            last = heard[-1].id if heard else after
            await _hear(http, heard, after=last, most=chance.randint(1, 400), seconds=5)


async def _hear(http: httpx.AsyncClient, heard: list[Heard], *, after: int, most: int, seconds: float) -> None:
    """Take in so many events from the stream, or as many as come in that time."""
    end = len(heard) + most
    with suppress(TimeoutError):
        async with (
            asyncio.timeout(seconds),
            http.stream("GET", EVENTS, headers={"Last-Event-ID": str(after)}) as stream,
        ):
            if stream.status_code == 503:
                await asyncio.sleep(PAUSE)
                return
            assert stream.status_code == 200
            async for line in stream.aiter_lines():
                if line.startswith("data: "):
                    event = msgspec.json.decode(line.removeprefix("data: "))
                    heard.append(Heard(event["id"], event["type"], event["subject"]["id"]))
                    if len(heard) == end:
                        return
