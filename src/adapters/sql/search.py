"""Everything in PostgreSQL, searched at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Subquery,
    Text,
    bindparam,
    case,
    func,
    literal_column,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import array

from adapters.sql.cheat_lists import search_conditions
from adapters.sql.cheat_tables import cheats
from adapters.sql.lists import Lists
from adapters.sql.pages import AnySelect, bounds, ordered, page_of
from adapters.sql.post_lists import is_published_or_own
from adapters.sql.post_tables import posts
from adapters.sql.tables import moment_type, tasks
from adapters.sql.words import (
    beginnings,
    fragments,
    relevance,
    relevance_values,
    word_values,
    words_found,
)
from application.paging import Page, PageRequest, Position
from application.ports.search import SearchFilter, SearchHit, SearchKind, SearchRepository, SearchSort
from domain.text import unstorable_reason
from domain.users import Role, User

# Kinds sort by code point, whatever the collation of the database.
_KIND_TYPE: Final = Text(collation="C")
_KEY: Final = ("relevance", "updated_at", "kind", "id")
_AFTER_KEY: Final = (
    bindparam("after_relevance", type_=Integer),
    bindparam("after_updated_at", type_=moment_type),
    bindparam("after_kind", type_=_KIND_TYPE),
    bindparam("after_id", type_=tasks.c.id.type),
)


@dataclass(frozen=True, slots=True)
class SearchForm:
    """What statements differ by: where they look, for how many words of which sort, and for whom."""

    kinds: frozenset[SearchKind]
    words: int
    fragments: int
    sees_all_drafts: bool

    @classmethod
    def of(cls, wanted: SearchFilter, viewer: User) -> "SearchForm":
        """Return the form of a filter, for someone who may see what they may."""
        return cls(
            wanted.kinds or frozenset(SearchKind),
            len(wanted.words),
            len(fragments(wanted.words)),
            sees_all_drafts=viewer.role is Role.ADMIN,
        )


def search_values(words: tuple[str, ...], viewer: User) -> dict[str, object]:
    """Return the values that the branches of the search take."""
    short = beginnings(words)
    # Fragments come first, so that a branch that looks for these alone finds them under the same names.
    values = word_values((*fragments(words), *short)) | relevance_values(words) | {"viewer_id": viewer.id}
    return values | ({"starts": list(short)} if short else {})


# There are as many statements as combinations that people ask for: few. The bound keeps the odd ones few too.
@lru_cache(maxsize=256)
def searching(form: SearchForm, *, descending: bool, continued: bool) -> AnySelect:
    """Return the statement that lists what is found.

    The long texts are read for the rows of the page alone, by their ids, once it is known which these are.

    Args:
        form: what kinds are searched for how many words.
        descending: in which direction; downwards the best are first.
        continued: whether it goes on after a position.
    """
    found = _found(form)
    place = ordered(
        select(*found.c),
        key=[found.c[name] for name in _KEY],
        after=_AFTER_KEY if continued else None,
        descending=descending,
    ).subquery("place")
    key = [place.c[name] for name in _KEY]
    return select(*place.c, _texts(place).label("texts")).order_by(
        *(part.desc() if descending else part.asc() for part in key)
    )


@lru_cache(maxsize=256)
def counting(form: SearchForm) -> AnySelect:
    """Return the statement that counts what is found."""
    return select(func.count()).select_from(_found(form))


def _found(form: SearchForm) -> Subquery:
    """Return what is found, a branch for each kind, each by the index of its own."""
    branches = {
        SearchKind.TASK: _branch(SearchKind.TASK, tasks, form.words).where(
            *words_found(form.words, tasks.c.search_text)
        ),
        SearchKind.CHEAT: _branch(SearchKind.CHEAT, cheats, form.words).where(
            *search_conditions(form.words, form.fragments)
        ),
        SearchKind.POST: _branch(SearchKind.POST, posts, form.words).where(
            *(() if form.sees_all_drafts else (is_published_or_own,)),
            *words_found(form.words, posts.c.search_text),
        ),
    }
    return union_all(*(branches[kind] for kind in SearchKind if kind in form.kinds)).subquery("found")


def _branch(kind: SearchKind, table: FromClause, words: int) -> AnySelect:
    return select(
        literal_column(f"'{kind}'::text", _KIND_TYPE).collate("C").label("kind"),
        table.c.id,
        relevance(words, table.c.title_key).label("relevance"),
        table.c.updated_at,
    )


def _texts(place: FromClause) -> ColumnElement[Any]:
    """Return the title and all texts of what stands at a place of the list."""
    task = array([tasks.c.title, func.coalesce(tasks.c.description, "")])
    cheat = array([cheats.c.title, cheats.c.notes, cheats.c.code])
    post = array([posts.c.title, posts.c.content])
    return case(
        (place.c.kind == SearchKind.TASK, select(task).where(tasks.c.id == place.c.id).scalar_subquery()),
        (place.c.kind == SearchKind.CHEAT, select(cheat).where(cheats.c.id == place.c.id).scalar_subquery()),
        (place.c.kind == SearchKind.POST, select(post).where(posts.c.id == place.c.id).scalar_subquery()),
    )


def after_values(position: Position | None) -> dict[str, object]:
    """Return the values of the position to go on from; see `SearchHit.position`."""
    if position is None:
        return {}
    relevance, updated_at, kind = str(position.value).split(" ")
    return {
        "after_relevance": int(relevance),
        "after_updated_at": datetime.fromisoformat(updated_at),
        "after_kind": kind,
        "after_id": position.id,
    }


class SqlSearchRepository(SearchRepository):
    """The tables `tasks`, `cheats` and `posts`."""

    def __init__(self, lists: Lists) -> None:
        """Read through the lists."""
        self._lists = lists

    async def page(
        self, wanted: SearchFilter, request: PageRequest[SearchSort], *, viewer: User
    ) -> Page[SearchHit]:
        """Return a page of what is found: of all tasks and cheats, and of the posts that this user may see.

        Text that cannot be stored is found nowhere.
        """
        if any(unstorable_reason(word) for word in wanted.words):
            return Page((), next=None, total=None if request.number is None else 0)
        form = SearchForm.of(wanted, viewer)
        values = search_values(wanted.words, viewer)
        total: int | None = None
        if request.number is not None:
            total = (await self._lists.fetch(counting(form), values, plans_anew=True))[0][0]
        rows = await self._lists.fetch(
            searching(form, descending=request.descending, continued=request.after is not None),
            values | after_values(request.after) | bounds(request),
            plans_anew=True,
        )
        return page_of(
            rows,
            request,
            entity_from=_hit_from,
            position_of=lambda row: _hit_from(row).position,
            total=total,
        )


def _hit_from(row: Sequence[Any]) -> SearchHit:
    kind, hit_id, relevance, updated_at, (title, *texts) = row
    return SearchHit(SearchKind(kind), hit_id, title, tuple(texts), relevance, updated_at)
