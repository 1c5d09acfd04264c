"""Sample webhooks, and how tests put them and what they are told of into a store."""

from collections.abc import Collection, Iterable
from datetime import datetime

from adapters.clock.fixed import FixedClock
from application.events import SealEvents
from application.paging import PageRequest
from application.ports.unit_of_work import UnitsOfWork
from application.ports.webhooks import DeliverySort, DueDelivery
from domain.events import Event, EventType, RecordedEvent
from domain.webhooks import Delivery, Webhook
from tests.contracts.sample import MINUTE, NOON, keep

LEASE = MINUTE


def a_webhook(
    id: int,
    url: str = "https://example.com/hooks",
    *,
    description: str | None = None,
    types: Iterable[EventType] = (),
    is_active: bool = True,
    sealed_secret: bytes = b"sealed",
    at: datetime = NOON,
) -> Webhook:
    """Return a webhook that wants to hear everything, unless types are given."""
    return Webhook.create(
        id=id,
        url=url,
        description=description,
        types=frozenset(types),
        is_active=is_active,
        sealed_secret=sealed_secret,
        at=at,
    )


async def a_kept_webhook(
    units_of_work: UnitsOfWork,
    *,
    types: Iterable[EventType] = (),
    is_active: bool = True,
    sealed_secret: bytes = b"sealed",
    at: datetime = NOON,
) -> Webhook:
    """Return a webhook that is in the store."""
    async with units_of_work() as uow:
        webhook = a_webhook(
            await uow.webhooks.next_id(), types=types, is_active=is_active, sealed_secret=sealed_secret, at=at
        )
        uow.webhooks.add(webhook)
        await uow.commit()
    return webhook


async def stored_webhook(units_of_work: UnitsOfWork, id: int) -> Webhook | None:
    """Return the webhook as a new unit of work reads it."""
    async with units_of_work() as uow:
        return await uow.webhooks.get(id)


async def save_webhook(units_of_work: UnitsOfWork, webhook: Webhook) -> Webhook:
    """Keep a webhook's next state and return it."""
    async with units_of_work() as uow:
        uow.webhooks.save(webhook)
        await uow.commit()
    return webhook


async def remove_webhook(units_of_work: UnitsOfWork, webhook: Webhook) -> None:
    """Forget a webhook."""
    async with units_of_work() as uow:
        uow.webhooks.remove(webhook)
        await uow.commit()


async def something_happens(
    units_of_work: UnitsOfWork, *types: EventType, at: datetime = NOON
) -> tuple[RecordedEvent, ...]:
    """Keep and seal one event of each of these types, whose deliveries are due at once, and return them."""
    async with units_of_work() as uow:
        head = await uow.events.last()
    await keep(units_of_work, *(Event.of(each, 7, actor=None, at=at) for each in types))
    await SealEvents(units_of_work, FixedClock(at))()
    async with units_of_work() as uow:
        return await uow.events.after(0 if head is None else head.id, limit=1_000)


async def deliveries_to(units_of_work: UnitsOfWork, webhook: Webhook) -> tuple[Delivery, ...]:
    """Return the first hundred deliveries to a webhook, the first first."""
    async with units_of_work() as uow:
        request = PageRequest(DeliverySort.ID, descending=False, limit=100)
        return (await uow.webhooks.deliveries(webhook.id, request)).items


async def claim(
    units_of_work: UnitsOfWork,
    *,
    at: datetime = NOON,
    limit: int = 100,
    each: int = 100,
    but: Collection[int] = (),
) -> list[DueDelivery]:
    """Return what is claimed until the lease runs out, in the order of the deliveries."""
    async with units_of_work() as uow:
        claimed = await uow.webhooks.claim(at=at, until=at + LEASE, limit=limit, each=each, but=but)
    return sorted(claimed, key=lambda due: due.delivery.id)


async def save_delivery(units_of_work: UnitsOfWork, delivery: Delivery, *, before: Delivery) -> None:
    """Keep what became of a delivery, unless it was claimed or asked for again since."""
    async with units_of_work() as uow:
        uow.webhooks.save_delivery(delivery, before=before)
        await uow.commit()


async def stored_delivery(units_of_work: UnitsOfWork, delivery: Delivery) -> Delivery | None:
    """Return the delivery as a new unit of work reads it."""
    async with units_of_work() as uow:
        return await uow.webhooks.delivery(delivery.webhook_id, delivery.id)


async def settle(units_of_work: UnitsOfWork, due: DueDelivery, *, at: datetime, status: int) -> Delivery:
    """Keep what an answer of this status makes of a delivery, and return it."""
    settled = due.delivery.settle(at=at, response_status=status)
    await save_delivery(units_of_work, settled, before=due.delivery)
    return settled
