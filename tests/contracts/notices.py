"""What everything that wakes those who follow owes.

Needs the fixtures `units_of_work` and `notices`, of one and the same instance.
"""

import asyncio
from collections.abc import Callable

import pytest

from application.ports.notices import Ear, Notices
from application.ports.unit_of_work import UnitsOfWork
from domain.events import Event, EventType
from domain.users import User
from tests.contracts.sample import NOON, a_kept_session, a_kept_user, keep
from tests.contracts.sealing import seal
from tests.contracts.session_directory import CHANGES_OF_AN_ACCOUNT, a_manager, save_session, save_user

PATIENCE_SECONDS = 60


async def heard(ear: Ear) -> None:
    """Wait for a notice, and fail if none comes."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        await ear.wait(seconds=10 * PATIENCE_SECONDS)


async def an_event(units_of_work: UnitsOfWork, user: User) -> None:
    """Keep an event."""
    await keep(units_of_work, Event.of_user(EventType.USER_UPDATED, user, actor=user, at=NOON))


@pytest.mark.anyio
class NoticesContract:
    """Whoever listens is woken by what this instance commits, and misses nothing while not waiting."""

    async def test_who_waits_is_woken_by_an_event(self, units_of_work: UnitsOfWork, notices: Notices) -> None:
        user = await a_kept_user(units_of_work)
        waiting = asyncio.create_task(heard(notices.listen()))
        await an_event(units_of_work, user)
        await waiting

    async def test_who_waits_is_woken_when_events_get_their_places(
        self, units_of_work: UnitsOfWork, notices: Notices
    ) -> None:
        await an_event(units_of_work, await a_kept_user(units_of_work))
        waiting = asyncio.create_task(heard(notices.listen()))
        await seal(units_of_work)
        await waiting

    async def test_who_waits_is_woken_by_the_end_of_a_session(
        self, units_of_work: UnitsOfWork, notices: Notices
    ) -> None:
        session = await a_kept_session(units_of_work, await a_kept_user(units_of_work))
        waiting = asyncio.create_task(heard(notices.listen()))
        await save_session(units_of_work, session.revoke(at=NOON))
        await waiting

    @pytest.mark.parametrize("change", CHANGES_OF_AN_ACCOUNT.values(), ids=CHANGES_OF_AN_ACCOUNT.keys())
    async def test_who_waits_is_woken_by_a_change_of_an_account(
        self, change: Callable[[User], User], units_of_work: UnitsOfWork, notices: Notices
    ) -> None:
        user = await a_manager(units_of_work)
        waiting = asyncio.create_task(heard(notices.listen()))
        await save_user(units_of_work, change(user))
        await waiting

    async def test_what_was_committed_while_nobody_waited_spares_the_next_wait(
        self, units_of_work: UnitsOfWork, notices: Notices
    ) -> None:
        user = await a_kept_user(units_of_work)
        ear = notices.listen()
        await an_event(units_of_work, user)
        await heard(ear)

    async def test_everyone_who_listens_is_woken(self, units_of_work: UnitsOfWork, notices: Notices) -> None:
        user = await a_kept_user(units_of_work)
        waiting = [asyncio.create_task(heard(notices.listen())) for _ in range(5)]
        await an_event(units_of_work, user)
        await asyncio.gather(*waiting)

    async def test_one_who_stops_waiting_takes_nothing_from_the_others(
        self, units_of_work: UnitsOfWork, notices: Notices
    ) -> None:
        user = await a_kept_user(units_of_work)
        leaving, staying = (asyncio.create_task(heard(notices.listen())) for _ in range(2))
        await asyncio.sleep(0)
        leaving.cancel()
        await asyncio.wait([leaving])
        await an_event(units_of_work, user)
        await staying

    async def test_who_hears_nothing_goes_on_when_the_time_is_up(self, notices: Notices) -> None:
        ear = notices.listen()
        async with asyncio.timeout(PATIENCE_SECONDS):
            for _ in range(5):
                await ear.wait(seconds=0.001)
