"""What every log of events owes. Needs the fixture `units_of_work`: opens units on an empty store."""

from dataclasses import replace
from datetime import datetime
from itertools import product

import pytest
from hypothesis import given

from application.paging import Page, PageRequest, Position
from application.ports.events import EventFilter, EventSort
from application.ports.unit_of_work import UnitsOfWork
from domain.errors import NotFound, Taken
from domain.events import Event, EventType, RecordedEvent, SubjectType, Value
from domain.users import User
from tests.contracts import hostile
from tests.contracts.sample import FIRST_MOMENT, GREATEST_ID, LAST_MOMENT, MINUTE, NOON, a_kept_user, a_user, keep
from tests.contracts.sealing import seal

EVERYTHING = EventFilter()
FIRST_FIRST = PageRequest(EventSort.ID, descending=False)


def _an_event(
    subject: User,
    type: EventType = EventType.USER_UPDATED,
    *,
    actor: User | None = None,
    at: datetime = NOON,
    **data: Value,
) -> Event:
    return Event.of_user(type, subject, actor=actor, at=at, **data)


async def _all(
    units_of_work: UnitsOfWork, wanted: EventFilter = EVERYTHING, request: PageRequest[EventSort] = FIRST_FIRST
) -> list[RecordedEvent]:
    """Seal what waits, and follow the cursors to the end."""
    await seal(units_of_work)
    seen: list[RecordedEvent] = []
    while True:
        async with units_of_work() as uow:
            page = await uow.events.page(wanted, request)
        assert page.total is None
        seen.extend(page.items)
        if page.next is None:
            return seen
        assert page.next == Position(None, page.items[-1].id)
        request = replace(request, after=page.next)


async def _events(units_of_work: UnitsOfWork, wanted: EventFilter = EVERYTHING) -> list[Event]:
    return [recorded.event for recorded in await _all(units_of_work, wanted)]


@pytest.mark.anyio
class EventRepositoryContract:
    """Events come back as they were written down, in that order, and whole or not at all with their change."""

    @hostile.settings
    @given(event=hostile.events())
    async def test_every_field_reads_back_as_it_was_written(
        self, units_of_work: UnitsOfWork, event: Event
    ) -> None:
        await keep(units_of_work, event)
        await seal(units_of_work)
        async with units_of_work() as uow:
            last = (await uow.events.page(EVERYTHING, PageRequest(EventSort.ID, limit=1))).items[0]
        assert last.event == event
        # 1 and True are equal, and not the same.
        assert {name: type(value) for name, value in last.event.data.items()} == {
            name: type(value) for name, value in event.data.items()
        }

    async def test_actor_subject_and_the_first_and_last_moments_fit(self, units_of_work: UnitsOfWork) -> None:
        greatest = a_user(GREATEST_ID)
        first = _an_event(greatest, actor=greatest, at=FIRST_MOMENT)
        last = _an_event(greatest, actor=greatest, at=LAST_MOMENT)
        await keep(units_of_work, greatest, first, last)
        assert await _events(units_of_work) == [first, last]

    async def test_what_was_written_does_not_change_with_what_it_was_written_from(
        self, units_of_work: UnitsOfWork
    ) -> None:
        user = await a_kept_user(units_of_work)
        data: dict[str, Value] = {"username": "before"}
        async with units_of_work() as uow:
            uow.events.add(replace(_an_event(user), data=data))
            data["username"] = "after"
            await uow.commit()
        assert [event.data for event in await _events(units_of_work)] == [{"username": "before"}]

    async def test_events_are_numbered_from_1_without_gaps_in_the_order_they_came(
        self, units_of_work: UnitsOfWork
    ) -> None:
        user = await a_kept_user(units_of_work)
        written = [_an_event(user, number=number) for number in range(12)]
        await keep(units_of_work, *written[:5])
        await keep(units_of_work, *written[5:6])
        await keep(units_of_work, *written[6:])
        recorded = await _all(units_of_work)
        assert [each.event for each in recorded] == written
        assert [each.id for each in recorded] == list(range(1, 13))

    async def test_an_event_of_a_unit_that_is_left_or_refused_never_happened(
        self, units_of_work: UnitsOfWork
    ) -> None:
        user = await a_kept_user(units_of_work, "ada")
        async with units_of_work() as uow:
            uow.events.add(_an_event(user))
        with pytest.raises(Taken):
            await keep(units_of_work, _an_event(user), a_user(GREATEST_ID, "ADA"))
        assert await _all(units_of_work) == []
        await keep(units_of_work, _an_event(user))
        assert len(await _all(units_of_work)) == 1

    async def test_before_the_commit_nobody_sees_the_event(self, units_of_work: UnitsOfWork) -> None:
        user = await a_kept_user(units_of_work)
        async with units_of_work() as uow:
            uow.events.add(_an_event(user))
            assert await _all(units_of_work) == []
            await uow.commit()
        assert len(await _all(units_of_work)) == 1

    async def test_an_actor_who_does_not_exist_is_refused_with_the_whole_change(
        self, units_of_work: UnitsOfWork
    ) -> None:
        newcomer = a_user(1)
        with pytest.raises(NotFound):
            await keep(units_of_work, newcomer, _an_event(newcomer, actor=a_user(GREATEST_ID)))
        assert await _all(units_of_work) == []
        async with units_of_work() as uow:
            assert await uow.users.get(newcomer.id) is None

    async def test_a_newcomer_may_be_the_actor_of_their_own_beginning(self, units_of_work: UnitsOfWork) -> None:
        newcomer = a_user(1)
        event = _an_event(newcomer, EventType.USER_CREATED, actor=newcomer)
        await keep(units_of_work, newcomer, event)
        assert await _events(units_of_work) == [event]

    @pytest.mark.parametrize("descending", [False, True])
    async def test_cursors_and_numbers_lead_through_the_log_in_either_direction(
        self, units_of_work: UnitsOfWork, descending: bool
    ) -> None:
        user = await a_kept_user(units_of_work)
        # Moments do not follow the order of the log: clocks differ.
        written = [_an_event(user, at=NOON - number * MINUTE) for number in range(7)]
        await keep(units_of_work, *written)
        expected = written[::-1] if descending else written
        for limit in (1, 3, 6, 7, 100):
            request = PageRequest(EventSort.ID, descending=descending, limit=limit)
            assert [each.event for each in await _all(units_of_work, EVERYTHING, request)] == expected
        for number, events in ((1, expected[:3]), (2, expected[3:6]), (3, expected[6:]), (4, [])):
            async with units_of_work() as uow:
                page = await uow.events.page(
                    EVERYTHING, PageRequest(EventSort.ID, descending=descending, limit=3, number=number)
                )
            assert [each.event for each in page.items] == events
            assert page.total == 7
            assert (page.next is None) == (number >= 3)

    async def test_a_reader_who_comes_back_goes_on_where_they_stopped(self, units_of_work: UnitsOfWork) -> None:
        user = await a_kept_user(units_of_work)
        await keep(units_of_work, _an_event(user, number=1), _an_event(user, number=2))
        last = (await _all(units_of_work))[-1]
        onwards = replace(FIRST_FIRST, after=Position(None, last.id))
        assert await _all(units_of_work, EVERYTHING, onwards) == []
        await keep(units_of_work, _an_event(user, number=3))
        assert [each.event.data["number"] for each in await _all(units_of_work, EVERYTHING, onwards)] == [3]

    async def test_every_condition_given_must_be_met(self, units_of_work: UnitsOfWork) -> None:
        ada, bob = await a_kept_user(units_of_work), await a_kept_user(units_of_work)
        written = [
            _an_event(subject, kind, actor=actor, at=at)
            for subject, kind, actor, at in product(
                (ada, bob),
                (EventType.USER_CREATED, EventType.USER_APPROVED, EventType.USER_DELETED),
                (ada, bob, None),
                (NOON - MINUTE, NOON, NOON + MINUTE),
            )
        ]
        await keep(units_of_work, *written)
        await seal(units_of_work)
        for types, actor_id, subject_id, after, before in product(
            (set[EventType](), {EventType.USER_CREATED}, {EventType.USER_DELETED, EventType.USER_APPROVED}),
            (None, ada.id, GREATEST_ID),
            (None, bob.id),
            (None, NOON - MINUTE, NOON),
            (None, NOON + MINUTE, NOON),
        ):
            wanted = EventFilter(
                types=frozenset(types),
                actor_id=actor_id,
                subject_type=None if subject_id is None else SubjectType.USER,
                subject_id=subject_id,
                after=after,
                before=before,
            )
            request = replace(FIRST_FIRST, limit=100, number=1)
            expected = [
                event
                for event in written
                if (not types or event.type in types)
                and actor_id in (None, event.actor_id)
                and subject_id in (None, event.subject_id)
                and (after is None or event.occurred_at > after)
                and (before is None or event.occurred_at < before)
            ]
            async with units_of_work() as uow:
                page = await uow.events.page(wanted, request)
            assert [each.event for each in page.items] == expected
            assert page.total == len(expected)

    async def test_an_empty_log_has_empty_pages(self, units_of_work: UnitsOfWork) -> None:
        async with units_of_work() as uow:
            assert await uow.events.page(EVERYTHING, FIRST_FIRST) == Page((), None)
            assert await uow.events.page(EVERYTHING, replace(FIRST_FIRST, number=1)) == Page((), None, 0)
