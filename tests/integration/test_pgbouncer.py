"""Satchel behind PgBouncer in transaction mode, which gives each transaction to any session of the server."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import AsyncExitStack
from typing import NamedTuple

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import func, literal_column, select, update

from adapters.sql import migration
from adapters.sql.connections import Connections
from adapters.sql.errors import UnexpectedRefusal
from adapters.sql.migration import MigrationFailed
from adapters.sql.pipeline import Held
from adapters.sql.tables import users
from domain.users import Role
from tests.contracts.http_accounts import SIGN_IN, is_in
from tests.contracts.http_cheats import creates
from tests.contracts.http_portability import imports, outcome
from tests.contracts.http_scene import CHEATS
from tests.contracts.http_service import API, PASSWORD, TASKS, Person, Service, items, serving
from tests.contracts.http_users import USERS
from tests.documented import ROOT
from tests.integration.pgbouncer import CONNECT_QUERY, bouncing
from tests.integration.postgresql import Server, database_name, new_database
from tests.integration.session_instances import eventually, listeners
from tests.integration.sql_pipelines import ECHO, QUOTIENT

pytestmark = pytest.mark.anyio

MANY = 300
LENGTH = 50_000
_LONG_ECHO = ECHO.add_columns(func.repeat(literal_column("'x'"), literal_column(str(LENGTH))).label("much"))
_LIMIT = select(func.current_setting(literal_column("'lock_timeout'")).label("limit"))
_RENAME = update(users).values(username=users.c.username)


class Pair(NamedTuple):
    """Two instances behind one PgBouncer; only the second has a way around it for news."""

    first: Service
    second: Service
    direct_url: str


async def test_what_is_tried_here_is_what_the_page_recommends() -> None:
    """What is set at each connection, and what Satchel is told; addresses are the test's own."""
    page = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    assert f"connect_query='{CONNECT_QUERY}'" in page
    for line in ("export DATABASE_POOLER=transaction", "export DATABASE_LISTEN_URL=", "pool_mode = transaction"):
        assert line in page


@pytest.fixture(scope="class")
async def pair(
    anyio_backend: str, postgresql: Server, _template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[Pair]:
    """Two instances on a database of their own."""
    async with AsyncExitStack() as stack:
        url = stack.enter_context(new_database(postgresql, template=_template))
        with psycopg.connect(url) as connection:
            name = sql.Identifier(database_name(url))
            connection.execute(sql.SQL("ALTER DATABASE {} SET timezone = 'Asia/Kathmandu'").format(name))
        pooled = {"DATABASE_URL": stack.enter_context(bouncing(url)), "DATABASE_POOLER": "transaction"}
        services = [
            await stack.enter_async_context(serving(tmp_path_factory.mktemp("satchel"), pooled | listening))
            for listening in ({}, {"DATABASE_LISTEN_URL": url})
        ]
        yield Pair(services[0], services[1], url)


@pytest.fixture
async def ada(pair: Pair, request: pytest.FixtureRequest) -> AsyncGenerator[Person]:
    """Someone signed in at the first instance, another for each test."""
    person = await pair.first.joins(f"ada-{abs(hash(request.node.name)) % 10**9}")
    async with person.http:
        yield person


class TestBehindPgBouncer:
    """People notice nothing of it."""

    async def test_what_is_written_is_read_changed_and_deleted(self, ada: Person) -> None:
        task = await ada.creates_task("Water the plants")
        path = f"{TASKS}/{task['id']}"
        read = await ada.http.get(path)
        changed = await ada.http.patch(path, json={"title": "Done"}, headers={"If-Match": read.headers["etag"]})
        assert changed.json()["title"] == "Done"
        assert changed.json()["createdAt"] == task["createdAt"]
        stale = await ada.http.patch(path, json={"title": "Late"}, headers={"If-Match": read.headers["etag"]})
        assert stale.status_code == 412
        assert [(each["title"], each["createdAt"]) for each in await ada.lists("q=done&creatorId=me&page=1")] == [
            ("Done", task["createdAt"])
        ]
        assert (await ada.http.delete(path)).status_code == 204

    async def test_files_are_taken_in_and_out(self, ada: Person) -> None:
        cheats = [{"title": f"Cheat {n}", "platforms": ["Linux"], "code": "x" * n} for n in range(1_100)]
        assert await imports(ada, *cheats) == outcome(created=1_100)
        assert await imports(ada, *cheats) == outcome(unchanged=1_100)
        assert len(items(await ada.http.get(f"{CHEATS}/export?ownerId=me"))) == 1_100

    async def test_constraints_still_tell_what_is_wrong(self, ada: Person) -> None:
        first, second = [await ada.http.post(f"{API}/topics", json={"name": "Bash"}) for _ in range(2)]
        assert (first.status_code, second.status_code) == (201, 409)

    async def test_of_two_admins_who_demote_each_other_one_stays(self, pair: Pair) -> None:
        one, other = [await pair.first.joins(name, Role.ADMIN) for name in ("root", "deputy")]
        answers = await asyncio.gather(
            one.http.patch(f"{USERS}/{other.id}", json={"role": "employee"}),
            other.http.patch(f"{USERS}/{one.id}", json={"role": "employee"}),
        )
        assert sorted(answer.is_success for answer in answers) == [False, True]

    async def test_failed_sign_ins_are_counted(self, pair: Pair, ada: Person) -> None:
        wrong = {"username": ada.username, "password": "wrong password"}
        assert (await pair.first.http.post(SIGN_IN, json=wrong)).status_code == 401
        assert (await pair.first.http.post(SIGN_IN, json=wrong | {"password": PASSWORD})).status_code == 200

    async def test_what_happens_is_in_the_log(self, pair: Pair, ada: Person) -> None:
        cheat = await creates(ada)
        root = await pair.first.joins(f"auditor-of-{ada.id}", Role.ADMIN)
        logged = items(await root.http.get(f"{API}/audit?subjectType=cheat&subjectId={cheat['id']}"))
        assert [each["type"] for each in logged] == ["cheat.created"]

    async def test_whoever_signs_out_is_out_everywhere_with_or_without_news(self, pair: Pair) -> None:
        for here, there in ((pair.first, pair.second), (pair.second, pair.first)):
            person = await here.joins(f"leaver-{id(here)}")
            elsewhere = await there.signs_in(person.username)
            elsewhere.http.headers.update(person.http.headers)
            assert await is_in(elsewhere)
            await person.http.post(f"{API}/auth/logout")

            async def is_out(elsewhere: Person = elsewhere) -> bool:
                return not await is_in(elsewhere)

            assert not await is_in(person)
            await eventually(is_out)

    async def test_news_comes_by_the_way_around_it(self, pair: Pair) -> None:
        assert await is_in(await pair.second.joins("listener"))

        async def is_listened() -> bool:
            return listeners(pair.direct_url) == 1

        await eventually(is_listened)


@pytest.fixture
def pooled_url(database_url: str) -> Generator[str]:
    """The URL of a migrated database behind PgBouncer."""
    with bouncing(database_url) as url:
        yield url


@pytest.mark.parametrize("with_tls", [False, True], ids=["plain", "TLS"])
async def test_everybody_gets_their_own_answer_or_error(database_url: str, *, with_tls: bool) -> None:
    with bouncing(database_url, with_tls=with_tls) as url:
        connections = Connections(url, pool_size=10, through_pooler=True)
        try:
            await _everybody_is_answered(connections)
        finally:
            await connections.close()


async def _everybody_is_answered(connections: Connections) -> None:

    async def echoed(said: int) -> int | None:
        if said % 7 == 0:
            with pytest.raises(UnexpectedRefusal):
                await connections.look_up(QUOTIENT, {"by": 0})
            return None
        # Larger than what TLS decrypts at once, so that answers lie ready of which the socket says nothing.
        echo = (await connections.look_up(_LONG_ECHO, {"said": said}))[0]
        assert len(echo.much) == LENGTH
        heard: int = echo.heard
        return heard

    async def in_turns(start: int) -> list[int | None]:
        return [await echoed(said) for said in range(start, start + 10)]

    answers = await asyncio.gather(*(in_turns(start) for start in range(0, MANY, 10)))
    assert [each for answer in answers for each in answer] == [n if n % 7 else None for n in range(MANY)]


async def test_a_change_waits_briefly_for_a_lock_and_takes_that_limit_along_to_nobody(
    pooled_url: str, database_url: str
) -> None:
    connections = Connections(pooled_url, pool_size=4, through_pooler=True)
    with psycopg.connect(database_url) as other:
        other.execute("LOCK TABLE users")
        with pytest.raises(Held):
            await connections.change([(_RENAME, {}, False)])
    for _ in range(10):
        assert (await connections.look_up(_LIMIT, {}))[0].limit == "5s"
    await connections.close()


def test_one_who_migrates_through_it_shuts_others_out_until_then_and_no_longer(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migration, "SECONDS_FOR_OTHER_MIGRATORS", 1)
    with bouncing(empty_database_url) as url:
        with migration.exclusive_connection(url), pytest.raises(MigrationFailed, match="Another migration"):
            migration.upgrade(empty_database_url)
        migration.upgrade(url, "0001")
        migration.upgrade(empty_database_url)
        migration.upgrade(url)
        assert migration.current(url) == migration.head()
