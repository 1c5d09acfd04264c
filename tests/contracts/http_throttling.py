"""What the HTTP surface owes against guessing passwords. Needs the fixture `service`."""

import asyncio
import itertools
from collections import Counter
from collections.abc import Generator
from datetime import timedelta

import httpx
import pytest

from adapters.clock.fixed import FixedClock
from tests.contracts.http_accounts import SIGN_IN, told
from tests.contracts.http_service import PASSWORD, Service, faults, problem
from tests.contracts.http_sessions import CHANGE, NEW_PASSWORD
from tests.contracts.sample import DAY, NOON

WRONG = "not the password"
PERIOD = timedelta(minutes=15)
DAYS = (NOON + number * DAY for number in itertools.count())
HOME, CAFE = "192.0.2.1", "198.51.100.1"


async def sign_in(service: Service, password: str = WRONG, *, address: str = HOME, **name: str) -> httpx.Response:
    """Try to sign in as someone behind the proxy would."""
    return await service.http.post(
        SIGN_IN, json={**name, "password": password}, headers={"X-Forwarded-For": address}
    )


async def fail(service: Service, times: int = 10, **name: str) -> None:
    """Sign in wrongly, from another address each time."""
    for number in range(times):
        problem(await sign_in(service, address=f"203.0.113.{number}", **name), 401, "unauthenticated")


def wait_of(response: httpx.Response) -> int:
    """Check that an answer is the refusal of one try too many, and return the seconds to wait."""
    problem(response, 429, "too-many-requests")
    return int(response.headers["retry-after"])


@pytest.mark.anyio
class ThrottlingContract:
    """Ten failures in fifteen minutes for a name, and ten for an address."""

    variables = {"TRUSTED_PROXIES": "127.0.0.1", "RATE_LIMIT_SIGN_IN_FAILURES": "10"}  # noqa: RUF012  # read only

    @pytest.fixture(autouse=True)
    def clock(self, service: Service) -> Generator[FixedClock]:
        """Time stands still; each test has a day of its own, which the failures of another do not reach."""
        clock = FixedClock(next(DAYS))
        service.put(clock, service.container.clock)
        yield clock
        service.container.clock.reset_last_overriding()

    async def test_after_ten_failures_right_and_wrong_passwords_get_the_same_refusal(
        self, service: Service
    ) -> None:
        await service.joins("ada")
        await fail(service, username="ada")
        right = await sign_in(service, PASSWORD, username="ada")
        wrong = await sign_in(service, WRONG, username="ADA")
        assert wait_of(right) == PERIOD.total_seconds()
        assert told(right) == told(wrong)

    async def test_a_name_that_nobody_has_is_refused_in_the_same_way(self, service: Service) -> None:
        await service.joins("bob")
        await fail(service, username="bob")
        await fail(service, username="nobody")
        known, unknown = [await sign_in(service, username=name, address=CAFE) for name in ("bob", "nobody")]
        assert wait_of(known) == PERIOD.total_seconds()
        assert told(known) == told(unknown)

    async def test_an_email_that_nobody_has_is_refused_in_the_same_way(self, service: Service) -> None:
        await fail(service, email="nobody@example.org")
        wait_of(await sign_in(service, email="Nobody@Example.org"))

    async def test_after_ten_failures_an_address_waits_and_another_does_not(self, service: Service) -> None:
        await service.joins("carol")
        for number in range(10):
            problem(await sign_in(service, address=CAFE, username=f"name{number}"), 401, "unauthenticated")
        wait_of(await sign_in(service, PASSWORD, address=CAFE, username="carol"))
        assert (await sign_in(service, PASSWORD, address=HOME, username="carol")).status_code == 200

    async def test_an_account_of_ones_own_is_no_way_to_guess_at_others(self, service: Service) -> None:
        await service.joins("mallory")
        for number in range(10):
            assert (await sign_in(service, PASSWORD, address=CAFE, username="mallory")).status_code == 200
            problem(await sign_in(service, address=CAFE, username=f"name{number}"), 401, "unauthenticated")
        wait_of(await sign_in(service, PASSWORD, address=CAFE, username="mallory"))

    async def test_coming_in_clears_the_failures_of_the_name(self, service: Service) -> None:
        await service.joins("dora")
        for _ in range(3):
            await fail(service, 3, username="dora")
            assert (await sign_in(service, PASSWORD, username="dora")).status_code == 200
        await fail(service, username="dora")

    async def test_of_thirty_wrong_at_once_ten_are_told(self, service: Service) -> None:
        await service.joins("erin")
        responses = await asyncio.gather(
            *(sign_in(service, username="erin", address=f"203.0.113.{number}") for number in range(30))
        )
        assert Counter(response.status_code for response in responses) == {401: 10, 429: 20}

    async def test_of_thirty_wrong_at_once_from_one_address_ten_are_told(self, service: Service) -> None:
        responses = await asyncio.gather(*(sign_in(service, username=f"name{number}") for number in range(30)))
        assert Counter(response.status_code for response in responses) == {401: 10, 429: 20}

    async def test_one_comes_in_again_after_the_period(self, service: Service, clock: FixedClock) -> None:
        await service.joins("fay")
        await fail(service, username="fay")
        clock.advance(PERIOD - timedelta(seconds=2))
        assert wait_of(await sign_in(service, PASSWORD, username="fay")) == 2
        clock.advance(timedelta(seconds=2))
        assert (await sign_in(service, PASSWORD, username="fay")).status_code == 200

    async def test_a_stolen_session_does_not_help_to_guess_the_password(
        self, service: Service, clock: FixedClock
    ) -> None:
        gina = await service.joins("gina")
        wrong = {"currentPassword": WRONG, "newPassword": NEW_PASSWORD}
        right = {"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD}
        for _ in range(10):
            assert set(faults(await gina.http.post(CHANGE, json=wrong))) == {"currentPassword"}
        assert wait_of(await gina.http.post(CHANGE, json=wrong)) == PERIOD.total_seconds()
        assert wait_of(await gina.http.post(CHANGE, json=right)) == PERIOD.total_seconds()
        clock.advance(PERIOD)
        gina = await service.signs_in("gina")
        assert (await gina.http.post(CHANGE, json=right)).status_code == 204
