"""Where accounts are kept."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from application.paging import Page, PageRequest
from domain.users import Role, User, UserStatus


class UserSort(Enum):
    """What a list of users can be sorted by. `RELEVANCE` needs a text searched for."""

    CREATED_AT = "created_at"
    UPDATED_AT = "updated_at"
    USERNAME = "username"
    RELEVANCE = "relevance"


@dataclass(frozen=True, slots=True)
class UserFilter:
    """Which users are wanted: those that meet every condition given.

    Attributes:
        status: who stands so; all but the deleted where None.
        role: who has it.
        words: each somewhere in the username, as words or fragments, all folded (`domain.text.fold`).
        looks_into_emails: whether a word may as well be somewhere in the email address.
    """

    status: UserStatus | None = None
    role: Role | None = None
    words: tuple[str, ...] = ()
    looks_into_emails: bool = False


class UserRepository(Protocol):
    """Accounts. Usernames and emails are unique by their keys (`domain.users.username_key`, `email_key`)."""

    async def next_id(self) -> int:
        """Return an id that no user has had, and none will be given again."""
        ...

    async def get(self, id: int) -> User | None:
        """Return the user, soft-deleted ones included."""
        ...

    async def with_ids(self, ids: Collection[int]) -> Mapping[int, User]:
        """Return those of these users that exist, by id, soft-deleted ones included."""
        ...

    async def with_username(self, username: str) -> User | None:
        """Return the user of this name regardless of case, soft-deleted ones included."""
        ...

    async def with_email(self, email: str) -> User | None:
        """Return the user of this address regardless of case, soft-deleted ones included."""
        ...

    async def any(self) -> bool:
        """Tell whether there is any user at all, soft-deleted ones included."""
        ...

    async def page(self, wanted: UserFilter, request: PageRequest[UserSort]) -> Page[User]:
        """Return a page of the users that are wanted.

        Usernames sort as folded. Relevance ranks a username that begins with the words as given, joined by
        blanks, above one that holds them so, above one that holds each of them, above the rest (3, 2, 1, 0).
        """
        ...

    async def has_admin_besides(self, id: int) -> bool:
        """Tell whether there is an admin who may enter, other than this user."""
        ...

    def confirm(self, user: User) -> None:
        """Build on this state of a user. At commit: `Stale` if another state came in since it was read.

        What is kept together with it cannot slip past a change of the user at the same moment: either the
        change sees it, or it is refused.
        """
        ...

    def add(self, user: User) -> None:
        """Keep a new user. At commit: `Taken` names the field that belongs to another."""
        ...

    def save(self, user: User) -> None:
        """Keep a user's next state. At commit: `Taken`, or `Stale` if another state came in between."""
        ...
