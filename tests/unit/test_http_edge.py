"""What is true of every answer, whoever gives it and whatever it says."""

import re
from collections.abc import Callable

import httpx
import pytest

from tests.contracts.http_service import API, TASKS, Person, Service, problem

ANSWERS = [
    ("GET", "/", 200),
    ("GET", "/docs", 200),
    ("GET", "/problems", 200),
    ("GET", "/problems/invalid", 200),
    ("GET", "/problems/nonsense", 404),
    ("GET", "/openapi.json", 200),
    ("GET", "/static/satchel.css", 200),
    ("GET", "/static/nonsense", 404),
    ("GET", "/health", 200),
    ("GET", "/health/live", 200),
    ("GET", "/health/ready", 200),
    ("GET", "/hello", 200),
    ("GET", "/nonsense", 404),
    ("GET", f"{API}/nonsense", 404),
    ("GET", "/api/nonsense", 404),
    ("GET", "/api", 404),
    ("GET", "/api/", 404),
    ("GET", API, 404),
    ("GET", "/docs/nonsense", 404),
    ("GET", "/%00", 404),
    ("GET", "/%FF", 404),
    ("GET", "/..%2f..%2fetc%2fpasswd", 404),
    ("GET", "/static/..%2f..%2fapp.py", 404),
    ("GET", f"{API}/auth/me", 200),
    ("GET", TASKS, 200),
    ("GET", f"{TASKS}?limit=0", 422),
    ("GET", f"{TASKS}/summary", 200),
    ("GET", f"{TASKS}/0", 404),
    ("POST", TASKS, 201),
    ("PUT", TASKS, 405),
    ("DELETE", "/health", 405),
    ("POST", "/", 405),
    ("TRACE", TASKS, 405),
    ("PROPFIND", "/", 405),
    ("OPTIONS", TASKS, 204),
    ("OPTIONS", "/nonsense", 404),
    ("OPTIONS", "*", 404),
]


async def answer(person: Person, method: str, path: str) -> httpx.Response:
    """Ask as someone signed in, with a body where one belongs."""
    return await person.http.request(method, path, json={"title": "x"} if method == "POST" else None)


@pytest.mark.anyio
class TestEveryAnswer:
    """Headers and ids."""

    @pytest.mark.parametrize(("method", "path", "status"), ANSWERS)
    async def test_every_answer_carries_the_security_headers(
        self, ada: Person, method: str, path: str, status: int
    ) -> None:
        response = await answer(ada, method, path)
        assert response.status_code == status
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["referrer-policy"]
        policy = response.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert "frame-ancestors 'none'" in policy
        assert "'unsafe-inline'" not in policy.replace("style-src 'self' 'unsafe-inline'", "")
        if not response.headers.get("content-type", "").startswith("text/html"):
            assert policy == "default-src 'none'; frame-ancestors 'none'"
        assert "origin" in response.headers["vary"].lower()
        assert len(response.headers.get_list("x-request-id")) == 1
        assert "server" not in response.headers
        assert "strict-transport-security" not in response.headers

    @pytest.mark.parametrize(("method", "path", "status"), [given for given in ANSWERS if given[2] in {404, 405}])
    async def test_what_no_handler_answers_is_a_problem(
        self, ada: Person, method: str, path: str, status: int
    ) -> None:
        response = await answer(ada, method, path)
        problem(response, status, "not-found" if status == 404 else "method-not-allowed")

    @pytest.mark.parametrize("given", ["a", "A-b_c.9", "x" * 128, "..", "-"])
    async def test_a_sane_request_id_is_kept(self, ada: Person, given: str) -> None:
        for path in ("/health/live", "/nonsense", TASKS):
            response = await ada.http.get(path, headers={"X-Request-ID": given})
            assert response.headers["x-request-id"] == given

    @pytest.mark.parametrize("given", ["", " ", "x" * 129, "a b", "a,b", "é", "a\tb", "<script>", "a/b", "\xff"])
    async def test_an_insane_request_id_is_replaced(self, ada: Person, given: str) -> None:
        headers = [(b"X-Request-ID", given.encode("latin-1"))]
        response = await ada.http.get("/nonsense", headers=headers)
        assert re.fullmatch(r"[A-Za-z0-9._-]{16,128}", response.headers["x-request-id"])
        problem(response, 404, "not-found")

    async def test_no_two_requests_are_given_the_same_id(self, ada: Person) -> None:
        ids = [(await ada.http.get("/health/live")).headers["x-request-id"] for _ in range(20)]
        assert len(set(ids)) == 20

    async def test_the_log_names_the_request(self, ada: Person, logged: Callable[[], str]) -> None:
        await ada.http.get("/health/live", headers={"X-Request-ID": "remember-me"})
        assert "remember-me" in logged()


@pytest.mark.anyio
class TestCaching:
    """What a cache may keep."""

    @pytest.mark.parametrize("path", [TASKS, f"{TASKS}/summary", f"{TASKS}/0", f"{TASKS}?limit=0", "/hello"])
    async def test_what_is_for_the_caller_alone_is_not_stored(self, ada: Person, path: str) -> None:
        assert (await ada.http.get(path)).headers["cache-control"] == "no-store"

    @pytest.mark.parametrize("path", [f"{API}/auth/me", "/api/auth/me"])
    async def test_what_has_a_version_is_asked_for_again(self, ada: Person, path: str) -> None:
        assert (await ada.http.get(path)).headers["cache-control"] == "private, no-cache"

    @pytest.mark.parametrize("path", ["/health", "/health/live", "/health/ready", f"{API}/health"])
    async def test_health_is_always_of_now(self, service: Service, path: str) -> None:
        assert (await service.http.get(path)).headers["cache-control"] == "no-store"

    async def test_refusals_are_not_stored(self, service: Service) -> None:
        assert (await service.http.get(TASKS)).headers["cache-control"] == "no-store"


@pytest.mark.anyio
class TestPaths:
    """One resource has one address."""

    @pytest.mark.parametrize("slashes", ["//", "///", "////"])
    async def test_more_slashes_at_the_beginning_are_one(
        self, service: Service, ada: Person, slashes: str
    ) -> None:
        """Browsers would take what follows them for a host, wherever the path is repeated."""
        page = await service.http.get(f"http://satchel.example{slashes}posts", headers={"Accept": "text/html"})
        assert page.status_code == 200
        assert f'"{slashes}' not in page.text
        tasks = await ada.http.get(f"http://satchel.example{slashes}api/v1/tasks")
        assert tasks.status_code == 200
        assert tasks.headers["cache-control"] == "no-store"


@pytest.mark.anyio
class TestHead:
    """HEAD is GET without the body (RFC 9110, section 9.3.2)."""

    @pytest.mark.parametrize("path", [path for method, path, _ in ANSWERS if method == "GET"])
    async def test_head_tells_what_get_would(self, ada: Person, path: str) -> None:
        got = await ada.http.get(path, headers={"X-Request-ID": "same"})
        head = await ada.http.head(path, headers={"X-Request-ID": "same"})
        assert head.status_code == got.status_code
        assert head.content == b""
        # A browser's first answer holds a cookie.
        differing = {"set-cookie"}
        if path.startswith("/health"):
            differing |= {"content-length", "etag", "last-modified"}
        for name, value in got.headers.items():
            assert name in differing or head.headers.get(name) == value, name

    async def test_head_needs_a_token_where_get_does(self, service: Service) -> None:
        response = await service.http.head(TASKS)
        assert (response.status_code, response.content) == (401, b"")
        assert response.headers["www-authenticate"] == "Bearer"

    async def test_head_is_refused_where_there_is_no_get(self, ada: Person) -> None:
        response = await ada.http.head(f"{API}/auth/login")
        assert response.status_code == 405
        assert "GET" not in response.headers["allow"]

    @pytest.mark.parametrize(
        ("path", "allowed"),
        [
            (TASKS, {"GET", "HEAD", "POST", "OPTIONS"}),
            (f"{TASKS}/1", {"GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"}),
            (f"{API}/auth/login", {"POST", "OPTIONS"}),
            ("/health", {"GET", "HEAD", "OPTIONS"}),
            ("/api/tasks", {"GET", "HEAD", "POST", "OPTIONS"}),
        ],
    )
    async def test_a_wrong_method_is_told_the_right_ones(self, ada: Person, path: str, allowed: set[str]) -> None:
        response = await ada.http.request("TRACE", path)
        problem(response, 405, "method-not-allowed")
        assert set(response.headers["allow"].split(", ")) == allowed
        options = await ada.http.options(path)
        assert set(options.headers["allow"].split(", ")) == allowed


@pytest.mark.anyio
class TestOutsideDevelopment:
    """Where browsers are to come by HTTPS only."""

    variables = {"ENVIRONMENT": "testing"}  # noqa: RUF012  # read by the fixture, never written

    @pytest.mark.parametrize(("method", "path", "status"), ANSWERS)
    async def test_every_answer_asks_for_https(self, ada: Person, method: str, path: str, status: int) -> None:
        response = await answer(ada, method, path)
        assert response.status_code == status
        assert re.fullmatch(r"max-age=\d{7,}.*", response.headers["strict-transport-security"])

    async def test_no_origin_is_let_in_unnamed(self, ada: Person) -> None:
        response = await ada.http.get(TASKS, headers={"Origin": "http://localhost:5173"})
        assert not any(name.startswith("access-control-") for name in response.headers)
