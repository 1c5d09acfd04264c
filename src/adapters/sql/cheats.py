"""Cheats in PostgreSQL, and the bags that they are in."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Table,
    any_,
    bindparam,
    exists,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY

from adapters.sql.changes import Changes
from adapters.sql.cheat_lists import (
    FilterForm,
    after_key,
    after_values,
    conditions,
    filter_values,
    position_of,
    sort_key,
)
from adapters.sql.cheat_tables import cheat_platforms, cheat_topics, cheats, user_cheat
from adapters.sql.cheat_writes import (
    ADD,
    ADD_TOGETHER,
    ID_LIST,
    PUT_IN_BAG,
    PUT_IN_BAG_TOGETHER,
    REMOVE,
    SAVE,
    TAKE_OUT_OF_BAG,
    row_of,
)
from adapters.sql.connections import Connections
from adapters.sql.ids import Ids
from adapters.sql.lists import Lists
from adapters.sql.pages import AnySelect, bounds, is_short, ordered, page_of
from adapters.sql.tables import TITLE_KEY_INDEXED, title_key_start
from adapters.sql.words import relevance, relevance_values
from application.paging import Page, PageRequest
from application.ports.cheats import CheatFilter, CheatRepository, CheatSort, SeenCheat
from domain.cheats import Cheat
from domain.text import fold, unstorable_reason


def _tags_of(links: Table, tag_id: Column[int]) -> ColumnElement[Sequence[int]]:
    ids = select(tag_id).where(links.c.cheat_id == cheats.c.id).order_by(tag_id).scalar_subquery()
    return func.array(ids, type_=ID_LIST)


# In the order of Cheat's fields, as `cheat_from` takes them.
CHEAT_COLUMNS: Final = (
    cheats.c.id,
    cheats.c.key,
    cheats.c.title,
    cheats.c.notes,
    cheats.c.code,
    cheats.c.language,
    _tags_of(cheat_platforms, cheat_platforms.c.platform_id).label("platform_ids"),
    _tags_of(cheat_topics, cheat_topics.c.topic_id).label("topic_ids"),
    cheats.c.owner_id,
    cheats.c.created_at,
    cheats.c.updated_at,
    cheats.c.version,
)
_IN_BAG: Final = exists().where(
    user_cheat.c.cheat_id == cheats.c.id, user_cheat.c.user_id == bindparam("viewer_id", type_=BigInteger)
)
# As `seen_from` takes them.
_SEEN_COLUMNS: Final = (*CHEAT_COLUMNS, _IN_BAG.label("in_bag"))


def cheat_from(row: Sequence[Any]) -> Cheat:
    """Return the cheat that a row of `CHEAT_COLUMNS`, or more behind them, holds."""
    return Cheat(*row[: len(CHEAT_COLUMNS)])


def seen_from(row: Sequence[Any]) -> SeenCheat:
    """Return the cheat of such a row with what follows: whether it is in the viewer's bag."""
    return SeenCheat(cheat_from(row), in_bag=row[len(CHEAT_COLUMNS)])


_GET: Final = select(*_SEEN_COLUMNS).where(cheats.c.id == bindparam("id"))
WITH_KEYS: Final = select(*CHEAT_COLUMNS).where(
    cheats.c.key == any_(bindparam("keys", type_=ARRAY(cheats.c.key.type)))
)
TITLED: Final = (
    select(*CHEAT_COLUMNS)
    .where(
        # What the index holds; then the whole of it.
        title_key_start(cheats.c.title_key) == any_(bindparam("indexed", type_=ARRAY(cheats.c.title_key.type))),
        cheats.c.title == any_(bindparam("titles", type_=ARRAY(cheats.c.title.type))),
        cheats.c.owner_id == bindparam("owner_id"),
    )
    .order_by(cheats.c.created_at, cheats.c.id)
)


# There are as many statements as combinations that people ask for: few. The bound keeps the odd ones few too.
@lru_cache(maxsize=256)
def listing(form: FilterForm, sort: CheatSort, *, descending: bool, continued: bool) -> AnySelect:
    """Return the statement that lists cheats in this order.

    Args:
        form: which conditions the filter sets.
        sort: what the list is sorted by.
        descending: in which direction.
        continued: whether it goes on after a position.
    """
    rank = relevance(form.words, cheats.c.title_key).label("relevance")
    columns = (*_SEEN_COLUMNS, rank) if sort is CheatSort.RELEVANCE else _SEEN_COLUMNS
    return ordered(
        select(*columns).where(*conditions(form)),
        key=sort_key(sort, words=form.words),
        after=after_key(sort) if continued else None,
        descending=descending,
    )


@lru_cache(maxsize=256)
def _count(form: FilterForm) -> AnySelect:
    return select(func.count()).select_from(cheats).where(*conditions(form))


class SqlCheatRepository(CheatRepository):
    """Cheats in the table `cheats` and those that link it."""

    def __init__(self, connections: Connections, lists: Lists, changes: Changes, ids: Ids) -> None:
        """Read through the connections and the lists, collect into the changes."""
        self._connections = connections
        self._lists = lists
        self._changes = changes
        self._ids = ids

    async def next_id(self) -> int:
        """Return an id that no cheat has had."""
        return await self._ids.next()

    async def get(self, id: int, *, viewer_id: int) -> SeenCheat | None:
        """Return the cheat as this user sees it, or None if there is none."""
        rows = await self._connections.look_up(_GET, {"id": id, "viewer_id": viewer_id})
        return seen_from(rows[0]) if rows else None

    async def page(
        self, wanted: CheatFilter, request: PageRequest[CheatSort], *, viewer_id: int | None
    ) -> Page[SeenCheat]:
        """Return a page of the cheats that are wanted; text that cannot be stored is found nowhere."""
        if any(unstorable_reason(word) for word in wanted.words):
            return Page((), next=None, total=None if request.number is None else 0)
        form = FilterForm.of(wanted)
        values = filter_values(wanted)
        plans_anew = bool(wanted.words or wanted.platform_ids or wanted.topic_ids)
        total: int | None = None
        if request.number is not None:
            total = (await self._lists.fetch(_count(form), values, plans_anew=plans_anew))[0][0]
        is_ranked = request.sort is CheatSort.RELEVANCE
        rows = await self._lists.page(
            listing(form, request.sort, descending=request.descending, continued=request.after is not None),
            values
            | {"viewer_id": viewer_id}
            | (relevance_values(wanted.words) if is_ranked else {})
            | after_values(request.sort, request.after)
            | bounds(request),
            is_short=is_short(request, values),
            plans_anew=plans_anew,
        )
        return page_of(
            rows,
            request,
            entity_from=seen_from,
            position_of=lambda row: position_of(cheat_from(row), request.sort, row.relevance if is_ranked else 0),
            total=total,
        )

    async def with_keys(self, keys: Iterable[str]) -> dict[str, Cheat]:
        """Return those that have one of these keys, by key."""
        storable = [key for key in keys if not unstorable_reason(key)]
        rows = await self._connections.fetch(WITH_KEYS, {"keys": storable}, plans_anew=True)
        return {row.key: cheat_from(row) for row in rows}

    async def titled(self, titles: Iterable[str], *, owner_id: int) -> dict[str, tuple[Cheat, ...]]:
        """Return this user's cheats that have one of these titles, by title, the oldest first."""
        storable = [title for title in titles if not unstorable_reason(title)]
        indexed = [fold(title)[:TITLE_KEY_INDEXED] for title in storable]
        # Of a list not known when it plans, PostgreSQL looks at each element for each row that it meets.
        rows = await self._connections.fetch(
            TITLED, {"titles": storable, "indexed": indexed, "owner_id": owner_id}, plans_anew=True
        )
        found: dict[str, tuple[Cheat, ...]] = {}
        for row in rows:
            found[row.title] = (*found.get(row.title, ()), cheat_from(row))
        return found

    def add(self, cheat: Cheat) -> None:
        """Collect a new cheat."""
        self._changes.add(ADD, row_of(cheat, cheat_id=cheat.id), together=ADD_TOGETHER)

    def save(self, cheat: Cheat) -> None:
        """Collect a cheat's next state."""
        self._changes.save(SAVE, row_of(cheat), id=cheat.id, version=cheat.version)

    def remove(self, cheat: Cheat) -> None:
        """Collect a cheat's end; its links and places in bags go with its row."""
        self._changes.remove(REMOVE, id=cheat.id, version=cheat.version)

    def put_in_bag(self, cheat_id: int, *, user_id: int) -> None:
        """Collect a cheat's place in a user's bag."""
        self._changes.add(PUT_IN_BAG, {"user_id": user_id, "cheat_id": cheat_id}, together=PUT_IN_BAG_TOGETHER)

    def take_out_of_bag(self, cheat_id: int, *, user_id: int) -> None:
        """Collect the end of that place."""
        self._changes.change_many(TAKE_OUT_OF_BAG, {"of_user": user_id, "of_cheat": cheat_id})
