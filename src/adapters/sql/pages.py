"""Pages of a sorted list: by position at the same cost however deep, or by number."""

from collections.abc import Callable, Collection, Sequence
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Row, Select, bindparam, tuple_

from application.paging import Page, PageRequest, Position

T = TypeVar("T")
SortField = TypeVar("SortField")
AnySelect = Select[*tuple[Any, ...]]


def ordered(
    statement: AnySelect,
    *,
    key: Sequence[ColumnElement[Any]],
    after: Sequence[ColumnElement[Any]] | None,
    descending: bool,
) -> AnySelect:
    """Return the statement sorted by the key and cut to the parameters `limit` and `offset`.

    Args:
        statement: what is listed.
        key: what it is sorted by; unique, so the id comes last.
        after: the key of the last row already seen, or None to begin at the top. Compared as a row, which lets
            PostgreSQL enter an index on the key right there (manual, section 9.25.5).
        descending: the direction, the same for every part of the key.
    """
    if after is not None:
        here, there = tuple_(*key), tuple_(*after)
        statement = statement.where(here < there if descending else here > there)
    return (
        statement.order_by(*(part.desc() if descending else part.asc() for part in key))
        .limit(bindparam("limit"))
        .offset(bindparam("offset"))
    )


def bounds(request: PageRequest[SortField]) -> dict[str, object]:
    """Return the values of `limit` and `offset`: one row more than wanted tells whether any follow."""
    return {"limit": request.limit + 1, "offset": request.skipped}


def is_short(request: PageRequest[SortField], conditions: Collection[str]) -> bool:
    """Tell whether an index holds the rows of a page in their order, so that no others are looked at.

    Args:
        request: of the page.
        conditions: the names of what its rows have to meet.
    """
    return request.number is None and not conditions


def page_of(
    rows: Sequence[Row[*tuple[Any, ...]]],
    request: PageRequest[SortField],
    *,
    entity_from: Callable[[Sequence[Any]], T],
    position_of: Callable[[Row[*tuple[Any, ...]]], Position],
    total: int | None,
) -> Page[T]:
    """Return the rows as the page that was asked for."""
    wanted = rows[: request.limit]
    return Page(
        items=tuple(entity_from(row) for row in wanted),
        next=position_of(wanted[-1]) if len(rows) > request.limit else None,
        total=total,
    )
