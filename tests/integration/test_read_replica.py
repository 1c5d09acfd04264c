"""Two instances on one PostgreSQL that read lists from a streaming replica of it: nobody ever finds less there."""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Generator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
import psycopg
import pytest
from sqlalchemy import func, select

from adapters.sql import replica
from adapters.sql.connections import Connections
from adapters.sql.lists import Lists
from adapters.sql.replica import Replica
from adapters.sql.store import SqlStore
from adapters.sql.tables import users
from application.paging import PageRequest
from application.ports.users import UserFilter, UserSort
from domain.errors import Unavailable
from domain.users import Role
from tests.contracts.http_posts import path_of, publishes
from tests.contracts.http_service import API, Person, Service, client, items, problem, serving
from tests.contracts.http_users import USERS
from tests.integration.cli_processes import calling_in
from tests.integration.own_postgresql import OwnPostgres, own_postgresql, own_replica
from tests.integration.session_instances import eventually

pytestmark = pytest.mark.anyio

AUDIT = f"{API}/audit"
POSTS = f"{API}/posts"
# Each with a table that its statement reads.
LISTS = {
    f"{API}/tasks": "tasks",
    f"{API}/tasks?page=1&status=todo": "tasks",
    f"{API}/tasks/summary": "tasks",
    f"{API}/cheats?q=water": "cheats",
    f"{API}/cheats/export?format=json": "cheats",
    f"{API}/platforms": "platforms",
    POSTS: "posts",
    USERS: "users",
    f"{API}/search?q=water": "posts",
    AUDIT: "events",
}


class Servers(NamedTuple):
    """A server and its replica."""

    primary: OwnPostgres
    replica: OwnPostgres


class Scene(NamedTuple):
    """Two instances, and an admin signed in at both."""

    servers: Servers
    first: Service
    second: Service
    root: Person

    def at_second(self, person: Person) -> httpx.AsyncClient:
        """Return how someone who signed in at the first instance comes to the second."""
        return client(self.second.app, headers=person.http.headers)


@pytest.fixture(scope="module")
def servers() -> Generator[Servers]:
    """A server with the schema, and a replica that follows it."""
    with pytest.MonkeyPatch.context() as patch, own_postgresql() as primary:
        patch.setattr(replica, "LEFT_OUT_SECONDS", 0.1)
        # Or the replica would let a statement be in its way for half a minute.
        execute(primary, "ALTER SYSTEM SET max_standby_streaming_delay = '100ms'")
        with own_replica(primary) as follower:
            yield Servers(primary, follower)


@pytest.fixture(scope="module")
async def scene(
    servers: Servers, anyio_backend: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[Scene]:
    """Both instances, which know their replica already."""
    variables = {
        "DATABASE_URL": servers.primary.url,
        "DATABASE_READ_URL": f"{servers.replica.url}?sslmode=disable",
    }
    async with AsyncExitStack() as stack:
        first, second = [
            await stack.enter_async_context(serving(tmp_path_factory.mktemp("satchel"), variables))
            for _ in range(2)
        ]
        yield Scene(servers, first, second, await first.joins("root", Role.ADMIN))


def execute(server: OwnPostgres, statement: str, *values: object) -> list[tuple[object, ...]]:
    """Execute a statement as the owner of the server, and return its rows."""
    with psycopg.connect(server.url, autocommit=True, application_name="tests") as connection:
        cursor = connection.execute(statement.encode(), values or None)
        return cursor.fetchall() if cursor.description else []


@contextmanager
def standing_still(server: OwnPostgres) -> Generator[None]:
    """Let the replica take what it is sent and show nothing of it."""
    execute(server, "SELECT pg_wal_replay_pause()")
    try:
        yield
    finally:
        execute(server, "SELECT pg_wal_replay_resume()")


async def is_read_from(server: OwnPostgres, http: httpx.AsyncClient, path: str, table: str) -> bool:
    """Ask for a list; tell whether it was this server that looked it up."""
    ((before,),) = execute(server, "SELECT clock_timestamp()")
    assert (await http.get(path)).status_code == 200
    read = """
        SELECT 1 FROM pg_stat_activity WHERE application_name = 'satchel'
            AND query_start > %s AND query ~ ('(FROM|JOIN) ' || %s)
    """
    return bool(execute(server, read, before, table))


async def eventually_from_the_replica(scene: Scene) -> None:
    """Wait until both instances read from the replica."""
    for http in (scene.root.http, scene.at_second(scene.root)):

        async def reads_there(http: httpx.AsyncClient = http) -> bool:
            return await is_read_from(scene.servers.replica, http, f"{API}/tasks", "tasks")

        await eventually(reads_there)


@pytest.mark.parametrize(("path", "table"), LISTS.items(), ids=LISTS)
async def test_lists_are_read_from_the_replica(scene: Scene, path: str, table: str) -> None:
    async def is_read_there() -> bool:
        return await is_read_from(scene.servers.replica, scene.root.http, path, table)

    await eventually(is_read_there)


async def test_whoever_writes_through_one_instance_finds_it_in_the_lists_of_both(scene: Scene) -> None:
    await eventually_from_the_replica(scene)
    there = scene.at_second(scene.root)
    for number in range(50):
        created = await scene.root.creates_task(f"Task {number}")
        here, elsewhere = await asyncio.gather(scene.root.http.get(f"{API}/tasks"), there.get(f"{API}/tasks"))
        assert [items(here)[0], items(elsewhere)[0]] == [created, created]
    await eventually_from_the_replica(scene)


async def test_while_the_replica_stands_still_nobody_finds_less_at_any_instance(scene: Scene) -> None:
    await eventually_from_the_replica(scene)
    there, strangers = scene.at_second(scene.root), (scene.first.http, scene.second.http)
    with standing_still(scene.servers.replica):
        post = await publishes(scene.root, "What is new today")
        for http in (scene.root.http, there, *strangers):
            assert items(await http.get(POSTS))[0] == post
        assert (await scene.root.http.patch(path_of(post), json={"isPublished": False})).is_success
        for http in strangers:
            assert post["id"] not in [each["id"] for each in items(await http.get(POSTS))]
        event, *_ = items(await there.get(AUDIT))
        assert (event["type"], event["subject"]["id"]) == ("post.updated", post["id"])
    await eventually_from_the_replica(scene)


async def test_while_the_replica_stands_still_nobody_may_do_what_they_may_no_more(scene: Scene) -> None:
    demoted = await scene.first.joins("demoted", Role.ADMIN)
    leaver = await scene.first.joins("leaver")
    await eventually_from_the_replica(scene)
    assert (await demoted.http.get(AUDIT)).is_success
    with standing_still(scene.servers.replica):
        change = await scene.root.http.patch(f"{USERS}/{demoted.id}", json={"role": "employee"})
        assert change.is_success
        problem(await demoted.http.get(AUDIT), 401, "unauthenticated")
        again = await scene.second.signs_in("demoted")
        problem(await again.http.get(AUDIT), 403, "forbidden")
        problem(await again.http.get(f"{USERS}?status=deleted"), 403, "forbidden")
        assert (await scene.root.http.delete(f"{USERS}/{leaver.id}")).status_code == 204
        problem(await leaver.http.get(f"{API}/tasks"), 401, "unauthenticated")
        listed = items(await again.http.get(f"{USERS}?limit=100"))
        assert leaver.id not in [each["id"] for each in listed]
    await eventually_from_the_replica(scene)


@pytest.mark.parametrize("fault", ["killed", "frozen"])
async def test_a_replica_that_is_away_is_done_without_and_asked_again_when_it_is_back(
    scene: Scene, fault: str
) -> None:
    await eventually_from_the_replica(scene)
    server = scene.servers.replica
    if fault == "killed":
        server.kill()
    else:
        server.freeze()
    try:
        for http in (scene.root.http, scene.at_second(scene.root)):
            created = await scene.root.creates_task(f"Written while it was {fault}")
            for path in LISTS:
                assert (await http.get(path)).status_code == 200
            assert items(await http.get(f"{API}/tasks"))[0] == created
            for path in ("/health", "/health/ready"):
                assert (await http.get(path)).status_code == 200
    finally:
        if fault == "killed":
            server.start()
        else:
            server.thaw()
    await eventually_from_the_replica(scene)


def test_the_doctor_tells_how_the_replica_is(servers: Servers, tmp_path: Path) -> None:
    def told(read_url: str) -> tuple[str, str]:
        document = calling_in(tmp_path)(
            "doctor", "--json", DATABASE_URL=servers.primary.url, DATABASE_READ_URL=read_url
        ).stdout
        (finding,) = (each for each in json.loads(document)["findings"] if each["subject"] == "replica")
        return finding["verdict"], finding["found"]

    assert told(servers.replica.url)[0] == "ok"
    with standing_still(servers.replica):
        execute(servers.primary, "SELECT pg_logical_emit_message(true, 'satchel', 'news')")
        assert told(servers.replica.url) == ("warn", "is seconds behind, or stands still")
    assert told(servers.primary.url) == ("warn", "is no replica")


@asynccontextmanager
async def following(primary: str, follower: str) -> AsyncGenerator[tuple[Connections, Replica]]:
    """Yield connections to a server, and a replica of it that has caught up."""
    connections = Connections(primary, pool_size=4)
    followed = Replica(connections, Connections(follower, pool_size=4))
    await eventually(followed.has_all)
    yield connections, followed
    await followed.close()
    await connections.close()


def slow_statements(server: OwnPostgres) -> int:
    """Count the connections of Satchel whose last statement was one that sleeps."""
    asked = "SELECT 1 FROM pg_stat_activity WHERE application_name = 'satchel' AND query ~ 'pg_sleep'"
    return len(execute(server, asked))


async def test_what_the_replica_has_to_give_up_the_primary_is_asked(servers: Servers) -> None:
    # As long as it reads the table, the replica cannot let go of it to someone who locks it at the primary.
    slowly = select(func.count(), func.pg_sleep(1.5)).select_from(select(users.c.id).limit(1).subquery())

    async def has_begun() -> bool:
        return bool(execute(servers.replica, "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'"))

    async with following(servers.primary.url, servers.replica.url) as (primary, follower):
        reading = asyncio.create_task(Lists(primary, follower).fetch(slowly, {}))
        await eventually(has_begun)
        await asyncio.to_thread(execute, servers.primary, "BEGIN; LOCK TABLE users; COMMIT")
        assert len(await reading) == 1
        assert slow_statements(servers.primary) == 1


async def test_what_took_all_its_time_on_the_replica_the_primary_is_spared(servers: Servers) -> None:
    hasty = f"{servers.replica.url}?options=-c%20statement_timeout%3D100ms"
    async with following(servers.primary.url, hasty) as (primary, follower):
        with pytest.raises(Unavailable):
            await Lists(primary, follower).fetch(select(func.pg_sleep(1.5)), {})
        assert slow_statements(servers.primary) == 0


class TestUnfit:
    """What is no replica of the server is left out, and the operator is told why."""

    async def lists_without(
        self, primary: OwnPostgres, read_url: str, caplog: pytest.LogCaptureFixture, why: str
    ) -> None:
        """Make sure that people are listed, that the read URL has no part in it, and that the log says why."""
        store = SqlStore(primary.url, pool_size=4, read_url=read_url)
        request = PageRequest(UserSort.USERNAME, descending=False, limit=1)

        async def is_told() -> bool:
            async with store.unit_of_work() as uow:
                await uow.users.page(UserFilter(), request)
            return why in caplog.text

        with caplog.at_level(logging.INFO, "satchel.replica"):
            await eventually(is_told)
        await store.close()
        assert [record.levelname for record in caplog.records if record.name == "satchel.replica"] == ["WARNING"]

    async def test_the_primary_itself(self, servers: Servers, caplog: pytest.LogCaptureFixture) -> None:
        await self.lists_without(servers.primary, servers.primary.url, caplog, "is no replica")

    async def test_another_server(
        self, servers: Servers, database_url: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        await self.lists_without(servers.primary, database_url, caplog, "no replica of DATABASE_URL's server")

    async def test_one_that_nobody_reaches(self, servers: Servers, caplog: pytest.LogCaptureFixture) -> None:
        nowhere = "postgresql://nobody@127.0.0.1:1/nothing"
        await self.lists_without(servers.primary, nowhere, caplog, "connection failed")

    async def test_one_that_is_promoted_and_those_that_do_not_follow_it(
        self, servers: Servers, caplog: pytest.LogCaptureFixture
    ) -> None:
        with own_replica(servers.primary) as promoted:
            async with following(servers.primary.url, promoted.url) as (_, follower):
                execute(promoted, "SELECT pg_promote()")
                with caplog.at_level(logging.WARNING, "satchel.replica"):
                    assert not await follower.has_all()
                assert "is no replica" in caplog.text
            caplog.clear()
            await self.lists_without(promoted, servers.replica.url, caplog, "has not confirmed yet")
