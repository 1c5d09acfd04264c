"""The throttle in memory keeps what every throttle promises, and never grows beyond bounds."""

import pytest

from adapters.memory.throttle import InMemoryThrottle
from tests.contracts.sample import NOON
from tests.contracts.throttle import ThrottleContract, use_up, wait_for


@pytest.fixture
def throttle() -> InMemoryThrottle:
    return InMemoryThrottle()


@pytest.fixture
def elsewhere(throttle: InMemoryThrottle) -> InMemoryThrottle:
    """The same one: what is in memory has one instance only."""
    return throttle


class TestInMemoryThrottle(ThrottleContract):
    """In this process."""

    async def test_a_flood_of_keys_makes_it_forget_the_oldest(self, throttle: InMemoryThrottle) -> None:
        for key in ("oldest", "next"):
            await use_up(throttle, key)
        for number in range(9_999):
            await throttle.give_back(f"unknown {number}")
            assert await wait_for(throttle, f"key {number}", at=NOON) == 0
        assert await wait_for(throttle, "next", at=NOON) > 0
        assert await wait_for(throttle, "oldest", at=NOON) == 0
