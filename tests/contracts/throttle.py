"""What every adapter of the throttle owes."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta

import pytest

from application.ports.throttle import Allowance, Throttle
from domain.errors import TooManyRequests
from tests.contracts.sample import DAY, NOON

MINUTE = timedelta(minutes=1)
THREE = Allowance(tries=3, period=15 * MINUTE)
END = NOON + THREE.period
INSTANT = timedelta(microseconds=1)


async def wait_for(throttle: Throttle, key: str, *, at: datetime, allowance: Allowance = THREE) -> int:
    """Take a try; return how many seconds it has to wait, and 0 if it need not."""
    try:
        await throttle.take(key, allowance, at=at)
    except TooManyRequests as refused:
        return refused.retry_after
    return 0


async def use_up(throttle: Throttle, key: str, *, at: datetime = NOON) -> None:
    """Take all that is allowed."""
    for _ in range(THREE.tries):
        await throttle.take(key, THREE, at=at)


@pytest.mark.anyio
class ThrottleContract:
    """Counting tries. The fixture `elsewhere` is the throttle of another instance of the service."""

    async def test_as_many_tries_as_allowed_are_let_through(self, throttle: Throttle) -> None:
        waits = [await wait_for(throttle, "key", at=NOON) for _ in range(5)]
        assert waits == [0, 0, 0, 15 * 60, 15 * 60]

    @pytest.mark.parametrize(
        ("at", "seconds"),
        [
            (NOON + MINUTE, 14 * 60),
            (NOON + MINUTE + INSTANT, 14 * 60),
            (END - timedelta(seconds=1), 1),
            (END - INSTANT, 1),
            (END, 0),
            (END + DAY, 0),
        ],
    )
    async def test_the_wait_ends_with_the_period_that_the_first_try_began(
        self, throttle: Throttle, at: datetime, seconds: int
    ) -> None:
        await use_up(throttle, "key")
        assert await wait_for(throttle, "key", at=at) == seconds

    async def test_later_tries_do_not_prolong_the_period(self, throttle: Throttle) -> None:
        for minute in range(3):
            await throttle.take("key", THREE, at=NOON + minute * 5 * MINUTE)
        assert await wait_for(throttle, "key", at=END - INSTANT) == 1
        assert await wait_for(throttle, "key", at=END) == 0

    async def test_a_new_period_allows_as_many_as_the_first(self, throttle: Throttle) -> None:
        await use_up(throttle, "key")
        waits = [await wait_for(throttle, "key", at=END + MINUTE) for _ in range(4)]
        assert waits == [0, 0, 0, 15 * 60]

    async def test_refused_tries_are_not_counted(self, throttle: Throttle) -> None:
        await use_up(throttle, "key")
        for _ in range(20):
            assert await wait_for(throttle, "key", at=END - MINUTE) == 60
        await throttle.give_back("key")
        assert await wait_for(throttle, "key", at=END - MINUTE) == 0
        assert await wait_for(throttle, "key", at=END - MINUTE) == 60

    async def test_checking_counts_nothing_and_refuses_where_a_try_would_be(self, throttle: Throttle) -> None:
        for _ in range(5):
            await throttle.check("key", "other", allowance=THREE, at=NOON)
        await use_up(throttle, "key")
        await use_up(throttle, "later", at=NOON + MINUTE)
        for keys, seconds in ((("key",), 60), (("other", "key"), 60), (("later", "key"), 120)):
            with pytest.raises(TooManyRequests) as refused:
                await throttle.check(*keys, allowance=THREE, at=END - MINUTE)
            assert refused.value.retry_after == seconds
        await throttle.check("other", allowance=THREE, at=NOON)
        await throttle.check("key", allowance=THREE, at=END)
        await throttle.check("key", allowance=THREE, at=NOON - 3650 * DAY)

    async def test_each_key_counts_by_itself(self, throttle: Throttle) -> None:
        longest = "k" * 100
        await use_up(throttle, longest)
        assert await wait_for(throttle, longest, at=NOON) > 0
        assert await wait_for(throttle, longest[:-1], at=NOON) == 0

    async def test_a_try_given_back_can_be_taken_again(self, throttle: Throttle) -> None:
        await use_up(throttle, "key")
        await throttle.give_back("key")
        assert [await wait_for(throttle, "key", at=NOON) for _ in range(2)] == [0, 15 * 60]

    async def test_no_more_is_given_back_than_was_taken(self, throttle: Throttle) -> None:
        await throttle.take("key", THREE, at=NOON)
        for _ in range(5):
            await throttle.give_back("key")
        assert [await wait_for(throttle, "key", at=NOON) for _ in range(4)] == [0, 0, 0, 15 * 60]

    async def test_a_key_that_was_cleared_starts_anew(self, throttle: Throttle) -> None:
        await use_up(throttle, "key")
        await use_up(throttle, "other")
        await throttle.clear("key")
        assert [await wait_for(throttle, "key", at=NOON) for _ in range(4)] == [0, 0, 0, 15 * 60]
        assert await wait_for(throttle, "other", at=NOON) > 0

    async def test_an_unknown_key_can_be_given_back_and_cleared(self, throttle: Throttle) -> None:
        await throttle.give_back("key")
        await throttle.clear("key")
        assert await wait_for(throttle, "key", at=NOON) == 0

    async def test_of_fifty_at_once_no_more_than_allowed_get_through(
        self, throttle: Throttle, elsewhere: Throttle
    ) -> None:
        waits = await asyncio.gather(
            *(wait_for((throttle, elsewhere)[number % 2], "key", at=NOON) for number in range(50))
        )
        assert Counter(waits) == {0: 3, 15 * 60: 47}

    async def test_of_fifty_at_once_in_a_new_period_no_more_than_allowed_get_through(
        self, throttle: Throttle, elsewhere: Throttle
    ) -> None:
        await use_up(throttle, "key")
        waits = await asyncio.gather(
            *(wait_for((throttle, elsewhere)[number % 2], "key", at=END) for number in range(50))
        )
        assert Counter(waits) == {0: 3, 15 * 60: 47}

    async def test_what_is_over_can_be_removed_in_portions_and_nothing_else_is(self, throttle: Throttle) -> None:
        for number in range(3):
            await throttle.take(f"over {number}", THREE, at=NOON)
        await use_up(throttle, "running", at=NOON + INSTANT)
        assert await throttle.remove_ended(END - INSTANT, most=10) == 0
        assert await throttle.remove_ended(END, most=2) == 2
        assert await throttle.remove_ended(END, most=2) == 1
        assert await throttle.remove_ended(END, most=2) == 0
        assert await wait_for(throttle, "running", at=END) == 1

    async def test_all_instances_count_together(self, throttle: Throttle, elsewhere: Throttle) -> None:
        await use_up(throttle, "key")
        assert await wait_for(elsewhere, "key", at=NOON) == 15 * 60
        await elsewhere.give_back("key")
        assert await wait_for(throttle, "key", at=NOON) == 0
        await elsewhere.clear("key")
        assert await wait_for(throttle, "key", at=NOON) == 0

    async def test_an_instance_whose_clock_is_a_minute_behind_counts_with_the_others(
        self, throttle: Throttle, elsewhere: Throttle
    ) -> None:
        await use_up(throttle, "key")
        assert await wait_for(elsewhere, "key", at=NOON - MINUTE) == 16 * 60

    async def test_what_a_clock_years_ahead_has_counted_keeps_nobody_out(self, throttle: Throttle) -> None:
        await use_up(throttle, "key", at=NOON + 3650 * DAY)
        assert [await wait_for(throttle, "key", at=NOON) for _ in range(4)] == [0, 0, 0, 15 * 60]
