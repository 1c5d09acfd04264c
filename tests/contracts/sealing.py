"""What every log of events owes those who seal and follow it. Needs the fixtures of `LockContract`."""

import asyncio
from collections.abc import Sequence
from itertools import pairwise

import pytest

from adapters.clock.fixed import FixedClock
from application.events import SealEvents
from application.ports.unit_of_work import UnitsOfWork
from domain.chain import is_linked, sealed
from domain.errors import Stale, Taken
from domain.events import Event, EventType, Head, RecordedEvent, WaitingEvent
from domain.users import User
from tests.contracts.sample import GREATEST_ID, NOON, a_kept_user, a_user, keep


async def seal(units_of_work: UnitsOfWork) -> None:
    """Give every event that waits its place."""
    await SealEvents(units_of_work, FixedClock(NOON))()


def numbered(user: User, number: int) -> Event:
    """Return an event that can be told from others."""
    return Event.of_user(EventType.USER_UPDATED, user, actor=user, at=NOON, number=number)


def numbers(recorded: Sequence[RecordedEvent | WaitingEvent]) -> list[object]:
    """Return which of the numbered events these are."""
    return [each.event.data["number"] for each in recorded]


async def everything(units_of_work: UnitsOfWork, *, after: int = 0, limit: int = 100) -> list[RecordedEvent]:
    """Return the log behind a place, read in portions."""
    seen: list[RecordedEvent] = []
    while True:
        async with units_of_work() as uow:
            portion = await uow.events.after(seen[-1].id if seen else after, limit=limit)
        assert len(portion) <= limit
        seen.extend(portion)
        if len(portion) < limit:
            return seen


async def waiting(units_of_work: UnitsOfWork, *, limit: int = 100) -> tuple[WaitingEvent, ...]:
    """Return what is not sealed yet."""
    async with units_of_work() as uow:
        return await uow.events.waiting(limit=limit)


async def head(units_of_work: UnitsOfWork) -> Head | None:
    """Return where the log ends."""
    async with units_of_work() as uow:
        return await uow.events.last()


def holds_together(log: Sequence[RecordedEvent]) -> bool:
    """Tell whether each event is what was sealed there, from the first on."""
    firsts = log[:1]
    return all(is_linked(first, after=None) for first in firsts) and all(
        is_linked(each, after=before) for before, each in pairwise(log)
    )


@pytest.mark.anyio
class SealingContract:
    """Events wait until they are sealed, and from then on have one place in one order, whoever seals them."""

    async def test_what_is_committed_waits_and_nobody_sees_it_in_the_log(self, units_of_work: UnitsOfWork) -> None:
        user = await a_kept_user(units_of_work)
        await keep(units_of_work, *(numbered(user, number) for number in range(3)))
        assert numbers(await waiting(units_of_work)) == [0, 1, 2]
        assert await everything(units_of_work) == []
        assert await head(units_of_work) is None

    async def test_what_is_sealed_waits_no_longer(self, units_of_work: UnitsOfWork) -> None:
        user = await a_kept_user(units_of_work)
        await keep(units_of_work, *(numbered(user, number) for number in range(3)))
        await seal(units_of_work)
        assert await waiting(units_of_work) == ()
        assert numbers(await everything(units_of_work)) == [0, 1, 2]

    async def test_those_that_wait_come_in_the_order_of_their_commits_the_first_first(
        self, units_of_work: UnitsOfWork
    ) -> None:
        user = await a_kept_user(units_of_work)
        for number in (0, 2, 4):
            await keep(units_of_work, numbered(user, number), numbered(user, number + 1))
        assert numbers(await waiting(units_of_work, limit=4)) == [0, 1, 2, 3]
        keys = [each.key for each in await waiting(units_of_work)]
        assert keys == sorted(set(keys))

    async def test_places_go_on_where_the_log_ends_and_the_log_holds_together(
        self, units_of_work: UnitsOfWork
    ) -> None:
        user = await a_kept_user(units_of_work)
        for number in range(5):
            await keep(units_of_work, numbered(user, 2 * number), numbered(user, 2 * number + 1))
            await seal(units_of_work)
        log = await everything(units_of_work)
        assert [each.id for each in log] == list(range(1, 11))
        assert numbers(log) == list(range(10))
        assert holds_together(log)
        assert await head(units_of_work) == Head(log[-1].id, log[-1].hash)

    async def test_a_reader_goes_on_from_any_place_in_portions_of_any_size(
        self, units_of_work: UnitsOfWork
    ) -> None:
        user = await a_kept_user(units_of_work)
        await keep(units_of_work, *(numbered(user, number) for number in range(7)))
        await seal(units_of_work)
        log = await everything(units_of_work)
        for after in range(9):
            for limit in (1, 3, 7, 100):
                assert await everything(units_of_work, after=after, limit=limit) == log[after:]
        assert await everything(units_of_work, after=GREATEST_ID) == []

    async def test_sealing_again_changes_nothing(self, units_of_work: UnitsOfWork) -> None:
        user = await a_kept_user(units_of_work)
        await keep(units_of_work, numbered(user, 0))
        await seal(units_of_work)
        log = await everything(units_of_work)
        await seal(units_of_work)
        assert await everything(units_of_work) == log

    async def test_a_crowd_is_sealed_in_one_go_however_many_there_are(self, units_of_work: UnitsOfWork) -> None:
        user = await a_kept_user(units_of_work)
        await keep(units_of_work, *(numbered(user, number) for number in range(2_001)))
        await seal(units_of_work)
        log = await everything(units_of_work, limit=1_000)
        assert numbers(log) == list(range(2_001))
        assert holds_together(log)

    async def test_many_who_seal_at_once_lose_nothing_and_double_nothing(
        self, units_of_work: UnitsOfWork, others_units_of_work: UnitsOfWork
    ) -> None:
        user = await a_kept_user(units_of_work)

        async def write(number: int) -> None:
            await keep(others_units_of_work if number % 2 else units_of_work, numbered(user, number))

        writing = [asyncio.create_task(write(number)) for number in range(30)]
        sealing = [
            asyncio.create_task(seal(others_units_of_work if number % 2 else units_of_work))
            for number in range(10)
        ]
        await asyncio.gather(*writing, *sealing)
        await seal(units_of_work)
        log = await everything(units_of_work)
        assert sorted(str(number) for number in numbers(log)) == sorted(str(number) for number in range(30))
        assert [each.id for each in log] == list(range(1, 31))
        assert holds_together(log)

    async def test_what_does_not_wait_any_longer_cannot_be_sealed_and_nothing_with_it(
        self, units_of_work: UnitsOfWork
    ) -> None:
        user = await a_kept_user(units_of_work)
        await keep(units_of_work, numbered(user, 0))
        first = await waiting(units_of_work)
        await seal(units_of_work)
        log = await everything(units_of_work)
        await keep(units_of_work, numbered(user, 1))
        both = (*first, *await waiting(units_of_work))
        async with units_of_work() as uow:
            uow.events.seal(both, tuple(sealed(both, after=await uow.events.last())))
            with pytest.raises(Stale):
                await uow.commit()
        assert await everything(units_of_work) == log
        assert numbers(await waiting(units_of_work)) == [1]

    async def test_a_sealing_that_is_left_or_refused_leaves_all_waiting(self, units_of_work: UnitsOfWork) -> None:
        user = await a_kept_user(units_of_work, "ada")
        await keep(units_of_work, numbered(user, 0), numbered(user, 1))
        before = await waiting(units_of_work)
        async with units_of_work() as uow:
            uow.events.seal(before, tuple(sealed(before, after=None)))
        async with units_of_work() as uow:
            uow.events.seal(before, tuple(sealed(before, after=None)))
            uow.users.add(a_user(GREATEST_ID, "ADA"))
            with pytest.raises(Taken):
                await uow.commit()
        assert await waiting(units_of_work) == before
        assert await everything(units_of_work) == []
        await seal(units_of_work)
        assert holds_together(await everything(units_of_work))
        assert numbers(await everything(units_of_work)) == [0, 1]

    async def test_an_event_of_a_unit_that_is_left_or_refused_never_waits(
        self, units_of_work: UnitsOfWork
    ) -> None:
        user = await a_kept_user(units_of_work, "ada")
        async with units_of_work() as uow:
            uow.events.add(numbered(user, 0))
        with pytest.raises(Taken):
            await keep(units_of_work, numbered(user, 1), a_user(GREATEST_ID, "ADA"))
        assert await waiting(units_of_work) == ()

    async def test_what_was_written_during_a_sealing_comes_behind_it(self, units_of_work: UnitsOfWork) -> None:
        user = await a_kept_user(units_of_work)
        await keep(units_of_work, numbered(user, 0))
        async with units_of_work() as uow:
            await uow.lock("events")
            before = await uow.events.waiting(limit=10)
            await keep(units_of_work, numbered(user, 1))
            uow.events.seal(before, tuple(sealed(before, after=None)))
            await uow.commit()
        assert numbers(await everything(units_of_work)) == [0]
        await seal(units_of_work)
        assert numbers(await everything(units_of_work)) == [0, 1]
