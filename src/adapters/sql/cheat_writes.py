"""How cheats get into PostgreSQL with what they stand under, and into bags."""

from collections.abc import Iterator
from typing import Final

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Text,
    Update,
    all_,
    bindparam,
    column,
    delete,
    func,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, Insert, insert

from adapters.sql.changes import Values, removing, rows_given
from adapters.sql.cheat_tables import cheat_platforms, cheat_topics, cheats, user_cheat
from domain.cheats import Cheat
from domain.text import fold, searchable, starts

ID_LIST: Final = ARRAY(BigInteger, as_tuple=True)
# Making texts of so many characters searchable takes a millisecond or more.
_LONG: Final = 5_000


def _values_of(cheat: Cheat) -> dict[str, object]:
    """Return the row that holds the cheat, and the ids of what it stands under."""
    title_key = fold(cheat.title)
    search_text = searchable(cheat.title, cheat.notes, cheat.code)
    return {
        "id": cheat.id,
        "key": cheat.key,
        "title": cheat.title,
        "title_key": title_key,
        "notes": cheat.notes,
        "code": cheat.code,
        "language": cheat.language,
        "owner_id": cheat.owner_id,
        "search_text": search_text,
        "starts": "\n".join(starts(search_text)),
        "created_at": cheat.created_at,
        "updated_at": cheat.updated_at,
        "version": cheat.version,
        "platform_ids": list(cheat.platform_ids),
        "topic_ids": list(cheat.topic_ids),
    }


# psycopg takes much longer to write an array than a text; no blank is in what words begin with.
_BETWEEN_STARTS: Final[ColumnElement[str]] = literal_column("E'\\n'")
_STARTS: Final = func.string_to_array(bindparam("starts", type_=Text), _BETWEEN_STARTS)
_LINKS: Final = (
    (cheat_platforms, cheat_platforms.c.platform_id, bindparam("platform_ids", type_=ID_LIST)),
    (cheat_topics, cheat_topics.c.topic_id, bindparam("topic_ids", type_=ID_LIST)),
)


def row_of(cheat: Cheat, **others: object) -> Values:
    """Return the row that holds the cheat, with other values; or what makes it, where that takes long."""

    def make() -> dict[str, object]:
        return _values_of(cheat) | others

    return make if len(cheat.notes) + len(cheat.code) > _LONG else make()


def _linking(cheat_id: ColumnElement[int]) -> Iterator[CTE]:
    for links, _, tag_ids in _LINKS:
        rows = select(cheat_id, func.unnest(tag_ids))
        yield insert(links).from_select(list(links.c), rows).on_conflict_do_nothing().cte(f"new_{links.name}")


def _unlinking(cheat_id: ColumnElement[int]) -> Iterator[CTE]:
    for links, tag_id, tag_ids in _LINKS:
        former = delete(links).where(links.c.cheat_id == cheat_id, tag_id != all_(tag_ids))
        yield former.cte(f"former_{links.name}")


def _adding() -> Insert:
    # References are checked when the statement ends, so it does not matter which of its rows is there first.
    links = _linking(bindparam("cheat_id", type_=BigInteger))
    return insert(cheats).values(search_starts=_STARTS).add_cte(*links)


def _adding_together() -> Insert:
    plain = [each for each in cheats.c if each is not cheats.c.search_starts]
    lists = (column(tag_ids.key, tag_ids.type) for _, _, tag_ids in _LINKS)
    given = rows_given(*plain, column("starts", Text), *lists)
    links = (
        insert(each)
        .from_select(list(each.c), select(given.c.id, func.unnest(given.c[tag_ids.key])))
        .on_conflict_do_nothing()
        .cte(f"new_{each.name}")
        for each, _, tag_ids in _LINKS
    )
    starts = func.string_to_array(given.c.starts, _BETWEEN_STARTS)
    rows = select(*(given.c[each.name] for each in plain), starts)
    return insert(cheats).from_select([*plain, cheats.c.search_starts], rows).add_cte(*links)


def _saving() -> Update:
    current = cheats.c.id == bindparam("row_id"), cheats.c.version == bindparam("row_version")
    # Of a cheat that has moved on or is gone, nothing is held, and no link changes.
    held = select(cheats.c.id).where(*current).with_for_update(key_share=True).cte("held")
    links = *_unlinking(held.c.id), *_linking(held.c.id)
    return update(cheats).where(cheats.c.id == held.c.id).values(search_starts=_STARTS).add_cte(*links)


ADD: Final = _adding()
ADD_TOGETHER: Final = _adding_together()
SAVE: Final = _saving()
REMOVE: Final = removing(cheats)
PUT_IN_BAG: Final = insert(user_cheat).on_conflict_do_nothing()
_given = rows_given(*user_cheat.c)
PUT_IN_BAG_TOGETHER: Final = (
    insert(user_cheat).from_select(list(user_cheat.c), select(*_given.c)).on_conflict_do_nothing()
)
TAKE_OUT_OF_BAG: Final = delete(user_cheat).where(
    user_cheat.c.user_id == bindparam("of_user"), user_cheat.c.cheat_id == bindparam("of_cheat")
)
