"""Accounts in PostgreSQL."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import bindparam, exists, func, select

from adapters.sql.changes import Changes, adding, confirming, saving
from adapters.sql.connections import Connections
from adapters.sql.ids import Ids
from adapters.sql.pages import AnySelect, bounds, ordered, page_of
from adapters.sql.tables import users
from application.paging import Page, PageRequest, Position
from application.ports.repositories import UserRepository, UserSort
from domain.text import unstorable_reason
from domain.users import User, email_key, username_key

# In the order of User's fields, as `user_from` takes them.
USER_COLUMNS: Final = (
    users.c.id,
    users.c.username,
    users.c.email,
    users.c.password_hash,
    users.c.role,
    users.c.is_approved,
    users.c.is_active,
    users.c.created_at,
    users.c.updated_at,
    users.c.deleted_at,
    users.c.version,
)


def user_from(row: Sequence[Any]) -> User:
    """Return the user that a row of `USER_COLUMNS` holds."""
    return User(*row)


def values_of(user: User) -> dict[str, object]:
    """Return the row that holds the user."""
    return {
        "id": user.id,
        "username": user.username,
        "username_key": username_key(user.username),
        "email": user.email,
        "email_key": None if user.email is None else email_key(user.email),
        "password_hash": user.password_hash,
        "role": user.role,
        "is_approved": user.is_approved,
        "is_active": user.is_active,
        "created_at": user.created_at,
        "updated_at": user.updated_at,
        "deleted_at": user.deleted_at,
        "version": user.version,
    }


_GET: Final = select(*USER_COLUMNS).where(users.c.id == bindparam("id"))
_WITH_USERNAME: Final = select(*USER_COLUMNS).where(users.c.username_key == bindparam("key"))
_WITH_EMAIL: Final = select(*USER_COLUMNS).where(users.c.email_key == bindparam("key"))
_ANY: Final = select(exists(select(users.c.id)))
_ADD: Final = adding(users)
_SAVE: Final = saving(users)
_CONFIRM: Final = confirming(users)


_PRESENT: Final[AnySelect] = select(*USER_COLUMNS).where(users.c.deleted_at.is_(None))
_COUNT: Final = select(func.count()).select_from(users).where(users.c.deleted_at.is_(None))
_KEY: Final = (users.c.created_at, users.c.id)
_AFTER: Final = (bindparam("value", type_=users.c.created_at.type), bindparam("id", type_=users.c.id.type))


@cache
def _page(*, descending: bool, continued: bool) -> AnySelect:
    return ordered(_PRESENT, key=_KEY, after=_AFTER if continued else None, descending=descending)


class SqlUserRepository(UserRepository):
    """Accounts in the table `users`."""

    def __init__(self, connections: Connections, changes: Changes, ids: Ids) -> None:
        """Read through the connections, collect into the changes."""
        self._connections = connections
        self._changes = changes
        self._ids = ids

    async def next_id(self) -> int:
        """Return an id that no user has had."""
        return await self._ids.next()

    async def get(self, id: int) -> User | None:
        """Return the user, soft-deleted ones included."""
        return await self._one(_GET, {"id": id})

    async def with_username(self, username: str) -> User | None:
        """Return the user of this name regardless of case; text that cannot be stored is nobody's."""
        if unstorable_reason(username):
            return None
        return await self._one(_WITH_USERNAME, {"key": username_key(username)})

    async def with_email(self, email: str) -> User | None:
        """Return the user of this address regardless of case; text that cannot be stored is nobody's."""
        if unstorable_reason(email):
            return None
        return await self._one(_WITH_EMAIL, {"key": email_key(email)})

    async def any(self) -> bool:
        """Tell whether there is any user at all, soft-deleted ones included."""
        return bool((await self._connections.fetch(_ANY))[0][0])

    async def page(self, request: PageRequest[UserSort]) -> Page[User]:
        """Return a page of the users that are not deleted."""
        values = bounds(request)
        if request.after is not None:
            values |= {"value": request.after.value, "id": request.after.id}
        statement = _page(descending=request.descending, continued=request.after is not None)
        total = None if request.number is None else (await self._connections.fetch(_COUNT))[0][0]
        return page_of(
            await self._connections.fetch(statement, values),
            request,
            entity_from=user_from,
            position_of=lambda row: Position(row.created_at, row.id),
            total=total,
        )

    def confirm(self, user: User) -> None:
        """Collect the condition that the user is still in this state."""
        self._changes.confirm(_CONFIRM, id=user.id, version=user.version)

    def add(self, user: User) -> None:
        """Collect a new user."""
        self._changes.add(_ADD, values_of(user))

    def save(self, user: User) -> None:
        """Collect a user's next state."""
        self._changes.save(_SAVE, values_of(user), id=user.id, version=user.version)

    async def _one(self, statement: AnySelect, values: Mapping[str, object]) -> User | None:
        rows = await self._connections.fetch(statement, values)
        return user_from(rows[0]) if rows else None
