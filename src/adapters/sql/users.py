"""Accounts in PostgreSQL."""

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import BigInteger, any_, bindparam, exists, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from adapters.sql.changes import Changes, adding, confirming, saving
from adapters.sql.connections import Connections
from adapters.sql.ids import Ids
from adapters.sql.lists import Lists
from adapters.sql.pages import AnySelect, bounds, ordered, page_of
from adapters.sql.tables import users
from adapters.sql.user_lists import (
    FilterForm,
    after_key,
    after_values,
    conditions,
    filter_values,
    position_of,
    sort_key,
)
from adapters.sql.words import relevance, relevance_values
from application.paging import Page, PageRequest
from application.ports.users import UserFilter, UserRepository, UserSort
from domain.text import fold, unstorable_reason
from domain.users import Role, User, email_key, username_key

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
    """Return the user that a row of `USER_COLUMNS`, or more behind them, holds."""
    return User(*row[: len(USER_COLUMNS)])


def values_of(user: User) -> dict[str, object]:
    """Return the row that holds the user."""
    return {
        "id": user.id,
        "username": user.username,
        "username_key": username_key(user.username),
        "username_text": fold(user.username),
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
_WITH_IDS: Final = select(*USER_COLUMNS).where(users.c.id == any_(bindparam("ids", type_=ARRAY(BigInteger))))
_WITH_USERNAME: Final = select(*USER_COLUMNS).where(users.c.username_key == bindparam("key"))
_WITH_EMAIL: Final = select(*USER_COLUMNS).where(users.c.email_key == bindparam("key"))
_ANY: Final = select(exists(select(users.c.id)))
_ADD: Final = adding(users)
_SAVE: Final = saving(users)
_CONFIRM: Final = confirming(users)

HAS_ADMIN_BESIDES: Final = select(
    exists(
        select(users.c.id).where(
            users.c.role == Role.ADMIN,
            users.c.is_approved,
            users.c.is_active,
            users.c.deleted_at.is_(None),
            users.c.id != bindparam("id"),
        )
    )
)


# There are as many statements as combinations that people ask for: few. The bound keeps the odd ones few too.
@lru_cache(maxsize=256)
def listing(form: FilterForm, sort: UserSort, *, descending: bool, continued: bool) -> AnySelect:
    """Return the statement that lists users in this order.

    Args:
        form: which conditions the filter sets.
        sort: what the list is sorted by.
        descending: in which direction.
        continued: whether it goes on after a position.
    """
    rank = relevance(form.words, users.c.username_text).label("relevance")
    columns = (*USER_COLUMNS, rank) if sort is UserSort.RELEVANCE else USER_COLUMNS
    return ordered(
        select(*columns).where(*conditions(form)),
        key=sort_key(sort, words=form.words),
        after=after_key(sort) if continued else None,
        descending=descending,
    )


@lru_cache(maxsize=256)
def _count(form: FilterForm) -> AnySelect:
    return select(func.count()).select_from(users).where(*conditions(form))


class SqlUserRepository(UserRepository):
    """Accounts in the table `users`."""

    def __init__(self, connections: Connections, lists: Lists, changes: Changes, ids: Ids) -> None:
        """Read through the connections and the lists, collect into the changes."""
        self._connections = connections
        self._lists = lists
        self._changes = changes
        self._ids = ids

    async def next_id(self) -> int:
        """Return an id that no user has had."""
        return await self._ids.next()

    async def get(self, id: int) -> User | None:
        """Return the user, soft-deleted ones included."""
        return await self._one(_GET, {"id": id})

    async def with_ids(self, ids: Collection[int]) -> Mapping[int, User]:
        """Return those of these users that exist, by id, soft-deleted ones included."""
        rows = await self._connections.fetch(_WITH_IDS, {"ids": list(ids)}) if ids else ()
        return {user.id: user for user in map(user_from, rows)}

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

    async def page(self, wanted: UserFilter, request: PageRequest[UserSort]) -> Page[User]:
        """Return a page of the users that are wanted; text that cannot be stored is found nowhere."""
        if any(unstorable_reason(word) for word in wanted.words):
            return Page((), next=None, total=None if request.number is None else 0)
        form = FilterForm.of(wanted)
        values = filter_values(wanted)
        total: int | None = None
        if request.number is not None:
            total = (await self._lists.fetch(_count(form), values, plans_anew=bool(wanted.words)))[0][0]
        is_ranked = request.sort is UserSort.RELEVANCE
        rows = await self._lists.fetch(
            listing(form, request.sort, descending=request.descending, continued=request.after is not None),
            values
            | (relevance_values(wanted.words) if is_ranked else {})
            | after_values(request.after)
            | bounds(request),
            plans_anew=bool(wanted.words),
        )
        return page_of(
            rows,
            request,
            entity_from=user_from,
            position_of=lambda row: position_of(user_from(row), request.sort, row.relevance if is_ranked else 0),
            total=total,
        )

    async def has_admin_besides(self, id: int) -> bool:
        """Tell whether there is an admin who may enter, other than this user."""
        return bool((await self._connections.fetch(HAS_ADMIN_BESIDES, {"id": id}))[0][0])

    def confirm(self, user: User) -> None:
        """Collect the condition that the user is still in this state."""
        self._changes.confirm(_CONFIRM, id=user.id, version=user.version)

    def add(self, user: User) -> None:
        """Collect a new user."""
        self._changes.add(_ADD, values_of(user))

    def save(self, user: User) -> None:
        """Collect a user's next state."""
        self._changes.users.add(user.id)
        self._changes.save(_SAVE, values_of(user), id=user.id, version=user.version)

    async def _one(self, statement: AnySelect, values: Mapping[str, object]) -> User | None:
        rows = await self._connections.look_up(statement, values)
        return user_from(rows[0]) if rows else None
