"""Accounts in memory."""

from collections.abc import Callable
from dataclasses import dataclass

from adapters.memory.paging import page_of
from adapters.memory.store import Change, InMemoryStore, Tables
from application.paging import Page, PageRequest, Position
from application.ports.repositories import UserRepository, UserSort
from domain.errors import Taken
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

    async def with_username(self, username: str) -> User | None:
        """Return the user of this name regardless of case."""
        return await self._first(_username_of, username_key(username))

    async def with_email(self, email: str) -> User | None:
        """Return the user of this address regardless of case."""
        return await self._first(_email_of, email_key(email))

    async def any(self) -> bool:
        """Tell whether there is any user at all."""
        return bool((await self.store.read()).users)

    async def page(self, request: PageRequest[UserSort]) -> Page[User]:
        """Return a page of the users that are not deleted."""
        users = (await self.store.read()).users.values()
        return page_of(
            (user for user in users if user.deleted_at is None),
            request,
            position=lambda user: Position(user.created_at, user.id),
        )

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


def _username_of(user: User) -> str:
    return username_key(user.username)


def _email_of(user: User) -> str | None:
    return None if user.email is None else email_key(user.email)
