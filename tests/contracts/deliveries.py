"""What every repository of webhooks owes of the deliveries that are to be made.

Needs two fixtures, `units_of_work` and `others_units_of_work`, which open units of work on one empty store: the
latter as another instance of the service does, where the store can serve several.
"""

import asyncio
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given

from adapters.clock.fixed import FixedClock
from application.events import SealEvents
from application.ports.unit_of_work import UnitsOfWork
from domain.events import Event, EventType, RecordedEvent
from domain.webhooks import Delivery, DeliveryStatus, WebhookChanges
from tests.contracts import hostile
from tests.contracts.sample import GREATEST_ID, LAST_MOMENT, MINUTE, NOON, keep
from tests.contracts.webhook_sample import (
    LEASE,
    a_kept_webhook,
    claim,
    deliveries_to,
    remove_webhook,
    save_delivery,
    save_webhook,
    settle,
    something_happens,
    stored_delivery,
)

CREATED, DELETED, RENAMED = EventType.TASK_CREATED, EventType.TASK_DELETED, EventType.TOPIC_UPDATED


async def _enqueue(units_of_work: UnitsOfWork, recorded: tuple[RecordedEvent, ...]) -> None:
    async with units_of_work() as uow:
        uow.webhooks.enqueue(recorded, at=NOON)
        await uow.commit()


@pytest.mark.anyio
class DeliveryQueueContract:
    """What is to be told is queued with the events, and taken by one at a time."""

    async def test_each_webhook_is_told_of_what_it_wants_and_those_that_are_off_of_nothing(
        self, units_of_work: UnitsOfWork
    ) -> None:
        everything = await a_kept_webhook(units_of_work)
        some = await a_kept_webhook(units_of_work, types=[CREATED, RENAMED])
        off = await a_kept_webhook(units_of_work, is_active=False)
        happened = await something_happens(units_of_work, CREATED, DELETED, RENAMED)
        ids = [each.id for each in happened]
        assert [each.event_id for each in await deliveries_to(units_of_work, everything)] == ids
        assert [each.event_id for each in await deliveries_to(units_of_work, some)] == [ids[0], ids[2]]
        assert await deliveries_to(units_of_work, off) == ()

    async def test_what_was_settled_can_be_removed_in_portions_and_what_may_be_tried_again_stays(
        self, units_of_work: UnitsOfWork
    ) -> None:
        webhook = await a_kept_webhook(units_of_work)
        await something_happens(units_of_work, *[CREATED] * 4, at=NOON)
        due = await claim(units_of_work, at=NOON)
        for each, status in zip(due, (200, 204, 410, 500), strict=True):
            await settle(units_of_work, each, at=NOON + MINUTE, status=status)
        given_up = replace(
            due[2].delivery, status=DeliveryStatus.FAILED, next_attempt_at=None, last_attempt_at=NOON + MINUTE
        )
        await save_delivery(units_of_work, given_up, before=(await deliveries_to(units_of_work, webhook))[2])
        pending = [each for each in await deliveries_to(units_of_work, webhook) if each.next_attempt_at]
        assert len(pending) == 1
        async with units_of_work() as uow:
            assert await uow.webhooks.remove_settled(NOON, most=10) == 0
            assert await uow.webhooks.remove_settled(NOON + MINUTE, most=2) == 2
            assert await uow.webhooks.remove_settled(NOON + MINUTE, most=2) == 1
            assert await uow.webhooks.remove_settled(LAST_MOMENT, most=2) == 0
        assert list(await deliveries_to(units_of_work, webhook)) == pending

    async def test_a_queued_delivery_is_due_at_once_and_was_never_tried(self, units_of_work: UnitsOfWork) -> None:
        webhook = await a_kept_webhook(units_of_work)
        (happened,) = await something_happens(units_of_work, CREATED, at=NOON)
        (delivery,) = await deliveries_to(units_of_work, webhook)
        assert delivery == Delivery(
            id=delivery.id,
            webhook_id=webhook.id,
            event_id=happened.id,
            status=DeliveryStatus.PENDING,
            attempts=0,
            next_attempt_at=NOON,
            last_attempt_at=None,
            response_status=None,
            error=None,
            created_at=NOON,
        )

    async def test_what_is_queued_twice_is_one_delivery(self, units_of_work: UnitsOfWork) -> None:
        webhook = await a_kept_webhook(units_of_work)
        happened = await something_happens(units_of_work, CREATED, DELETED)
        before = await deliveries_to(units_of_work, webhook)
        await _enqueue(units_of_work, happened)
        assert await deliveries_to(units_of_work, webhook) == before

    async def test_what_happened_before_a_webhook_was_there_it_is_not_told_of(
        self, units_of_work: UnitsOfWork
    ) -> None:
        await something_happens(units_of_work, CREATED)
        webhook = await a_kept_webhook(units_of_work)
        await _enqueue(units_of_work, ())
        assert await deliveries_to(units_of_work, webhook) == ()

    async def test_the_deliveries_to_a_webhook_go_with_it(self, units_of_work: UnitsOfWork) -> None:
        webhook, other = [await a_kept_webhook(units_of_work) for _ in range(2)]
        await something_happens(units_of_work, CREATED)
        (due,) = [due for due in await claim(units_of_work) if due.webhook.id == webhook.id]
        await remove_webhook(units_of_work, webhook)
        assert await deliveries_to(units_of_work, webhook) == ()
        assert len(await deliveries_to(units_of_work, other)) == 1
        await settle(units_of_work, due, at=NOON, status=200)
        assert await stored_delivery(units_of_work, due.delivery) is None

    @hostile.settings
    @given(event=hostile.events())
    async def test_a_claim_brings_the_delivery_the_webhook_and_the_event_as_they_are(
        self, units_of_work: UnitsOfWork, event: Event
    ) -> None:
        webhook = await a_kept_webhook(units_of_work)
        await keep(units_of_work, event)
        await SealEvents(units_of_work, FixedClock(NOON))()
        (due,) = await claim(units_of_work)
        assert due.webhook == webhook
        assert due.event.event == event
        async with units_of_work() as uow:
            assert (due.event,) == await uow.events.after(due.delivery.event_id - 1, limit=1)
        assert (due.delivery.attempts, due.delivery.next_attempt_at) == (1, NOON + LEASE)
        assert await stored_delivery(units_of_work, due.delivery) == due.delivery
        await remove_webhook(units_of_work, webhook)

    async def test_of_instances_that_claim_at_once_no_two_get_the_same_and_together_they_get_all(
        self, units_of_work: UnitsOfWork, others_units_of_work: UnitsOfWork
    ) -> None:
        for _ in range(5):
            await a_kept_webhook(units_of_work)
        await something_happens(units_of_work, *[CREATED] * 12)
        claimed: list[int] = []
        while found := await asyncio.gather(
            *(claim(others_units_of_work if number % 2 else units_of_work, limit=4, each=3) for number in range(6))
        ):
            if not any(found):
                break
            claimed += [due.delivery.id for dues in found for due in dues]
        assert len(claimed) == 60
        assert len(set(claimed)) == 60

    async def test_what_is_claimed_is_due_again_when_its_lease_has_run_out(
        self, units_of_work: UnitsOfWork, others_units_of_work: UnitsOfWork
    ) -> None:
        await a_kept_webhook(units_of_work)
        await something_happens(units_of_work, CREATED)
        (first,) = await claim(units_of_work)
        almost = NOON + LEASE - MINUTE / 60
        assert await claim(others_units_of_work, at=almost) == []
        (second,) = await claim(others_units_of_work, at=NOON + LEASE)
        assert (second.delivery.id, second.delivery.attempts) == (first.delivery.id, 2)

    async def test_whose_lease_has_run_out_settles_nothing(
        self, units_of_work: UnitsOfWork, others_units_of_work: UnitsOfWork
    ) -> None:
        await a_kept_webhook(units_of_work)
        await something_happens(units_of_work, CREATED)
        (late,) = await claim(units_of_work)
        (second,) = await claim(others_units_of_work, at=NOON + LEASE)
        await settle(units_of_work, late, at=NOON + LEASE, status=500)
        assert await stored_delivery(units_of_work, second.delivery) == second.delivery
        settled = await settle(others_units_of_work, second, at=NOON + LEASE, status=200)
        assert await stored_delivery(units_of_work, second.delivery) == settled

    async def test_who_was_at_it_when_it_was_asked_for_again_settles_nothing(
        self, units_of_work: UnitsOfWork, others_units_of_work: UnitsOfWork
    ) -> None:
        await a_kept_webhook(units_of_work)
        await something_happens(units_of_work, CREATED)
        (late,) = await claim(units_of_work)
        again = late.delivery.redeliver(at=NOON + MINUTE / 60)
        await save_delivery(others_units_of_work, again, before=late.delivery)
        (second,) = await claim(others_units_of_work, at=NOON + MINUTE / 60)
        assert second.delivery.attempts == late.delivery.attempts
        await settle(units_of_work, late, at=NOON + MINUTE, status=500)
        assert await stored_delivery(units_of_work, second.delivery) == second.delivery

    async def test_what_failed_is_due_again_when_its_delay_is_over_and_what_succeeded_is_not(
        self, units_of_work: UnitsOfWork
    ) -> None:
        await a_kept_webhook(units_of_work)
        await something_happens(units_of_work, CREATED, DELETED)
        failing, succeeding = await claim(units_of_work)
        failed = await settle(units_of_work, failing, at=NOON, status=500)
        await settle(units_of_work, succeeding, at=NOON, status=204)
        assert failed.next_attempt_at is not None
        assert await claim(units_of_work, at=failed.next_attempt_at - MINUTE / 60) == []
        (again,) = await claim(units_of_work, at=failed.next_attempt_at)
        assert (again.delivery.id, again.delivery.attempts) == (failing.delivery.id, 2)
        assert await claim(units_of_work, at=LAST_MOMENT - LEASE) == [
            replace(
                again,
                delivery=replace(again.delivery, attempts=3, next_attempt_at=LAST_MOMENT),
            )
        ]

    async def test_what_is_asked_for_again_is_due_whatever_became_of_it(self, units_of_work: UnitsOfWork) -> None:
        await a_kept_webhook(units_of_work)
        await something_happens(units_of_work, CREATED)
        (due,) = await claim(units_of_work)
        delivered = await settle(units_of_work, due, at=NOON, status=200)
        again = delivered.redeliver(at=NOON + MINUTE)
        await save_delivery(units_of_work, again, before=delivered)
        assert await stored_delivery(units_of_work, due.delivery) == again
        assert await claim(units_of_work, at=NOON) == []
        (claimed,) = await claim(units_of_work, at=NOON + MINUTE)
        assert claimed.delivery == replace(again, attempts=1, next_attempt_at=NOON + MINUTE + LEASE)

    async def test_no_more_is_claimed_than_asked_for_altogether_and_of_each_webhook_those_due_the_longest(
        self, units_of_work: UnitsOfWork
    ) -> None:
        webhooks = [await a_kept_webhook(units_of_work) for _ in range(3)]
        late = await something_happens(units_of_work, CREATED, at=NOON)
        early = await something_happens(units_of_work, DELETED, RENAMED, at=NOON - MINUTE)
        claimed = await claim(units_of_work, each=2)
        assert Counter(due.webhook.id for due in claimed) == {webhook.id: 2 for webhook in webhooks}
        assert {due.event.id for due in claimed} == {each.id for each in early}
        assert len(await claim(units_of_work, limit=2)) == 2
        assert {due.event.id for due in await claim(units_of_work)} == {each.id for each in late}

    async def test_a_webhook_with_much_that_is_due_for_long_does_not_hold_up_another(
        self, units_of_work: UnitsOfWork
    ) -> None:
        slow = await a_kept_webhook(units_of_work, types=[CREATED])
        await something_happens(units_of_work, *[CREATED] * 200, at=NOON - 60 * MINUTE)
        other = await a_kept_webhook(units_of_work, types=[DELETED])
        await something_happens(units_of_work, DELETED, at=NOON)
        claimed = await claim(units_of_work, limit=10, each=4)
        assert Counter(due.webhook.id for due in claimed) == {slow.id: 4, other.id: 1}

    async def test_webhooks_to_leave_out_are_left_out(self, units_of_work: UnitsOfWork) -> None:
        first, second, third = [await a_kept_webhook(units_of_work) for _ in range(3)]
        await something_happens(units_of_work, CREATED)
        claimed = await claim(units_of_work, but=[first.id, third.id, GREATEST_ID])
        assert [due.webhook.id for due in claimed] == [second.id]
        assert {due.webhook.id for due in await claim(units_of_work)} == {first.id, third.id}

    async def test_deliveries_to_a_webhook_that_is_off_stay_until_it_is_on_again(
        self, units_of_work: UnitsOfWork
    ) -> None:
        webhook = await a_kept_webhook(units_of_work)
        await something_happens(units_of_work, CREATED)
        off = await save_webhook(units_of_work, webhook.change(WebhookChanges(is_active=False), at=NOON))
        before = await deliveries_to(units_of_work, webhook)
        assert await claim(units_of_work) == []
        assert await deliveries_to(units_of_work, webhook) == before
        on = await save_webhook(units_of_work, off.change(WebhookChanges(is_active=True), at=NOON))
        assert [due.webhook for due in await claim(units_of_work)] == [on]
