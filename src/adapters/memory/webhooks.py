"""Webhooks in memory, and the deliveries to them."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from adapters.memory.paging import page_of
from adapters.memory.store import Change, InMemoryStore, Tables
from application.paging import Page, PageRequest, Position
from application.ports.webhooks import DeliverySort, DueDelivery, WebhookRepository, WebhookSort
from domain.events import RecordedEvent
from domain.webhooks import Delivery, DeliveryStatus, Webhook

_NEVER: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class InMemoryWebhookRepository(WebhookRepository):
    """Webhooks by id; who is to be told of what is found by looking at every delivery."""

    store: InMemoryStore
    changes: list[Change]

    async def next_id(self) -> int:
        """Return an id that no webhook has had."""
        return await self.store.next_id(Webhook)

    async def get(self, id: int) -> Webhook | None:
        """Return the webhook, or None if there is none."""
        return (await self.store.read()).webhooks.get(id)

    async def count(self) -> int:
        """Return how many webhooks there are."""
        return len((await self.store.read()).webhooks)

    async def page(self, request: PageRequest[WebhookSort]) -> Page[Webhook]:
        """Return a page of all webhooks."""
        webhooks = (await self.store.read()).webhooks
        return page_of(
            webhooks.values(), request, position=lambda webhook: Position(webhook.created_at, webhook.id)
        )

    def add(self, webhook: Webhook) -> None:
        """Collect a new webhook."""
        self.changes.append(lambda tables: tables.webhooks.insert(webhook))

    def save(self, webhook: Webhook) -> None:
        """Collect a webhook's next state."""
        self.changes.append(lambda tables: tables.webhooks.replace(webhook))

    def remove(self, webhook: Webhook) -> None:
        """Collect a webhook's end, and that of the deliveries to it."""

        def change(tables: Tables) -> None:
            tables.webhooks.delete(webhook)
            for delivery in list(tables.deliveries.values()):
                if delivery.webhook_id == webhook.id:
                    del tables.deliveries[delivery.id]

        self.changes.append(change)

    def enqueue(self, recorded: Sequence[RecordedEvent], *, at: datetime) -> None:
        """Collect the deliveries of these events, whatever webhooks there are at commit."""
        self.changes.append(lambda tables: _enqueue(tables, recorded, at))

    async def delivery(self, webhook_id: int, id: int) -> Delivery | None:
        """Return this delivery, if it is one to this webhook."""
        delivery = (await self.store.read()).deliveries.get(id)
        return delivery if delivery is not None and delivery.webhook_id == webhook_id else None

    async def deliveries(
        self, webhook_id: int, request: PageRequest[DeliverySort], *, status: DeliveryStatus | None = None
    ) -> Page[Delivery]:
        """Return a page of the deliveries to this webhook: those that stand so, or all."""
        deliveries = (await self.store.read()).deliveries
        return page_of(
            (
                delivery
                for delivery in deliveries.values()
                if delivery.webhook_id == webhook_id and status in (None, delivery.status)
            ),
            request,
            position=lambda delivery: Position(None, delivery.id),
        )

    async def claim(
        self, *, at: datetime, until: datetime, limit: int, each: int, but: Collection[int] = ()
    ) -> tuple[DueDelivery, ...]:
        """Take deliveries that are due."""
        claimed: list[DueDelivery] = []

        def due(tables: Tables) -> list[Delivery]:
            webhooks = [
                webhook for webhook in tables.webhooks.values() if webhook.is_active and webhook.id not in but
            ]
            of_all = [delivery for webhook in webhooks for delivery in _due(tables, webhook, at)[:each]]
            return sorted(of_all, key=_due_at)[:limit]

        def change(tables: Tables) -> None:
            for delivery in due(tables):
                taken = replace(delivery, attempts=delivery.attempts + 1, next_attempt_at=until)
                tables.deliveries[taken.id] = taken
                (event,) = tables.events.after(taken.event_id - 1, limit=1)
                claimed.append(DueDelivery(taken, tables.webhooks[taken.webhook_id], event))

        # A commit of nothing would wake whoever asks, to ask again.
        if due(await self.store.read()):
            await self.store.commit([change])
        return tuple(claimed)

    async def remove_settled(self, at: datetime, *, most: int) -> int:
        """Remove deliveries that were settled by this moment, so many at most; return how many these were."""

        def settled(tables: Tables) -> list[int]:
            return [delivery.id for delivery in tables.deliveries.values() if _was_settled(delivery, at)][:most]

        def change(tables: Tables) -> None:
            for delivery_id in settled(tables):
                del tables.deliveries[delivery_id]

        if found := settled(await self.store.read()):
            await self.store.commit([change])
        return len(found)

    def save_delivery(self, delivery: Delivery, *, before: Delivery) -> None:
        """Collect what became of a delivery, unless it was claimed or asked for again since."""

        def change(tables: Tables) -> None:
            current = tables.deliveries.get(delivery.id)
            if current is not None and _attempt(current) == _attempt(before):
                tables.deliveries[delivery.id] = delivery

        self.changes.append(change)


def _enqueue(tables: Tables, recorded: Sequence[RecordedEvent], at: datetime) -> None:
    queued = {(delivery.event_id, delivery.webhook_id) for delivery in tables.deliveries.values()}
    for event_id, webhook_id in _wanted(tables, recorded):
        if (event_id, webhook_id) not in queued:
            delivery_id = next(tables.delivery_ids)
            tables.deliveries[delivery_id] = Delivery(
                id=delivery_id,
                webhook_id=webhook_id,
                event_id=event_id,
                status=DeliveryStatus.PENDING,
                attempts=0,
                next_attempt_at=at,
                last_attempt_at=None,
                response_status=None,
                error=None,
                created_at=at,
            )


def _wanted(tables: Tables, recorded: Sequence[RecordedEvent]) -> Iterator[tuple[int, int]]:
    for each in recorded:
        for webhook in tables.webhooks.values():
            if webhook.wants(each.event):
                yield each.id, webhook.id


def _due(tables: Tables, webhook: Webhook, at: datetime) -> list[Delivery]:
    deliveries = (each for each in tables.deliveries.values() if each.webhook_id == webhook.id)
    return sorted((each for each in deliveries if _due_at(each) <= at), key=_due_at)


def _was_settled(delivery: Delivery, at: datetime) -> bool:
    is_settled = delivery.status is not DeliveryStatus.PENDING
    return is_settled and delivery.last_attempt_at is not None and delivery.last_attempt_at <= at


def _attempt(delivery: Delivery) -> tuple[int, datetime | None]:
    return delivery.attempts, delivery.next_attempt_at


def _due_at(delivery: Delivery) -> datetime:
    return delivery.next_attempt_at or _NEVER
