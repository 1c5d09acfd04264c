"""Bounding how often something may be tried."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Allowance:
    """So many tries within such a time; the time begins with the first of them and then begins anew."""

    tries: int
    period: timedelta


class Throttle(Protocol):
    """Counts tries by key, for all instances together.

    Keys are of any form, at most 100 ASCII characters; the allowance is the same one for every try of a key.
    """

    async def check(self, *keys: str, allowance: Allowance, at: datetime) -> None:
        """Count nothing, and tell whether one more try of each of these keys would be allowed at this moment.

        Raises:
            TooManyRequests: the allowance of one is used up; of several, the one that takes longest.
            Unavailable: the store is away.
        """
        ...

    async def take(self, key: str, allowance: Allowance, *, at: datetime) -> None:
        """Count one try: of many at the same moment no more than allowed get through.

        Raises:
            TooManyRequests: the allowance is used up; nothing is counted then, so waiting always helps.
            Unavailable: the store is away.
        """
        ...

    async def give_back(self, key: str) -> None:
        """Uncount one try that was taken; the count never falls below none."""
        ...

    async def clear(self, key: str) -> None:
        """Forget every try of this key."""
        ...

    async def remove_ended(self, at: datetime, *, most: int) -> int:
        """Remove counts that were over at this moment: so many at most, and at once; return how many these were.

        Raises:
            Unavailable: the store is away.
        """
        ...
