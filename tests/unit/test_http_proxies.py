"""Whose word counts on where a request comes from: that of trusted proxies, as far as they know it."""

import itertools

import pytest

from adapters.memory.throttle import InMemoryThrottle
from tests.contracts.http_accounts import SIGN_IN
from tests.contracts.http_service import Service, client

pytestmark = pytest.mark.anyio

ONE_FAILURE = {"RATE_LIMIT_SIGN_IN_FAILURES": "1"}
NAMES = (f"name{number}" for number in itertools.count())
PROXY, INNER_PROXY, STRANGER = "10.0.0.7", "10.1.2.3", "203.0.113.9"
ADA, BOB = "192.0.2.1", "192.0.2.2"


@pytest.fixture(autouse=True)
def _nothing_is_counted_yet(service: Service) -> None:
    service.put(InMemoryThrottle(), service.container.throttle)


async def are_one(service: Service, *clients: tuple[str, *tuple[str, ...]]) -> bool:
    """Tell whether two requests count as coming from one address: each its peer, then X-Forwarded-For by lines."""
    statuses: list[int] = []
    for peer, *lines in clients:
        async with client(service.app, address=peer) as http:
            attempt = {"username": next(NAMES), "password": "not the password"}
            headers = [("X-Forwarded-For", line) for line in lines]
            statuses.append((await http.post(SIGN_IN, json=attempt, headers=headers)).status_code)
    assert statuses in ([401, 401], [401, 429])
    return statuses == [401, 429]


class TestWithoutTrustedProxies:
    """Nobody's word counts."""

    variables = ONE_FAILURE

    async def test_the_header_is_ignored(self, service: Service) -> None:
        assert await are_one(service, (PROXY, ADA), (PROXY, BOB))

    async def test_it_takes_nobody_to_another_address(self, service: Service) -> None:
        assert not await are_one(service, (PROXY, ADA), (STRANGER, ADA))


class TestTrustedProxies:
    """The client is the last address that no trusted proxy has."""

    variables = {**ONE_FAILURE, "TRUSTED_PROXIES": f"{PROXY},10.1.0.0/16,2001:db8::7"}  # noqa: RUF012  # read only

    async def test_clients_behind_a_proxy_are_told_apart(self, service: Service) -> None:
        assert not await are_one(service, (PROXY, ADA), (PROXY, BOB))

    @pytest.mark.parametrize("proxy", [PROXY, INNER_PROXY, "2001:db8::7", "2001:0db8:0:0:0:0:0:7"])
    async def test_a_client_is_the_same_behind_any_proxy(self, service: Service, proxy: str) -> None:
        assert await are_one(service, (ADA,), (proxy, ADA))

    async def test_a_stranger_who_sends_the_header_stays_who_they_are(self, service: Service) -> None:
        assert await are_one(service, (STRANGER, ADA), (STRANGER, BOB))

    @pytest.mark.parametrize("claimed", [BOB, PROXY, "garbage", "", "::1", "10.0.0.7, 10.1.2.3"])
    async def test_what_a_client_claims_before_the_proxy_adds_its_address_is_ignored(
        self, service: Service, claimed: str
    ) -> None:
        assert await are_one(service, (PROXY, ADA), (PROXY, f"{claimed}, {ADA}"))

    async def test_several_lines_are_one_list(self, service: Service) -> None:
        assert await are_one(service, (PROXY, ADA), (PROXY, BOB, ADA))
        assert not await are_one(service, (PROXY, BOB), (PROXY, f"{ADA}, {STRANGER}", PROXY))

    async def test_of_a_chain_of_proxies_each_is_believed(self, service: Service) -> None:
        assert await are_one(service, (ADA,), (PROXY, f"{BOB}, {ADA}, {INNER_PROXY}"))

    async def test_a_chain_ends_where_nobody_is_trusted(self, service: Service) -> None:
        assert await are_one(service, (STRANGER,), (PROXY, f"{ADA}, {STRANGER}, {INNER_PROXY}"))

    @pytest.mark.parametrize(
        "written", ["[2001:db8:a::1]:8443", "[2001:db8:a::1]", "2001:DB8:A::1", "2001:db8:a::2"]
    )
    async def test_an_ipv6_client_is_known_however_it_is_written(self, service: Service, written: str) -> None:
        assert await are_one(service, (PROXY, "2001:db8:a::1"), (PROXY, written))

    @pytest.mark.parametrize("written", [f"{ADA}:8443", f"  {ADA} ", f"::ffff:{ADA}"])
    async def test_an_ipv4_client_is_known_however_it_is_written(self, service: Service, written: str) -> None:
        assert await are_one(service, (PROXY, ADA), (PROXY, written))

    @pytest.mark.parametrize("header", ["", " ", ",", " , "])
    async def test_an_empty_header_leaves_the_proxy_itself(self, service: Service, header: str) -> None:
        assert await are_one(service, (PROXY,), (PROXY, header))

    async def test_clients_whose_proxy_tells_no_address_share_one(self, service: Service) -> None:
        assert await are_one(service, (PROXY, "unknown"), (PROXY, "_hidden"))

    async def test_clients_whose_proxy_tells_no_address_are_not_taken_for_the_proxy(
        self, service: Service
    ) -> None:
        assert not await are_one(service, (PROXY,), (PROXY, "unknown"))

    @pytest.mark.parametrize(
        "header", ["x" * 10_000, "1," * 5_000, "[", "[]", "[]:", "[::1", "]:80", "1.2.3.4:" + "9" * 5_000, "%00"]
    )
    async def test_no_header_breaks_anything(self, service: Service, header: str) -> None:
        assert await are_one(service, (PROXY, header), (PROXY, header))
