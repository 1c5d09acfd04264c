"""Bounding how many requests one caller makes, so that none keeps the service from the others."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from math import ceil
from typing import Final, NamedTuple

from application.ports.rate_limits import RequestCounts, Window
from application.throttling import address_key
from domain.errors import TooManyRequests, Unavailable

WINDOW_SECONDS: Final = 60
EXCHANGE_SECONDS: Final = 1.0
"""How often instances tell each other what they have counted."""
# Whoever has used no more than one part in so many of what is allowed is not worth a row.
_PARTS: Final = 100
_CALLERS_MOST: Final = 10_000
_TOGETHER_MOST: Final = 1_000

_log: Final = logging.getLogger("satchel.rate_limits")


class Policy(StrEnum):
    """Whose requests are counted together."""

    ACCOUNT = "account"
    ADDRESS = "address"


# An enumeration's members take a while to be looked up by name.
_ACCOUNT, _ADDRESS = Policy.ACCOUNT, Policy.ADDRESS


# A frozen dataclass takes three times as long to make, and one is made for each request.
class Standing(NamedTuple):
    """How a caller stands: what is left of the requests allowed, until so many seconds have passed."""

    policy: Policy
    allowed: int
    remaining: int
    seconds_left: int
    is_refused: bool

    def check(self) -> None:
        """Do nothing where the request may go on.

        Raises:
            TooManyRequests: nothing was left for it.
        """
        if self.is_refused:
            whose = "this account" if self.policy is Policy.ACCOUNT else "your address"
            unit = "second" if self.seconds_left == 1 else "seconds"
            raise TooManyRequests(
                f"More than {self.allowed:,} requests a minute came from {whose}. "
                f"Try again in {self.seconds_left} {unit}.",
                retry_after=self.seconds_left,
            )


@dataclass(slots=True)
class _Count:
    """The requests of one caller in the current window.

    Attributes:
        told: those that the store knows of, of all instances together.
        untold: those that this process has let through since.
        ends_at: when the window is over, by the process's own clock.
    """

    ends_at: float
    told: int = 0
    untold: int = 0


class RequestLimit:
    """Counts every request in this process's memory, and once a second adds the counts of all instances up.

    A window begins with a caller's first request and lasts a minute. Refused requests are not counted, so waiting
    always helps. While the store is away each process goes by what it has counted itself: nobody waits for it.

    Attributes:
        refusals: how many requests were refused, by policy.
    """

    def __init__(
        self,
        counts: RequestCounts,
        *,
        of_account: int,
        of_address: int,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin with nobody counted.

        Args:
            counts: where all instances add up.
            of_account: how many requests an account may make in a minute; 0 for any number.
            of_address: the same for an address from which nobody is signed in.
            now: the present, in seconds since some moment.
        """
        self.refusals = dict.fromkeys(Policy, 0)
        self._counts = counts
        self._of_account = of_account
        self._of_address = of_address
        self._now = now
        self._callers: dict[str, _Count] = {}
        self._to_tell: dict[str, _Count] = {}

    def count(self, *, user_id: int | None, address: str | None) -> Standing | None:
        """Count one request of this account, or of this address where nobody is signed in, unless it is refused.

        Returns:
            How the caller stands then; None where nothing is limited.
        """
        if user_id is None:
            policy, allowed, caller = _ADDRESS, self._of_address, _caller_at(address)
        else:
            policy, allowed, caller = _ACCOUNT, self._of_account, f"requests:account:{user_id}"
        if not allowed:
            return None
        now = self._now()
        count = self._callers.get(caller)
        if count is None or count.ends_at <= now:
            count = self._begin(caller, now)
        seconds_left = ceil(count.ends_at - now)
        used = count.told + count.untold
        if used >= allowed:
            self.refusals[policy] += 1
            return Standing(policy, allowed, 0, seconds_left, True)  # by name it takes longer
        count.untold += 1
        used += 1
        if used * _PARTS > allowed:
            self._to_tell[caller] = count
        return Standing(policy, allowed, allowed - used, seconds_left, False)  # as above

    async def run(self) -> None:
        """Exchange counts once a second, until cancelled."""
        while self._of_account or self._of_address:
            await asyncio.sleep(EXCHANGE_SECONDS)
            try:
                await self.exchange()
            except Unavailable as error:
                _log.debug("Requests are counted by each process alone: %s", error.reason or error.detail)
            except Exception:
                _log.exception("Adding up requests failed; it is tried again.")

    async def exchange(self) -> None:
        """Tell what this process has counted since it told last, and hear what all have together.

        Raises:
            Unavailable: the store is away; what could not be told is told the next time.
        """
        to_tell, self._to_tell = list(self._to_tell.items()), {}
        try:
            while to_tell:
                await self._tell(to_tell[:_TOGETHER_MOST])
                del to_tell[:_TOGETHER_MOST]
        finally:
            self._to_tell |= {caller: count for caller, count in to_tell if self._callers.get(caller) is count}

    async def _tell(self, counts: list[tuple[str, _Count]]) -> None:
        now = self._now()
        made = {
            caller: Window(count.untold, count.ends_at - now) for caller, count in counts if now < count.ends_at
        }
        together = await self._counts.add(made)
        now = self._now()
        for caller, count in counts:
            if caller in together:
                count.told = together[caller].requests
                # Others came while the store was asked.
                count.untold -= made[caller].requests
                count.ends_at = now + together[caller].seconds_left

    def _begin(self, caller: str, now: float) -> _Count:
        """Begin a window. Of too many callers the one whose window began first is forgotten."""
        self._callers.pop(caller, None)
        self._to_tell.pop(caller, None)
        if len(self._callers) >= _CALLERS_MOST:
            oldest = next(iter(self._callers))
            del self._callers[oldest]
            self._to_tell.pop(oldest, None)
        count = self._callers[caller] = _Count(now + WINDOW_SECONDS)
        return count


@lru_cache(maxsize=_CALLERS_MOST)
def _caller_at(address: str | None) -> str:
    return f"requests:{address_key(address)}"
