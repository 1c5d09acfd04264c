"""Counting tries in this process."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from adapters.memory.store import give_way
from application.ports.throttle import Allowance, Throttle
from application.throttling import used_up

_KEYS_MOST: Final = 10_000


@dataclass(slots=True)
class _Count:
    tries: int
    resets_at: datetime


class InMemoryThrottle(Throttle):
    """Counts in a dictionary, for as long as the process lives.

    It holds the newest 10,000 keys: beyond that the oldest is forgotten, so a flood of keys fills no memory.
    """

    def __init__(self) -> None:
        self._counts: dict[str, _Count] = {}

    async def check(self, *keys: str, allowance: Allowance, at: datetime) -> None:
        """Tell whether one more try of each key would be allowed.

        Raises:
            TooManyRequests: the allowance of one is used up.
        """
        await give_way()
        counts = (count for key in keys if (count := self._counts.get(key)) is not None)
        ends = [
            count.resets_at
            for count in counts
            if _is_running(count, allowance, at) and count.tries >= allowance.tries
        ]
        if ends:
            raise used_up(max(ends), at=at)

    async def take(self, key: str, allowance: Allowance, *, at: datetime) -> None:
        """Count one try.

        Raises:
            TooManyRequests: the allowance is used up.
        """
        await give_way()
        count = self._counts.get(key)
        if count is None or not _is_running(count, allowance, at):
            self._begin(key, _Count(1, at + allowance.period))
        elif count.tries < allowance.tries:
            count.tries += 1
        else:
            raise used_up(count.resets_at, at=at)

    async def give_back(self, key: str) -> None:
        """Uncount one try."""
        await give_way()
        count = self._counts.get(key)
        if count is not None and count.tries > 0:
            count.tries -= 1

    async def clear(self, key: str) -> None:
        """Forget every try of this key."""
        await give_way()
        self._counts.pop(key, None)

    async def remove_ended(self, at: datetime, *, most: int) -> int:
        """Remove counts that were over at this moment, so many at most; return how many these were."""
        await give_way()
        ended = [key for key, count in self._counts.items() if count.resets_at <= at][:most]
        for key in ended:
            del self._counts[key]
        return len(ended)

    def _begin(self, key: str, count: _Count) -> None:
        self._counts.pop(key, None)
        if len(self._counts) >= _KEYS_MOST:
            del self._counts[next(iter(self._counts))]
        self._counts[key] = count


def _is_running(count: _Count, allowance: Allowance, at: datetime) -> bool:
    # One that ends beyond any time that began by now comes of a clock that was wrong: nobody waits for it.
    return at < count.resets_at <= at + 2 * allowance.period
