"""Who is behind a session, asked at every request of someone signed in."""

from collections.abc import Collection, Mapping
from typing import Protocol

from domain.sessions import Session
from domain.users import User


class SessionDirectory(Protocol):
    """Sessions with their accounts, answered from memory for as long as nothing about them changes.

    What was committed by this instance is seen at once; what another committed, within a second. Where news of
    others may not arrive, the store itself is asked.
    """

    async def find(self, session_id: int) -> tuple[Session, User] | None:
        """Return the session and its account, dead and deleted ones included.

        Only what ends sessions or changes accounts need be up to date: of a session that is merely refreshed,
        a former state may be returned.

        Raises:
            Unavailable: the store had to be asked and is away.
        """
        ...

    async def find_all(self, session_ids: Collection[int]) -> Mapping[int, tuple[Session, User]]:
        """Return those of these sessions that exist, by id, as `find` does; in one question to the store at most.

        Raises:
            Unavailable: the store had to be asked and is away.
        """
        ...
