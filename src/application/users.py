"""What can be done with accounts.

An actor of None is the operator at the command line, who may do all that an admin may.
"""

from collections.abc import Collection, Container, Mapping
from dataclasses import dataclass

from application.administration import (
    ADMINS,
    as_changed,
    as_created,
    check_admin_left,
    check_still_admin,
    check_version,
    keep,
    present,
)
from application.concurrency import again_while_stale
from application.idempotency import Keep
from application.paging import Page, PageRequest
from application.ports.clock import Clock
from application.ports.passwords import PasswordHasher
from application.ports.unit_of_work import UnitsOfWork
from application.ports.users import UserFilter, UserSort
from application.registration import check_new_account
from domain.access import (
    may_administer,
    may_change_account,
    may_delete_account,
    may_list_accounts,
    may_see_account,
)
from domain.errors import Forbidden, NotFound
from domain.events import Event, EventType
from domain.text import normalised, unstorable_reason
from domain.users import (
    PasswordPolicy,
    Role,
    User,
    UserChanges,
    UserStatus,
)


@dataclass(frozen=True, slots=True)
class GetUser:
    """Anyone signed in may look a person up; `may_see_account_details` says how much of it they see."""

    units_of_work: UnitsOfWork

    async def __call__(self, actor: User, *, user_id: int) -> User:
        """Return the user.

        Raises:
            NotFound: there is none whom the actor may know of.
        """
        async with self.units_of_work() as uow:
            user = await present(user_id, uow)
        if not may_see_account(actor, user):
            raise NotFound(f"There is no user {user_id}.")
        return user


@dataclass(frozen=True, slots=True)
class FindUser:
    """For the operator at the command line, who knows people by name."""

    units_of_work: UnitsOfWork

    async def __call__(self, *, username: str) -> User:
        """Return the user of this name, regardless of case.

        Raises:
            NotFound: there is none, or it was deleted.
        """
        async with self.units_of_work() as uow:
            user = None if unstorable_reason(username) else await uow.users.with_username(username)
        if user is None or user.status is UserStatus.DELETED:
            raise NotFound(f"There is no user {username}.")
        return user


@dataclass(frozen=True, slots=True)
class NameUsers:
    """Anyone signed in may know what people are called whose ids they come across, the deleted ones included."""

    units_of_work: UnitsOfWork

    async def __call__(self, *, user_ids: Collection[int]) -> Mapping[int, str]:
        """Return the usernames of those of these users that exist, by id."""
        async with self.units_of_work() as uow:
            return {user.id: user.username for user in (await uow.users.with_ids(user_ids)).values()}


@dataclass(frozen=True, slots=True)
class ListUsers:
    """Anyone signed in may list the team; admins also those who wait, are switched off or deleted."""

    units_of_work: UnitsOfWork

    async def __call__(
        self,
        actor: User | None,
        *,
        request: PageRequest[UserSort],
        status: UserStatus | None = None,
        role: Role | None = None,
        words: tuple[str, ...] = (),
    ) -> Page[User]:
        """Return a page of the accounts that are wanted; for all but admins, of those that may enter.

        Args:
            actor: who asks.
            request: which page.
            status: who stands so; for admins alone.
            role: who has it.
            words: folded, each somewhere in the username; for admins, in the email as well.

        Raises:
            Forbidden: a status was asked for by someone who is no admin.
        """
        if actor is not None and not may_list_accounts(actor, status):
            raise Forbidden("Only admins may ask for accounts by their status.")
        sees_all = actor is None or may_administer(actor)
        wanted = UserFilter(
            status=status if sees_all else UserStatus.APPROVED,
            role=role,
            words=words,
            looks_into_emails=sees_all,
        )
        async with self.units_of_work() as uow:
            return await uow.users.page(wanted, request)


@dataclass(frozen=True, slots=True)
class CreateUser:
    """Admins may give someone an account of any role."""

    units_of_work: UnitsOfWork
    passwords: PasswordHasher
    clock: Clock
    password_policy: PasswordPolicy

    async def __call__(
        self,
        actor: User | None,
        *,
        username: str,
        password: str,
        email: str | None = None,
        role: Role = Role.EMPLOYEE,
        is_approved: bool = True,
        keep: Keep[User] | None = None,
    ) -> User:
        """Keep a new account and return it.

        Raises:
            Forbidden: the actor is no admin.
            Invalid: with every field that breaks its rule.
            Taken: the username or the email belongs to another, deleted ones included.
        """
        if actor is not None and not may_administer(actor):
            raise Forbidden("Only admins may create accounts for others.")
        check_new_account(self.password_policy, username=username, password=password, email=email)
        password_hash = await self.passwords.hash(normalised(password))
        async with self.units_of_work() as uow:
            await uow.lock(ADMINS)
            await check_still_admin(actor, uow)
            now = self.clock.now()
            user = User.create(
                id=await uow.users.next_id(),
                username=username,
                email=email,
                password_hash=password_hash,
                role=role,
                is_approved=is_approved,
                at=now,
            )
            uow.users.add(user)
            uow.events.add(Event.of_user(EventType.USER_CREATED, user, actor=actor, at=now, **as_created(user)))
            if keep is not None:
                uow.kept_answers.add(keep(user))
            await uow.commit()
            return user


@dataclass(frozen=True, slots=True)
class ChangeUser:
    """An account's owner may change what it is called; admins also what it may do."""

    units_of_work: UnitsOfWork
    clock: Clock

    async def __call__(
        self,
        actor: User | None,
        *,
        user_id: int,
        changes: UserChanges,
        if_version: Container[int] | None = None,
    ) -> User:
        """Keep the changes and return the account as it is then.

        Who loses a role, approval or activity loses every session at once.

        Args:
            actor: who changes it.
            user_id: whose account.
            changes: what is changed.
            if_version: the versions it may have, so that no one else's change is overwritten; any where None.

        Raises:
            NotFound: there is no such account that the actor may know of.
            Forbidden: it is not the actor's to change so.
            Stale: its version is none of `if_version`.
            Invalid: with every field that breaks its rule.
            Taken: the username or the email belongs to another, deleted ones included.
            LastAdmin: nobody would be left who can let others in.
        """

        async def attempt() -> User:
            now = self.clock.now()
            async with self.units_of_work() as uow:
                if actor is None or may_administer(actor):
                    await uow.lock(ADMINS)
                before = await present(user_id, uow)
                if actor is not None and not may_see_account(actor, before):
                    raise NotFound(f"There is no user {user_id}.")
                if actor is not None and not may_change_account(actor, before, changes):
                    raise Forbidden(
                        "Only admins may change what an account may do."
                        if actor.id == user_id
                        else "Only an account's owner and admins may change it."
                    )
                check_version(before, if_version)
                after = before.change(changes, at=now)
                if after is not before:
                    await check_admin_left(before, after, uow)
                    if actor is None or actor.id != user_id or changes.concern_rights:
                        await check_still_admin(actor, uow)
                    event = Event.of_user(
                        EventType.USER_UPDATED, after, actor=actor, at=now, **as_changed(before, after)
                    )
                    keep(before, after, event, uow)
                    await uow.commit()
                return after

        return await again_while_stale(attempt) if if_version is None else await attempt()


@dataclass(frozen=True, slots=True)
class DeleteUser:
    """An account's owner and admins may delete it. What its owner wrote stays theirs, and the name stays taken."""

    units_of_work: UnitsOfWork
    clock: Clock

    async def __call__(self, actor: User, *, user_id: int, if_version: Container[int] | None = None) -> None:
        """Delete the account softly and end its sessions.

        Raises:
            NotFound: there is no such account that the actor may know of.
            Forbidden: it is not the actor's to delete.
            Stale: its version is none of `if_version`.
            LastAdmin: nobody would be left who can let others in.
        """

        async def attempt() -> None:
            now = self.clock.now()
            async with self.units_of_work() as uow:
                await uow.lock(ADMINS)
                before = await present(user_id, uow)
                if not may_see_account(actor, before):
                    raise NotFound(f"There is no user {user_id}.")
                if not may_delete_account(actor, before):
                    raise Forbidden("Only an account's owner and admins may delete it.")
                check_version(before, if_version)
                after = before.delete(at=now)
                await check_admin_left(before, after, uow)
                if actor.id != user_id:
                    await check_still_admin(actor, uow)
                keep(before, after, Event.of_user(EventType.USER_DELETED, after, actor=actor, at=now), uow)
                await uow.commit()

        return await again_while_stale(attempt) if if_version is None else await attempt()


@dataclass(frozen=True, slots=True)
class HasUsers:
    """For whoever starts the service: whether anyone has signed up yet."""

    units_of_work: UnitsOfWork

    async def __call__(self) -> bool:
        """Tell whether there is any account, deleted ones included."""
        async with self.units_of_work() as uow:
            return await uow.users.any()
