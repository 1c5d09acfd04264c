"""Cutting a page out of rows in any order."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import TypeVar

from application.paging import Page, PageRequest, Position

E = TypeVar("E")
SortField = TypeVar("SortField")

# Numbers and moments weigh by the first part, texts by the second.
Weight = tuple[int, str]
Key = tuple[bool, Weight, int]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def weigh(value: str | int | datetime) -> Weight:
    """Return what a sort value is compared by: texts code point by code point."""
    match value:
        case str():
            return 0, value
        case int():
            return value, ""
        case datetime():
            return (value - _EPOCH) // timedelta(microseconds=1), ""


def page_of(
    rows: Iterable[E],
    request: PageRequest[SortField],
    *,
    position: Callable[[E], Position],
    weigh: Callable[[str | int | datetime], Weight] = weigh,
) -> Page[E]:
    """Return the page that is asked for.

    Args:
        rows: all rows that are wanted, in any order.
        request: which of them, and in which direction.
        position: tells a row's place by its sort value and id.
        weigh: what sort values are compared by.
    """

    def key(place: Position) -> Key:
        # Rows without a value come last in both directions.
        comes_late = (place.value is None) is not request.descending
        return comes_late, (0, "") if place.value is None else weigh(place.value), place.id

    placed = sorted(((key(position(row)), row) for row in rows), key=itemgetter(0), reverse=request.descending)
    total = None if request.number is None else len(placed)
    if request.after is not None:
        start = key(request.after)
        placed = [(at, row) for at, row in placed if (at < start if request.descending else at > start)]
    end = request.skipped + request.limit
    items = tuple(row for _, row in placed[request.skipped : end])
    return Page(items, position(items[-1]) if len(placed) > end else None, total)
