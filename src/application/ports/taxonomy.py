"""Where platforms and topics are kept, each kind in a repository of its own."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from application.paging import Page, PageRequest
from domain.taxonomy import Tag
from domain.users import User


class TagSort(Enum):
    """What a list of platforms or topics can be sorted by."""

    NAME = "name"


@dataclass(frozen=True, slots=True)
class CountedTag:
    """A platform or topic with the number of cheats that stand under it."""

    tag: Tag
    cheat_count: int


class TagRepository(Protocol):
    """Platforms, or topics. Names are unique by their keys (`domain.taxonomy.name_key`)."""

    async def next_id(self) -> int:
        """Return an id that none of this kind has had, and none will be given again."""
        ...

    async def get(self, id: int) -> Tag | None:
        """Return the tag, or None if there is none."""
        ...

    async def existing(self, ids: Iterable[int]) -> frozenset[int]:
        """Return those of the ids that some tag has."""
        ...

    async def named(self, keys: Iterable[str]) -> dict[str, Tag]:
        """Return those that have one of these keys (`domain.taxonomy.name_key`), by key."""
        ...

    async def with_ids(self, ids: Iterable[int]) -> dict[int, Tag]:
        """Return those that have one of these ids, by id."""
        ...

    async def page(self, request: PageRequest[TagSort], *, words: tuple[str, ...] = ()) -> Page[CountedTag]:
        """Return a page of the tags whose name holds each of the folded words, sorted by folded name, then id."""
        ...

    def add(self, tag: Tag) -> None:
        """Keep a new tag. At commit: `Taken` if the name belongs to another."""
        ...

    def save(self, tag: Tag) -> None:
        """Keep a tag's next state. At commit: `Taken`, or `Stale` if another state came in between."""
        ...

    def unlink(self, tag: Tag, *, actor: User, at: datetime) -> None:
        """Take the tag off every cheat that stands under it.

        These cheats move on to their next version, and that is written down of each: `cheat.updated`, done by the
        actor.
        """
        ...

    def remove(self, tag: Tag) -> None:
        """Forget a tag. At commit: `InUse` if a cheat stands under it, `Stale` if it has moved on or is gone."""
        ...
