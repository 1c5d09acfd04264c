"""What goes wrong on our side, and what is said about it."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Callable

import httpx
import pytest

from adapters.memory.storage import InMemoryStorage
from application.health import PATIENCE_SECONDS
from domain.errors import Unavailable
from entrypoints.container import Container
from entrypoints.http.problem_kinds import KINDS
from tests.contracts.http_service import API, PASSWORD, TASKS, Service, document, problem, serving
from tests.contracts.http_wiring import put


def closed_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


class _Mishap(Exception):
    """Nobody expects it."""


def _fail(*_: object, **__: object) -> object:
    raise _Mishap('SELECT "password_hash" FROM users; /srv/satchel/tasks.py, line 7')


@pytest.mark.anyio
class TestProblemPages:
    """Where the type of a problem leads."""

    @pytest.mark.parametrize("slug", sorted(KINDS))
    async def test_every_kind_of_problem_has_a_page(self, service: Service, slug: str) -> None:
        page = await service.http.get(f"/problems/{slug}", headers={"Accept": "text/html"})
        assert page.status_code == 200
        assert page.headers["content-type"].startswith("text/html")
        assert str(KINDS[slug].status) in page.text

    async def test_the_list_of_problems_leads_to_each(self, service: Service) -> None:
        page = (await service.http.get("/problems")).text
        assert all(f"/problems/{slug}" in page for slug in KINDS)

    async def test_a_problem_names_the_path_without_its_query(self, service: Service) -> None:
        response = await service.http.get(f"{API}/nonsense?secret=canary")
        assert problem(response, 404, "not-found")["instance"] == f"{API}/nonsense"
        assert "canary" not in response.text

    async def test_a_problem_names_the_path_that_was_asked(self, service: Service) -> None:
        response = await service.http.get("/api/tasks")
        assert problem(response, 401, "unauthenticated")["instance"] == "/api/tasks"

    @pytest.mark.parametrize("path", ["/%3Cscript%3E", "/%22%0d%0aX:%20y", "/%F0%9F%AA%B4", "/a%20b"])
    async def test_a_strange_path_comes_back_percent_encoded(self, service: Service, path: str) -> None:
        response = await service.http.get(path)
        instance = problem(response, 404, "not-found")["instance"]
        assert instance.isascii()
        assert httpx.URL(instance).path == httpx.URL(path).path
        assert not set(instance) & set('<>" \r\n')


@pytest.mark.anyio
class TestOurMistakes:
    """A part that fails in a way nobody thought of."""

    @pytest.fixture
    async def broken(self, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Service]:
        """Satchel, unable to list tasks and to sign anyone up."""

        def prepare(container: Container) -> None:
            put(_fail, container.list_tasks)
            put(_fail, container.sign_up)

        async with serving(
            tmp_path_factory.mktemp("broken"), {"ENVIRONMENT": "testing"}, prepare=prepare
        ) as service:
            yield service

    async def test_a_mistake_of_ours_tells_nothing_of_the_inside(self, broken: Service) -> None:
        ada = await broken.joins("ada")
        for response in (
            await ada.http.get(TASKS),
            await broken.http.post(f"{API}/auth/signup", json={"username": "grace", "password": PASSWORD}),
        ):
            body = problem(response, 500, "internal")
            assert body["detail"] == KINDS["internal"].meaning
            assert "password_hash" not in response.text
            assert "Mishap" not in response.text
            assert response.headers["x-content-type-options"] == "nosniff"
            assert response.headers["content-security-policy"].startswith("default-src 'none'")
            assert response.headers["strict-transport-security"]
            assert response.headers["cache-control"] == "no-store"
            assert "Origin" in response.headers["vary"]

    async def test_a_mistake_of_ours_is_all_in_the_log(self, broken: Service, logged: Callable[[], str]) -> None:
        ada = await broken.joins("ada")
        await ada.http.get(TASKS, headers={"X-Request-ID": "this-one"})
        told = logged()
        assert "Mishap" in told
        assert "this-one" in told

    async def test_what_else_there_is_goes_on_working(self, broken: Service) -> None:
        ada = await broken.joins("ada")
        await ada.http.get(TASKS)
        assert (await ada.creates_task())["creatorId"] == ada.id


@pytest.mark.anyio
class TestDatabaseAway:
    """Satchel on a database that does not answer: the port is closed."""

    @pytest.fixture
    async def stranded(self, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Service]:
        """Satchel without its database."""
        url = f"postgresql://satchel:canary@127.0.0.1:{closed_port()}/satchel"
        async with serving(tmp_path_factory.mktemp("stranded"), {"DATABASE_URL": url}) as service:
            yield service

    async def test_calls_are_refused_for_now(self, stranded: Service) -> None:
        for path, body in (
            ("/auth/signup", {"username": "ada", "password": PASSWORD}),
            ("/auth/login", {"username": "ada", "password": PASSWORD}),
        ):
            response = await stranded.http.post(f"{API}{path}", json=body)
            problem(response, 503, "unavailable")
            assert int(response.headers["retry-after"]) >= 1
            assert response.headers["cache-control"] == "no-store"
            assert "canary" not in response.text
            assert "127.0.0.1" not in response.text

    async def test_what_is_invalid_is_refused_all_the_same(self, stranded: Service) -> None:
        response = await stranded.http.post(f"{API}/auth/signup", json={"username": "a"})
        problem(response, 422, "invalid")
        problem(await stranded.http.get(TASKS), 401, "unauthenticated")

    async def test_health_says_so(self, stranded: Service) -> None:
        response = await stranded.http.get("/health")
        assert response.status_code == 503
        body = document(response)
        assert body["status"] == "degraded"
        assert body["database"] == {"status": "down", "latencyMs": None}

    async def test_the_process_is_alive_but_not_ready(self, stranded: Service) -> None:
        assert (await stranded.http.get("/health/live")).status_code == 200
        response = await stranded.http.get("/health/ready")
        problem(response, 503, "unavailable")
        assert response.headers["retry-after"]

    async def test_documentation_and_home_need_no_database(self, stranded: Service) -> None:
        for path in ("/", "/docs", "/openapi.json", "/problems/unavailable"):
            assert (await stranded.http.get(path)).status_code == 200


class _SilentStore(InMemoryStorage):
    """A store that never answers."""

    async def ping(self) -> None:
        await asyncio.Event().wait()

    async def is_current(self) -> bool:
        await asyncio.Event().wait()
        return True


@pytest.mark.anyio
class TestDatabaseSilent:
    """Satchel on a database that takes connections and says nothing."""

    def test_two_seconds_are_promised_for_health(self) -> None:
        assert PATIENCE_SECONDS < 2

    async def test_health_does_not_wait_for_it(self, tmp_path_factory: pytest.TempPathFactory) -> None:
        def prepare(container: Container) -> None:
            put(_SilentStore(), container.store)

        async with serving(tmp_path_factory.mktemp("silent"), {}, prepare=prepare) as service:
            # The store never says anything, so whoever waits for it does so for ever.
            async with asyncio.timeout(60):
                health, ready, live = await asyncio.gather(
                    *(service.http.get(path) for path in ("/health", "/health/ready", "/health/live"))
                )
            assert (health.status_code, ready.status_code, live.status_code) == (503, 503, 200)


@pytest.mark.anyio
class TestHealth:
    """A service that is well."""

    @pytest.mark.parametrize("prefix", ["", "/api", API])
    async def test_health_names_the_version_and_the_database(self, service: Service, prefix: str) -> None:
        response = await service.http.get(f"{prefix}/health")
        assert response.status_code == 200
        body = document(response)
        assert set(body) == {"status", "version", "database", "uptimeSeconds"}
        assert body["status"] == "ok"
        assert body["database"]["status"] == "ok"
        assert body["database"]["latencyMs"] >= 0
        assert body["uptimeSeconds"] >= 0

    async def test_a_server_that_drains_is_alive_but_not_ready(
        self, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        async with serving(tmp_path_factory.mktemp("draining"), {}) as service:
            assert (await service.http.get("/health/ready")).status_code == 200
            service.app.drain()
            problem(await service.http.get("/health/ready"), 503, "unavailable")
            assert (await service.http.get("/health/live")).status_code == 200

    async def test_unavailability_is_told_by_one_kind_of_problem(self) -> None:
        assert KINDS[Unavailable.slug].status == 503
