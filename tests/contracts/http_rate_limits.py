"""What the HTTP surface owes to those whom a runaway client would starve. Needs the fixture `service`."""

import re
from collections.abc import AsyncIterator
from itertools import count

import httpx
import pytest

from tests.contracts.http_accounts import ME, SIGN_IN
from tests.contracts.http_service import PASSWORD, TASKS, Person, Service, client, document, problem
from tests.contracts.http_streams import EVENTS, bearer, talking
from tests.contracts.web_browser import LOGIN, at_a_browser, csrf_of

_addresses = (f"198.51.100.{number}" for number in count(1))
OF_ACCOUNT, OF_ADDRESS = 5, 3


async def newcomer(service: Service, name: str) -> Person:
    """Return someone signed in, each from an address of their own."""
    await service.container.create_user()(None, username=name, password=PASSWORD)
    async with client(service.app, address=next(_addresses)) as http:
        return service.person(document(await http.post(SIGN_IN, json={"username": name, "password": PASSWORD})))


def stranger(service: Service, **headers: str) -> httpx.AsyncClient:
    """Return a client at an address that nothing came from yet."""
    return client(service.app, headers=headers, address=next(_addresses))


async def use_up(http: httpx.AsyncClient, path: str, times: int) -> None:
    """Make all the requests that are allowed."""
    for number in range(times):
        response = await http.get(path)
        assert response.status_code != 429
        assert left(response) == times - 1 - number


def left(response: httpx.Response) -> int:
    """Return how many requests an answer says are left, which it must say in the standard's form."""
    policy = re.fullmatch(r'"(account|address)";q=(\d+);w=60', response.headers["ratelimit-policy"])
    limit = re.fullmatch(r'"(account|address)";r=(\d+);t=(\d+)', response.headers["ratelimit"])
    assert policy is not None
    assert limit is not None
    assert policy[1] == limit[1]
    assert int(policy[2]) == {"account": OF_ACCOUNT, "address": OF_ADDRESS}[policy[1]]
    assert 0 < int(limit[3]) <= 60
    return int(limit[2])


@pytest.mark.anyio
class RateLimitContract:
    """Five requests a minute for an account, three for an address from which nobody is signed in."""

    variables = {  # noqa: RUF012  # read by the fixture, never written
        "RATE_LIMIT_REQUESTS": str(OF_ACCOUNT),
        "RATE_LIMIT_ANONYMOUS_REQUESTS": str(OF_ADDRESS),
        "CORS_ORIGINS": "https://app.example",
    }

    async def test_one_request_too_many_is_refused_and_told_when_to_come_back(self, service: Service) -> None:
        ada = await newcomer(service, "ada")
        await use_up(ada.http, ME, OF_ACCOUNT)
        for _ in range(2):
            refused = await ada.http.get(ME)
            problem(refused, 429, "too-many-requests")
            assert left(refused) == 0
            assert refused.headers["ratelimit"].endswith(f";t={refused.headers['retry-after']}")

    async def test_each_account_and_each_address_counts_by_itself(self, service: Service) -> None:
        bob, carol = await newcomer(service, "bob"), await newcomer(service, "carol")
        await use_up(bob.http, ME, OF_ACCOUNT)
        assert (await carol.http.get(ME)).status_code == 200
        async with stranger(service) as one, stranger(service) as another:
            await use_up(one, "/nonsense", OF_ADDRESS)
            problem(await one.get("/nonsense"), 429, "too-many-requests")
            assert (await another.get("/nonsense")).status_code == 404

    async def test_all_sessions_of_an_account_count_together(self, service: Service) -> None:
        dora = await newcomer(service, "dora")
        await use_up(dora.http, ME, OF_ACCOUNT)
        async with stranger(service) as http:
            signed_in = await http.post(SIGN_IN, json={"username": "dora", "password": PASSWORD})
        problem(await service.person(document(signed_in)).http.get(ME), 429, "too-many-requests")

    async def test_who_is_signed_in_does_not_suffer_from_others_at_the_same_address(
        self, service: Service
    ) -> None:
        erin = await newcomer(service, "erin")
        async with stranger(service) as http:
            await use_up(http, "/nonsense", OF_ADDRESS)
            headers = {"Authorization": f"Bearer {erin.access_token}"}
            assert (await http.get(ME, headers=headers)).status_code == 200
            problem(await http.get(ME), 429, "too-many-requests")

    @pytest.mark.parametrize(
        "headers", [{}, {"Authorization": "Bearer nonsense"}, {"Cookie": "session=1.nonsense"}], ids=repr
    )
    @pytest.mark.parametrize("path", [ME, "/api/v1/posts", LOGIN, "/openapi.json", "/nonsense"])
    async def test_what_proves_nothing_helps_nobody_to_more(
        self, service: Service, path: str, headers: dict[str, str]
    ) -> None:
        async with stranger(service, **headers) as http:
            await use_up(http, path, OF_ADDRESS)
            problem(await http.get(path), 429, "too-many-requests")

    async def test_a_refused_body_is_not_read(self, service: Service) -> None:
        was_read = False

        async def body() -> AsyncIterator[bytes]:
            nonlocal was_read
            was_read = True
            yield b"{}"

        fay = await newcomer(service, "fay")
        await use_up(fay.http, ME, OF_ACCOUNT)
        problem(await fay.http.post(TASKS, content=body()), 429, "too-many-requests")
        async with stranger(service) as http:
            await use_up(http, LOGIN, OF_ADDRESS)
            problem(await http.post(LOGIN, content=body()), 429, "too-many-requests")
        assert not was_read

    async def test_streams_and_handshakes_are_refused_too(self, service: Service) -> None:
        gina = await newcomer(service, "gina")
        assert left(await gina.http.get(EVENTS)) == OF_ACCOUNT - 1
        async with talking(service.app, headers=bearer(gina)) as socket:
            assert dict(socket.answer["headers"])[b"ratelimit"].startswith(b'"account";r=3;')
        for _ in range(3):
            await gina.http.get(ME)
        problem(await gina.http.get(EVENTS), 429, "too-many-requests")
        async with talking(service.app, headers=bearer(gina)) as socket:
            problem(await socket.refusal(), 429, "too-many-requests")

    async def test_a_browser_is_shown_a_page_that_says_when_to_come_back(self, service: Service) -> None:
        reader = at_a_browser(service, address=next(_addresses))
        pages = [await reader.opens(LOGIN) for _ in range(OF_ADDRESS)]
        refused = await reader.http.post(LOGIN, data={"csrf": csrf_of(pages[-1]), "name": "ada"})
        assert refused.status_code == 429
        assert refused.headers["content-type"].startswith("text/html")
        assert f"Try again in {refused.headers['retry-after']} seconds" in refused.text
        assert left(refused) == 0

    async def test_pages_count_for_who_is_signed_in(self, service: Service) -> None:
        await newcomer(service, "hana")
        reader = at_a_browser(service, address=next(_addresses))
        assert (await reader.signs_in("hana")).status_code == 303
        page = await reader.http.get("/dashboard")
        assert page.headers["ratelimit-policy"] == f'"account";q={OF_ACCOUNT};w=60'

    async def test_monitors_static_files_and_preflights_are_not_counted(self, service: Service) -> None:
        async with stranger(service) as http:
            for _ in range(OF_ADDRESS + 1):
                answers = [
                    await http.get("/health"),
                    await http.get("/api/v1/health/ready"),
                    await http.get("/static/page.js"),
                    await http.options(TASKS),
                    await http.options(
                        TASKS, headers={"Origin": "https://app.example", "Access-Control-Request-Method": "GET"}
                    ),
                ]
                assert {answer.status_code for answer in answers} <= {200, 204}
                assert not any("ratelimit" in answer.headers for answer in answers)
            assert left(await http.get("/nonsense")) == OF_ADDRESS - 1

    async def test_scripts_of_listed_origins_may_read_the_limits(self, service: Service) -> None:
        async with stranger(service, Origin="https://app.example") as http:
            exposed = (await http.get("/api/v1/posts")).headers["access-control-expose-headers"].split(", ")
        assert {"RateLimit", "RateLimit-Policy"} <= set(exposed)


@pytest.mark.anyio
class NoRateLimitContract:
    """Where no limit is set, as is the default outside production."""

    async def test_answers_say_nothing_of_limits(self, service: Service) -> None:
        ida = await newcomer(service, "ida")
        for answer in (await ida.http.get(ME), await service.http.get("/nonsense")):
            assert "ratelimit" not in answer.headers
            assert "ratelimit-policy" not in answer.headers
