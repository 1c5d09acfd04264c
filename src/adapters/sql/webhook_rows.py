"""Webhooks and deliveries as rows of their tables."""

from collections.abc import Sequence
from typing import Any, Final

from adapters.sql.events import EVENT_COLUMNS, event_from
from adapters.sql.webhook_tables import deliveries, webhooks
from application.ports.webhooks import DueDelivery
from domain.events import EventType
from domain.webhooks import Delivery, DeliveryStatus, Webhook

KNOWN_TYPES: Final = frozenset(each.value for each in EventType)
"""Of events; a later version of Satchel that runs beside this one may know more."""

# In the order of Webhook's fields, as `webhook_from` takes them.
WEBHOOK_COLUMNS: Final = (
    webhooks.c.id,
    webhooks.c.url,
    webhooks.c.description,
    webhooks.c.types,
    webhooks.c.is_active,
    webhooks.c.sealed_secret,
    webhooks.c.old_sealed_secret,
    webhooks.c.old_secret_until,
    webhooks.c.created_at,
    webhooks.c.updated_at,
    webhooks.c.version,
)
# In the order of Delivery's fields, as `delivery_from` takes them.
DELIVERY_COLUMNS: Final = (
    deliveries.c.id,
    deliveries.c.webhook_id,
    deliveries.c.event_id,
    deliveries.c.status,
    deliveries.c.attempts,
    deliveries.c.next_attempt_at,
    deliveries.c.last_attempt_at,
    deliveries.c.response_status,
    deliveries.c.error,
    deliveries.c.created_at,
)
# As `due_from` takes them.
DUE_COLUMNS: Final = (*DELIVERY_COLUMNS, *WEBHOOK_COLUMNS, *EVENT_COLUMNS)
_WEBHOOK_AT: Final = len(DELIVERY_COLUMNS)
_EVENT_AT: Final = _WEBHOOK_AT + len(WEBHOOK_COLUMNS)


def webhook_from(row: Sequence[Any]) -> Webhook:
    """Return the webhook that a row of `WEBHOOK_COLUMNS` holds.

    Types that this version does not know are left out.
    """
    number, url, description, types, *others = row
    return Webhook(
        number, url, description, frozenset(EventType(each) for each in types if each in KNOWN_TYPES), *others
    )


def values_of(webhook: Webhook) -> dict[str, object]:
    """Return the row that holds the webhook."""
    return {
        "id": webhook.id,
        "url": webhook.url,
        "description": webhook.description,
        "types": sorted(each.value for each in webhook.types),
        "is_active": webhook.is_active,
        "sealed_secret": webhook.sealed_secret,
        "old_sealed_secret": webhook.old_sealed_secret,
        "old_secret_until": webhook.old_secret_until,
        "created_at": webhook.created_at,
        "updated_at": webhook.updated_at,
        "version": webhook.version,
    }


def delivery_from(row: Sequence[Any]) -> Delivery:
    """Return the delivery that a row of `DELIVERY_COLUMNS` holds."""
    number, webhook_id, event_id, status, *others = row
    return Delivery(number, webhook_id, event_id, DeliveryStatus(status), *others)


def due_from(row: Sequence[Any]) -> DueDelivery:
    """Return what a row of `DUE_COLUMNS` holds."""
    return DueDelivery(
        delivery_from(row[:_WEBHOOK_AT]), webhook_from(row[_WEBHOOK_AT:_EVENT_AT]), event_from(row[_EVENT_AT:])
    )
