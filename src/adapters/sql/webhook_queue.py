"""The queue of deliveries in PostgreSQL: how they come into it, are taken, and go."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Text,
    all_,
    any_,
    bindparam,
    column,
    delete,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, Insert, insert
from sqlalchemy.sql.dml import ReturningUpdate

from adapters.sql.tables import events, moment_type
from adapters.sql.webhook_rows import DUE_COLUMNS, KNOWN_TYPES
from adapters.sql.webhook_tables import deliveries, webhooks
from domain.webhooks import DeliveryStatus

# Written out, or PostgreSQL could not know which indexes have them.
_PENDING: Final[ColumnElement[str]] = literal_column(f"'{DeliveryStatus.PENDING.value}'", Text)


def _enqueuing() -> Insert:
    at = bindparam("at", type_=moment_type)
    told = (
        func.unnest(bindparam("event_ids", type_=ARRAY(BigInteger)), bindparam("event_types", type_=ARRAY(Text)))
        .table_valued(column("id", BigInteger), column("type", Text), name="told")
        .render_derived()
    )
    return (
        insert(deliveries)
        .from_select(
            ["webhook_id", "event_id", "status", "attempts", "next_attempt_at", "created_at"],
            select(webhooks.c.id, told.c.id, _PENDING, literal(0), at, at)
            .select_from(told.join(webhooks, true()))
            .where(
                webhooks.c.is_active,
                or_(func.cardinality(webhooks.c.types) == 0, told.c.type == any_(webhooks.c.types)),
            )
            .order_by(told.c.id, webhooks.c.id)
            # A webhook whose deletion is under way is waited for, and left out: a delivery to it would be refused.
            .with_for_update(read=True, key_share=True, of=webhooks),
        )
        .on_conflict_do_nothing()
    )


def _claiming() -> ReturningUpdate[*tuple[Any, ...]]:
    # Of each webhook the first few, each found at its place in the index, however many are due.
    due_to_one = (
        select(deliveries.c.id, deliveries.c.next_attempt_at)
        .join(events, events.c.id == deliveries.c.event_id)
        .where(
            deliveries.c.webhook_id == webhooks.c.id,
            deliveries.c.status == _PENDING,
            deliveries.c.next_attempt_at <= bindparam("at", type_=moment_type),
            # A later version that runs beside this one may have written others, and tells of them itself.
            events.c.type == any_(bindparam("known_types", type_=ARRAY(Text))),
        )
        .order_by(deliveries.c.next_attempt_at)
        .limit(bindparam("each", type_=Integer))
        .with_for_update(of=deliveries, skip_locked=True)
        .lateral("due_to_one")
    )
    due = (
        select(due_to_one.c.id)
        .select_from(webhooks.join(due_to_one, true()))
        .where(webhooks.c.is_active, webhooks.c.id != all_(bindparam("but", type_=ARRAY(BigInteger))))
        .order_by(due_to_one.c.next_attempt_at)
        .limit(bindparam("most", type_=Integer))
        .cte("due")
    )
    return (
        update(deliveries)
        .where(
            deliveries.c.id == due.c.id,
            webhooks.c.id == deliveries.c.webhook_id,
            events.c.id == deliveries.c.event_id,
        )
        .values(attempts=deliveries.c.attempts + 1, next_attempt_at=bindparam("until", type_=moment_type))
        .returning(*DUE_COLUMNS)
    )


ENQUEUE: Final = _enqueuing()
CLAIM: Final = _claiming()
REMOVE_SETTLED: Final = (
    delete(deliveries)
    .where(
        deliveries.c.id.in_(
            select(deliveries.c.id)
            .where(
                deliveries.c.status != _PENDING, deliveries.c.last_attempt_at <= bindparam("at", type_=moment_type)
            )
            .order_by(deliveries.c.last_attempt_at)
            .limit(bindparam("most", type_=Integer))
            .with_for_update(skip_locked=True)
        )
    )
    .returning(deliveries.c.id)
)


def claim_values(
    *, at: datetime, until: datetime, limit: int, each: int, but: Collection[int] = ()
) -> dict[str, object]:
    """Return the values of `CLAIM`, as `WebhookRepository.claim` is given them."""
    return {
        "at": at,
        "until": until,
        "most": limit,
        "each": each,
        "but": list(but),
        "known_types": sorted(KNOWN_TYPES),
    }
