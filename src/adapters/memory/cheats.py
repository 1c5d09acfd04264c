"""Cheats in memory."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from operator import attrgetter

from adapters.memory.paging import page_of
from adapters.memory.store import Change, InMemoryStore, Tables
from adapters.memory.words import relevance
from application.paging import Page, PageRequest, Position
from application.ports.cheats import CheatFilter, CheatRepository, CheatSort, SeenCheat
from domain.cheats import Cheat
from domain.errors import Fault, NotFound, refuse
from domain.taxonomy import Tag
from domain.text import fold, searchable, starts

# The shortest word that is found anywhere, not only where a word of the text begins.
_FRAGMENT_LEAST = 3
_REMEMBERED_MOST = 4_096


@dataclass(frozen=True, slots=True)
class InMemoryCheatRepository(CheatRepository):
    """Cheats, each of an owner who exists, under platforms and topics that exist."""

    store: InMemoryStore
    changes: list[Change]

    async def next_id(self) -> int:
        """Return an id that no cheat has had."""
        return await self.store.next_id(Cheat)

    async def get(self, id: int, *, viewer_id: int) -> SeenCheat | None:
        """Return the cheat as this user sees it; None if there is none."""
        tables = await self.store.read()
        cheat = tables.cheats.get(id)
        return None if cheat is None else SeenCheat(cheat, (viewer_id, id) in tables.bags)

    async def page(
        self, wanted: CheatFilter, request: PageRequest[CheatSort], *, viewer_id: int | None
    ) -> Page[SeenCheat]:
        """Return a page of the cheats that are wanted, as this user sees them."""
        tables = await self.store.read()
        return page_of(
            (
                SeenCheat(cheat, (viewer_id, cheat.id) in tables.bags)
                for cheat in tables.cheats.values()
                if _is_wanted(cheat, wanted, tables)
            ),
            request,
            position=lambda seen: Position(_sort_value(seen.cheat, request.sort, wanted.words), seen.cheat.id),
        )

    async def with_keys(self, keys: Iterable[str]) -> dict[str, Cheat]:
        """Return those that have one of these keys, by key."""
        return (await self.store.read()).cheats.with_keys(keys)

    async def titled(self, titles: Iterable[str], *, owner_id: int) -> dict[str, tuple[Cheat, ...]]:
        """Return this user's cheats that have one of these titles, by title, the oldest first."""
        wanted = frozenset(titles)
        found: dict[str, tuple[Cheat, ...]] = {}
        for cheat in sorted((await self.store.read()).cheats.values(), key=attrgetter("created_at", "id")):
            if cheat.owner_id == owner_id and cheat.title in wanted:
                found[cheat.title] = (*found.get(cheat.title, ()), cheat)
        return found

    def add(self, cheat: Cheat) -> None:
        """Collect a new cheat."""

        def change(tables: Tables) -> None:
            tables.cheats.insert(cheat)
            _check_references(tables, cheat)

        self.changes.append(change)

    def save(self, cheat: Cheat) -> None:
        """Collect a cheat's next state."""

        def change(tables: Tables) -> None:
            tables.cheats.replace(cheat)
            _check_references(tables, cheat)

        self.changes.append(change)

    def remove(self, cheat: Cheat) -> None:
        """Collect a cheat's end."""

        def change(tables: Tables) -> None:
            tables.cheats.delete(cheat)
            tables.bags.difference_update([pair for pair in tables.bags if pair[1] == cheat.id])

        self.changes.append(change)

    def put_in_bag(self, cheat_id: int, *, user_id: int) -> None:
        """Collect that a user's bag holds a cheat."""

        def change(tables: Tables) -> None:
            tables.check_user(user_id)
            if cheat_id not in tables.cheats:
                raise NotFound(f"There is no cheat {cheat_id}.")
            tables.bags.add((user_id, cheat_id))

        self.changes.append(change)

    def take_out_of_bag(self, cheat_id: int, *, user_id: int) -> None:
        """Collect that a user's bag does not hold a cheat."""
        self.changes.append(lambda tables: tables.bags.discard((user_id, cheat_id)))


def _check_references(tables: Tables, cheat: Cheat) -> None:
    tables.check_user(cheat.owner_id)
    refuse(
        *_dangling("platformIds", cheat.platform_ids, tables.platforms),
        *_dangling("topicIds", cheat.topic_ids, tables.topics),
    )


def _dangling(field: str, ids: tuple[int, ...], tags: Mapping[int, Tag]) -> Iterator[Fault]:
    if not tags.keys() >= set(ids):
        yield Fault(field, "must hold ids that exist")


def _is_wanted(cheat: Cheat, wanted: CheatFilter, tables: Tables) -> bool:
    return (
        wanted.platform_ids.issubset(cheat.platform_ids)
        and wanted.topic_ids.issubset(cheat.topic_ids)
        and wanted.owner_id in (None, cheat.owner_id)
        and (wanted.in_bag_of is None or (wanted.in_bag_of, cheat.id) in tables.bags)
        and holds(cheat, wanted.words)
    )


def holds(cheat: Cheat, words: tuple[str, ...]) -> bool:
    """Tell whether each of the folded words is in the cheat; short ones only where a word begins."""
    if not words:
        return True
    text = _searched(cheat)
    fragments = [word for word in words if len(word) >= _FRAGMENT_LEAST]
    short = [word for word in words if len(word) < _FRAGMENT_LEAST]
    return all(word in text for word in fragments) and (not short or _starts(cheat).issuperset(short))


# Each state of a cheat is folded once, and not at every search.
@lru_cache(maxsize=_REMEMBERED_MOST)
def _searched(cheat: Cheat) -> str:
    return searchable(cheat.title, cheat.notes, cheat.code)


@lru_cache(maxsize=_REMEMBERED_MOST)
def _starts(cheat: Cheat) -> frozenset[str]:
    return starts(_searched(cheat))


def _sort_value(cheat: Cheat, sort: CheatSort, words: tuple[str, ...]) -> str | int | datetime:
    match sort:
        case CheatSort.CREATED_AT:
            return cheat.created_at
        case CheatSort.UPDATED_AT:
            return cheat.updated_at
        case CheatSort.TITLE:
            return fold(cheat.title)
        case CheatSort.RELEVANCE:
            return relevance(fold(cheat.title), words)
        case CheatSort.KEY:
            # NUL is in no title and comes before every other character, so the key decides among equal titles.
            return f"{fold(cheat.title)}\0{cheat.key}"
