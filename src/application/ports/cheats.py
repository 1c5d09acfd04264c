"""Where cheats are kept, and who has which of them in their bag."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from application.paging import Page, PageRequest
from domain.cheats import Cheat


class CheatSort(Enum):
    """What a list of cheats can be sorted by. `RELEVANCE` needs a text searched for.

    `KEY` is by title as folded, then by the key that exports know a cheat by.
    """

    CREATED_AT = "created_at"
    UPDATED_AT = "updated_at"
    TITLE = "title"
    RELEVANCE = "relevance"
    KEY = "key"


@dataclass(frozen=True, slots=True)
class CheatFilter:
    """Which cheats are wanted: those that meet every condition given.

    Attributes:
        platform_ids: that stand under all of these.
        topic_ids: that stand under all of these.
        owner_id: that belong to this user.
        in_bag_of: that this user has in their bag.
        words: each somewhere in title, notes or code, as words or fragments, all folded (`domain.text.fold`). What
            has one or two characters is found only where a word begins (`domain.text.starts`).
    """

    platform_ids: frozenset[int] = frozenset()
    topic_ids: frozenset[int] = frozenset()
    owner_id: int | None = None
    in_bag_of: int | None = None
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SeenCheat:
    """A cheat as one person sees it: whether it is in their bag."""

    cheat: Cheat
    in_bag: bool


class CheatRepository(Protocol):
    """Cheats, and the bags that they are in."""

    async def next_id(self) -> int:
        """Return an id that no cheat has had, and none will be given again."""
        ...

    async def get(self, id: int, *, viewer_id: int) -> SeenCheat | None:
        """Return the cheat as this user sees it, in one reading; None if there is none."""
        ...

    async def page(
        self, wanted: CheatFilter, request: PageRequest[CheatSort], *, viewer_id: int | None
    ) -> Page[SeenCheat]:
        """Return a page of the cheats that are wanted, as this user sees them; nobody's bag holds any.

        However long the page, it takes the same number of readings. Titles sort as folded. Relevance ranks a title
        that begins with the words as given, joined by blanks, above one that holds them so, above one that holds
        each of them, above the rest (3, 2, 1, 0).
        """
        ...

    async def with_keys(self, keys: Iterable[str]) -> dict[str, Cheat]:
        """Return those that have one of these keys, by key."""
        ...

    async def titled(self, titles: Iterable[str], *, owner_id: int) -> dict[str, tuple[Cheat, ...]]:
        """Return this user's cheats that have one of these titles to the letter, by title, the oldest first."""
        ...

    def add(self, cheat: Cheat) -> None:
        """Keep a new cheat. At commit: `Taken` if its key belongs to another.

        At commit, here and in `save`: `Invalid` if a platform or topic does not exist, naming the field.
        """
        ...

    def save(self, cheat: Cheat) -> None:
        """Keep a cheat's next state. At commit: `Stale` if another state came in between, or it is gone."""
        ...

    def remove(self, cheat: Cheat) -> None:
        """Forget a cheat, in every bag. At commit: `Stale` if another state came in between, or it is gone."""
        ...

    def put_in_bag(self, cheat_id: int, *, user_id: int) -> None:
        """Keep a cheat in a user's bag, where it may be already. At commit: `NotFound` if it does not exist."""
        ...

    def take_out_of_bag(self, cheat_id: int, *, user_id: int) -> None:
        """Take a cheat out of a user's bag, where it need not be."""
        ...
