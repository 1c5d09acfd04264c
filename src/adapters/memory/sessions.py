"""Sign-ins in memory."""

from dataclasses import dataclass
from datetime import datetime

from adapters.memory.store import Change, InMemoryStore, Tables
from application.ports.sessions import SessionRepository
from domain.sessions import Session
from domain.users import User


@dataclass(frozen=True, slots=True)
class InMemorySessionRepository(SessionRepository):
    """Sessions, each of a user who exists."""

    store: InMemoryStore
    changes: list[Change]

    async def next_id(self) -> int:
        """Return an id that no session has had."""
        return await self.store.next_id(Session)

    async def get_with_user(self, id: int) -> tuple[Session, User] | None:
        """Return the session and the account it belongs to."""
        tables = await self.store.read()
        session = tables.sessions.get(id)
        return None if session is None else (session, tables.users[session.user_id])

    async def live_of(self, user_id: int, at: datetime) -> tuple[Session, ...]:
        """Return the user's live sessions, the last used first."""
        tables = await self.store.read()
        mine = (
            session for session in tables.sessions.values() if session.user_id == user_id and session.is_live(at)
        )
        return tuple(sorted(mine, key=lambda session: (session.last_used_at, session.id), reverse=True))

    def revoke_others(self, user_id: int, *, but: int | None, at: datetime) -> None:
        """Collect the end of the user's sessions."""

        def change(tables: Tables) -> None:
            for session in list(tables.sessions.values()):
                if session.user_id == user_id and session.id != but and session.revoked_at is None:
                    tables.sessions.replace(session.revoke(at=at))

        self.changes.append(change)

    async def remove_expired(self, at: datetime, *, most: int) -> int:
        """Remove sessions that were over at this moment, so many at most; return how many these were."""
        sessions = (await self.store.read()).sessions.values()
        expired = [session.id for session in sessions if session.expires_at <= at][:most]

        def change(tables: Tables) -> None:
            for session_id in expired:
                tables.sessions.pop(session_id, None)

        if expired:
            await self.store.commit([change])
        return len(expired)

    def add(self, session: Session) -> None:
        """Collect a new session."""

        def change(tables: Tables) -> None:
            tables.check_user(session.user_id)
            tables.sessions.insert(session)

        self.changes.append(change)

    def save(self, session: Session) -> None:
        """Collect a session's next state."""

        def change(tables: Tables) -> None:
            tables.sessions.replace(session)
            tables.check_user(session.user_id)

        self.changes.append(change)
