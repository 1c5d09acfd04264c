"""Who is behind a session, where everything is in memory anyway."""

from dataclasses import dataclass

from adapters.memory.store import InMemoryStore
from application.ports.session_directory import SessionDirectory
from domain.sessions import Session
from domain.users import User


@dataclass(frozen=True, slots=True)
class InMemorySessionDirectory(SessionDirectory):
    """Reads the store itself."""

    store: InMemoryStore

    async def find(self, session_id: int) -> tuple[Session, User] | None:
        """Return the session and its account."""
        tables = await self.store.read()
        session = tables.sessions.get(session_id)
        return None if session is None else (session, tables.users[session.user_id])
