"""Who is behind a session, where everything is in memory anyway."""

from collections.abc import Collection, Mapping
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

    async def find_all(self, session_ids: Collection[int]) -> Mapping[int, tuple[Session, User]]:
        """Return those of these sessions that exist."""
        tables = await self.store.read()
        found = (tables.sessions[each] for each in session_ids if each in tables.sessions)
        return {session.id: (session, tables.users[session.user_id]) for session in found}
