"""How browsers come in and stay in: by one secret in a cookie, where programs have tokens."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from application.auth import DEAD_SESSION, Identity, StartSession
from application.ports.clock import Clock
from application.ports.secrets import SecretSource
from application.ports.session_directory import SessionDirectory
from application.ports.unit_of_work import UnitOfWork, UnitsOfWork
from domain.errors import Stale, Unauthenticated, Unavailable
from domain.sessions import Session, SessionKind
from domain.users import User

VISIT_LIFETIME: Final = timedelta(hours=24)
"""How long a session lasts that the browser forgets when it is closed."""
REMEMBERED_LIFETIME: Final = timedelta(days=30)
"""How long a session lasts that the browser was asked to remember."""


@dataclass(frozen=True, slots=True)
class BrowserKey:
    """What proves a browser's session: its id, and 256 random bits in hexadecimal."""

    session_id: int
    secret: str


@dataclass(frozen=True, slots=True)
class StartBrowserSession(StartSession[BrowserKey]):
    """Begins a browser's session, with the key for its cookie."""

    secrets: SecretSource
    clock: Clock
    session_lifetime: timedelta

    async def __call__(self, uow: UnitOfWork, user: User, *, user_agent: str | None) -> BrowserKey:
        """Add a session to the unit of work and return its key."""
        key = BrowserKey(await uow.sessions.next_id(), self.secrets.next_secret().hex())
        session = Session.start(
            id=key.session_id,
            user_id=user.id,
            kind=SessionKind.BROWSER,
            secret=key.secret,
            user_agent=user_agent,
            lifetime=self.session_lifetime,
            at=self.clock.now(),
        )
        uow.sessions.add(session)
        return key


@dataclass(frozen=True, slots=True)
class AuthenticateBrowser:
    """Turns a browser's key into the person it stands for; asked at every page of someone signed in."""

    sessions: SessionDirectory
    units_of_work: UnitsOfWork
    clock: Clock

    async def __call__(self, key: BrowserKey) -> Identity:
        """Return who is asking, as they are now, and note now and then that their session is in use.

        Raises:
            Unauthenticated: the key proves no session, or its session or account has ended.
            Unavailable: the store had to be asked and is away.
        """
        now = self.clock.now()
        found = await self.sessions.find(key.session_id)
        if found is None or not found[0].accepts(key.secret, kind=SessionKind.BROWSER):
            raise Unauthenticated(DEAD_SESSION)
        session, user = found
        if not session.is_live(now) or not user.may_enter:
            raise Unauthenticated(DEAD_SESSION)
        used = session.note_use(at=now)
        if used is not session:
            await self._keep(used)
        return Identity(user, session, until=session.expires_at)

    async def _keep(self, session: Session) -> None:
        # Whoever ended the session meanwhile, or noted its use, was first, and what they wrote stays.
        with suppress(Stale, Unavailable):
            async with self.units_of_work() as uow:
                uow.sessions.save(session)
                await uow.commit()
