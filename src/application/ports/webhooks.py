"""Where webhooks are kept, and how they are reached."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from application.paging import Page, PageRequest
from domain.errors import DomainError
from domain.events import RecordedEvent
from domain.webhooks import Delivery, DeliveryStatus, Webhook


class WebhookSort(Enum):
    """What a list of webhooks can be sorted by."""

    CREATED_AT = "created_at"


class DeliverySort(Enum):
    """What a list of deliveries can be sorted by: the order in which they came up."""

    ID = "id"


@dataclass(frozen=True, slots=True)
class DueDelivery:
    """A delivery that is to be tried now, with whom to tell and of what."""

    delivery: Delivery
    webhook: Webhook
    event: RecordedEvent


class WebhookRepository(Protocol):
    """Webhooks, and the deliveries to them."""

    async def next_id(self) -> int:
        """Return an id that no webhook has had."""
        ...

    async def get(self, id: int) -> Webhook | None:
        """Return the webhook."""
        ...

    async def count(self) -> int:
        """Return how many webhooks there are."""
        ...

    async def page(self, request: PageRequest[WebhookSort]) -> Page[Webhook]:
        """Return a page of all webhooks."""
        ...

    def add(self, webhook: Webhook) -> None:
        """Collect a new webhook."""
        ...

    def save(self, webhook: Webhook) -> None:
        """Collect a webhook's next state. At commit: `Stale` if it has moved on."""
        ...

    def remove(self, webhook: Webhook) -> None:
        """Collect the end of a webhook, and of its deliveries. At commit: `Stale` if it has moved on."""
        ...

    def enqueue(self, recorded: Sequence[RecordedEvent], *, at: datetime) -> None:
        """Collect one delivery, due at once, for each of these events and each webhook that wants it."""
        ...

    async def delivery(self, webhook_id: int, id: int) -> Delivery | None:
        """Return this delivery, if it is one to this webhook."""
        ...

    async def deliveries(
        self, webhook_id: int, request: PageRequest[DeliverySort], *, status: DeliveryStatus | None = None
    ) -> Page[Delivery]:
        """Return a page of the deliveries to this webhook: those that stand so, or all."""
        ...

    async def claim(
        self, *, at: datetime, until: datetime, limit: int, each: int, but: Collection[int] = ()
    ) -> tuple[DueDelivery, ...]:
        """Take deliveries that are due, for this caller alone: kept at once, without a commit.

        Each counts one more attempt, and is due again at `until`, should the caller not live to settle it. Those
        to webhooks that are switched off stay where they are.

        Args:
            at: now, in UTC.
            until: when others may take them.
            limit: how many at most.
            each: how many at most to one webhook, so that a slow one does not hold up the others.
            but: webhooks to leave out.
        """
        ...

    async def remove_settled(self, at: datetime, *, most: int) -> int:
        """Remove deliveries that arrived or were given up by this moment: so many at most, and at once.

        Returns:
            How many these were.

        Raises:
            Unavailable: the store is away.
        """
        ...

    def save_delivery(self, delivery: Delivery, *, before: Delivery) -> None:
        """Collect what became of a delivery, unless it was claimed or asked for again since: then nothing.

        Args:
            delivery: its next state.
            before: the state it came from; its `attempts` and `next_attempt_at` tell whether that still holds.
        """
        ...


class Unreachable(DomainError):
    """A webhook's address gave no answer, or may not be reached; `detail` says why, for an admin."""

    slug = "unreachable"


class WebhookSender(Protocol):
    """Posts messages to addresses that admins chose, and that nobody else vouches for."""

    async def post(self, url: str, *, headers: dict[str, str], body: bytes) -> int:
        """Post once, follow no redirects, and return the answer's status.

        Raises:
            Unreachable: there was no answer in time, or the address is one that must not be reached: of this
                machine, of its neighbours or otherwise not public, unless the operator allows it.
        """
        ...
