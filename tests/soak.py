"""`make soak`: mixed traffic against two instances for a while, to see that nothing grows that should not.

It tells, about once in half a minute, the memory and the open files of each process, the connections of the
database and the rows of its tables, and in the end what grew. The exit code is 1 if something did that should not,
or if an answer was wrong.
"""

import argparse
import asyncio
import multiprocessing
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from http.client import HTTPConnection
from itertools import count
from multiprocessing.synchronize import Event
from pathlib import Path
from statistics import median, quantiles
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx
import psycopg
from psycopg import sql

from adapters.sql.tables import metadata
from benchmarks.resources import memory_mib
from tests.contracts.http_service import API, PASSWORD, SECRET_KEY, TASKS
from tests.integration.cli_processes import Service, children, running_in, serving_in
from tests.integration.own_postgresql import own_postgresql

PAUSE_SECONDS = 0.02
POOL_SIZE = 10
LOOKS = 20
# Tables of what is there now: the traffic takes away what it brings. The others tell what was, and grow with it.
STAYS = ("users", "tasks", "waiting_events")
# How much more memory a process may have in the end than when it was warm.
MEMORY_GROWTH_MOST = 0.2
_PAUSE_OF_PROBE = 0.05


class Options(argparse.Namespace):
    """What it was told."""

    minutes: float
    users: int
    slow: int


class Look(NamedTuple):
    """What there is at a moment; memory and files of each process, in their order."""

    memory: list[float]
    files: list[int]
    backends: int
    rows: dict[str, int]


def main(arguments: Sequence[str]) -> int:
    """Run it and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description="Mixed traffic for a while.")
    parser.add_argument("--minutes", type=float, default=10, help="for how long, 10 by default")
    parser.add_argument("--users", type=int, default=6, help="how many use it at a time, 6 by default")
    parser.add_argument("--slow", type=int, default=500, help="how many clients are slow, 500 by default")
    options = parser.parse_args(arguments, Options())
    with own_postgresql() as server, tempfile.TemporaryDirectory() as folder, serving_in(Path(folder)) as serve:
        variables = {
            "DATABASE_URL": server.url,
            "SECRET_KEY": SECRET_KEY,
            "LOG_LEVEL": "warning",
            "DATABASE_POOL_SIZE": str(POOL_SIZE),
            "RATE_LIMIT_SIGN_IN_FAILURES": "10000",
        }
        root = running_in(Path(folder))("users", "create", "root", "--role", "admin", stdin=PASSWORD, **variables)
        assert root.returncode == 0, root.stderr
        services = [serve("--workers", workers, **variables) for workers in ("1", "2")]
        urls = [service.url() for service in services]
        ended = multiprocessing.Event()
        told: multiprocessing.SimpleQueue[list[float]] = multiprocessing.SimpleQueue()
        probe = multiprocessing.Process(target=probe_liveness, args=(urls, ended, told))
        probe.start()
        try:
            answers, looks = asyncio.run(_soak(services, server.url, urls, options))
        finally:
            ended.set()
            latencies = told.get()
            probe.join()
    half, most, all_of_them = (
        f"{1000 * seconds:.1f} ms"
        for seconds in (median(latencies), quantiles(latencies, n=1000)[-1], max(latencies))
    )
    print(f"\nAnswers: {dict(sorted(answers.items()))}")
    print(
        f"Liveness beside {options.slow} slow clients: {len(latencies)} asked, half of them within {half}, "
        f"99.9 % within {most}, all within {all_of_them}"
    )
    faults = [
        *faults_in(looks, options),
        *(f"{n} answers of {status}" for status, n in answers.items() if status >= 500),
    ]
    print("\n".join(faults) or "Nothing grew that should not.")
    return 1 if faults else 0


def probe_liveness(urls: list[str], ended: Event, told: "multiprocessing.SimpleQueue[list[float]]") -> None:
    """Ask for signs of life until the end, in a process of its own, and tell how long each took."""
    latencies: list[float] = []
    while not ended.is_set():
        for url in urls:
            connection = HTTPConnection(urlsplit(url).netloc, timeout=30)
            began = time.perf_counter()
            connection.request("GET", "/health/live")
            assert connection.getresponse().status == 200
            latencies.append(time.perf_counter() - began)
            connection.close()
        time.sleep(_PAUSE_OF_PROBE)
    told.put(latencies)


async def _soak(
    services: list[Service], database: str, urls: list[str], options: Options
) -> tuple[Counter[int], list[Look]]:
    answers: Counter[int] = Counter()
    looks: list[Look] = []
    async with asyncio.TaskGroup() as group:
        traffic = [group.create_task(_use(urls, number, answers)) for number in range(options.users)]
        traffic += [group.create_task(_dawdle(urls[number % len(urls)], number)) for number in range(options.slow)]
        began = time.monotonic()
        for look in range(1, LOOKS + 1):
            await asyncio.sleep(max(0.0, began + 60 * options.minutes * look / LOOKS - time.monotonic()))
            looks.append(await asyncio.to_thread(_look, services, database))
            _show(time.monotonic() - began, looks[-1])
        for task in traffic:
            task.cancel()
    return answers, looks


async def _use(urls: list[str], number: int, answers: Counter[int]) -> None:
    """Do what people and programs do, now at the one and now at the other instance, and take all of it away."""
    async with httpx.AsyncClient(timeout=60) as http:

        async def asks(method: str, path: str, body: object = None) -> httpx.Response:
            await asyncio.sleep(PAUSE_SECONDS)
            answer = await http.request(method, urls[next(turns) % len(urls)] + path, json=body)
            answers[answer.status_code] += 1
            return answer

        turns: Iterator[int] = count(number)
        account = {"username": f"member{number}", "password": PASSWORD}
        await asks("POST", f"{API}/auth/signup", account)
        for lap in count():
            http.headers.pop("Authorization", None)
            await asks("POST", f"{API}/auth/login", {**account, "password": f"wrong {lap % 7}"})
            pair = (await asks("POST", f"{API}/auth/login", account)).json()
            pair = (await asks("POST", f"{API}/auth/refresh", {"refreshToken": pair["refreshToken"]})).json()
            http.headers["Authorization"] = f"Bearer {pair['accessToken']}"
            for _ in range(10):
                task = f"{TASKS}/{(await asks('POST', TASKS, {'title': f'Lap {lap}'})).json()['id']}"
                await asks("PATCH", task, {"status": "done"})
                await asks("GET", task)
                await asks("GET", f"{TASKS}?q=lap&limit=5")
                await asks("GET", f"{API}/search?q=lap")
                await asks("GET", "/auth/login")
                await asks("GET", f"{API}/nothing/{lap}")
                await asks("DELETE", task)
            with suppress(httpx.ReadTimeout):
                async with http.stream("GET", f"{urls[lap % len(urls)]}{API}/events?after=0", timeout=1) as stream:
                    answers[stream.status_code] += 1
                    async for _ in stream.aiter_lines():
                        pass
            await asks("POST", f"{API}/auth/logout")


async def _dawdle(url: str, number: int) -> None:
    """Send the head of a request, or its body, or nothing, by the byte, and begin anew when cut off."""
    address = urlsplit(url)
    said = (
        b"",
        b"GET /health HTTP/1.1\r\nHost: x\r\nX-Slow: ",
        b"POST /api/v1/auth/signup HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"Content-Length: 9999\r\n\r\n",
    )[number % 3]
    while True:
        with suppress(ConnectionError):
            _, writer = await asyncio.open_connection(address.hostname, address.port)
            try:
                writer.write(said)
                while not writer.is_closing():
                    await asyncio.sleep(5)
                    writer.write(b"a" if said else b"")
                    await writer.drain()
            finally:
                writer.transport.abort()
        await asyncio.sleep(1)


def _look(services: list[Service], database: str) -> Look:
    # Those that answer: a service's workers where it has some.
    pids = [pid for service in services for pid in sorted(children(service.process.pid)) or [service.process.pid]]
    with psycopg.connect(database) as connection:
        (backends,) = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'satchel'"
        ).fetchone() or (0,)
        rows: dict[str, int] = {}
        for table in metadata.sorted_tables:
            query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table.name))
            (rows[table.name],) = connection.execute(query).fetchone() or (0,)
    files = [len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in pids]
    return Look([memory_mib(pid) for pid in pids], files, backends, rows)


def _show(seconds: float, look: Look) -> None:
    memory = " ".join(f"{mib:.0f}" for mib in look.memory)
    rows = ", ".join(f"{name} {number}" for name, number in look.rows.items() if number)
    print(f"{seconds:5.0f} s: {memory} MiB; {look.files} files; {look.backends} connections; {rows}", flush=True)


def faults_in(looks: list[Look], options: Options) -> Iterator[str]:
    """Yield what grew; the first quarter of the time is for getting warm."""
    warm, last = looks[len(looks) // 4], looks[-1]
    for place, (before, after) in enumerate(zip(warm.memory, last.memory, strict=True)):
        if after > before * (1 + MEMORY_GROWTH_MOST):
            yield f"The memory of process {place} grew from {before:.0f} to {after:.0f} MiB."
    if last.backends > (most := len(last.memory) * (POOL_SIZE + 1)):
        yield f"There are {last.backends} connections of the database, more than {most}."
    for place, (before, after) in enumerate(zip(warm.files, last.files, strict=True)):
        if after > before + options.slow // 4 + POOL_SIZE:
            yield f"The open files of process {place} grew from {before} to {after}."
    for name in STAYS:
        # What is under way at the moment counts, too.
        if last.rows[name] > looks[0].rows[name] + 10 * options.users:
            yield f"The table {name} grew from {looks[0].rows[name]} to {last.rows[name]} rows."


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
