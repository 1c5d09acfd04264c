"""Webhooks in PostgreSQL, and the deliveries to them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Final

from sqlalchemy import (
    BigInteger,
    Text,
    bindparam,
    func,
    select,
    update,
)

from adapters.sql.changes import Changes, adding, removing, saving
from adapters.sql.connections import Connections
from adapters.sql.ids import Ids
from adapters.sql.pages import AnySelect, bounds, ordered, page_of
from adapters.sql.tables import moment_type
from adapters.sql.webhook_queue import CLAIM, ENQUEUE, REMOVE_SETTLED, claim_values
from adapters.sql.webhook_rows import (
    DELIVERY_COLUMNS,
    WEBHOOK_COLUMNS,
    delivery_from,
    due_from,
    values_of,
    webhook_from,
)
from adapters.sql.webhook_tables import deliveries, webhooks
from application.paging import Page, PageRequest, Position
from application.ports.webhooks import DeliverySort, DueDelivery, WebhookRepository, WebhookSort
from domain.events import RecordedEvent
from domain.webhooks import Delivery, DeliveryStatus, Webhook

_GET: Final = select(*WEBHOOK_COLUMNS).where(webhooks.c.id == bindparam("id"))
_COUNT: Final = select(func.count()).select_from(webhooks)
_ADD: Final = adding(webhooks)
_SAVE: Final = saving(webhooks)
_REMOVE: Final = removing(webhooks)
_OF_WEBHOOK: Final = deliveries.c.webhook_id == bindparam("of_webhook", type_=BigInteger)
_OF_STATUS: Final = deliveries.c.status == bindparam("of_status", type_=Text)
_DELIVERY: Final = select(*DELIVERY_COLUMNS).where(_OF_WEBHOOK, deliveries.c.id == bindparam("id"))
_SETTLE: Final = update(deliveries).where(
    deliveries.c.id == bindparam("row_id"),
    deliveries.c.attempts == bindparam("row_attempts"),
    deliveries.c.next_attempt_at.is_not_distinct_from(bindparam("row_next_attempt_at", type_=moment_type)),
)


@lru_cache(maxsize=4)
def listing(*, descending: bool, continued: bool) -> AnySelect:
    """Return the statement that lists webhooks: in this direction, and maybe on from a position."""
    after = (
        bindparam("after", type_=webhooks.c.created_at.type),
        bindparam("after_id", type_=webhooks.c.id.type),
    )
    return ordered(
        select(*WEBHOOK_COLUMNS),
        key=(webhooks.c.created_at, webhooks.c.id),
        after=after if continued else None,
        descending=descending,
    )


@lru_cache(maxsize=8)
def delivery_listing(*, by_status: bool, descending: bool, continued: bool) -> AnySelect:
    """Return the statement that lists the deliveries to one webhook.

    Args:
        by_status: whether only those that stand in some way are wanted.
        descending: whether the last comes first.
        continued: whether it goes on after a position.
    """
    return ordered(
        select(*DELIVERY_COLUMNS).where(_OF_WEBHOOK, *([_OF_STATUS] if by_status else [])),
        key=(deliveries.c.id,),
        after=(bindparam("after_id", type_=deliveries.c.id.type),) if continued else None,
        descending=descending,
    )


@lru_cache(maxsize=2)
def _delivery_count(*, by_status: bool) -> AnySelect:
    return select(func.count()).select_from(deliveries).where(_OF_WEBHOOK, *([_OF_STATUS] if by_status else []))


class SqlWebhookRepository(WebhookRepository):
    """Webhooks in the table `webhooks`, deliveries in `webhook_deliveries`."""

    def __init__(self, connections: Connections, changes: Changes, ids: Ids) -> None:
        """Read through the connections, collect into the changes."""
        self._connections = connections
        self._changes = changes
        self._ids = ids

    async def next_id(self) -> int:
        """Return an id that no webhook has had."""
        return await self._ids.next()

    async def get(self, id: int) -> Webhook | None:
        """Return the webhook, or None if there is none."""
        rows = await self._connections.fetch(_GET, {"id": id})
        return webhook_from(rows[0]) if rows else None

    async def count(self) -> int:
        """Return how many webhooks there are."""
        return int((await self._connections.fetch(_COUNT))[0][0])

    async def page(self, request: PageRequest[WebhookSort]) -> Page[Webhook]:
        """Return a page of all webhooks."""
        total: int | None = None
        if request.number is not None:
            total = await self.count()
        after = request.after
        rows = await self._connections.fetch(
            listing(descending=request.descending, continued=after is not None),
            ({} if after is None else {"after": after.value, "after_id": after.id}) | bounds(request),
        )
        return page_of(
            rows,
            request,
            entity_from=webhook_from,
            position_of=lambda row: Position(row.created_at, row.id),
            total=total,
        )

    def add(self, webhook: Webhook) -> None:
        """Collect a new webhook."""
        self._changes.add(_ADD, values_of(webhook))

    def save(self, webhook: Webhook) -> None:
        """Collect a webhook's next state."""
        self._changes.save(_SAVE, values_of(webhook), id=webhook.id, version=webhook.version)

    def remove(self, webhook: Webhook) -> None:
        """Collect a webhook's end; the deliveries to it go with its row."""
        self._changes.remove(_REMOVE, id=webhook.id, version=webhook.version)

    def enqueue(self, recorded: Sequence[RecordedEvent], *, at: datetime) -> None:
        """Collect the deliveries of these events, whatever webhooks there are at commit."""
        if recorded:
            values = {
                "event_ids": [each.id for each in recorded],
                "event_types": [each.event.type.value for each in recorded],
                "at": at,
            }
            self._changes.change_many(ENQUEUE, values)

    async def delivery(self, webhook_id: int, id: int) -> Delivery | None:
        """Return this delivery, if it is one to this webhook."""
        rows = await self._connections.fetch(_DELIVERY, {"of_webhook": webhook_id, "id": id})
        return delivery_from(rows[0]) if rows else None

    async def deliveries(
        self, webhook_id: int, request: PageRequest[DeliverySort], *, status: DeliveryStatus | None = None
    ) -> Page[Delivery]:
        """Return a page of the deliveries to this webhook: those that stand so, or all."""
        by_status = status is not None
        values: dict[str, object] = {"of_webhook": webhook_id}
        if status is not None:
            values["of_status"] = status.value
        total: int | None = None
        if request.number is not None:
            total = (await self._connections.fetch(_delivery_count(by_status=by_status), values))[0][0]
        rows = await self._connections.fetch(
            delivery_listing(
                by_status=by_status, descending=request.descending, continued=request.after is not None
            ),
            values | ({} if request.after is None else {"after_id": request.after.id}) | bounds(request),
        )
        return page_of(
            rows,
            request,
            entity_from=delivery_from,
            position_of=lambda row: Position(None, row.id),
            total=total,
        )

    async def claim(
        self, *, at: datetime, until: datetime, limit: int, each: int, but: Collection[int] = ()
    ) -> tuple[DueDelivery, ...]:
        """Take deliveries that are due, by one statement.

        Should the connection die at it, it is sent once more: what the first had taken is due again at `until`.

        Raises:
            Unavailable: the database is away or busy.
        """
        values = claim_values(at=at, until=until, limit=limit, each=each, but=but)
        # How many rows the limits leave shows in their values alone.
        rows = await self._connections.fetch(CLAIM, values, plans_anew=True)
        return tuple(due_from(row) for row in rows)

    async def remove_settled(self, at: datetime, *, most: int) -> int:
        """Remove deliveries that were settled by this moment, so many at most; return how many these were.

        Raises:
            Unavailable: the database is away or busy.
        """
        return len(await self._connections.fetch(REMOVE_SETTLED, {"at": at, "most": most}))

    def save_delivery(self, delivery: Delivery, *, before: Delivery) -> None:
        """Collect what became of a delivery, unless it was claimed or asked for again since."""
        values: dict[str, object] = {
            "row_id": delivery.id,
            "row_attempts": before.attempts,
            "row_next_attempt_at": before.next_attempt_at,
            "status": delivery.status.value,
            "attempts": delivery.attempts,
            "next_attempt_at": delivery.next_attempt_at,
            "last_attempt_at": delivery.last_attempt_at,
            "response_status": delivery.response_status,
            "error": delivery.error,
        }
        self._changes.change_many(_SETTLE, values)
