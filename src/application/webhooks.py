"""What can be done with webhooks; of the deliveries to them, `application.deliveries` tells."""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from application.administration import ADMINS, check_still_admin
from application.concurrency import again_while_stale
from application.idempotency import Keep
from application.paging import Page, PageRequest
from application.ports.clock import Clock
from application.ports.secrets import SecretBox, SecretSource
from application.ports.unit_of_work import UnitOfWork, UnitsOfWork
from application.ports.webhooks import WebhookSort
from domain.access import may_administer
from domain.errors import Conflict, Forbidden, NotFound, Stale
from domain.events import Event, EventType, Value
from domain.users import User
from domain.webhooks import Webhook, WebhookChanges

WEBHOOKS_MOST: Final = 100
"""How many there can be: each event may become a delivery to each of them."""


@dataclass(frozen=True, slots=True)
class CreateWebhook:
    """Admins may have another system told of events."""

    units_of_work: UnitsOfWork
    clock: Clock
    secret_source: SecretSource
    secret_box: SecretBox

    async def __call__(
        self,
        actor: User,
        *,
        url: str,
        description: str | None = None,
        types: frozenset[EventType] = frozenset(),
        is_active: bool = True,
        keep: Keep[tuple[Webhook, bytes]] | None = None,
    ) -> tuple[Webhook, bytes]:
        """Keep a new webhook; return it with the secret that signs its messages, which is never shown again.

        Raises:
            Forbidden: the actor is no admin.
            Invalid: with every field that breaks its rule.
            Conflict: there are `WEBHOOKS_MOST` already.
        """
        check_admin(actor)
        secret = self.secret_source.next_secret()
        async with self.units_of_work() as uow:
            await admit(actor, uow)
            if await uow.webhooks.count() >= WEBHOOKS_MOST:
                raise Conflict(f"There are {WEBHOOKS_MOST} webhooks already, which is the most. Delete one first.")
            webhook = Webhook.create(
                id=await uow.webhooks.next_id(),
                url=url,
                description=description,
                types=types,
                is_active=is_active,
                sealed_secret=self.secret_box.seal(secret),
                at=self.clock.now(),
            )
            uow.webhooks.add(webhook)
            uow.events.add(
                Event.of(
                    EventType.WEBHOOK_CREATED, webhook.id, actor=actor, at=webhook.created_at, **_facts(webhook)
                )
            )
            if keep is not None:
                uow.kept_answers.add(keep((webhook, secret)))
            await uow.commit()
            return webhook, secret


@dataclass(frozen=True, slots=True)
class GetWebhook:
    """Admins may look a webhook up."""

    units_of_work: UnitsOfWork

    async def __call__(self, actor: User, *, webhook_id: int) -> Webhook:
        """Return the webhook.

        Raises:
            Forbidden: the actor is no admin.
            NotFound: there is none.
        """
        check_admin(actor)
        async with self.units_of_work() as uow:
            return await existing(webhook_id, uow)


@dataclass(frozen=True, slots=True)
class ListWebhooks:
    """Admins may list all webhooks."""

    units_of_work: UnitsOfWork

    async def __call__(self, actor: User, *, request: PageRequest[WebhookSort]) -> Page[Webhook]:
        """Return a page of them.

        Raises:
            Forbidden: the actor is no admin.
        """
        check_admin(actor)
        async with self.units_of_work() as uow:
            return await uow.webhooks.page(request)


@dataclass(frozen=True, slots=True)
class ChangeWebhook:
    """Admins may change where a webhook is, what it is told of, and whether it is told at all."""

    units_of_work: UnitsOfWork
    clock: Clock

    async def __call__(
        self,
        actor: User,
        *,
        webhook_id: int,
        changes: WebhookChanges,
        if_version: Container[int] | None = None,
    ) -> Webhook:
        """Keep the changes and return the webhook as it is then.

        Args:
            actor: who changes it.
            webhook_id: which one.
            changes: what is changed.
            if_version: the versions it may have, so that no one else's change is overwritten; any where None.

        Raises:
            Forbidden: the actor is no admin.
            NotFound: there is no such webhook.
            Stale: its version is none of `if_version`.
            Invalid: with every field that breaks its rule.
        """
        check_admin(actor)

        async def attempt() -> Webhook:
            async with self.units_of_work() as uow:
                before = await _changeable(actor, webhook_id, if_version, uow)
                after = before.change(changes, at=self.clock.now())
                if after is not before:
                    uow.webhooks.save(after)
                    uow.events.add(webhook_updated(before, after, actor=actor))
                    await uow.commit()
                return after

        return await again_while_stale(attempt) if if_version is None else await attempt()


@dataclass(frozen=True, slots=True)
class RotateSecret:
    """Admins may have a webhook's messages signed with a new secret."""

    units_of_work: UnitsOfWork
    clock: Clock
    secret_source: SecretSource
    secret_box: SecretBox

    async def __call__(
        self, actor: User, *, webhook_id: int, if_version: Container[int] | None = None
    ) -> tuple[Webhook, bytes]:
        """Keep a new secret; return the webhook with it. It is never shown again.

        The one before signs beside it for `domain.webhooks.OLD_SECRET_HOURS`; any older one no longer.

        Raises:
            Forbidden: the actor is no admin.
            NotFound: there is no such webhook.
            Stale: its version is none of `if_version`.
        """
        check_admin(actor)
        secret = self.secret_source.next_secret()
        sealed_secret = self.secret_box.seal(secret)

        async def attempt() -> Webhook:
            async with self.units_of_work() as uow:
                before = await _changeable(actor, webhook_id, if_version, uow)
                after = before.rotate_secret(sealed_secret, at=self.clock.now())
                uow.webhooks.save(after)
                uow.events.add(webhook_updated(before, after, actor=actor))
                await uow.commit()
                return after

        return await (again_while_stale(attempt) if if_version is None else attempt()), secret


@dataclass(frozen=True, slots=True)
class DeleteWebhook:
    """Admins may delete a webhook, and with it what is known of the deliveries to it."""

    units_of_work: UnitsOfWork
    clock: Clock

    async def __call__(self, actor: User, *, webhook_id: int, if_version: Container[int] | None = None) -> None:
        """Forget it; what is on its way to it already still arrives.

        Raises:
            Forbidden: the actor is no admin.
            NotFound: there is no such webhook.
            Stale: its version is none of `if_version`.
        """
        check_admin(actor)

        async def attempt() -> None:
            async with self.units_of_work() as uow:
                webhook = await _changeable(actor, webhook_id, if_version, uow)
                uow.webhooks.remove(webhook)
                uow.events.add(
                    Event.of(
                        EventType.WEBHOOK_DELETED,
                        webhook.id,
                        actor=actor,
                        at=self.clock.now(),
                        host=_host(webhook),
                    )
                )
                await uow.commit()

        return await again_while_stale(attempt) if if_version is None else await attempt()


def check_admin(actor: User) -> None:
    """Do nothing if the actor is an admin.

    Raises:
        Forbidden: the actor is none.
    """
    if not may_administer(actor):
        raise Forbidden("Only admins may see and change webhooks.")


async def admit(actor: User, uow: UnitOfWork) -> None:
    """Take the lock under which admins act, and make sure that the actor still is one: webhooks hear everything.

    Raises:
        Forbidden: the actor is no admin any longer.
    """
    await uow.lock(ADMINS)
    await check_still_admin(actor, uow)


async def existing(webhook_id: int, uow: UnitOfWork) -> Webhook:
    """Return the webhook.

    Raises:
        NotFound: there is none.
    """
    webhook = await uow.webhooks.get(webhook_id)
    if webhook is None:
        raise NotFound(f"There is no webhook {webhook_id}.")
    return webhook


def webhook_updated(before: Webhook, after: Webhook, *, actor: User | None, **others: Value) -> Event:
    """Return what happened when the one became the other, with `others` beside it; nobody did it where None."""
    differing = {name: value for name, value in _facts(after).items() if value != _facts(before)[name]}
    hidden = {
        "url": before.url != after.url,
        "description": before.description != after.description,
        "secret": before.sealed_secret != after.sealed_secret,
    }
    changed = (
        *(name for name, differs in hidden.items() if differs),
        *(name for name in ("types", "isActive") if name in differing),
    )
    facts: dict[str, Value] = {"host": _host(after), **differing, "changed": changed, **others}
    return Event.of(EventType.WEBHOOK_UPDATED, after.id, actor=actor, at=after.updated_at, **facts)


def _facts(webhook: Webhook) -> Mapping[str, Value]:
    return {
        "host": _host(webhook),
        "types": tuple(sorted(each.value for each in webhook.types)),
        "isActive": webhook.is_active,
        "version": webhook.version,
    }


def _host(webhook: Webhook) -> str:
    # Of an address the log keeps no more: path and query are often what lets a sender in.
    return urlsplit(webhook.url).netloc


async def _changeable(actor: User, webhook_id: int, if_version: Container[int] | None, uow: UnitOfWork) -> Webhook:
    await admit(actor, uow)
    webhook = await existing(webhook_id, uow)
    if if_version is not None and webhook.version not in if_version:
        raise Stale
    return webhook
