"""Which cheats a list holds and how it is sorted, as parts of statements whose values come later."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, Integer, Table, Text, any_, bindparam, exists, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from adapters.sql.cheat_tables import cheat_platforms, cheat_topics, cheats, user_cheat
from adapters.sql.tables import moment_type, title_key_start
from adapters.sql.words import beginnings, fragments, relevance, word_values, words_found
from application.paging import Position
from application.ports.cheats import CheatFilter, CheatSort
from domain.cheats import Cheat
from domain.text import fold

Key = tuple[ColumnElement[Any], ...]

_AFTER_ID: Final = bindparam("after_id", type_=cheats.c.id.type)
# No title holds it.
_BEFORE_KEY: Final = "\0"

# Each platform or topic that is asked for singly may be the rare one whose index leads to few cheats. With many of
# them PostgreSQL would take longer to choose than to look at every cheat; so few are left when these are met that
# the others are counted cheat by cheat.
_SINGLY_MOST: Final = 3


@dataclass(frozen=True, slots=True)
class FilterForm:
    """What statements differ by: which conditions a filter sets, whatever their values."""

    platforms: int
    has_more_platforms: bool
    topics: int
    has_more_topics: bool
    has_owner: bool
    is_bag: bool
    words: int
    fragments: int

    @classmethod
    def of(cls, wanted: CheatFilter) -> "FilterForm":
        """Return the form of a filter."""
        return cls(
            platforms=min(len(wanted.platform_ids), _SINGLY_MOST),
            has_more_platforms=len(wanted.platform_ids) > _SINGLY_MOST,
            topics=min(len(wanted.topic_ids), _SINGLY_MOST),
            has_more_topics=len(wanted.topic_ids) > _SINGLY_MOST,
            has_owner=wanted.owner_id is not None,
            is_bag=wanted.in_bag_of is not None,
            words=len(wanted.words),
            fragments=len(fragments(wanted.words)),
        )


def filter_values(wanted: CheatFilter) -> dict[str, object]:
    """Return the values that `conditions` take."""
    values = _tag_values("platform", wanted.platform_ids) | _tag_values("topic", wanted.topic_ids)
    if wanted.owner_id is not None:
        values["owner_id"] = wanted.owner_id
    if wanted.in_bag_of is not None:
        values["in_bag_of"] = wanted.in_bag_of
    return values | search_values(wanted.words)


def conditions(form: FilterForm) -> Iterator[ColumnElement[bool]]:
    """Yield what must be true of a cheat."""
    yield from _stands_under(cheat_platforms, "platform", form.platforms, and_more=form.has_more_platforms)
    yield from _stands_under(cheat_topics, "topic", form.topics, and_more=form.has_more_topics)
    if form.has_owner:
        yield cheats.c.owner_id == bindparam("owner_id")
    if form.is_bag:
        yield exists().where(user_cheat.c.cheat_id == cheats.c.id, user_cheat.c.user_id == bindparam("in_bag_of"))
    yield from search_conditions(form.words, form.fragments)


def _tag_values(kind: str, ids: frozenset[int]) -> dict[str, object]:
    in_order = sorted(ids)
    values: dict[str, object] = {f"{kind}_{n}": tag_id for n, tag_id in enumerate(in_order[:_SINGLY_MOST])}
    if more := in_order[_SINGLY_MOST:]:
        values[f"more_{kind}s"] = more
    return values


def _stands_under(links: Table, kind: str, singly: int, *, and_more: bool) -> Iterator[ColumnElement[bool]]:
    of_cheat, tag_id = links.c.cheat_id == cheats.c.id, links.c[f"{kind}_id"]
    for n in range(singly):
        yield exists().where(of_cheat, tag_id == bindparam(f"{kind}_{n}"))
    if and_more:
        ids = bindparam(f"more_{kind}s", type_=ARRAY(BigInteger))
        held = select(func.count()).select_from(links).where(of_cheat, tag_id == any_(ids)).scalar_subquery()
        yield held == func.cardinality(ids)


def search_values(words: tuple[str, ...]) -> dict[str, object]:
    """Return the values that `search_conditions` take."""
    short = beginnings(words)
    return word_values(fragments(words)) | ({"starts": list(short)} if short else {})


def search_conditions(words: int, fragments: int) -> Iterator[ColumnElement[bool]]:
    """Yield that a cheat holds so many words, so many of which are fragments and the others beginnings."""
    yield from words_found(fragments, cheats.c.search_text)
    if words > fragments:
        yield cheats.c.search_starts.contains(bindparam("starts", type_=ARRAY(Text)))


def sort_key(sort: CheatSort, *, words: int) -> Key:
    """Return what the list is sorted by, something unique last."""
    match sort:
        case CheatSort.CREATED_AT:
            return cheats.c.created_at, cheats.c.id
        case CheatSort.UPDATED_AT:
            return cheats.c.updated_at, cheats.c.id
        case CheatSort.TITLE:
            # The start of the key is what the index holds; the rest decides among titles that start alike.
            return title_key_start(cheats.c.title_key), cheats.c.title_key, cheats.c.id
        case CheatSort.KEY:
            return title_key_start(cheats.c.title_key), cheats.c.title_key, cheats.c.key
        case CheatSort.RELEVANCE:
            return relevance(words, cheats.c.title_key), cheats.c.id


def after_key(sort: CheatSort) -> Key:
    """Return the sort key of the position to go on from."""
    after_title = bindparam("after", type_=cheats.c.title_key.type)
    match sort:
        case CheatSort.CREATED_AT | CheatSort.UPDATED_AT:
            return bindparam("after", type_=moment_type), _AFTER_ID
        case CheatSort.TITLE:
            return title_key_start(after_title), after_title, _AFTER_ID
        case CheatSort.KEY:
            return title_key_start(after_title), after_title, bindparam("after_key", type_=cheats.c.key.type)
        case CheatSort.RELEVANCE:
            return bindparam("after", type_=Integer), _AFTER_ID


def after_values(sort: CheatSort, position: Position | None) -> dict[str, object]:
    """Return the values that `after_key` takes for this position."""
    if position is None:
        return {}
    if sort is CheatSort.KEY:
        title_key, _, key = str(position.value).rpartition(_BEFORE_KEY)
        return {"after": title_key, "after_key": key}
    return {"after": position.value, "after_id": position.id}


def position_of(cheat: Cheat, sort: CheatSort, relevance: int) -> Position:
    """Return where in a list of this order the cheat stands."""
    match sort:
        case CheatSort.CREATED_AT:
            return Position(cheat.created_at, cheat.id)
        case CheatSort.UPDATED_AT:
            return Position(cheat.updated_at, cheat.id)
        case CheatSort.TITLE:
            return Position(fold(cheat.title), cheat.id)
        case CheatSort.KEY:
            return Position(f"{fold(cheat.title)}{_BEFORE_KEY}{cheat.key}", cheat.id)
        case CheatSort.RELEVANCE:
            return Position(relevance, cheat.id)
