"""Webhooks and the deliveries to them as they are written in JSON and in queries."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from domain.errors import Fault
from domain.events import EventType
from domain.text import text_faults
from domain.webhooks import DESCRIPTION_MOST, URL_MOST, DeliveryStatus, Webhook, secret_text, url_faults
from entrypoints.http.input import Body, Rules, printable
from entrypoints.http.paging import ListQuery

_KNOWN = tuple(each.value for each in EventType)
_UNKNOWN_MOST = 5

Url = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=URL_MOST,
        description="Where messages are posted to; in production only by `https`.",
        examples=["https://example.com/hooks/satchel"],
        extra_json_schema={"format": "uri"},
    ),
]
Description = Annotated[str, Meta(max_length=DESCRIPTION_MOST, examples=["Tells the team's chat"])]
# Text here, so that a fault can name the one that is wrong; one of the known in the document.
Types = Annotated[
    tuple[str, ...],
    Meta(
        extra_json_schema={
            "description": "What to be told of; an empty list means everything.",
            "extra": {"items": {"type": "string", "enum": list(_KNOWN)}},
        }
    ),
]


def _description_faults(description: str) -> Iterator[Fault]:
    return text_faults("description", description, most=DESCRIPTION_MOST)


def _types_faults(types: Iterable[str]) -> Iterator[Fault]:
    if unknown := [each for each in dict.fromkeys(types) if each not in _KNOWN]:
        named = ", ".join(printable(each) for each in unknown[:_UNKNOWN_MOST])
        yield Fault("types", f"{named}: not known here; known are {', '.join(_KNOWN)}")


def _check_types(types: Iterable[str]) -> None:
    if any(True for _ in _types_faults(types)):
        raise ValueError


_RULES: Rules = {"url": url_faults, "description": _description_faults, "types": _types_faults}


class WebhookOut(msgspec.Struct, rename="camel"):
    """A webhook; an empty list of types means everything."""

    id: int
    url: str
    description: str | None
    types: tuple[EventType, ...]
    is_active: bool
    created_at: datetime
    updated_at: datetime


class WebhookWithSecretOut(WebhookOut, rename="camel"):
    """A webhook with the secret that signs its messages, which no other answer shows."""

    secret: Annotated[str, Meta(examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="])]


class WebhookIn(Body):
    """A new webhook."""

    rules = _RULES

    def __post_init__(self) -> None:
        """Refuse what the type of the field lets through, so that it is looked at again and named."""
        _check_types(self.types)

    url: Url
    description: Description | None = None
    types: Types = ()
    is_active: bool = True


class WebhookChangesIn(Body):
    """What is to change of a webhook: fields left out stay as they are, null clears."""

    rules = _RULES

    def __post_init__(self) -> None:
        """Refuse what the type of the field lets through, so that it is looked at again and named."""
        if self.types is not UNSET:
            _check_types(self.types)

    url: Url | UnsetType = UNSET
    description: Description | UnsetType | None = UNSET
    types: Types | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET


class WebhookQuery(ListQuery, frozen=True):
    """In what order."""

    sort: Annotated[
        Literal["createdAt", "-createdAt"], Meta(description="A minus sorts downwards. Default: newest first.")
    ] = "-createdAt"


class DeliveryOut(msgspec.Struct, rename="camel"):
    """One event on its way to one webhook.

    `attempts` counts since it was last asked for; `nextAttemptAt` is null unless it is `pending`; `responseStatus`
    and `error` are of the last attempt.
    """

    id: int
    event_id: int
    status: DeliveryStatus
    attempts: int
    next_attempt_at: datetime | None
    last_attempt_at: datetime | None
    response_status: int | None
    error: str | None
    created_at: datetime


class DeliveryQuery(ListQuery, frozen=True):
    """Which deliveries, in what order."""

    status: DeliveryStatus | None = None
    sort: Annotated[
        Literal["createdAt", "-createdAt"], Meta(description="A minus sorts downwards. Default: newest first.")
    ] = "-createdAt"


def webhook_out(webhook: Webhook) -> WebhookOut:
    """Return what is shown of a webhook."""
    return WebhookOut(
        id=webhook.id,
        url=webhook.url,
        description=webhook.description,
        types=tuple(each for each in EventType if each in webhook.types),
        is_active=webhook.is_active,
        created_at=webhook.created_at,
        updated_at=webhook.updated_at,
    )


def webhook_with_secret(webhook: Webhook, secret: bytes) -> WebhookWithSecretOut:
    """Return what is shown of a webhook, with its secret."""
    return WebhookWithSecretOut(**msgspec.structs.asdict(webhook_out(webhook)), secret=secret_text(secret))
