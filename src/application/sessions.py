"""What people can do with their own sessions: see them, end them, and shut the others out."""

from dataclasses import dataclass

from application.auth import Identity
from application.concurrency import again_while_stale
from application.passwords import ConfirmPassword
from application.ports.clock import Clock
from application.ports.passwords import PasswordHasher
from application.ports.unit_of_work import UnitsOfWork
from domain.errors import Fault, Invalid, NotFound, Unauthenticated, refuse
from domain.events import Event, EventType
from domain.sessions import Session
from domain.text import normalised
from domain.users import PasswordPolicy


@dataclass(frozen=True, slots=True)
class SignOut:
    """Anyone signed in may end the session they came by."""

    units_of_work: UnitsOfWork
    clock: Clock

    async def __call__(self, identity: Identity) -> None:
        """End the session: its access and refresh tokens are worth nothing from now on."""

        async def attempt() -> None:
            async with self.units_of_work() as uow:
                found = await uow.sessions.get_with_user(identity.session.id)
                if found is not None and found[0].revoked_at is None:
                    uow.sessions.save(found[0].revoke(at=self.clock.now()))
                    await uow.commit()

        await again_while_stale(attempt)


@dataclass(frozen=True, slots=True)
class ListSessions:
    """Anyone signed in may see where they are signed in."""

    units_of_work: UnitsOfWork
    clock: Clock

    async def __call__(self, identity: Identity) -> tuple[Session, ...]:
        """Return one's own live sessions, the last used first."""
        async with self.units_of_work() as uow:
            return await uow.sessions.live_of(identity.user.id, self.clock.now())


@dataclass(frozen=True, slots=True)
class EndSession:
    """Anyone signed in may end any session of their own."""

    units_of_work: UnitsOfWork
    clock: Clock

    async def __call__(self, identity: Identity, *, session_id: int) -> None:
        """End the session: its tokens are worth nothing from now on.

        Raises:
            NotFound: there is no such session among one's own, or it has ended already.
        """

        async def attempt() -> None:
            now = self.clock.now()
            async with self.units_of_work() as uow:
                found = await uow.sessions.get_with_user(session_id)
                if found is None or found[1].id != identity.user.id or not found[0].is_live(now):
                    raise NotFound(f"You have no session {session_id}.")
                uow.sessions.save(found[0].revoke(at=now))
                await uow.commit()

        await again_while_stale(attempt)


@dataclass(frozen=True, slots=True)
class EndOtherSessions:
    """Anyone signed in may end all sessions of their own but the one they came by."""

    units_of_work: UnitsOfWork
    clock: Clock

    async def __call__(self, identity: Identity) -> None:
        """End them: whatever proves them is worth nothing from now on.

        Raises:
            Unauthenticated: this very session ended meanwhile.
        """
        now = self.clock.now()
        async with self.units_of_work() as uow:
            found = await uow.sessions.get_with_user(identity.session.id)
            if found is None or not found[0].is_live(now):
                raise Unauthenticated("This session has ended. Sign in again.")
            uow.sessions.revoke_others(identity.user.id, but=identity.session.id, at=now)
            await uow.commit()


@dataclass(frozen=True, slots=True)
class ChangePassword:
    """Anyone signed in may change their password, if they know it."""

    units_of_work: UnitsOfWork
    passwords: PasswordHasher
    clock: Clock
    password_policy: PasswordPolicy
    confirm_password: ConfirmPassword

    async def __call__(self, identity: Identity, *, current_password: str, new_password: str) -> None:
        """Keep the new password and end every other session: whoever came in by the old one is out.

        Raises:
            TooManyRequests: the current password was wrong too often; whether it was right is not told.
            Invalid: the new password breaks a rule, or the current one is wrong.
            Unauthenticated: this very session ended meanwhile.
        """
        wanted = normalised(new_password)
        refuse(*self.password_policy.faults(wanted, username=identity.user.username, field="newPassword"))
        await self.confirm_password(identity.user, current_password=current_password)
        password_hash = await self.passwords.hash(wanted)

        async def attempt() -> None:
            now = self.clock.now()
            async with self.units_of_work() as uow:
                found = await uow.sessions.get_with_user(identity.session.id)
                if found is None or not found[0].is_live(now):
                    raise Unauthenticated("This session has ended. Sign in again.")
                user = found[1]
                if user.password_hash != identity.user.password_hash:
                    raise Invalid(Fault("currentPassword", "was changed at this very moment"))
                uow.users.save(user.change_password(password_hash, at=now))
                uow.sessions.revoke_others(user.id, but=identity.session.id, at=now)
                uow.events.add(Event.of_user(EventType.USER_PASSWORD_CHANGED, user, actor=user, at=now))
                await uow.commit()

        await again_while_stale(attempt)
