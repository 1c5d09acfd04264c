"""The SQL store's directory of sessions: what it remembers, and for how long."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from sqlalchemy import Executable, Row, Select

from adapters.sql.connections import Connections
from adapters.sql.news import News
from adapters.sql.session_directory import SqlSessionDirectory
from adapters.sql.store import SqlStore
from application.ports.session_directory import SessionDirectory
from domain.sessions import Session
from domain.users import User
from tests.contracts.sample import a_kept_session, a_kept_user
from tests.contracts.session_directory import SessionDirectoryContract
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
