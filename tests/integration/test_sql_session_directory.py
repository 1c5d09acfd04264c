"""The SQL store's directory of sessions: what it remembers, and what makes it forget."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from sqlalchemy import Executable, Row, Select

from adapters.sql.connections import Connections
from adapters.sql.news import News
from adapters.sql.session_directory import SqlSessionDirectory
from adapters.sql.store import SqlStore
from application.ports.session_directory import SessionDirectory
from domain.sessions import USE_NOTED_AFTER, Session, SessionKind
from domain.users import Role, User, UserChanges
from tests.contracts.sample import NOON, a_kept_session, a_kept_user, a_session
from tests.contracts.session_directory import SessionDirectoryContract, save_session, save_user
from tests.integration.relay import Relay
from tests.integration.session_instances import (
    StoppedClock,
    an_instance,
    by_hand,
    eventually,
    eventually_remembers,
    listeners,
    remembers,
    statements,
)

pytestmark = pytest.mark.anyio


class TestSqlSessionDirectory(SessionDirectoryContract):
    """On PostgreSQL, with news coming in."""

    @pytest.fixture
    async def session_directory(self, store: SqlStore) -> SessionDirectory:
        someone = await a_kept_user(store.unit_of_work, "someone")
        await eventually_remembers(store.session_directory, await a_kept_session(store.unit_of_work, someone))
        return store.session_directory


async def test_many_sessions_are_found_without_a_statement_once_they_were_asked_for(database_url: str) -> None:
    async with an_instance(database_url) as instance:
        expected = {found[0].id: found for found in [await instance.remembered_session() for _ in range(5)]}
        with statements() as sent:
            assert await instance.directory.find_all(expected) == expected
        assert sent == []


async def test_those_of_many_that_are_not_remembered_are_asked_for_together_and_remembered(
    database_url: str,
) -> None:
    async with an_instance(database_url) as instance:
        known, user = await instance.remembered_session()
        others = [await a_kept_session(instance.unit_of_work, user) for _ in range(5)]
        ids = [known.id, *(session.id for session in others)]
        with statements() as sent:
            assert (await instance.directory.find_all(ids)).keys() == set(ids)
        assert len(sent) == 1
        for session in others:
            assert await remembers(instance.directory, session)


async def test_while_news_may_be_missing_many_are_asked_for_with_one_statement(database_url: str) -> None:
    async with an_instance(database_url) as instance:
        expected = {found[0].id: found for found in [await instance.remembered_session() for _ in range(5)]}
        instance.clock.advance(3600)
        with statements() as sent:
            assert await instance.directory.find_all(expected) == expected
        assert len(sent) == 1


@pytest.fixture
async def relay(database_url: str) -> AsyncGenerator[tuple[Relay, str]]:
    """A relay before the database, and its URL."""
    relay = Relay(database_url)
    async with relay.serving() as url:
        yield relay, url


async def test_a_live_session_is_found_again_and_again_without_a_statement(database_url: str) -> None:
    async with an_instance(database_url) as instance:
        session, user = await instance.remembered_session()
        with statements() as sent:
            answers = [await instance.directory.find(session.id) for _ in range(100)]
            answers += await asyncio.gather(*(instance.directory.find(session.id) for _ in range(100)))
        assert answers == [(session, user)] * 200
        assert sent == []


async def test_beyond_the_bound_those_not_asked_for_the_longest_are_forgotten(database_url: str) -> None:
    async with an_instance(database_url, most=2) as instance:
        first, user = await instance.remembered_session()
        second, _ = await instance.remembered_session(user)
        assert await remembers(instance.directory, first)
        third, _ = await instance.remembered_session()
        assert await remembers(instance.directory, first)
        assert await remembers(instance.directory, third)
        assert not await remembers(instance.directory, second)
        assert not await remembers(instance.directory, first)


CHANGES_ELSEWHERE: dict[str, Callable[[Session, User], Session | User]] = {
    "a sign-out": lambda session, _: session.revoke(at=NOON),
    "a new role": lambda _, user: user.change(UserChanges(role=Role.MANAGER), at=NOON),
    "a lost approval": lambda _, user: user.change(UserChanges(is_approved=False), at=NOON),
    "being switched off": lambda _, user: user.change(UserChanges(is_active=False), at=NOON),
    "deletion": lambda _, user: user.delete(at=NOON),
    "a new password": lambda _, user: user.change_password("$argon2id$other", at=NOON),
}


@pytest.mark.parametrize("change", CHANGES_ELSEWHERE)
async def test_what_another_instance_commits_is_seen_soon(change: str, database_url: str) -> None:
    async with an_instance(database_url) as here, an_instance(database_url) as elsewhere:
        session, user = await here.remembered_session()
        changed = CHANGES_ELSEWHERE[change](session, user)
        if isinstance(changed, User):
            await save_user(elsewhere.unit_of_work, changed)
        else:
            await save_session(elsewhere.unit_of_work, changed)
        expected = (session, changed) if isinstance(changed, User) else (changed, user)

        async def is_seen() -> bool:
            return await here.directory.find(session.id) == expected

        await eventually(is_seen)


async def test_that_a_browser_came_by_elsewhere_is_heard_of(database_url: str) -> None:
    async with an_instance(database_url) as here, an_instance(database_url) as elsewhere:
        _, user = await here.remembered_session()
        async with elsewhere.unit_of_work() as uow:
            session = replace(a_session(await uow.sessions.next_id(), user), kind=SessionKind.BROWSER)
            uow.sessions.add(session)
            await uow.commit()
        await eventually_remembers(here.directory, session)
        used = await save_session(elsewhere.unit_of_work, session.note_use(at=NOON + USE_NOTED_AFTER))

        async def is_seen() -> bool:
            return await here.directory.find(session.id) == (used, user)

        await eventually(is_seen)


async def test_sessions_that_another_instance_shuts_out_are_seen_ended_soon(database_url: str) -> None:
    async with an_instance(database_url) as here, an_instance(database_url) as elsewhere:
        mine, user = await here.remembered_session()
        others = [(await here.remembered_session(user))[0] for _ in range(3)]
        async with elsewhere.unit_of_work() as uow:
            uow.sessions.revoke_others(user.id, but=mine.id, at=NOON)
            await uow.commit()

        async def are_seen() -> bool:
            found = [await here.directory.find(session.id) for session in others]
            return found == [(session.revoke(at=NOON), user) for session in others]

        await eventually(are_seen)
        assert await here.directory.find(mine.id) == (mine, user)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE sessions SET revoked_at = now(), version = version + 1",
        "UPDATE sessions SET expires_at = created_at",
        "UPDATE users SET is_active = false",
        "DELETE FROM sessions",
        "TRUNCATE sessions",
    ],
)
async def test_what_an_operator_changes_by_hand_is_seen_soon(statement: str, database_url: str) -> None:
    async with an_instance(database_url) as instance:
        session, user = await instance.remembered_session()
        by_hand(database_url, statement)

        async def is_seen() -> bool:
            return await instance.directory.find(session.id) != (session, user)

        await eventually(is_seen)


@pytest.mark.parametrize(
    "news", ["", "everything", "user", "user x", "user 1 2", "session " + "9" * 5000, "USER 1", "\N{SNOWMAN}"]
)
async def test_news_that_nobody_understands_makes_an_instance_forget_everything_and_listen_on(
    news: str, database_url: str
) -> None:
    async with an_instance(database_url) as instance:
        session, _ = await instance.remembered_session()
        by_hand(database_url, f"NOTIFY satchel_sessions, '{news}'")

        async def is_forgotten() -> bool:
            return not await remembers(instance.directory, session)

        await eventually(is_forgotten)
        await eventually_remembers(instance.directory, session)


async def test_what_an_instance_commits_itself_it_sees_at_once_although_no_news_arrives(
    database_url: str, relay: tuple[Relay, str]
) -> None:
    line, news_url = relay
    async with an_instance(database_url, news_url=news_url) as instance:
        mine, user = await instance.remembered_session()
        other, _ = await instance.remembered_session(user)
        ended, _ = await instance.remembered_session(user)
        line.freeze()
        revoked = await save_session(instance.unit_of_work, ended.revoke(at=NOON))
        assert await instance.directory.find(ended.id) == (revoked, user)
        async with instance.unit_of_work() as uow:
            uow.sessions.revoke_others(user.id, but=mine.id, at=NOON)
            await uow.commit()
        assert await instance.directory.find(mine.id) == (mine, user)
        assert await instance.directory.find(other.id) == (other.revoke(at=NOON), user)
        deleted = await save_user(instance.unit_of_work, user.delete(at=NOON))
        assert await instance.directory.find(mine.id) == (mine, deleted)


async def test_a_commit_of_which_nobody_knows_whether_it_was_made_is_looked_up(
    database_url: str, relay: tuple[Relay, str]
) -> None:
    broken, url = relay
    quiet = Relay(database_url)
    async with quiet.serving() as news_url, an_instance(url, news_url=news_url) as instance:
        session, user = await instance.remembered_session()
        quiet.freeze()
        broken.lose_answer_to = b"UPDATE sessions"
        with pytest.raises(Exception, match="database"):
            await save_session(instance.unit_of_work, session.revoke(at=NOON))
        await eventually(lambda: _is_revoked(database_url))
        assert await instance.directory.find(session.id) == (session.revoke(at=NOON), user)


async def _is_revoked(url: str) -> bool:
    async with await psycopg.AsyncConnection.connect(url) as connection:
        found = await connection.execute("SELECT revoked_at IS NOT NULL FROM sessions")
        return await found.fetchall() == [(True,)]


class HeldAnswers(Connections):
    """Connections on which an answer of the database can be held back before anyone sees it."""

    def __init__(self, url: str) -> None:
        super().__init__(url, pool_size=4)
        self.holds_next = False
        self.is_held = asyncio.Event()
        self.release = asyncio.Event()

    async def look_up(
        self, statement: Select[*tuple[Any, ...]], values: Mapping[str, object]
    ) -> Sequence[Row[*tuple[Any, ...]]]:
        return await self._held(await super().look_up(statement, values))

    async def fetch(
        self, statement: Executable, values: Mapping[str, object] | None = None, *, plans_anew: bool = False
    ) -> Sequence[Row[*tuple[Any, ...]]]:
        return await self._held(await super().fetch(statement, values, plans_anew=plans_anew))

    async def _held(self, rows: Sequence[Row[*tuple[Any, ...]]]) -> Sequence[Row[*tuple[Any, ...]]]:
        if self.holds_next:
            self.holds_next = False
            self.is_held.set()
            await self.release.wait()
        return rows


@pytest.mark.parametrize("asked_for", ["alone", "among many"])
@pytest.mark.parametrize("ends_by", ["news", "a commit of its own"])
async def test_an_answer_that_is_older_than_the_end_of_its_session_is_not_remembered(
    ends_by: str, asked_for: str, database_url: str
) -> None:
    connections = HeldAnswers(database_url)
    news = News(database_url, now=StoppedClock())
    directory = SqlSessionDirectory(connections, news)
    store = SqlStore(database_url, pool_size=2)
    user = await a_kept_user(store.unit_of_work)
    witness, session = [await a_kept_session(store.unit_of_work, user) for _ in range(2)]
    await eventually_remembers(directory, witness)

    connections.holds_next = True

    async def ask() -> tuple[Session, User] | None:
        if asked_for == "alone":
            return await directory.find(session.id)
        return (await directory.find_all([witness.id, session.id])).get(session.id)

    asked = asyncio.create_task(ask())
    await connections.is_held.wait()
    if ends_by == "news":
        by_hand(database_url, "UPDATE sessions SET revoked_at = now()")

        async def has_heard() -> bool:
            return not await remembers(directory, witness)

        await eventually(has_heard)
    else:
        directory.forget(users=(), sessions=[session.id])
    connections.release.set()
    assert await asked == (session, user)
    assert not await remembers(directory, session)

    await news.close()
    await connections.close()
    await store.close()


async def test_who_never_asks_for_a_session_does_not_listen_and_a_closed_store_no_longer_does(
    database_url: str,
) -> None:
    store = SqlStore(database_url, pool_size=2)
    await store.open()
    session = await a_kept_session(store.unit_of_work, await a_kept_user(store.unit_of_work))
    assert listeners(database_url) == 0
    await eventually_remembers(store.session_directory, session)
    assert listeners(database_url) == 1
    await store.close()

    async def is_gone() -> bool:
        return listeners(database_url) == 0

    await eventually(is_gone)
