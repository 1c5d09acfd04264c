"""What the service's clients see while its database, or a part of itself, is stopped, frozen or killed."""

import asyncio
import os
import signal
import tempfile
import time
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import LiteralString

import anyio.to_thread
import httpx
import psycopg
import pytest
from psycopg import sql

from adapters.postgres.postmaster import free_port
from tests.contracts.http_service import API, PASSWORD, SECRET_KEY, TASKS
from tests.integration.cli_processes import PATIENCE, Service, children, running_in, serving_in
from tests.integration.own_postgresql import OwnPostgres, own_postgresql

pytestmark = pytest.mark.anyio

WRITERS = 8
# More than the longest wait that the service promises an end to: that for the database's own time-outs.
BOUND_SECONDS = 20.0
PAUSE = 0.05


@dataclass
class Scene:
    """A service of two workers on a PostgreSQL that may be mistreated, and somebody signed in."""

    start_service: Callable[[], Service]
    server: OwnPostgres
    service: Service = field(init=False)
    token: str = field(init=False)

    def __post_init__(self) -> None:
        """Sign in."""
        self.start()
        answer = self.service.call(f"{API}/auth/login", {"username": "ada", "password": PASSWORD})
        self.token = answer["accessToken"]

    def start(self) -> None:
        """Start the service, again if it ended."""
        self.service = self.start_service()
        self.service.url()

    def client(self, *, is_signed_in: bool = True) -> httpx.AsyncClient:
        """Return a client that takes an answer that takes too long for a fault."""
        headers = {"Authorization": f"Bearer {self.token}"} if is_signed_in else {}
        return httpx.AsyncClient(base_url=self.service.url(), headers=headers, timeout=BOUND_SECONDS)


@dataclass
class Told:
    """What the service said to those who used it.

    Attributes:
        kept: for each task that it said to have, the description it said to have and the version.
        answers: how often each status came.
        longest: how long an answer took at most.
    """

    kept: dict[int, tuple[str, str | None, str]] = field(default_factory=dict[int, tuple[str, str | None, str]])
    answers: Counter[int] = field(default_factory=Counter[int])
    longest: float = 0.0
    last_write: float = 0.0


@pytest.fixture(scope="module")
def scene() -> Generator[Scene]:
    """One for all tests of this module."""
    with (
        own_postgresql() as server,
        tempfile.TemporaryDirectory() as folder,
        serving_in(Path(folder)) as serve,
    ):
        variables = {
            "DATABASE_URL": server.url,
            "SECRET_KEY": SECRET_KEY,
            "ACCESS_TOKEN_MINUTES": "60",
            "LOG_LEVEL": "warning",
        }
        created = running_in(Path(folder))(
            "users", "create", "ada", "--role", "admin", stdin=PASSWORD, **variables
        )
        assert created.returncode == 0, created.stderr
        # Always at one address, also when it is started again.
        arguments = ("--workers", "2", "--port", str(free_port()))
        yield Scene(lambda: serve(*arguments, **variables), server)


async def write(
    scene: Scene, told: Told, name: str, ended: asyncio.Event, *, may_be_cut_off: bool = False
) -> None:
    """Create tasks and describe each, one after the other, and note what the service says it has."""
    number = 0
    async with scene.client() as http:
        while not ended.is_set():
            number += 1
            title = f"{name} {number}"
            try:
                answer = await noted(told, http.post(TASKS, json={"title": title}))
                if answer.status_code != 201:
                    await asyncio.sleep(PAUSE)
                    continue
                task = answer.json()["id"]
                told.kept[task] = (title, None, answer.headers["ETag"])
                told.last_write = time.monotonic()
                described = {"description": f"about {title}"}
                changed = await noted(told, http.patch(f"{TASKS}/{task}", json=described))
                if changed.status_code == 200:
                    told.kept[task] = (title, described["description"], changed.headers["ETag"])
                read = await noted(told, http.get(f"{TASKS}/{task}"))
                assert read.status_code == 503 or read.json()["title"] == title
            except httpx.TransportError:
                assert may_be_cut_off
                await asyncio.sleep(PAUSE)


async def noted(told: Told, call: Awaitable[httpx.Response]) -> httpx.Response:
    """Return the answer, which says when to come back where it is no success."""
    began = time.monotonic()
    answer = await call
    told.longest = max(told.longest, time.monotonic() - began)
    told.answers[answer.status_code] += 1
    assert answer.is_success or (answer.status_code == 503 and int(answer.headers["Retry-After"]) > 0), answer.text
    return answer


@asynccontextmanager
async def under_load(scene: Scene, name: str, *, may_be_cut_off: bool = False) -> AsyncGenerator[Told]:
    """Let many write while something happens, and ask all the while whether the service lives."""
    told, ended = Told(), asyncio.Event()

    async def probe() -> None:
        async with scene.client(is_signed_in=False) as http:
            while not ended.is_set():
                try:
                    assert (await http.get("/health/live")).status_code == 200
                except httpx.TransportError:
                    assert may_be_cut_off
                await asyncio.sleep(PAUSE)

    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
        group.create_task(probe())
        for writer in range(WRITERS):
            group.create_task(write(scene, told, f"{name} {writer}", ended, may_be_cut_off=may_be_cut_off))
        await until(lambda: len(told.kept) > WRITERS)
        yield told
        # Of each worker many more are wanted.
        more = len(told.kept) + 10 * WRITERS
        await until(lambda: len(told.kept) > more)
        ended.set()


async def until(condition: Callable[[], bool]) -> None:
    # What others do, and processes of their own, sets no event here.
    while not condition():  # noqa: ASYNC110  # see above
        await asyncio.sleep(PAUSE)


async def until_readiness_is(scene: Scene, status: int) -> None:
    """Wait until both workers, as far as several who ask at the same moment can tell, say so."""

    async def asked() -> int:
        async with scene.client(is_signed_in=False) as http:
            return (await http.get("/health/ready")).status_code

    while (answers := set(await asyncio.gather(*(asked() for _ in range(6))))) != {status}:
        assert answers <= {200, 503}


async def stop_and_start(scene: Scene) -> None:
    await anyio.to_thread.run_sync(scene.server.stop)
    await anyio.to_thread.run_sync(scene.server.start)


async def stay_away(scene: Scene) -> None:
    await anyio.to_thread.run_sync(scene.server.stop)
    await until_readiness_is(scene, 503)
    await anyio.to_thread.run_sync(scene.server.start)


async def fall_silent(scene: Scene) -> None:
    await anyio.to_thread.run_sync(scene.server.freeze)
    await until_readiness_is(scene, 503)
    await anyio.to_thread.run_sync(scene.server.thaw)


async def die(scene: Scene) -> None:
    await anyio.to_thread.run_sync(scene.server.kill)
    await until_readiness_is(scene, 503)
    await anyio.to_thread.run_sync(scene.server.start)


@pytest.mark.parametrize("happens", [stop_and_start, stay_away, fall_silent, die])
async def test_whatever_happens_to_the_database_nothing_acknowledged_is_lost_and_nothing_is_done_twice(
    scene: Scene, happens: Callable[[Scene], Awaitable[None]], record_property: Callable[[str, object], None]
) -> None:
    name = happens.__name__
    async with under_load(scene, name) as told:
        began = time.monotonic()
        await happens(scene)
        back = time.monotonic()
        await until(lambda: told.last_write > back)
        again = time.monotonic()
        await until_readiness_is(scene, 200)
    record_property("seconds away", round(back - began, 2))
    record_property("seconds until written again", round(again - back, 2))
    record_property("longest answer in seconds", round(told.longest, 2))
    record_property("answers", dict(told.answers))
    check(scene, told, name)


async def test_a_worker_killed_under_load_leaves_nothing_half_done_and_the_others_go_on(scene: Scene) -> None:
    async with under_load(scene, "worker", may_be_cut_off=True) as told:
        killed = min(children(scene.service.process.pid))
        os.kill(killed, signal.SIGKILL)
        await until(lambda: "was replaced" in scene.service.output)
        await until_readiness_is(scene, 200)
    check(scene, told, "worker")


async def test_a_service_killed_within_a_transaction_leaves_no_connection_no_lock_and_nothing_half_done(
    scene: Scene,
) -> None:
    async with under_load(scene, "service", may_be_cut_off=True) as told:
        task = min(told.kept)
        with psycopg.connect(scene.server.url) as holder:
            holder.execute("SELECT FROM tasks WHERE id = %s FOR UPDATE", (task,))
            async with scene.client() as http:
                waiting = asyncio.create_task(http.patch(f"{TASKS}/{task}", json={"priority": "high"}))
                await until(lambda: bool(backends(scene, "wait_event_type = 'Lock'")))
                os.killpg(scene.service.process.pid, signal.SIGKILL)
                with pytest.raises(httpx.TransportError):
                    await waiting
            await until(lambda: not backends(scene, "wait_event_type IS DISTINCT FROM 'Lock'"))
        await until(lambda: not backends(scene))
        check(scene, told, "service", unheard=task)
        scene.start()
    check(scene, told, "service", unheard=task)


def backends(scene: Scene, condition: LiteralString = "true") -> list[tuple[int]]:
    """Return which processes work for the service, of which this is true."""
    with psycopg.connect(scene.server.url) as connection:
        return connection.execute(
            sql.SQL("SELECT pid FROM pg_stat_activity WHERE application_name = 'satchel' AND {}").format(
                sql.SQL(condition)
            )
        ).fetchall()


def check(scene: Scene, told: Told, name: str, *, unheard: int | None = None) -> None:
    """Compare what the service said with what there is; and nothing is there by half.

    Of one task a change was never answered: PostgreSQL may have carried it out all the same, before it saw that
    nobody was there any more.
    """
    with psycopg.connect(scene.server.url) as connection:
        rows = connection.execute(
            "SELECT id, title, description, version FROM tasks WHERE title LIKE %s", (f"{name} %",)
        ).fetchall()
        happened = Counter(
            row[0]
            for row in connection.execute(
                "SELECT subject_id FROM events WHERE subject_type = 'task'"
                " UNION ALL SELECT subject_id FROM waiting_events WHERE subject_type = 'task'"
            )
        )
        tasks = {row[0] for row in connection.execute("SELECT id FROM tasks")}
    assert len({row[1] for row in rows}) == len(rows), "done twice"
    found = {row[0]: row for row in rows}
    for task, (title, description, tag) in told.kept.items():
        _, title_found, description_found, version = found[task]
        assert title_found == title
        if description is not None:
            assert description_found == description
            assert tag in {f'"{version}"', f'"{version - 1}"' if task == unheard else tag}
    assert set(happened) == tasks
    assert all(happened[task] == version for task, _, _, version in rows)
