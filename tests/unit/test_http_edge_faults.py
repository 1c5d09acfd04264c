"""What a client hears where the outermost layer itself fails, or what stands directly behind it."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import Any, cast

import httpx
import pytest
import structlog
from litestar import Request, Response
from litestar.types import ASGIApp, Receive, Scope, Send

from domain.errors import DomainError
from entrypoints.http.edge import Edge
from entrypoints.http.problems import EXCEPTION_HANDLERS
from entrypoints.metrics.traffic import Traffic
from entrypoints.web.errors import showing_pages
from tests.contracts.http_service import problem


class _MishapError(Exception):
    """Nobody expects it."""


async def _fails_at_once(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise _MishapError("/srv/satchel/edge.py, line 7")


async def _answers_without_headers(_scope: Scope, _receive: Receive, send: Send) -> None:
    # The edge looks for them, and fails.
    await send(cast("Any", {"type": "http.response.start", "status": 200}))


async def _fails_in_the_midst(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    raise _MishapError


def edge(app: ASGIApp) -> Edge:
    """Return the outermost layer around an application."""
    handlers = showing_pages(EXCEPTION_HANDLERS)

    def answer_error(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
        return handlers[DomainError if isinstance(error, DomainError) else Exception](request, error)

    return Edge(app, cors_origins=(), strict_transport=True, answer_error=answer_error, traffic=Traffic())


def client(app: Callable[..., Any]) -> httpx.AsyncClient:
    """Return a client of an ASGI application; what gets out of it is raised."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://satchel.example")


@pytest.mark.anyio
class TestFaultsAtTheEdge:
    """A mistake so far outside is answered and written down like any other."""

    @pytest.fixture(params=[_fails_at_once, _answers_without_headers])
    async def http(self, request: pytest.FixtureRequest) -> AsyncGenerator[httpx.AsyncClient]:
        """Reach an edge that fails at every request."""
        async with client(edge(request.param)) as http:
            yield http

    async def test_a_program_gets_a_problem_document_with_all_headers(self, http: httpx.AsyncClient) -> None:
        response = await http.get("/api/v1/tasks?secret=canary", headers={"X-Request-ID": "mine-7"})
        body = problem(response, 500, "internal")
        assert (body["requestId"], body["instance"]) == ("mine-7", "/api/v1/tasks")
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["referrer-policy"]
        assert response.headers["strict-transport-security"]
        assert response.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert response.headers["cache-control"] == "no-store"

    async def test_a_browser_gets_a_page_that_names_the_request(self, http: httpx.AsyncClient) -> None:
        response = await http.get("/tasks", headers={"Accept": "text/html", "X-Request-ID": "mine-8"})
        assert response.status_code == 500
        assert response.headers["content-type"].startswith("text/html")
        assert "script-src 'self'" in response.headers["content-security-policy"]
        assert "mine-8" in response.text
        assert "edge.py" not in response.text

    async def test_head_gets_no_body(self, http: httpx.AsyncClient) -> None:
        response = await http.head("/api/v1/tasks")
        assert (response.status_code, response.content) == (500, b"")

    async def test_it_is_written_down_with_its_traceback(self, http: httpx.AsyncClient) -> None:
        with structlog.testing.capture_logs() as lines:
            await http.get("/api/v1/tasks", headers={"X-Request-ID": "mine-9"})
        (mistake,) = [line for line in lines if line["event"] == "unhandled error"]
        assert isinstance(mistake["exc_info"], Exception)

    async def test_an_answer_that_has_begun_breaks_off(self) -> None:
        async with client(edge(_fails_in_the_midst)) as http:
            with pytest.raises(_MishapError):
                await http.get("/api/v1/tasks")


@pytest.mark.anyio
async def test_whoever_is_given_up_at_the_end_is_told_to_come_back() -> None:
    """The server cancels then what takes too long."""
    begun = asyncio.Event()

    async def endless(_scope: Scope, _receive: Receive, _send: Send) -> None:
        begun.set()
        await asyncio.Event().wait()

    outermost = edge(endless)
    outermost.is_draining = True
    async with client(outermost) as http:
        asking = asyncio.create_task(http.get("/api/v1/tasks"))
        await begun.wait()
        asking.cancel()
        response = await asking
    problem(response, 503, "unavailable")
    assert int(response.headers["retry-after"]) > 0
