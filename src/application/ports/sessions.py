"""Where sign-ins are kept."""

from datetime import datetime
from typing import Protocol

from domain.sessions import Session
from domain.users import User


class SessionRepository(Protocol):
    """Sign-ins."""

    async def next_id(self) -> int:
        """Return an id that no session has had, and none will be given again."""
        ...

    async def get_with_user(self, id: int) -> tuple[Session, User] | None:
        """Return the session and the account it belongs to, in one reading; dead and deleted ones included."""
        ...

    async def live_of(self, user_id: int, at: datetime) -> tuple[Session, ...]:
        """Return the user's sessions that are live at this moment, the last used first, then by id downwards."""
        ...

    def revoke_others(self, user_id: int, *, but: int | None, at: datetime) -> None:
        """End every session of the user's that was not ended yet, except for one where it is named.

        At commit it finds all that were kept before, by whomever. Save the user first, in the same unit of
        work, where none may be added beside it (`UserRepository.confirm`).
        """
        ...

    async def remove_expired(self, at: datetime, *, most: int) -> int:
        """Remove sessions that were over at this moment, revoked before or not: so many at most, and at once.

        Returns:
            How many these were.

        Raises:
            Unavailable: the store is away.
        """
        ...

    def add(self, session: Session) -> None:
        """Keep a new session."""
        ...

    def save(self, session: Session) -> None:
        """Keep a session's next state. At commit: `Stale` if another state came in between."""
        ...
