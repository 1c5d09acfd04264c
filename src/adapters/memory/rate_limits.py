"""Counting requests in this process."""

import time
from collections.abc import Callable, Mapping
from typing import Final

from adapters.memory.store import give_way
from application.ports.rate_limits import RequestCounts, Window

_CALLERS_MOST: Final = 10_000


class InMemoryRequestCounts(RequestCounts):
    """Counts in a dictionary: for the tests, and for the one process that the store in memory serves.

    It holds the newest 10,000 callers.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._counts: dict[str, tuple[int, float]] = {}

    async def add(self, made: Mapping[str, Window]) -> Mapping[str, Window]:
        """Add these requests to the windows of who made them, and return the windows as they are then."""
        await give_way()
        return {caller: self._add(caller, window) for caller, window in made.items()}

    def _add(self, caller: str, window: Window) -> Window:
        now = self._now()
        requests, ends_at = self._counts.get(caller, (0, now))
        if ends_at <= now:
            self._counts.pop(caller, None)
            requests, ends_at = 0, now + window.seconds_left
        if caller not in self._counts and len(self._counts) >= _CALLERS_MOST:
            del self._counts[next(iter(self._counts))]
        self._counts[caller] = requests + window.requests, ends_at
        return Window(requests + window.requests, ends_at - now)
