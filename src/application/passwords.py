"""Proving that one knows one's password, and replacing it for someone who does not."""

from dataclasses import dataclass

from application.administration import present
from application.concurrency import again_while_stale
from application.ports.clock import Clock
from application.ports.passwords import PasswordHasher
from application.ports.unit_of_work import UnitsOfWork
from application.throttling import GuessLimit, password_key
from domain.errors import Fault, Invalid, refuse
from domain.events import Event, EventType
from domain.text import normalised
from domain.users import PasswordPolicy, User


@dataclass(frozen=True, slots=True)
class ConfirmPassword:
    """Anyone signed in may prove that they know their password, before what a session alone is not enough for."""

    passwords: PasswordHasher
    clock: Clock
    guess_limit: GuessLimit

    async def __call__(self, actor: User, *, current_password: str) -> None:
        """Return if it is theirs.

        Whoever found a session open cannot guess the password here more often than at the door.

        Raises:
            TooManyRequests: it was wrong too often; whether it was right is not told.
            Invalid: it is wrong.
        """
        account = password_key(actor.id)
        await self.guess_limit.check(account=account, at=self.clock.now())
        is_right = await self.passwords.verify(actor.password_hash, normalised(current_password))
        await self.guess_limit.settle(is_right=is_right, account=account, at=self.clock.now())
        if not is_right:
            raise Invalid(Fault("currentPassword", "is not your password"))


@dataclass(frozen=True, slots=True)
class SetPassword:
    """For the operator at the command line: a new password for someone who lost theirs."""

    units_of_work: UnitsOfWork
    passwords: PasswordHasher
    clock: Clock
    password_policy: PasswordPolicy
    guess_limit: GuessLimit

    async def __call__(self, *, user_id: int, password: str) -> User:
        """Keep the password, end every session of the account, forget its failed sign-ins and return it.

        Raises:
            NotFound: there is no such account, or it was deleted.
            Invalid: the password breaks its rule.
        """
        async with self.units_of_work() as uow:
            user = await present(user_id, uow)
        refuse(*self.password_policy.faults(normalised(password), username=user.username))
        password_hash = await self.passwords.hash(normalised(password))

        async def attempt() -> User:
            now = self.clock.now()
            async with self.units_of_work() as uow:
                user = (await present(user_id, uow)).change_password(password_hash, at=now)
                uow.users.save(user)
                uow.sessions.revoke_others(user.id, but=None, at=now)
                uow.events.add(Event.of_user(EventType.USER_PASSWORD_CHANGED, user, actor=None, at=now))
                await uow.commit()
                return user

        user = await again_while_stale(attempt)
        await self.guess_limit.forgive(user)
        return user
