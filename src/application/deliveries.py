"""How webhooks are told of events, and what admins can do about it."""

import asyncio
import json
import logging
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

from application.concurrency import again_while_stale
from application.delivery_slots import DeliverySlots, Room
from application.paging import Page, PageRequest
from application.ports.clock import Clock
from application.ports.notices import Ear, Notices
from application.ports.secrets import SecretBox, UnreadableSecret
from application.ports.unit_of_work import UnitOfWork, UnitsOfWork
from application.ports.webhooks import (
    DeliverySort,
    DueDelivery,
    Unreachable,
    WebhookSender,
)
from application.webhooks import admit, check_admin, existing, webhook_updated
from domain.errors import Conflict, NotFound, Unavailable
from domain.events import RecordedEvent, as_text
from domain.users import User
from domain.webhooks import Delivery, DeliveryStatus, Webhook, WebhookChanges, signature

_log: Final = logging.getLogger("satchel.webhooks")

# Several times as long as a sender waits for an answer.
_LEASE: Final = timedelta(seconds=60)
_LOOK_AGAIN_SECONDS: Final = 2.0
# Of many things that happen within this time, one look tells.
_PAUSE_SECONDS: Final = 0.1


@dataclass(frozen=True, slots=True)
class ListDeliveries:
    """Admins may see what became of telling a webhook."""

    units_of_work: UnitsOfWork

    async def __call__(
        self,
        actor: User,
        *,
        webhook_id: int,
        request: PageRequest[DeliverySort],
        status: DeliveryStatus | None = None,
    ) -> Page[Delivery]:
        """Return a page of the deliveries to the webhook: those that stand so, or all.

        Raises:
            Forbidden: the actor is no admin.
            NotFound: there is no such webhook.
        """
        check_admin(actor)
        async with self.units_of_work() as uow:
            await existing(webhook_id, uow)
            return await uow.webhooks.deliveries(webhook_id, request, status=status)


@dataclass(frozen=True, slots=True)
class GetDelivery:
    """Admins may look up what became of one delivery."""

    units_of_work: UnitsOfWork

    async def __call__(self, actor: User, *, webhook_id: int, delivery_id: int) -> Delivery:
        """Return the delivery.

        Raises:
            Forbidden: the actor is no admin.
            NotFound: there is none such to this webhook.
        """
        check_admin(actor)
        async with self.units_of_work() as uow:
            return await _existing_delivery(webhook_id, delivery_id, uow)


@dataclass(frozen=True, slots=True)
class Redeliver:
    """Admins may have a webhook told of something again, whatever became of it before."""

    units_of_work: UnitsOfWork
    clock: Clock

    async def __call__(self, actor: User, *, webhook_id: int, delivery_id: int) -> Delivery:
        """Begin the delivery anew and return it.

        Raises:
            Forbidden: the actor is no admin.
            NotFound: there is none such to this webhook.
            Conflict: the webhook is switched off.
        """
        check_admin(actor)
        async with self.units_of_work() as uow:
            await admit(actor, uow)
            webhook = await existing(webhook_id, uow)
            before = await _existing_delivery(webhook_id, delivery_id, uow)
            if not webhook.is_active:
                raise Conflict("The webhook is switched off. Switch it on first: set isActive to true.")
            after = before.redeliver(at=self.clock.now())
            # Should it be claimed in between, it is on its way just now.
            uow.webhooks.save_delivery(after, before=before)
            await uow.commit()
            return after


@dataclass(frozen=True, slots=True)
class DeliverWebhooks:
    """Tells webhooks of what they want to hear. The service itself does it, each instance its share.

    A message may arrive more than once, and later than another that was sent after it: what is claimed is only
    settled once there was an answer, and whoever does not live to settle it leaves it to others when its lease
    has run out. Receivers tell repetitions by `webhook-id`.

    Attributes:
        version: of Satchel, for the receivers' logs.
        outcomes: how the deliveries stood after each attempt: those that are pending are tried again.
    """

    units_of_work: UnitsOfWork
    clock: Clock
    notices: Notices
    sender: WebhookSender
    secret_box: SecretBox
    version: str
    outcomes: Counter[str] = field(default_factory=Counter[str])

    async def run(self) -> None:
        """Deliver whatever comes due, until cancelled; what is under way then is given up."""
        ear = self.notices.listen()
        slots = DeliverySlots()
        async with asyncio.TaskGroup() as tasks:
            while True:
                room = slots.room()
                claimed = await self._claim(room) if room.limit else ()
                for due in claimed:
                    slots.take(tasks.create_task(self._deliver(due, slots)), webhook_id=due.webhook.id)
                if not claimed:
                    # There may be more for those that are left out for now.
                    await _news(ear, slots.under_way if room.but or not room.limit else ())

    async def _claim(self, room: Room) -> tuple[DueDelivery, ...]:
        now = self.clock.now()
        try:
            async with self.units_of_work() as uow:
                return await uow.webhooks.claim(
                    at=now, until=now + _LEASE, limit=room.limit, each=room.each, but=room.but
                )
        except Unavailable as error:
            _log.warning("Webhooks wait until the store is back: %s", error.reason or error.detail)
        except Exception:
            _log.exception("Looking for due deliveries failed; it is tried again.")
        return ()

    async def _deliver(self, due: DueDelivery, slots: DeliverySlots) -> None:
        try:
            status, error = await self._post(due)
        except Exception:
            _log.exception("Delivery %d to webhook %d failed.", due.delivery.id, due.webhook.id)
            status, error = None, "Satchel itself failed at it; its log says why."
        try:
            after = due.delivery.settle(at=self.clock.now(), response_status=status, error=error)
            self.outcomes[after.status.value] += 1
            slots.note(due.webhook.id, succeeded=after.status is DeliveryStatus.DELIVERED)
            await again_while_stale(lambda: self._settle(due, after))
        except Unavailable as away:
            _log.warning(
                "Delivery %d could not be settled, so it will be repeated: %s",
                due.delivery.id,
                away.reason or away.detail,
            )
        except Exception:
            _log.exception("Delivery %d could not be settled, so it will be repeated.", due.delivery.id)

    async def _post(self, due: DueDelivery) -> tuple[int | None, str | None]:
        """Return the answer's status, or why there is none."""
        now = self.clock.now()
        try:
            secrets = self._secrets(due.webhook, at=now)
            headers, body = _message(due.event, secrets=secrets, at=now)
            headers["user-agent"] = f"Satchel/{self.version}"
            return await self.sender.post(due.webhook.url, headers=headers, body=body), None
        except (UnreadableSecret, Unreachable) as error:
            return None, error.detail

    def _secrets(self, webhook: Webhook, *, at: datetime) -> list[bytes]:
        current, *others = webhook.sealed_secrets(at)
        secrets = [self.secret_box.open(current)]
        for other in others:
            # Whoever lost the key to the old secret rotates, and must not be held up by it.
            with suppress(UnreadableSecret):
                secrets.append(self.secret_box.open(other))
        return secrets

    async def _settle(self, due: DueDelivery, after: Delivery) -> None:
        async with self.units_of_work() as uow:
            # The webhook first, as with its deletion: in another order, one could wait for the other.
            if after.response_status == HTTPStatus.GONE:
                await _switch_off(due.webhook, uow, at=self.clock.now())
            uow.webhooks.save_delivery(after, before=due.delivery)
            await uow.commit()


async def _switch_off(told: Webhook, uow: UnitOfWork, *, at: datetime) -> None:
    current = await uow.webhooks.get(told.id)
    # What another address said does not count.
    if current is not None and current.is_active and current.url == told.url:
        after = current.change(WebhookChanges(is_active=False), at=at)
        uow.webhooks.save(after)
        uow.events.add(webhook_updated(current, after, actor=None, reason="gone"))


def _message(recorded: RecordedEvent, *, secrets: Iterable[bytes], at: datetime) -> tuple[dict[str, str], bytes]:
    """Return the headers and the body that tell of an event (Standard Webhooks 1.0.0)."""
    event = recorded.event
    occurred_at = as_text(event.occurred_at)
    body = json.dumps(
        {
            "type": event.type.value,
            "timestamp": occurred_at,
            "data": {
                "id": recorded.id,
                "type": event.type.value,
                "actorId": event.actor_id,
                "subject": {"type": event.subject_type.value, "id": event.subject_id},
                "data": dict(event.data),
                "occurredAt": occurred_at,
            },
        },
        ensure_ascii=False,
        separators=(",", ":"),
    ).encode()
    message_id, timestamp = f"evt_{recorded.id}", int(at.timestamp())
    signatures = (signature(each, message_id=message_id, timestamp=timestamp, body=body) for each in secrets)
    headers = {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }
    return headers, body


async def _existing_delivery(webhook_id: int, delivery_id: int, uow: UnitOfWork) -> Delivery:
    delivery = await uow.webhooks.delivery(webhook_id, delivery_id)
    if delivery is None:
        raise NotFound(f"There is no delivery {delivery_id} to webhook {webhook_id}.")
    return delivery


async def _news(ear: Ear, finishing: Iterable[asyncio.Task[None]]) -> None:
    """Return soon after something may have come due, or as soon as one of the tasks has finished."""
    listening = asyncio.ensure_future(ear.wait(seconds=_LOOK_AGAIN_SECONDS))
    try:
        await asyncio.wait((listening, *finishing), return_when=asyncio.FIRST_COMPLETED)
        if listening.done():
            await asyncio.sleep(_PAUSE_SECONDS)
    finally:
        listening.cancel()
