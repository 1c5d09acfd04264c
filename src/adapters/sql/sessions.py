"""Sign-ins in PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import BigInteger, Integer, any_, bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import ARRAY

from adapters.sql.changes import Changes, adding, saving
from adapters.sql.connections import Connections
from adapters.sql.ids import Ids
from adapters.sql.tables import moment_type, sessions, users
from adapters.sql.users import USER_COLUMNS, user_from
from application.ports.sessions import SessionRepository
from domain.sessions import Session
from domain.users import User

# In the order of Session's fields, as `session_from` takes them.
SESSION_COLUMNS: Final = (
    sessions.c.id,
    sessions.c.user_id,
    sessions.c.kind,
    sessions.c.refresh_fingerprint,
    sessions.c.user_agent,
    sessions.c.created_at,
    sessions.c.last_used_at,
    sessions.c.expires_at,
    sessions.c.revoked_at,
    sessions.c.version,
)


def session_from(row: Sequence[Any]) -> Session:
    """Return the session that a row of `SESSION_COLUMNS` holds."""
    return Session(*row)


def values_of(session: Session) -> dict[str, object]:
    """Return the row that holds the session."""
    return {
        "id": session.id,
        "user_id": session.user_id,
        "kind": session.kind,
        "refresh_fingerprint": session.secret_fingerprint,
        "user_agent": session.user_agent,
        "created_at": session.created_at,
        "last_used_at": session.last_used_at,
        "expires_at": session.expires_at,
        "revoked_at": session.revoked_at,
        "version": session.version,
    }


_GET_WITH_USER: Final = (
    select(*SESSION_COLUMNS, *USER_COLUMNS)
    .join_from(sessions, users, sessions.c.user_id == users.c.id)
    .where(sessions.c.id == bindparam("id"))
)
_LIVE_OF: Final = (
    select(*SESSION_COLUMNS)
    .where(
        sessions.c.user_id == bindparam("user_id"),
        sessions.c.revoked_at.is_(None),
        sessions.c.expires_at > bindparam("at", type_=moment_type),
    )
    .order_by(sessions.c.last_used_at.desc(), sessions.c.id.desc())
)
_REVOKE_OTHERS: Final = (
    update(sessions)
    .where(
        sessions.c.user_id == bindparam("of_user"),
        sessions.c.revoked_at.is_(None),
        sessions.c.id != bindparam("but", type_=sessions.c.id.type),
    )
    .values(revoked_at=bindparam("at", type_=moment_type), version=sessions.c.version + 1)
)
_EXPIRED: Final = (
    select(sessions.c.id)
    .where(sessions.c.expires_at <= bindparam("at", type_=moment_type))
    .order_by(sessions.c.expires_at)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True)
)
# Of an array PostgreSQL looks each id up; with a table it would sooner read all sessions.
REMOVE_EXPIRED: Final = (
    delete(sessions)
    .where(sessions.c.id == any_(func.array(_EXPIRED.scalar_subquery(), type_=ARRAY(BigInteger))))
    .returning(sessions.c.id)
)
_ADD: Final = adding(sessions)
_SAVE: Final = saving(sessions)


async def session_with_user(connections: Connections, id: int) -> tuple[Session, User] | None:
    """Return the session and its account, from one row of a join.

    Raises:
        Unavailable: the database is away or busy.
    """
    rows = await connections.look_up(_GET_WITH_USER, {"id": id})
    if not rows:
        return None
    row = rows[0]
    return session_from(row[: len(SESSION_COLUMNS)]), user_from(row[len(SESSION_COLUMNS) :])


class SqlSessionRepository(SessionRepository):
    """Sign-ins in the table `sessions`."""

    def __init__(self, connections: Connections, changes: Changes, ids: Ids) -> None:
        """Read through the connections, collect into the changes."""
        self._connections = connections
        self._changes = changes
        self._ids = ids

    async def next_id(self) -> int:
        """Return an id that no session has had."""
        return await self._ids.next()

    async def get_with_user(self, id: int) -> tuple[Session, User] | None:
        """Return the session and its account, from one row of a join."""
        return await session_with_user(self._connections, id)

    async def live_of(self, user_id: int, at: datetime) -> tuple[Session, ...]:
        """Return the user's live sessions, the last used first."""
        rows = await self._connections.fetch(_LIVE_OF, {"user_id": user_id, "at": at})
        return tuple(session_from(row) for row in rows)

    def revoke_others(self, user_id: int, *, but: int | None, at: datetime) -> None:
        """Collect the end of the user's sessions."""
        self._changes.users.add(user_id)
        # Ids begin at 1, so 0 spares none.
        self._changes.change_many(_REVOKE_OTHERS, {"of_user": user_id, "but": but or 0, "at": at})

    async def remove_expired(self, at: datetime, *, most: int) -> int:
        """Remove sessions that were over at this moment, so many at most; return how many these were.

        Raises:
            Unavailable: the database is away or busy.
        """
        return len(await self._connections.fetch(REMOVE_EXPIRED, {"at": at, "most": most}))

    def add(self, session: Session) -> None:
        """Collect a new session."""
        self._changes.add(_ADD, values_of(session))

    def save(self, session: Session) -> None:
        """Collect a session's next state."""
        self._changes.sessions.add(session.id)
        self._changes.save(_SAVE, values_of(session), id=session.id, version=session.version)
