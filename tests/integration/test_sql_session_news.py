"""When news of ended sessions may not arrive, the database is asked, and no longer once it does again."""

import logging
from collections.abc import AsyncGenerator

import pytest

from adapters.sql.news import LEASE_SECONDS, News
from adapters.sql.session_directory import SqlSessionDirectory
from adapters.sql.store import SqlStore
from tests.contracts.sample import NOON, a_kept_session, a_kept_user
from tests.contracts.session_directory import save_session
from tests.integration.relay import NOWHERE, Pooler, Relay
from tests.integration.session_instances import (
    Instance,
    an_instance,
    by_hand,
    eventually,
    eventually_remembers,
    listeners,
    remembers,
    terminate_listeners,
)

pytestmark = pytest.mark.anyio

END_ALL = "UPDATE sessions SET revoked_at = now(), version = version + 1"


@pytest.fixture
async def line(database_url: str) -> Relay:
    """What the news comes by."""
    return Relay(database_url)


@pytest.fixture
async def instance(database_url: str, line: Relay) -> AsyncGenerator[Instance]:
    """An instance whose news comes by the line, and nothing else does."""
    async with line.serving() as news_url, an_instance(database_url, news_url=news_url) as instance:
        yield instance


async def test_a_listener_that_is_ended_is_replaced(database_url: str, instance: Instance) -> None:
    session, user = await instance.remembered_session()
    terminate_listeners(database_url)
    by_hand(database_url, END_ALL)

    async def is_seen() -> bool:
        return await instance.directory.find(session.id) != (session, user)

    await eventually(is_seen)
    await eventually_remembers(instance.directory, session)


async def test_while_no_listener_can_be_had_the_database_is_asked(
    database_url: str, line: Relay, instance: Instance
) -> None:
    session, user = await instance.remembered_session()
    line.upstream = NOWHERE
    line.drop()

    async def is_noticed() -> bool:
        return not await remembers(instance.directory, session)

    await eventually(is_noticed)
    for _ in range(3):
        assert not await remembers(instance.directory, session)
    by_hand(database_url, END_ALL)
    assert await instance.directory.find(session.id) != (session, user)
    line.upstream = database_url
    await eventually_remembers(instance.directory, session)
    assert await instance.directory.find(session.id) != (session, user)


async def test_when_the_line_is_silent_memory_counts_no_longer_than_the_lease(
    database_url: str, line: Relay, instance: Instance
) -> None:
    session, user = await instance.remembered_session()
    line.freeze()
    by_hand(database_url, END_ALL)
    instance.clock.advance(LEASE_SECONDS)
    ended = await instance.directory.find(session.id)
    assert ended is not None
    assert ended != (session, user)
    assert not await remembers(instance.directory, session)
    line.thaw()
    await eventually_remembers(instance.directory, session)
    assert await instance.directory.find(session.id) == ended


async def test_an_instance_that_stood_still_asks_before_it_believes_what_it_remembers(instance: Instance) -> None:
    session, _ = await instance.remembered_session()
    instance.clock.advance(3600)
    assert not await remembers(instance.directory, session)
    await eventually_remembers(instance.directory, session)


async def test_a_silent_line_is_noticed_by_the_clock_on_the_wall_too(database_url: str, line: Relay) -> None:
    store = SqlStore(database_url, pool_size=2)
    session = await a_kept_session(store.unit_of_work, await a_kept_user(store.unit_of_work))
    await store.close()
    async with line.serving() as news_url, an_instance(database_url) as instance:
        news = News(news_url)
        directory = SqlSessionDirectory(instance.connections, news)
        await eventually_remembers(directory, session)
        line.freeze()

        async def is_noticed() -> bool:
            return not await remembers(directory, session)

        await eventually(is_noticed)
        await news.close()


async def test_a_session_that_ends_while_nobody_listens_is_not_remembered_from_before(
    database_url: str, line: Relay, instance: Instance
) -> None:
    session, user = await instance.remembered_session()
    witness, _ = await instance.remembered_session()
    line.upstream = NOWHERE
    line.drop()

    async def is_noticed() -> bool:
        return not await remembers(instance.directory, witness)

    await eventually(is_noticed)
    by_hand(database_url, END_ALL)
    line.upstream = database_url
    await eventually_remembers(instance.directory, witness)
    assert await instance.directory.find(session.id) != (session, user)


@pytest.mark.parametrize("table", ["users", "sessions"])
async def test_while_changes_are_not_told_the_database_is_asked(
    table: str, database_url: str, instance: Instance
) -> None:
    session, user = await instance.remembered_session()
    by_hand(database_url, f"ALTER TABLE {table} DISABLE TRIGGER tell_of_change")

    async def is_noticed() -> bool:
        return not await remembers(instance.directory, session)

    await eventually(is_noticed)
    by_hand(database_url, END_ALL)
    assert await instance.directory.find(session.id) != (session, user)
    by_hand(database_url, f"ALTER TABLE {table} ENABLE TRIGGER tell_of_change")
    await eventually_remembers(instance.directory, session)


async def test_behind_a_pooler_the_database_is_asked_at_every_request_and_operators_are_told_once(
    database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    pooler = Pooler(database_url)
    # It must not come to that: a pooler would hand the listening connection to someone else.
    pooler.lose_answer_to = b"LISTEN"
    async with pooler.serving() as url, an_instance(url) as instance:
        user = await a_kept_user(instance.unit_of_work)
        session = await a_kept_session(instance.unit_of_work, user)
        with caplog.at_level(logging.INFO, logger="satchel"):
            await instance.directory.find(session.id)

            async def is_told() -> bool:
                return bool(caplog.messages)

            async def is_given_up() -> bool:
                return listeners(database_url) == 0

            await eventually(is_told)
            await eventually(is_given_up)
            for _ in range(3):
                assert not await remembers(instance.directory, session)
            revoked = await save_session(instance.unit_of_work, session.revoke(at=NOON))
            assert await instance.directory.find(session.id) == (revoked, user)
        (message,) = caplog.messages
        assert "pooler" in message


async def test_operators_are_told_once_when_news_stops_and_once_when_it_comes_again(
    database_url: str, line: Relay, instance: Instance, caplog: pytest.LogCaptureFixture
) -> None:
    session, _ = await instance.remembered_session()
    with caplog.at_level(logging.INFO, logger="satchel"):
        line.upstream = NOWHERE
        line.drop()

        async def is_noticed() -> bool:
            return not await remembers(instance.directory, session)

        await eventually(is_noticed)
        line.upstream = database_url
        await eventually_remembers(instance.directory, session)
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
