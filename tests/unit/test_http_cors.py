"""Which other origins' scripts may read answers."""

import httpx
import pytest

from tests.contracts.http_service import API, TASKS, Person, Service
from tests.contracts.web_browser import signed_in

ORIGIN = "https://app.example.org"


def granted(response: httpx.Response) -> dict[str, str]:
    """Return what an answer says about other origins."""
    return {name: value for name, value in response.headers.items() if name.startswith("access-control-")}


PREFLIGHT = {
    "Access-Control-Request-Method": "PATCH",
    "Access-Control-Request-Headers": "authorization, content-type, if-match",
}


@pytest.mark.anyio
class TestCors:
    """Origins whose scripts may read answers."""

    variables = {"CORS_ORIGINS": f"{ORIGIN}, http://localhost:5173"}  # noqa: RUF012  # read by the fixture, never written

    @pytest.mark.parametrize("origin", [ORIGIN, "http://localhost:5173"])
    @pytest.mark.parametrize("path", [TASKS, "/nonsense", f"{TASKS}/0", "/health", f"{TASKS}?limit=0"])
    async def test_a_listed_origin_reads_answers_and_errors(self, ada: Person, origin: str, path: str) -> None:
        response = await ada.http.get(path, headers={"Origin": origin})
        assert response.headers.get_list("access-control-allow-origin") == [origin]
        assert response.headers["access-control-allow-credentials"] == "true"
        exposed = set(response.headers["access-control-expose-headers"].split(", "))
        assert exposed >= {"Link", "ETag", "Location", "X-Total-Count", "X-Request-ID", "Retry-After"}
        assert "Origin" in response.headers["vary"]

    @pytest.mark.parametrize(
        "path", ["/", "/posts", "/account", "/auth/login", "/nonsense", "/live", "/static/page.js"]
    )
    async def test_no_origin_reads_pages(self, service: Service, path: str) -> None:
        """A cookie opens them, so a script of a neighbouring site would see what its visitors see."""
        reader = await signed_in(service, f"cora{len(path)}{path[1:3]}")
        for method in ("HEAD", "OPTIONS"):
            answer = await reader.http.request(method, path, headers={"Origin": ORIGIN, **PREFLIGHT})
            assert granted(answer) == {}, method

    @pytest.mark.parametrize(
        "origin",
        [
            "https://evil.example",
            "null",
            f"{ORIGIN}.evil.example",
            f"{ORIGIN}:8443",
            f"{ORIGIN}/",
            "https://evil-app.example.org",
            "http://app.example.org",
            "https://APP.example.org.",
            "https://app-example.org",
            "https://appXexample.org",
            "*",
            "",
            f"{ORIGIN}, https://evil.example",
            f"https://evil.example, {ORIGIN}",
            "file://",
        ],
    )
    @pytest.mark.parametrize("method", ["GET", "OPTIONS"])
    async def test_any_other_origin_is_told_nothing(self, ada: Person, method: str, origin: str) -> None:
        for path in (TASKS, "/health", "/nonsense"):
            response = await ada.http.request(method, path, headers={"Origin": origin, **PREFLIGHT})
            assert granted(response) == {}
            assert "Origin" in response.headers["vary"]

    async def test_a_listed_origin_beside_a_foreign_one_is_told_nothing(self, ada: Person) -> None:
        headers = [(b"Origin", ORIGIN.encode()), (b"Origin", b"https://evil.example")]
        assert "evil" not in str(granted(await ada.http.get(TASKS, headers=headers)))

    async def test_an_answer_to_no_origin_still_varies_by_it(self, ada: Person) -> None:
        response = await ada.http.get(TASKS)
        assert granted(response) == {}
        assert "Origin" in response.headers["vary"]

    @pytest.mark.parametrize("path", [TASKS, f"{TASKS}/1", f"{API}/auth/login", "/api/tasks"])
    async def test_a_preflight_is_answered_without_a_token(self, service: Service, path: str) -> None:
        response = await service.http.options(path, headers={"Origin": ORIGIN, **PREFLIGHT})
        assert (response.status_code, response.content) == (204, b"")
        assert response.headers["access-control-allow-origin"] == ORIGIN
        methods = set(response.headers["access-control-allow-methods"].split(", "))
        assert methods >= {"GET", "POST", "PUT", "PATCH", "DELETE"}
        allowed = {name.lower() for name in response.headers["access-control-allow-headers"].split(", ")}
        assert allowed >= {"authorization", "content-type", "if-match", "if-none-match", "x-request-id"}
        assert int(response.headers["access-control-max-age"]) > 0

    async def test_a_page_varies_by_what_it_was_chosen_by_too(self, service: Service) -> None:
        response = await service.http.get("/", headers={"Accept": "text/html", "Origin": ORIGIN})
        assert {part.strip() for part in response.headers["vary"].split(",")} >= {"Accept", "Origin"}


@pytest.mark.anyio
class TestCorsForAll:
    """CORS_ORIGINS=*."""

    variables = {"CORS_ORIGINS": "*"}  # noqa: RUF012  # read by the fixture, never written

    @pytest.mark.parametrize("origin", [ORIGIN, "null", "https://evil.example"])
    @pytest.mark.parametrize("method", ["GET", "OPTIONS"])
    async def test_everyone_may_read_but_never_with_credentials(
        self, ada: Person, method: str, origin: str
    ) -> None:
        response = await ada.http.request(method, TASKS, headers={"Origin": origin, **PREFLIGHT})
        assert response.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in response.headers
        assert "Origin" in response.headers["vary"]
