"""What every repository of webhooks owes when it tells what became of the deliveries to them.

Needs the fixture `units_of_work`, which opens units of work on an empty store.
"""

from dataclasses import replace

import pytest

from application.paging import PageRequest, Position
from application.ports.unit_of_work import UnitsOfWork
from application.ports.webhooks import DeliverySort
from domain.events import EventType
from domain.webhooks import Delivery, DeliveryStatus, Webhook
from tests.contracts import hostile
from tests.contracts.sample import FIRST_MOMENT, GREATEST_ID, LAST_MOMENT, NOON
from tests.contracts.webhook_sample import (
    a_kept_webhook,
    claim,
    deliveries_to,
    save_delivery,
    settle,
    something_happens,
    stored_delivery,
)

CREATED = EventType.TASK_CREATED
FIRST_FIRST = PageRequest(DeliverySort.ID, descending=False)


@pytest.mark.anyio
class DeliveryListContract:
    """What became of the deliveries to a webhook can be looked up."""

    async def test_every_field_reads_back_as_it_was_saved(self, units_of_work: UnitsOfWork) -> None:
        await a_kept_webhook(units_of_work)
        await something_happens(units_of_work, CREATED)
        (due,) = await claim(units_of_work)
        before = due.delivery
        for text in hostile.TEXTS:
            saved = replace(
                before,
                next_attempt_at=FIRST_MOMENT,
                last_attempt_at=LAST_MOMENT,
                response_status=599,
                error=text,
            )
            await save_delivery(units_of_work, saved, before=before)
            assert await stored_delivery(units_of_work, saved) == saved
            before = saved

    async def test_a_delivery_is_found_by_the_webhook_it_goes_to_alone(self, units_of_work: UnitsOfWork) -> None:
        webhook, other = [await a_kept_webhook(units_of_work) for _ in range(2)]
        await something_happens(units_of_work, CREATED)
        (delivery,) = await deliveries_to(units_of_work, webhook)
        assert await stored_delivery(units_of_work, delivery) == delivery
        assert await stored_delivery(units_of_work, replace(delivery, webhook_id=other.id)) is None
        for unknown in (0, -1, GREATEST_ID):
            assert await stored_delivery(units_of_work, replace(delivery, id=unknown)) is None
            assert await stored_delivery(units_of_work, replace(delivery, webhook_id=unknown)) is None

    @pytest.mark.parametrize("descending", [False, True])
    async def test_cursors_lead_through_the_deliveries_to_one_webhook(
        self, units_of_work: UnitsOfWork, descending: bool
    ) -> None:
        webhook, _ = [await a_kept_webhook(units_of_work) for _ in range(2)]
        await something_happens(units_of_work, *[CREATED] * 5)
        deliveries = await deliveries_to(units_of_work, webhook)
        expected = deliveries[::-1] if descending else deliveries
        seen: tuple[Delivery, ...] = ()
        after: Position | None = None
        for number in range(3):
            async with units_of_work() as uow:
                request = PageRequest(DeliverySort.ID, descending=descending, limit=2, after=after)
                page = await uow.webhooks.deliveries(webhook.id, request)
            seen += page.items
            after = page.next
            assert after == (None if number == 2 else Position(None, seen[-1].id))
        assert seen == expected

    async def test_those_that_stand_so_are_listed_and_counted(self, units_of_work: UnitsOfWork) -> None:
        webhook = await a_kept_webhook(units_of_work)
        await something_happens(units_of_work, *[CREATED] * 4)
        one, two, three, four = await claim(units_of_work)
        await settle(units_of_work, one, at=NOON, status=200)
        await settle(units_of_work, two, at=NOON, status=500)
        await save_delivery(
            units_of_work,
            replace(three.delivery, status=DeliveryStatus.FAILED, next_attempt_at=None),
            before=three.delivery,
        )
        expected = {
            DeliveryStatus.DELIVERED: [one.delivery.id],
            DeliveryStatus.PENDING: [two.delivery.id, four.delivery.id],
            DeliveryStatus.FAILED: [three.delivery.id],
        }
        for status, ids in expected.items():
            assert await _listed(units_of_work, webhook, status) == (ids, len(ids))
        assert await _listed(units_of_work, webhook, None) == (
            [each.delivery.id for each in (one, two, three, four)],
            4,
        )


async def _listed(
    units_of_work: UnitsOfWork, webhook: Webhook, status: DeliveryStatus | None
) -> tuple[list[int], int | None]:
    async with units_of_work() as uow:
        by_cursor = await uow.webhooks.deliveries(webhook.id, FIRST_FIRST, status=status)
        by_number = await uow.webhooks.deliveries(webhook.id, replace(FIRST_FIRST, number=1), status=status)
    assert by_cursor.items == by_number.items
    return [each.id for each in by_cursor.items], by_number.total
