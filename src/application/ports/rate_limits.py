"""Counting the requests of callers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Window:
    """How many requests someone made in a stretch of time, and how much of it is left."""

    requests: int
    seconds_left: float


class RequestCounts(Protocol):
    """Adds up the requests of callers, for all instances together.

    No instance's clock counts: how long a window lasts is measured where the counts are.
    """

    async def add(self, made: Mapping[str, Window]) -> Mapping[str, Window]:
        """Add these requests to the windows of who made them, and return the windows as they are then.

        Args:
            made: by caller, a text of at most 100 ASCII characters. Where a caller has no window, or it is over,
                this one begins.

        Raises:
            Unavailable: the store is away.
        """
        ...
