"""How many requests one caller may make, and what the counts do while nothing else works."""

from collections.abc import Mapping

import pytest

from adapters.memory.rate_limits import InMemoryRequestCounts
from application.ports.rate_limits import RequestCounts, Window
from application.rate_limits import Policy, RequestLimit, Standing
from domain.errors import TooManyRequests, Unavailable
from tests.contracts.request_counts import RequestCountsContract, Stopwatch, let_through

pytestmark = pytest.mark.anyio


class AbsentCounts(InMemoryRequestCounts):
    """Are away, until they are back."""

    is_away = True

    async def add(self, made: Mapping[str, Window]) -> Mapping[str, Window]:
        if self.is_away:
            raise Unavailable("Away.")
        return await super().add(made)


class TellingCounts(InMemoryRequestCounts):
    """Remember who was told of."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []

    async def add(self, made: Mapping[str, Window]) -> Mapping[str, Window]:
        self.told += made
        return await super().add(made)


@pytest.fixture
def counts() -> RequestCounts:
    return InMemoryRequestCounts()


@pytest.fixture
def elsewhere(counts: RequestCounts) -> RequestCounts:
    """The same one: what is in memory has one instance only."""
    return counts


@pytest.fixture
def clock() -> Stopwatch:
    return Stopwatch()


def a_limit(
    clock: Stopwatch, counts: RequestCounts | None = None, *, of_account: int = 3, of_address: int = 2
) -> RequestLimit:
    """Return a limit on a clock of its own."""
    return RequestLimit(
        counts or InMemoryRequestCounts(clock), of_account=of_account, of_address=of_address, now=clock
    )


class TestInMemoryRequestCounts(RequestCountsContract):
    """In this process."""


@pytest.mark.anyio
async def test_a_store_that_is_full_forgets_nobody_for_those_whom_it_knows() -> None:
    counts = InMemoryRequestCounts()
    crowd = {f"caller {number}": Window(1, 60.0) for number in range(10_000)}
    await counts.add(crowd)
    await counts.add({"caller 9999": Window(1, 60.0)})
    assert (await counts.add({"caller 0": Window(1, 60.0)}))["caller 0"].requests == 2


def test_as_many_requests_as_allowed_are_let_through_in_a_minute(clock: Stopwatch) -> None:
    limit = a_limit(clock)
    assert let_through(limit, 5) == 3
    clock.seconds += 59.9
    assert let_through(limit, 1) == 0
    clock.seconds += 0.1
    assert let_through(limit, 5) == 3


def test_a_caller_hears_what_is_left_and_until_when(clock: Stopwatch) -> None:
    limit = a_limit(clock)
    assert limit.count(user_id=7, address=None) == Standing(Policy.ACCOUNT, 3, 2, 60, is_refused=False)
    clock.seconds += 10.5
    assert limit.count(user_id=7, address=None) == Standing(Policy.ACCOUNT, 3, 1, 50, is_refused=False)
    assert limit.count(user_id=None, address="192.0.2.1") == Standing(Policy.ADDRESS, 2, 1, 60, is_refused=False)


def test_a_refusal_names_the_wait_and_is_counted_by_itself(clock: Stopwatch) -> None:
    limit = a_limit(clock)
    let_through(limit, 10)
    clock.seconds += 20
    refused = limit.count(user_id=7, address="192.0.2.1")
    assert refused is not None
    assert refused == Standing(Policy.ACCOUNT, 3, 0, 40, is_refused=True)
    with pytest.raises(TooManyRequests) as refusal:
        refused.check()
    assert refusal.value.retry_after == 40
    assert limit.refusals == {Policy.ACCOUNT: 8, Policy.ADDRESS: 0}


def test_accounts_do_not_share_what_their_address_is_allowed(clock: Stopwatch) -> None:
    limit = a_limit(clock)
    assert [limit.count(user_id=None, address="192.0.2.1") for _ in range(3)][-1] is not None
    assert let_through(limit, 1, user_id=1) == let_through(limit, 1, user_id=2) == 1


def test_a_network_of_ipv6_is_one_caller(clock: Stopwatch) -> None:
    limit = a_limit(clock)
    standings = [limit.count(user_id=None, address=f"2001:db8::{number}") for number in range(3)]
    assert [standing is not None and standing.is_refused for standing in standings] == [False, False, True]


def test_zero_means_no_limit(clock: Stopwatch) -> None:
    limit = a_limit(clock, of_account=0, of_address=1)
    assert limit.count(user_id=7, address=None) is None
    assert limit.count(user_id=None, address=None) is not None


async def test_a_process_goes_by_its_own_counts_while_the_store_is_away(clock: Stopwatch) -> None:
    limit = a_limit(clock, AbsentCounts())
    assert let_through(limit, 2) == 2
    for _ in range(3):
        with pytest.raises(Unavailable):
            await limit.exchange()
    assert let_through(limit, 2) == 1
    clock.seconds += 60
    assert let_through(limit, 5) == 3


async def test_what_could_not_be_told_is_told_the_next_time(clock: Stopwatch) -> None:
    counts = AbsentCounts(clock)
    here, there = a_limit(clock, counts), a_limit(clock, counts)
    assert let_through(here, 2) == 2
    with pytest.raises(Unavailable):
        await here.exchange()
    counts.is_away = False
    await here.exchange()
    assert let_through(there, 1) == 1
    await there.exchange()
    assert let_through(there, 1) == 0


async def test_requests_of_a_window_that_is_over_do_not_count_in_the_next(clock: Stopwatch) -> None:
    counts = InMemoryRequestCounts(clock)
    here, there = a_limit(clock, counts), a_limit(clock, counts)
    let_through(here, 3)
    clock.seconds += 60
    await here.exchange()
    assert let_through(there, 3) == 3


async def test_a_caller_who_uses_little_costs_the_store_nothing(clock: Stopwatch) -> None:
    counts = TellingCounts()
    limit = a_limit(clock, counts, of_account=1_000)
    let_through(limit, 10, user_id=1)
    let_through(limit, 11, user_id=2)
    await limit.exchange()
    await limit.exchange()
    assert counts.told == ["requests:account:2"]


async def test_a_flood_of_callers_is_told_of_in_portions_and_fills_no_memory(clock: Stopwatch) -> None:
    counts = TellingCounts()
    limit = a_limit(clock, counts)
    let_through(limit, 3, user_id=0)
    for number in range(1, 10_001):
        assert let_through(limit, 1, user_id=number) == 1
    await limit.exchange()
    assert len(counts.told) == 10_000
    assert let_through(limit, 1, user_id=0) == 1, "the one whose window began first was forgotten"
