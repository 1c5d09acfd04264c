"""What a page of a list is asked for with, and what comes back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from domain.errors import Fault, Invalid

T = TypeVar("T")
SortField = TypeVar("SortField")

LIMIT_MOST = 100
LIMIT_DEFAULT = 20
# Skipping rows costs the store their reading, so deep pages are for cursors, whose cost stays the same.
DEPTH_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a sorted list: just behind the row with this sort value and this id."""

    value: str | int | datetime | None
    id: int


@dataclass(frozen=True, slots=True)
class PageRequest(Generic[SortField]):
    """Which part of a list is wanted, and in what order; rows that sort alike go by id, in the same direction.

    Either from a position on (keyset mode, the default), or by page number from 1 (page mode, with a total).
    """

    sort: SortField
    descending: bool = True
    limit: int = LIMIT_DEFAULT
    after: Position | None = None
    number: int | None = None

    def __post_init__(self) -> None:
        """Refuse what no page can be: a limit or number out of range, both modes at once."""
        if not 1 <= self.limit <= LIMIT_MOST:
            raise Invalid(Fault("limit", f"must be between 1 and {LIMIT_MOST}"))
        if self.number is not None:
            if self.after is not None:
                raise Invalid(Fault("page", "cannot be combined with a cursor: use one or the other"))
            if self.number < 1:
                raise Invalid(Fault("page", "must be 1 or more"))
            if self.number > self.deepest_number:
                raise Invalid(
                    Fault(
                        "page",
                        f"must be at most {self.deepest_number} at this limit; leave page out "
                        'and follow the Link header\'s rel="next" to read further',
                    )
                )

    @property
    def skipped(self) -> int:
        """How many rows come before this page; 0 in keyset mode."""
        return 0 if self.number is None else (self.number - 1) * self.limit

    @property
    def deepest_number(self) -> int:
        """The number of the last page that page mode reaches at this limit."""
        return DEPTH_MOST // self.limit


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list.

    `next` is the position of the last row, or None where no row follows; `total` is counted in page mode only.
    """

    items: tuple[T, ...]
    next: Position | None
    total: int | None = None
