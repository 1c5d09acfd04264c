"""Webhooks: other systems that want to hear what happens, and what became of telling them."""

import base64
import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Literal
from urllib.parse import urlsplit

from domain.changes import ABSENT, Absent, changed
from domain.errors import Fault, refuse
from domain.events import Event, EventType
from domain.text import normalised, text_faults

URL_MOST = 2_000
DESCRIPTION_MOST = 200
ERROR_MOST = 300
SECRET_BYTES: Final = 32
"""Of a new secret; Standard Webhooks asks for 24 to 64."""
OLD_SECRET_HOURS: Final = 24
"""For how long the secret before the current one signs as well, so that receivers can change over in peace."""

# More than three days together: most outages are mended by then.
_DELAYS: Final = tuple(
    timedelta(seconds=seconds) for seconds in (5, 60, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
ATTEMPTS_MOST: Final = len(_DELAYS) + 1


@dataclass(frozen=True, slots=True)
class WebhookChanges:
    """What an admin wants to change of a webhook; `ABSENT` fields stay as they are, None clears."""

    url: str | Literal[Absent.ABSENT] = ABSENT
    description: str | Literal[Absent.ABSENT] | None = ABSENT
    types: frozenset[EventType] | Literal[Absent.ABSENT] = ABSENT
    is_active: bool | Literal[Absent.ABSENT] = ABSENT


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that is told of events.

    Attributes:
        id: what it is known by.
        url: where events are posted to.
        description: what it is for, as an admin put it.
        types: the events it is told of; all where empty.
        is_active: whether it is told at all.
        sealed_secret: what signs the messages, unreadable without the service's own key.
        old_sealed_secret: the one before, which signs as well until `old_secret_until`.
        old_secret_until: see above.
        created_at: in UTC.
        updated_at: in UTC.
        version: counts its states, from 1.
    """

    id: int
    url: str
    description: str | None
    types: frozenset[EventType]
    is_active: bool
    sealed_secret: bytes
    old_sealed_secret: bytes | None
    old_secret_until: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int = 1

    @classmethod
    def create(
        cls,
        *,
        id: int,
        url: str,
        description: str | None = None,
        types: frozenset[EventType] = frozenset(),
        is_active: bool = True,
        sealed_secret: bytes,
        at: datetime,
    ) -> "Webhook":
        """Return a new webhook.

        Raises:
            Invalid: with every field that breaks its rule.
        """
        return _checked(
            cls(
                id=id,
                url=url,
                description=description,
                types=types,
                is_active=is_active,
                sealed_secret=sealed_secret,
                old_sealed_secret=None,
                old_secret_until=None,
                created_at=at,
                updated_at=at,
            )
        )

    def change(self, changes: WebhookChanges, *, at: datetime) -> "Webhook":
        """Return the webhook as it is after the changes: this very one if they change nothing.

        Raises:
            Invalid: with every field that breaks its rule.
        """
        after = _checked(
            replace(
                self,
                url=changed(changes.url, self.url),
                description=changed(changes.description, self.description),
                types=changed(changes.types, self.types),
                is_active=changed(changes.is_active, self.is_active),
            )
        )
        return self if after == self else replace(after, updated_at=at, version=self.version + 1)

    def rotate_secret(self, sealed_secret: bytes, *, at: datetime) -> "Webhook":
        """Return the webhook with a new secret; the current one signs beside it for `OLD_SECRET_HOURS`."""
        return replace(
            self,
            sealed_secret=sealed_secret,
            old_sealed_secret=self.sealed_secret,
            old_secret_until=at + timedelta(hours=OLD_SECRET_HOURS),
            updated_at=at,
            version=self.version + 1,
        )

    def sealed_secrets(self, at: datetime) -> tuple[bytes, ...]:
        """Return the secrets that sign at this moment, the current one first."""
        if self.old_sealed_secret is None or self.old_secret_until is None or at >= self.old_secret_until:
            return (self.sealed_secret,)
        return self.sealed_secret, self.old_sealed_secret

    def wants(self, event: Event) -> bool:
        """Tell whether the webhook is to be told of the event."""
        return self.is_active and (not self.types or event.type in self.types)


class DeliveryStatus(StrEnum):
    """What became of telling a webhook of an event."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way to one webhook.

    Attributes:
        id: what it is known by.
        webhook_id: whom to tell.
        event_id: of what.
        status: how it stands.
        attempts: how often it was tried since it was last asked for.
        next_attempt_at: when it is to be tried next, in UTC; None unless it is pending.
        last_attempt_at: when it was tried last.
        response_status: the HTTP status of the last answer; None if there was none.
        error: why the last attempt failed, for an admin; None if it did not.
        created_at: in UTC.
    """

    id: int
    webhook_id: int
    event_id: int
    status: DeliveryStatus
    attempts: int
    next_attempt_at: datetime | None
    last_attempt_at: datetime | None
    response_status: int | None
    error: str | None
    created_at: datetime

    def settle(self, *, at: datetime, response_status: int | None, error: str | None = None) -> "Delivery":
        """Return the delivery after an attempt, which `attempts` counts already.

        Any 2xx is a success. Whatever else comes, it is tried again, later each time, until there were
        `ATTEMPTS_MOST`.

        Args:
            at: when it ended, in UTC.
            response_status: of the answer; None if there was none.
            error: why it failed, if there was no answer.
        """
        succeeded = response_status is not None and 200 <= response_status < 300
        gives_up = self.attempts >= ATTEMPTS_MOST
        status = DeliveryStatus.FAILED if gives_up else DeliveryStatus.PENDING
        return replace(
            self,
            status=DeliveryStatus.DELIVERED if succeeded else status,
            next_attempt_at=None if succeeded or gives_up else at + self._delay(),
            last_attempt_at=at,
            response_status=response_status,
            error=None if succeeded or error is None else error[:ERROR_MOST],
        )

    def redeliver(self, *, at: datetime) -> "Delivery":
        """Return the delivery as it begins anew, whatever became of it before."""
        return replace(self, status=DeliveryStatus.PENDING, attempts=0, next_attempt_at=at)

    def _delay(self) -> timedelta:
        # Up to a tenth longer, each its own: what failed at the same moment should not come back as one crowd.
        return _DELAYS[self.attempts - 1] * (1 + self.id % 10 / 100)


def signature(secret: bytes, *, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the signature of a message, as `webhook-signature` carries it (Standard Webhooks 1.0.0, "v1").

    Args:
        secret: the shared key.
        message_id: what `webhook-id` says: the same at every attempt.
        timestamp: what `webhook-timestamp` says: seconds since 1970, of this attempt.
        body: as it is sent.
    """
    signed = b"%s.%d.%s" % (message_id.encode(), timestamp, body)
    return "v1," + base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()


def secret_text(secret: bytes) -> str:
    """Return a secret as people copy it (Standard Webhooks: `whsec_` and Base64)."""
    return "whsec_" + base64.b64encode(secret).decode()


def url_faults(url: str) -> Iterator[Fault]:
    """Yield what is wrong with a webhook's address; whether it may be reached shows only when it is tried."""
    wrong = Fault("url", "must be an address such as https://example.com/hooks/satchel")
    if len(url) > URL_MOST:
        yield Fault("url", f"must have at most {URL_MOST:,} characters")
        return
    if not url.isascii() or not url.isprintable() or " " in url:
        yield Fault(
            "url", "must be an address in ASCII without blanks: percent-encode others, write names in Punycode"
        )
        return
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        yield wrong
        return
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
        yield wrong
    elif parts.username is not None or parts.password is not None:
        yield Fault("url", "must not hold a name or a password; messages are signed instead")
    elif parts.fragment:
        yield Fault("url", "must not have a fragment (#…), which is never sent")


def _checked(webhook: Webhook) -> Webhook:
    webhook = replace(
        webhook,
        url=normalised(webhook.url),
        description=None if webhook.description is None else normalised(webhook.description),
    )
    refuse(
        *url_faults(webhook.url),
        *text_faults("description", webhook.description or "", most=DESCRIPTION_MOST),
    )
    return webhook
