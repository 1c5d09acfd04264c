"""Platforms and topics in PostgreSQL: two kinds of tags, each in a pair of tables of the same form."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import (
    CTE,
    BigInteger,
    Column,
    Insert,
    Table,
    any_,
    bindparam,
    delete,
    func,
    insert,
    literal,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY

from adapters.sql.changes import Changes, adding, adding_together, removing, saving
from adapters.sql.cheat_tables import cheat_platforms, cheat_topics, cheats, platforms, topics
from adapters.sql.connections import Connections
from adapters.sql.ids import Ids
from adapters.sql.lists import Lists
from adapters.sql.pages import AnySelect, bounds, ordered, page_of
from adapters.sql.tables import moment_type, waiting_events
from adapters.sql.words import word_values, words_found
from application.paging import Page, PageRequest, Position
from application.ports.taxonomy import CountedTag, TagRepository, TagSort
from domain.events import EventType, SubjectType
from domain.taxonomy import Tag, TagKind, name_key
from domain.text import fold, unstorable_reason
from domain.users import User

UNLINKED_AT_ONCE: Final = 500
"""From so many cheats one statement takes a tag: each of them gets new entries in every index."""

_TAG_ID: Final = bindparam("tag_id", type_=BigInteger)


@dataclass(frozen=True, slots=True)
class TagTables:
    """Where tags of one kind are, and which cheats stand under them; `tag_id` is the links' column for the tag."""

    tags: Table
    links: Table
    tag_id: Column[int]

    @property
    def columns(self) -> tuple[Column[Any], ...]:
        """What `tag_from` takes, in its order."""
        return self.tags.c.id, self.tags.c.name, self.tags.c.version


TABLES: Final = {
    TagKind.PLATFORM: TagTables(platforms, cheat_platforms, cheat_platforms.c.platform_id),
    TagKind.TOPIC: TagTables(topics, cheat_topics, cheat_topics.c.topic_id),
}


def tag_from(row: Sequence[Any], kind: TagKind) -> Tag:
    """Return the tag that a row of `TagTables.columns`, or more behind them, holds."""
    return Tag(id=row[0], kind=kind, name=row[1], version=row[2])


def values_of(tag: Tag) -> dict[str, object]:
    """Return the row that holds the tag."""
    return {
        "id": tag.id,
        "name": tag.name,
        "name_key": name_key(tag.name),
        "name_text": fold(tag.name),
        "version": tag.version,
    }


class TagStatements:
    """What is said to the tables of one kind, whatever the values."""

    def __init__(self, kind: TagKind) -> None:
        """State it."""
        tables = TABLES[kind]
        tags, links, tag_id = tables.tags, tables.links, tables.tag_id
        every = select(*tables.columns)
        self.get = every.where(tags.c.id == bindparam("id"))
        self.with_ids = every.where(tags.c.id == any_(bindparam("ids", type_=ARRAY(BigInteger))))
        self.named = every.add_columns(tags.c.name_key).where(
            tags.c.name_key == any_(bindparam("keys", type_=ARRAY(tags.c.name_key.type)))
        )
        self.add = adding(tags)
        self.add_together = adding_together(tags)
        self.save = saving(tags)
        self.remove = removing(tags)
        # Nobody can link a cheat to the tag meanwhile: that takes the lock FOR KEY SHARE (manual, section 13.3.2).
        self.lock = select(tags.c.id).where(tags.c.id == _TAG_ID).with_for_update()
        linked = select(links.c.cheat_id).where(tag_id == _TAG_ID).order_by(links.c.cheat_id)
        part = linked.limit(UNLINKED_AT_ONCE).cte("part")
        # Locked in one order, or two who unlink at once could wait for each other.
        in_order = select(cheats.c.id).where(cheats.c.id.in_(select(part.c.cheat_id))).order_by(cheats.c.id)
        moved_on = (
            update(cheats)
            .where(cheats.c.id.in_(in_order.with_for_update(key_share=True)))
            .values(version=cheats.c.version + 1, updated_at=bindparam("at", type_=moment_type))
            .returning(cheats.c.id, cheats.c.title, cheats.c.version)
            .cte("moved_on")
        )
        # The cheats come first, as with those who save one, or each could wait for the other.
        unlinked = delete(links).where(tag_id == _TAG_ID, links.c.cheat_id.in_(select(moved_on.c.id)))
        # As many rows as there were links, whatever became of them while their cheats were waited for.
        self.unlink = select(part.c.cheat_id).add_cte(
            unlinked.cte("unlinked"), _telling(moved_on, kind).cte("told")
        )


def _telling(moved_on: CTE, kind: TagKind) -> Insert:
    """Return what writes down of each cheat that it left a tag, as `domain.history.cheat_updated` has it."""
    told = select(
        literal(EventType.CHEAT_UPDATED.value),
        bindparam("actor_id", type_=BigInteger),
        literal(SubjectType.CHEAT.value),
        moved_on.c.id,
        func.jsonb_build_object(
            literal_column("'title'"),
            moved_on.c.title,
            literal_column("'version'"),
            moved_on.c.version,
            literal_column("'changed'"),
            func.jsonb_build_array(literal_column(f"'{kind}Ids'")),
        ),
        bindparam("at", type_=moment_type),
    ).order_by(moved_on.c.id)
    columns = ["type", "actor_id", "subject_type", "subject_id", "data", "occurred_at"]
    return insert(waiting_events).from_select(columns, told)


_STATEMENTS: Final = {kind: TagStatements(kind) for kind in TagKind}


# There are as many statements as forms of lists that people ask for: few. The bound keeps the odd ones few too.
@lru_cache(maxsize=64)
def listing(kind: TagKind, words: int, *, descending: bool, continued: bool) -> AnySelect:
    """Return the statement that lists tags of a kind by name, each with the number of its cheats.

    Args:
        kind: platforms or topics.
        words: how many are searched for.
        descending: in which direction.
        continued: whether it goes on after a position.
    """
    tags, links, tag_id = TABLES[kind].tags, TABLES[kind].links, TABLES[kind].tag_id
    cheat_count = select(func.count()).select_from(links).where(tag_id == tags.c.id).scalar_subquery()
    after = bindparam("after", type_=tags.c.name_text.type), bindparam("after_id", type_=tags.c.id.type)
    return ordered(
        select(*TABLES[kind].columns, cheat_count.label("cheat_count")).where(
            *words_found(words, tags.c.name_text)
        ),
        key=(tags.c.name_text, tags.c.id),
        after=after if continued else None,
        descending=descending,
    )


@lru_cache(maxsize=64)
def _count(kind: TagKind, words: int) -> AnySelect:
    tags = TABLES[kind].tags
    return select(func.count()).select_from(tags).where(*words_found(words, tags.c.name_text))


class SqlTagRepository(TagRepository):
    """Platforms in the table `platforms`, or topics in `topics`."""

    def __init__(self, connections: Connections, lists: Lists, changes: Changes, ids: Ids, kind: TagKind) -> None:
        """Read through the connections and the lists, collect into the changes."""
        self._connections = connections
        self._lists = lists
        self._changes = changes
        self._ids = ids
        self._kind = kind
        self._statements = _STATEMENTS[kind]

    async def next_id(self) -> int:
        """Return an id that none of this kind has had."""
        return await self._ids.next()

    async def get(self, id: int) -> Tag | None:
        """Return the tag, or None if there is none."""
        rows = await self._connections.look_up(self._statements.get, {"id": id})
        return tag_from(rows[0], self._kind) if rows else None

    async def existing(self, ids: Iterable[int]) -> frozenset[int]:
        """Return those of the ids that some tag has."""
        return frozenset(await self.with_ids(ids))

    async def named(self, keys: Iterable[str]) -> dict[str, Tag]:
        """Return those that have one of these keys, by key; text that cannot be stored is nobody's."""
        storable = [key for key in keys if not unstorable_reason(key)]
        rows = await self._connections.fetch(self._statements.named, {"keys": storable}) if storable else ()
        return {row.name_key: tag_from(row, self._kind) for row in rows}

    async def with_ids(self, ids: Iterable[int]) -> dict[int, Tag]:
        """Return those that have one of these ids, by id."""
        wanted = list(ids)
        rows = await self._connections.look_up(self._statements.with_ids, {"ids": wanted}) if wanted else ()
        return {row.id: tag_from(row, self._kind) for row in rows}

    async def page(self, request: PageRequest[TagSort], *, words: tuple[str, ...] = ()) -> Page[CountedTag]:
        """Return a page of the tags by folded name; text that cannot be stored is found nowhere."""
        if any(unstorable_reason(word) for word in words):
            return Page((), next=None, total=None if request.number is None else 0)
        values = word_values(words)
        total: int | None = None
        if request.number is not None:
            total = (await self._lists.fetch(_count(self._kind, len(words)), values))[0][0]
        after = request.after
        rows = await self._lists.fetch(
            listing(self._kind, len(words), descending=request.descending, continued=after is not None),
            values | ({} if after is None else {"after": after.value, "after_id": after.id}) | bounds(request),
        )
        return page_of(
            rows,
            request,
            entity_from=lambda row: CountedTag(tag_from(row, self._kind), cheat_count=row[3]),
            position_of=lambda row: Position(fold(row.name), row.id),
            total=total,
        )

    def add(self, tag: Tag) -> None:
        """Collect a new tag."""
        self._changes.add(self._statements.add, values_of(tag), together=self._statements.add_together)

    def save(self, tag: Tag) -> None:
        """Collect a tag's next state."""
        self._changes.save(self._statements.save, values_of(tag), id=tag.id, version=tag.version)

    def unlink(self, tag: Tag, *, actor: User, at: datetime) -> None:
        """Collect the end of the tag's links, the next versions of the cheats that had them, and an event of each.

        The tag is locked first: in a statement of its own, for a statement sees what was committed before it
        began, not before it got its locks.
        """
        self._changes.change_many(self._statements.lock, {"tag_id": tag.id})
        values = {"tag_id": tag.id, "actor_id": actor.id, "at": at}
        self._changes.change_in_portions(self._statements.unlink, values, portion=UNLINKED_AT_ONCE)

    def remove(self, tag: Tag) -> None:
        """Collect a tag's end."""
        self._changes.remove(self._statements.remove, id=tag.id, version=tag.version)
