"""Who follows what happens is woken by this instance and by others, and goes on when nobody can wake them."""

from collections.abc import AsyncGenerator

import pytest

from adapters.sql.store import SqlStore
from application.ports.notices import Notices
from application.ports.unit_of_work import UnitsOfWork
from tests.contracts.notices import NoticesContract, an_event, heard
from tests.contracts.sample import NOON, a_kept_session, a_kept_user
from tests.contracts.sealing import seal
from tests.contracts.session_directory import save_session
from tests.integration.relay import NOWHERE, Pooler
from tests.integration.session_instances import (
    Instance,
    an_instance,
    by_hand,
    eventually,
    listeners,
    terminate_listeners,
)

pytestmark = pytest.mark.anyio


class TestSqlNotices(NoticesContract):
    """On PostgreSQL, where no news of others can arrive."""

    @pytest.fixture
    async def instance(self, database_url: str) -> AsyncGenerator[Instance]:
        async with an_instance(database_url, news_url=NOWHERE) as instance:
            yield instance

    @pytest.fixture
    def units_of_work(self, instance: Instance) -> UnitsOfWork:
        return instance.unit_of_work

    @pytest.fixture
    def notices(self, instance: Instance) -> Notices:
        return instance.notices


async def test_who_follows_is_woken_when_another_instance_seals_events(database_url: str) -> None:
    async with an_instance(database_url) as here, an_instance(database_url, news_url=NOWHERE) as elsewhere:
        user = await a_kept_user(elsewhere.unit_of_work)
        await an_event(elsewhere.unit_of_work, user)
        ear = here.notices.listen()
        # It begins with a notice: what happened before is not known.
        await heard(ear)
        await seal(elsewhere.unit_of_work)
        await heard(ear)


async def test_who_follows_is_woken_when_another_instance_ends_a_session(database_url: str) -> None:
    async with an_instance(database_url) as here, an_instance(database_url, news_url=NOWHERE) as elsewhere:
        session = await a_kept_session(elsewhere.unit_of_work, await a_kept_user(elsewhere.unit_of_work))
        ear = here.notices.listen()
        await heard(ear)
        await save_session(elsewhere.unit_of_work, session.revoke(at=NOON))
        await heard(ear)


async def test_word_of_events_makes_nobody_forget_a_session(database_url: str) -> None:
    async with an_instance(database_url) as instance:
        session, user = await instance.remembered_session()
        ear = instance.notices.listen()
        by_hand(database_url, "NOTIFY satchel_events")
        await heard(ear)
        by_hand(database_url, "NOTIFY satchel_events, 'everything'")
        await heard(ear)
        assert await instance.directory.find(session.id) == (session, user)


async def test_who_may_have_missed_something_is_woken(database_url: str) -> None:
    async with an_instance(database_url) as instance:
        ear = instance.notices.listen()
        await heard(ear)
        terminate_listeners(database_url)
        await heard(ear)


async def test_behind_a_pooler_who_follows_still_hears_this_instance(database_url: str) -> None:
    async with Pooler(database_url).serving() as url, an_instance(url) as instance:
        ear = instance.notices.listen()
        await an_event(instance.unit_of_work, await a_kept_user(instance.unit_of_work))
        await heard(ear)


async def test_following_begins_to_listen_and_a_closed_store_no_longer_does(database_url: str) -> None:
    store = SqlStore(database_url, pool_size=2)
    await store.open()
    assert listeners(database_url) == 0
    await heard(store.notices.listen())
    assert listeners(database_url) == 1
    await store.close()

    async def is_gone() -> bool:
        return listeners(database_url) == 0

    await eventually(is_gone)
