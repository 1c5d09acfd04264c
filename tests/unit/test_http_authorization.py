"""How a caller says who they are, and all the ways in which that is not said."""

import pytest
from litestar.routes import HTTPRoute

from entrypoints.http.authentication import PUBLIC
from tests.contracts.http_service import API, TASKS, Person, Service, problem
from tests.contracts.web_browser import at_a_browser, csrf_of

ME = f"{API}/auth/me"
EVERYONES = {
    ("GET", "/"),
    ("GET", "/.well-known/jwks.json"),
    # It leads to a page of its own, which asks.
    ("GET", "/admin"),
    ("GET", "/auth/login"),
    ("GET", "/auth/register"),
    ("GET", "/auth/waiting"),
    ("GET", "/docs"),
    ("GET", "/health"),
    ("GET", "/health/live"),
    ("GET", "/health/ready"),
    # Outside development to those with a token of its own.
    ("GET", "/metrics"),
    ("GET", "/openapi.json"),
    ("GET", "/posts"),
    ("GET", "/posts/{post_id}"),
    ("GET", "/problems"),
    ("GET", "/problems/{slug}"),
    ("GET", "/static/{file_path}"),
    ("GET", "/api/v1/health"),
    ("GET", "/api/v1/health/live"),
    ("GET", "/api/v1/health/ready"),
    ("GET", "/api/v1/posts"),
    ("GET", "/api/v1/posts/{post_id}"),
    ("POST", "/api/v1/auth/login"),
    ("POST", "/api/v1/auth/refresh"),
    ("POST", "/api/v1/auth/signup"),
    ("POST", "/api/v1/users/register"),
    ("POST", "/auth/login"),
    ("POST", "/auth/logout"),
    ("POST", "/auth/register"),
    ("POST", "/theme"),
}
"""What may be asked without signing in. A route that joins this list is a decision."""


def routes(service: Service) -> set[tuple[str, str]]:
    """Return every method and path that is routed, but for OPTIONS, which names methods and no more."""
    return {
        (method, route.path_format)
        for route in service.app._litestar.routes  # pyright: ignore[reportPrivateUsage]  # the routing table is nowhere else
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        for method in handler.http_methods
        if method not in {"OPTIONS", "HEAD"}
    }


@pytest.mark.anyio
class TestWhoMayAsk:
    """Every route, asked by nobody."""

    async def test_everything_but_a_short_list_needs_a_token(self, service: Service) -> None:
        refused = set[tuple[str, str]]()
        reader = at_a_browser(service)
        token = csrf_of(await reader.opens("/auth/login"))
        as_form = {"X-CSRF-Token": token, "Referer": "http://satchel.example/tasks"}
        for method, path in routes(service):
            concrete = path.replace("{", "").replace("}", "")
            response = await service.http.request(method, concrete, json={})
            if response.status_code == 401:
                problem(response, 401, "unauthenticated")
                assert response.headers["www-authenticate"] == "Bearer"
                refused.add((method, path))
            elif not path.startswith(API):
                page = await reader.http.request(method, concrete, data={}, headers=as_form)
                if page.headers.get("location", "").startswith("/auth/login?next="):
                    refused.add((method, path))
        public_by_401 = {("POST", "/api/v1/auth/login"), ("POST", "/api/v1/auth/refresh")}
        assert routes(service) - refused - public_by_401 == EVERYONES - public_by_401
        assert ("GET", TASKS) in refused

    async def test_the_old_prefix_opens_no_second_door(self, service: Service) -> None:
        for method, path in routes(service):
            if not path.startswith(f"{API}/"):
                continue
            concrete = path.replace("{", "").replace("}", "")
            first = await service.http.request(method, concrete, json={})
            second = await service.http.request(method, concrete.replace(API, "/api"), json={})
            assert second.status_code == first.status_code, path

    @pytest.mark.parametrize(
        "path", ["/healthcheck-admin", "/health/admin", "/docs/../api/v1/tasks", "/static/../x"]
    )
    async def test_a_public_path_opens_none_that_begins_like_it(self, service: Service, path: str) -> None:
        assert (await service.http.get(path)).status_code in {401, 404}

    async def test_a_route_is_public_by_saying_so_alone(self, service: Service) -> None:
        assert PUBLIC == {"public": True}


@pytest.mark.anyio
class TestMalformedAuthorization:
    """The header of RFC 6750 and what is none."""

    @pytest.mark.parametrize(
        "header",
        [
            "{token}",
            "Basic {token}",
            "Basic YWRhOmFkYQ==",
            "Token {token}",
            "JWT {token}",
            "Bearer",
            "Bearer ",
            "Bearer{token}",
            "Bearer={token}",
            "Bearer: {token}",
            "Bearer,{token}",
            "Bearer\t{token}",
            "Bearer {token} {token}",
            "Bearer {token},{token}",
            "Bearer {token}, Basic YWRhOmFkYQ==",
            "Bearer {token};",
            'Bearer "{token}"',
            "Bearer Bearer {token}",
            "Bearer {token}=",
            "Bearer {token}==",
            "Bearer {token}.",
            "Bearer .{token}",
            "Bearer null",
            "Bearer undefined",
            "Bearer ..",
            "Bearer a.b.c",
            "Bearer {token}\u00e9",
            "\u00e9 {token}",
            "Bearer \u00a0{token}",
            "Bearer " + "x" * 100_000,
            "Bearer " + "." * 100_000,
            "Bearer {token}" + "x" * 100_000,
            " ",
            "",
        ],
        ids=lambda header: header[:30],
    )
    async def test_what_is_no_single_bearer_token_is_refused(
        self, ada: Person, service: Service, header: str
    ) -> None:
        value = header.replace("{token}", ada.access_token).encode("latin-1")
        for path in (ME, TASKS, f"{TASKS}/1"):
            response = await service.http.get(path, headers=[(b"Authorization", value)])
            problem(response, 401, "unauthenticated")
            assert response.headers["www-authenticate"].startswith("Bearer")
            assert ada.access_token not in response.text

    @pytest.mark.parametrize(
        "header", ["Bearer {token}", "bearer {token}", "BEARER   {token}", "Bearer {token}  "]
    )
    async def test_the_scheme_ignores_case_and_blanks_around_the_token(
        self, ada: Person, service: Service, header: str
    ) -> None:
        response = await service.http.get(
            ME, headers={"Authorization": header.replace("{token}", ada.access_token)}
        )
        assert response.status_code == 200

    async def test_two_headers_are_refused_even_if_both_are_right(self, ada: Person, service: Service) -> None:
        value = f"Bearer {ada.access_token}".encode()
        headers = [(b"Authorization", value), (b"Authorization", value)]
        problem(await service.http.get(ME, headers=headers), 401, "unauthenticated")

    @pytest.mark.parametrize("name", ["access_token", "token", "accessToken", "authorization"])
    async def test_a_token_in_the_query_or_a_cookie_counts_for_nothing(
        self, ada: Person, service: Service, name: str
    ) -> None:
        problem(await service.http.get(f"{ME}?{name}={ada.access_token}"), 401, "unauthenticated")
        cookie = {"Cookie": f"{name}={ada.access_token}"}
        problem(await service.http.get(ME, headers=cookie), 401, "unauthenticated")

    @pytest.mark.parametrize("place", [0, 5, 0.3, 0.5, 0.7, 0.9, -1])
    async def test_a_token_with_a_changed_letter_is_refused(
        self, ada: Person, service: Service, place: float
    ) -> None:
        token = ada.access_token
        at = place if isinstance(place, int) else int(place * len(token))
        letters = list(token)
        letters[at] = "A" if letters[at] not in "AB" else "z"
        response = await service.http.get(ME, headers={"Authorization": f"Bearer {''.join(letters)}"})
        problem(response, 401, "unauthenticated")

    async def test_a_request_without_a_token_is_told_of_no_error(self, service: Service) -> None:
        response = await service.http.get(ME)
        assert response.headers["www-authenticate"] == "Bearer"

    @pytest.mark.parametrize(
        "header", ["Bearer abc", "bearer abc", "BEARER  a.b.c", "Bearer x y", "Bearer \u00e9"]
    )
    async def test_a_token_that_does_not_count_is_told_so(self, service: Service, header: str) -> None:
        response = await service.http.get(ME, headers=[(b"Authorization", header.encode("latin-1"))])
        problem(response, 401, "unauthenticated")
        assert response.headers["www-authenticate"] == 'Bearer error="invalid_token"'

    async def test_what_is_public_does_not_mind_a_wrong_token(self, service: Service) -> None:
        response = await service.http.get("/health/live", headers={"Authorization": "Bearer wrong"})
        assert response.status_code == 200

    async def test_neither_log_nor_answer_repeats_a_secret(
        self, ada: Person, service: Service, capsys: pytest.CaptureFixture[str]
    ) -> None:
        canary = "canary-5a1d"
        await service.http.get(f"{TASKS}?q={canary}&token={canary}", headers={"Authorization": f"Bearer {canary}"})
        await service.http.post(f"{API}/auth/login", json={"username": "ada", "password": canary})
        await service.http.post(f"{API}/auth/refresh", json={"refreshToken": canary})
        await service.http.post(f"{API}/auth/signup", json={"username": "x", "password": canary, canary: canary})
        await ada.http.get(ME, headers={"Cookie": f"session={canary}"})
        captured = capsys.readouterr()
        assert canary not in captured.out + captured.err
        assert ada.access_token not in captured.out + captured.err
