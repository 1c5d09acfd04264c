"""Platforms and topics in memory."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from adapters.memory.paging import page_of
from adapters.memory.store import Change, InMemoryStore, Tables
from adapters.memory.table import KeyedTable
from application.paging import Page, PageRequest, Position
from application.ports.taxonomy import CountedTag, TagRepository, TagSort
from domain.cheats import Cheat
from domain.errors import InUse
from domain.history import cheat_updated
from domain.taxonomy import Tag, TagKind
from domain.text import fold
from domain.users import User


@dataclass(frozen=True, slots=True)
class InMemoryTagRepository(TagRepository):
    """Tags of one kind. Who stands under them is found by looking at every cheat."""

    store: InMemoryStore
    changes: list[Change]
    kind: TagKind

    async def next_id(self) -> int:
        """Return an id that none of this kind has had."""
        return await self.store.next_id(self.kind)

    async def get(self, id: int) -> Tag | None:
        """Return the tag, or None if there is none."""
        return (await self._tags()).get(id)

    async def existing(self, ids: Iterable[int]) -> frozenset[int]:
        """Return those of the ids that some tag has."""
        tags = await self._tags()
        return frozenset(tags.keys() & set(ids))

    async def named(self, keys: Iterable[str]) -> dict[str, Tag]:
        """Return those that have one of these keys, by key."""
        return (await self._tags()).with_keys(keys)

    async def with_ids(self, ids: Iterable[int]) -> dict[int, Tag]:
        """Return those that have one of these ids, by id."""
        tags = await self._tags()
        return {tag_id: tags[tag_id] for tag_id in ids if tag_id in tags}

    async def page(self, request: PageRequest[TagSort], *, words: tuple[str, ...] = ()) -> Page[CountedTag]:
        """Return a page of the tags whose name holds each of the words."""
        tables = await self.store.read()
        counts = Counter(tag_id for cheat in tables.cheats.values() for tag_id in _tag_ids(cheat, self.kind))
        return page_of(
            (
                CountedTag(tag, counts[tag.id])
                for tag in tables.tags(self.kind).values()
                if all(word in fold(tag.name) for word in words)
            ),
            request,
            position=lambda counted: Position(fold(counted.tag.name), counted.tag.id),
        )

    def add(self, tag: Tag) -> None:
        """Collect a new tag."""
        self.changes.append(lambda tables: tables.tags(self.kind).insert(tag))

    def save(self, tag: Tag) -> None:
        """Collect a tag's next state."""
        self.changes.append(lambda tables: tables.tags(self.kind).replace(tag))

    def unlink(self, tag: Tag, *, actor: User, at: datetime) -> None:
        """Collect that every cheat under the tag leaves it, and that it is written down of each."""

        def change(tables: Tables) -> None:
            for cheat in list(tables.cheats.values()):
                if tag.id in _tag_ids(cheat, self.kind):
                    after = _without(cheat, tag.id, self.kind, at=at)
                    tables.cheats.replace(after)
                    tables.record(cheat_updated(cheat, after, actor=actor))

        self.changes.append(change)

    def remove(self, tag: Tag) -> None:
        """Collect a tag's end."""

        def change(tables: Tables) -> None:
            tables.tags(self.kind).delete(tag)
            if any(tag.id in _tag_ids(cheat, self.kind) for cheat in tables.cheats.values()):
                raise InUse(f"Cheats stand under this {self.kind}.")

        self.changes.append(change)

    async def _tags(self) -> KeyedTable[Tag]:
        return (await self.store.read()).tags(self.kind)


def _tag_ids(cheat: Cheat, kind: TagKind) -> tuple[int, ...]:
    return cheat.platform_ids if kind is TagKind.PLATFORM else cheat.topic_ids


def _without(cheat: Cheat, tag_id: int, kind: TagKind, *, at: datetime) -> Cheat:
    left = tuple(other for other in _tag_ids(cheat, kind) if other != tag_id)
    moved_on = replace(cheat, updated_at=at, version=cheat.version + 1)
    if kind is TagKind.PLATFORM:
        return replace(moved_on, platform_ids=left)
    return replace(moved_on, topic_ids=left)
