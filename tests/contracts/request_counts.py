"""What every adapter that adds up requests owes, and the limit that rests on it."""

import asyncio
from dataclasses import dataclass, field

import pytest

from application.ports.rate_limits import RequestCounts, Window
from application.rate_limits import RequestLimit

ALLOWED = 1_000
INSTANCES = 4


@dataclass
class Stopwatch:
    """A clock that goes when it is told to."""

    seconds: float = field(default=1_000.0)

    def __call__(self) -> float:
        return self.seconds


def let_through(limit: RequestLimit, times: int, *, user_id: int = 7) -> int:
    """Count so many requests and return how many were not refused."""
    standings = [limit.count(user_id=user_id, address=None) for _ in range(times)]
    return sum(standing is not None and not standing.is_refused for standing in standings)


@pytest.mark.anyio
class RequestCountsContract:
    """Adding up. The fixture `elsewhere` is what another instance of the service adds by."""

    async def test_all_instances_add_up(self, counts: RequestCounts, elsewhere: RequestCounts) -> None:
        await counts.add({"ada": Window(3, 60), "bob": Window(1, 60)})
        together = await elsewhere.add({"ada": Window(4, 60)})
        assert together["ada"].requests == 7
        assert together.keys() == {"ada"}

    async def test_the_window_is_that_of_who_told_first(
        self, counts: RequestCounts, elsewhere: RequestCounts
    ) -> None:
        (first,) = (await counts.add({"ada": Window(1, 30)})).values()
        (second,) = (await elsewhere.add({"ada": Window(1, 60)})).values()
        assert 0 < second.seconds_left <= first.seconds_left <= 30

    async def test_a_window_that_is_over_begins_anew(self, counts: RequestCounts) -> None:
        await counts.add({"ada": Window(5, 0)})
        (anew,) = (await counts.add({"ada": Window(2, 60)})).values()
        assert anew.requests == 2
        assert 50 < anew.seconds_left <= 60

    async def test_nothing_added_is_nothing_told(self, counts: RequestCounts) -> None:
        assert await counts.add({}) == {}

    async def test_of_many_at_once_none_is_lost(self, counts: RequestCounts, elsewhere: RequestCounts) -> None:
        callers = [f"caller {number}" for number in range(50)]
        forth = {caller: Window(1, 60) for caller in callers}
        back = {caller: Window(1, 60) for caller in reversed(callers)}
        await asyncio.gather(*(counts.add(forth) if number % 2 else elsewhere.add(back) for number in range(10)))
        together = await counts.add({caller: Window(0, 60) for caller in callers})
        assert {window.requests for window in together.values()} == {10}

    async def test_instances_together_exceed_a_limit_by_no_more_than_they_get_in_two_exchanges(
        self, counts: RequestCounts, elsewhere: RequestCounts
    ) -> None:
        """Each instance lets through what it does not know of yet from the others, and not a request more."""
        limits = [
            RequestLimit((counts, elsewhere)[number % 2], of_account=ALLOWED, of_address=0)
            for number in range(INSTANCES)
        ]
        burst, total = 60, 0
        for _ in range(30):
            for limit in limits:
                total += let_through(limit, burst)
                await limit.exchange()
        not_worth_telling = ALLOWED // 100
        assert ALLOWED <= total <= ALLOWED + (INSTANCES - 1) * (2 * burst + not_worth_telling)
        assert all(let_through(limit, 1) == 0 for limit in limits)
        assert let_through(limits[0], 1, user_id=8) == 1
