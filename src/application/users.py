"""What can be done with accounts."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from application.concurrency import again_while_stale
from application.paging import LIMIT_MOST, PageRequest
from application.ports.clock import Clock
from application.ports.passwords import PasswordHasher
from application.ports.repositories import UserSort
from application.ports.unit_of_work import UnitOfWork, UnitsOfWork
from domain.errors import NotFound, Taken, refuse
from domain.text import normalised, unstorable_reason
from domain.users import PasswordPolicy, Role, User, email_faults, username_faults


@dataclass(frozen=True, slots=True)
class GetUser:
    """Anyone signed in may look a person up; `may_see_account_details` says how much of it they see."""

    units_of_work: UnitsOfWork

    async def __call__(self, actor: User, *, user_id: int) -> User:
        """Return the user.

        Raises:
            NotFound: there is none, or it was deleted.
        """
        async with self.units_of_work() as uow:
            user = await uow.users.get(user_id)
        if user is None or user.deleted_at is not None:
            raise NotFound(f"There is no user {user_id}.")
        return user


@dataclass(frozen=True, slots=True)
class CreateUser:
    """For the operator at the command line: an account of any role, approved at once."""

    units_of_work: UnitsOfWork
    passwords: PasswordHasher
    clock: Clock
    password_policy: PasswordPolicy

    async def __call__(self, *, username: str, password: str, email: str | None, role: Role) -> User:
        """Keep a new account and return it.

        Raises:
            Invalid: with every field that breaks its rule.
            Taken: the username or the email belongs to another, deleted ones included.
        """
        check_new_account(self.password_policy, username=username, password=password, email=email)
        password_hash = await self.passwords.hash(normalised(password))
        async with self.units_of_work() as uow:
            user = User.create(
                id=await uow.users.next_id(),
                username=username,
                email=email,
                password_hash=password_hash,
                role=role,
                is_approved=True,
                at=self.clock.now(),
            )
            uow.users.add(user)
            await uow.commit()
            return user


@dataclass(frozen=True, slots=True)
class Approval:
    """What approving came to: the account as it is now, and whether it was waiting until then."""

    user: User
    was_waiting: bool


@dataclass(frozen=True, slots=True)
class ApproveUser:
    """For the operator at the command line: letting a newcomer in who waits for approval."""

    units_of_work: UnitsOfWork
    clock: Clock

    async def __call__(self, *, username: str) -> Approval:
        """Approve the account of this name, regardless of case. One that is approved stays as it is.

        Raises:
            NotFound: there is none, or it was deleted.
        """

        async def attempt() -> Approval:
            async with self.units_of_work() as uow:
                user = await _named(username, uow)
                approved = user.approve(at=self.clock.now())
                if approved is not user:
                    uow.users.save(approved)
                    await uow.commit()
                return Approval(approved, was_waiting=approved is not user)

        return await again_while_stale(attempt)


@dataclass(frozen=True, slots=True)
class SetPassword:
    """For the operator at the command line: a new password for someone who lost theirs."""

    units_of_work: UnitsOfWork
    passwords: PasswordHasher
    clock: Clock
    password_policy: PasswordPolicy

    async def __call__(self, *, username: str, password: str) -> User:
        """Keep the password, end every session of the account and return it.

        Raises:
            NotFound: there is no account of this name, or it was deleted.
            Invalid: the password breaks its rule.
        """
        refuse(*self.password_policy.faults(normalised(password), username=username))
        password_hash = await self.passwords.hash(normalised(password))

        async def attempt() -> User:
            now = self.clock.now()
            async with self.units_of_work() as uow:
                user = (await _named(username, uow)).change_password(password_hash, at=now)
                uow.users.save(user)
                uow.sessions.revoke_others(user.id, but=None, at=now)
                await uow.commit()
                return user

        return await again_while_stale(attempt)


@dataclass(frozen=True, slots=True)
class ListUsers:
    """For the operator at the command line: everyone, the first to come first."""

    units_of_work: UnitsOfWork

    async def __call__(self) -> AsyncIterator[User]:
        """Yield every account that is not deleted."""
        request = PageRequest(UserSort.CREATED_AT, descending=False, limit=LIMIT_MOST)
        while True:
            async with self.units_of_work() as uow:
                page = await uow.users.page(request)
            for user in page.items:
                yield user
            if page.next is None:
                return
            request = PageRequest(UserSort.CREATED_AT, descending=False, limit=LIMIT_MOST, after=page.next)


@dataclass(frozen=True, slots=True)
class HasUsers:
    """For whoever starts the service: whether anyone has signed up yet."""

    units_of_work: UnitsOfWork

    async def __call__(self) -> bool:
        """Tell whether there is any account, deleted ones included."""
        async with self.units_of_work() as uow:
            return await uow.users.any()


def check_new_account(policy: PasswordPolicy, *, username: str, password: str, email: str | None) -> None:
    """Check what a new account is asked for with, before its password is hashed.

    Raises:
        Invalid: with every field that breaks its rule.
    """
    refuse(
        *username_faults(normalised(username)),
        *policy.faults(normalised(password), username=username),
        *(email_faults(normalised(email)) if email is not None else ()),
    )


async def check_names_are_free(uow: UnitOfWork, *, username: str, email: str | None) -> None:
    """Spare a newcomer the wait for a hash; the store's own check at commit is the judge.

    Raises:
        Taken: naming the field.
    """
    if await uow.users.with_username(username) is not None:
        raise Taken("username")
    if email is not None and await uow.users.with_email(email) is not None:
        raise Taken("email")


async def _named(username: str, uow: UnitOfWork) -> User:
    user = None if unstorable_reason(username) else await uow.users.with_username(username)
    if user is None or user.deleted_at is not None:
        raise NotFound(f"There is no user {username}.")
    return user
