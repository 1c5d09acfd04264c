"""Who is let in, who is not, and who may come back. An actor of None is the operator at the command line."""

from collections.abc import Container
from dataclasses import dataclass

from application.administration import (
    ADMINS,
    check_admin_left,
    check_still_admin,
    check_version,
    keep,
    present,
)
from application.concurrency import again_while_stale
from application.paging import PageRequest
from application.ports.clock import Clock
from application.ports.unit_of_work import UnitsOfWork
from application.ports.users import UserFilter, UserSort
from domain.access import may_administer
from domain.errors import Forbidden, NotFound, refuse
from domain.events import Event, EventType
from domain.text import normalised, text_faults
from domain.users import Role, User, UserStatus

REASON_MOST = 1_000

_ADMINS_ONLY = "Only admins decide who is let in."


@dataclass(frozen=True, slots=True)
class GetAccount:
    """Admins may look up any account to decide over it, deleted ones included."""

    units_of_work: UnitsOfWork

    async def __call__(self, actor: User, *, user: int | str) -> User:
        """Return the account of this id, or of this name regardless of case.

        Raises:
            Forbidden: the actor is no admin.
            NotFound: there never was such an account.
        """
        if not may_administer(actor):
            raise Forbidden("Only admins may look into the accounts of others.")
        async with self.units_of_work() as uow:
            found = await (uow.users.get(user) if isinstance(user, int) else uow.users.with_username(user))
        if found is None:
            raise NotFound(f"There is no user {user}.")
        return found


@dataclass(frozen=True, slots=True)
class CountWaiting:
    """Admins are told wherever they are that somebody waits to be let in."""

    units_of_work: UnitsOfWork

    async def __call__(self, actor: User) -> int:
        """Return how many wait; 0 to those who could not let them in."""
        if not may_administer(actor):
            return 0
        async with self.units_of_work() as uow:
            page = await uow.users.page(
                UserFilter(status=UserStatus.PENDING), PageRequest(UserSort.CREATED_AT, limit=1, number=1)
            )
        return page.total or 0


@dataclass(frozen=True, slots=True)
class ApproveUser:
    """Admins may let in who waits for approval, and in which role."""

    units_of_work: UnitsOfWork
    clock: Clock

    async def __call__(
        self,
        actor: User | None,
        *,
        user_id: int,
        role: Role | None = None,
        if_version: Container[int] | None = None,
    ) -> User:
        """Return the account let in. One that is in already stays as it is.

        With `if_version` it is done only if the account's version is among these, or nothing is left to do.

        Raises:
            Forbidden: the actor is no admin.
            NotFound: there is no such account, or it was deleted.
            Conflict: the account is in already, in another role than this.
            Stale: its version is none of `if_version`.
        """
        _check_admin(actor)

        async def attempt() -> User:
            now = self.clock.now()
            async with self.units_of_work() as uow:
                await uow.lock(ADMINS)
                before = await present(user_id, uow)
                after = before.approve(role=role, at=now)
                if after is not before:
                    check_version(before, if_version)
                    await check_still_admin(actor, uow)
                    event = Event.of_user(
                        EventType.USER_APPROVED,
                        after,
                        actor=actor,
                        at=now,
                        role=after.role.value,
                    )
                    keep(before, after, event, uow)
                    await uow.commit()
                return after

        return await again_while_stale(attempt) if if_version is None else await attempt()


@dataclass(frozen=True, slots=True)
class RejectUser:
    """Admins may turn someone away, and say why."""

    units_of_work: UnitsOfWork
    clock: Clock

    async def __call__(
        self,
        actor: User | None,
        *,
        user_id: int,
        reason: str | None = None,
        if_version: Container[int] | None = None,
    ) -> User:
        """Return the account turned away: it waits no longer, and its sessions, if it had any, have ended.

        With `if_version` it is done only if the account's version is among these, or nothing is left to do.

        Raises:
            Forbidden: the actor is no admin.
            NotFound: there is no such account, or it was deleted.
            Invalid: the reason is too long, or cannot be kept.
            Stale: its version is none of `if_version`.
            LastAdmin: nobody would be left who can let others in.
        """
        _check_admin(actor)
        reason = None if reason is None else normalised(reason)
        if reason is not None:
            refuse(*text_faults("reason", reason, most=REASON_MOST))

        async def attempt() -> User:
            now = self.clock.now()
            async with self.units_of_work() as uow:
                await uow.lock(ADMINS)
                before = await present(user_id, uow)
                after = before.reject(at=now)
                if after is not before:
                    check_version(before, if_version)
                    await check_admin_left(before, after, uow)
                    await check_still_admin(actor, uow)
                    event = Event.of_user(EventType.USER_REJECTED, after, actor=actor, at=now, reason=reason)
                    keep(before, after, event, uow)
                    await uow.commit()
                return after

        return await again_while_stale(attempt) if if_version is None else await attempt()


@dataclass(frozen=True, slots=True)
class RestoreUser:
    """Admins may bring a deleted account back."""

    units_of_work: UnitsOfWork
    clock: Clock

    async def __call__(self, actor: User, *, user_id: int) -> User:
        """Return the account as it was before it was deleted; its old sessions stay ended.

        Raises:
            Forbidden: the actor is no admin.
            NotFound: there never was such an account.
        """
        _check_admin(actor)

        async def attempt() -> User:
            now = self.clock.now()
            async with self.units_of_work() as uow:
                await uow.lock(ADMINS)
                before = await uow.users.get(user_id)
                if before is None:
                    raise NotFound(f"There is no user {user_id}.")
                after = before.restore(at=now)
                if after is not before:
                    await check_still_admin(actor, uow)
                    keep(
                        before,
                        after,
                        Event.of_user(EventType.USER_RESTORED, after, actor=actor, at=now),
                        uow,
                    )
                    await uow.commit()
                return after

        return await again_while_stale(attempt)


def _check_admin(actor: User | None) -> None:
    if actor is not None and not may_administer(actor):
        raise Forbidden(_ADMINS_ONLY)
