"""Accounts in memory."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from adapters.memory.paging import page_of
from adapters.memory.store import Change, InMemoryStore, Tables
from adapters.memory.words import relevance
from application.paging import Page, PageRequest, Position
from application.ports.users import UserFilter, UserRepository, UserSort
from domain.errors import Taken
from domain.text import fold
from domain.users import User, email_key, username_key


@dataclass(frozen=True, slots=True)
class InMemoryUserRepository(UserRepository):
    """Finds names by looking at every account, which a demo's few accounts allow."""

    store: InMemoryStore
    changes: list[Change]

    async def next_id(self) -> int:
        """Return an id that no user has had."""
        return await self.store.next_id(User)

    async def get(self, id: int) -> User | None:
        """Return the user, soft-deleted ones included."""
        return (await self.store.read()).users.get(id)

    async def with_ids(self, ids: Collection[int]) -> Mapping[int, User]:
        """Return those of these users that exist, by id, soft-deleted ones included."""
        users = (await self.store.read()).users
        return {user.id: user for each in ids if (user := users.get(each)) is not None}

    async def with_username(self, username: str) -> User | None:
        """Return the user of this name regardless of case."""
        return await self._first(_username_of, username_key(username))

    async def with_email(self, email: str) -> User | None:
        """Return the user of this address regardless of case."""
        return await self._first(_email_of, email_key(email))

    async def any(self) -> bool:
        """Tell whether there is any user at all."""
        return bool((await self.store.read()).users)

    async def page(self, wanted: UserFilter, request: PageRequest[UserSort]) -> Page[User]:
        """Return a page of the users that are wanted."""
        users = (await self.store.read()).users.values()
        return page_of(
            (user for user in users if _is_wanted(user, wanted)),
            request,
            position=lambda user: Position(_sort_value(user, request.sort, wanted.words), user.id),
        )

    async def has_admin_besides(self, id: int) -> bool:
        """Tell whether there is an admin who may enter, other than this user."""
        users = (await self.store.read()).users.values()
        return any(user.is_acting_admin and user.id != id for user in users)

    def confirm(self, user: User) -> None:
        """Collect the condition that the user is still in this state."""
        self.changes.append(lambda tables: tables.users.confirm(user))

    def add(self, user: User) -> None:
        """Collect a new user."""

        def change(tables: Tables) -> None:
            _check_names(tables, user)
            tables.users.insert(user)

        self.changes.append(change)

    def save(self, user: User) -> None:
        """Collect a user's next state."""

        def change(tables: Tables) -> None:
            tables.users.replace(user)
            _check_names(tables, user)

        self.changes.append(change)

    async def _first(self, key_of: Callable[[User], str | None], key: str) -> User | None:
        users = (await self.store.read()).users.values()
        return next((user for user in users if key_of(user) == key), None)


def _check_names(tables: Tables, user: User) -> None:
    others = [other for other in tables.users.values() if other.id != user.id]
    if any(_username_of(other) == _username_of(user) for other in others):
        raise Taken("username")
    if user.email is not None and any(_email_of(other) == _email_of(user) for other in others):
        raise Taken("email")


def _is_wanted(user: User, wanted: UserFilter) -> bool:
    return (
        (user.deleted_at is None if wanted.status is None else user.status is wanted.status)
        and wanted.role in (None, user.role)
        and _holds(user, wanted)
    )


def _holds(user: User, wanted: UserFilter) -> bool:
    texts = [fold(user.username)]
    if wanted.looks_into_emails and user.email is not None:
        texts.append(email_key(user.email))
    return all(any(word in text for text in texts) for word in wanted.words)


def _sort_value(user: User, sort: UserSort, words: tuple[str, ...]) -> str | int | datetime:
    match sort:
        case UserSort.CREATED_AT:
            return user.created_at
        case UserSort.UPDATED_AT:
            return user.updated_at
        case UserSort.USERNAME:
            return fold(user.username)
        case UserSort.RELEVANCE:
            return relevance(fold(user.username), words)


def _username_of(user: User) -> str:
    return username_key(user.username)


def _email_of(user: User) -> str | None:
    return None if user.email is None else email_key(user.email)
