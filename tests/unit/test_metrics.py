"""What operators are told in figures, and who is told."""

import httpx
import pytest

from tests.contracts.http_accounts import SIGN_IN
from tests.contracts.http_service import API, TASKS, Service, client, problem
from tests.contracts.http_streams import EVENTS
from tests.contracts.metrics import DURATIONS, METRICS, REQUESTS, scrape

pytestmark = pytest.mark.anyio

TOKEN = "wq3Zk3v9QpX7dL2sW8eRt5yUu1iOo4pAa6sDd0f"
TESTING = {"ENVIRONMENT": "testing"}


class TestRequests:
    """Every request is counted by the template of its path."""

    async def test_by_route_method_and_status(self, service: Service) -> None:
        ada = await service.joins("ada")
        task = await ada.creates_task()
        before = await scrape(service.http)
        for path in (f"{TASKS}/{task['id']}", f"/api/tasks/{task['id']}", f"{TASKS}/999999"):
            await ada.http.get(path)
        after = await scrape(service.http)
        labels = {"method": "GET", "route": f"{TASKS}/{{taskId}}"}
        for status, count in {"200": 2, "404": 1}.items():
            for name in (REQUESTS, f"{DURATIONS}_count"):
                assert (
                    after.total(name, **labels, status=status) - before.total(name, **labels, status=status)
                    == count
                )
        assert after.total(f"{DURATIONS}_sum", **labels) > before.total(f"{DURATIONS}_sum", **labels)

    async def test_a_histogram_ends_with_all(self, service: Service) -> None:
        await service.http.get("/health/live")
        told = await scrape(service.http)
        labels = {"method": "GET", "route": "/health/live", "status": "200"}
        buckets = [(float(found["le"]), value) for found, value in told.samples(f"{DURATIONS}_bucket", **labels)]
        assert buckets == sorted(buckets)
        assert [value for _, value in buckets] == sorted(value for _, value in buckets)
        assert buckets[-1] == (float("inf"), told.total(f"{DURATIONS}_count", **labels))

    async def test_whatever_strangers_send_is_a_handful_of_series(self, service: Service) -> None:
        for number in range(20):
            await service.http.get(f"/rubbish/{number}")
            await service.http.get(f"{TASKS}/{number}-rubbish")
            await service.http.request(f"ODD{number}", f"/rubbish/{number}")
            await service.http.request(f"ODD{number}", TASKS)
        told = await scrape(service.http)
        seen = {(labels["route"], labels["method"]) for labels, _ in told.samples(REQUESTS)}
        assert not any("rubbish" in route or "ODD" in method for route, method in seen)
        assert ("unknown", "other") in seen
        assert told.total(REQUESTS, method="other") >= 40

    async def test_head_and_options_are_what_they_are(self, service: Service) -> None:
        await service.http.head("/health/live")
        await service.http.options("/health/live")
        told = await scrape(service.http)
        assert told.total(REQUESTS, method="HEAD", route="/health/live", status="200") >= 1
        assert told.total(REQUESTS, method="OPTIONS", status="204") >= 1

    async def test_a_stream_is_counted_but_not_timed(self, service: Service) -> None:
        streamer = await service.joins("streamer")
        before = await scrape(service.http)
        await streamer.http.get(EVENTS)
        after = await scrape(service.http)
        streams = [told.total(REQUESTS, route=EVENTS, status="200") for told in (before, after)]
        assert streams[1] - streams[0] == 1
        assert after.samples(f"{DURATIONS}_count", route=EVENTS, status="200") == []

    async def test_who_asks_is_in_flight_and_nobody_else(self, service: Service) -> None:
        assert (await scrape(service.http)).total("satchel_http_requests_in_flight") == 1


class TestInside:
    """What use cases do is counted where it is done."""

    variables = {  # noqa: RUF012  # read by the fixture, never written
        "RATE_LIMIT_SIGN_IN_FAILURES": "2",
        "RATE_LIMIT_ANONYMOUS_REQUESTS": "8",
    }

    async def test_sign_ins_by_outcome_and_refusals_by_policy(self, service: Service) -> None:
        await service.joins("grace")
        for _ in range(3):
            await service.http.post(SIGN_IN, json={"username": "grace", "password": "not hers at all"})
        for _ in range(9):
            await service.http.get(f"{API}/posts")
        told = await scrape(service.http)
        outcomes = {"succeeded": 1, "unauthenticated": 2, "too-many-requests": 1, "approval-pending": 0}
        for outcome, count in outcomes.items():
            assert told.total("satchel_sign_ins_total", outcome=outcome) == count
        assert told.total("satchel_rate_limit_refusals_total", policy="address") >= 1
        assert told.total("satchel_rate_limit_refusals_total", policy="account") == 0

    async def test_nothing_heavy_is_under_way(self, service: Service) -> None:
        told = await scrape(service.http)
        assert told.total("satchel_work_busy") == 0
        assert told.total("satchel_work_most", kind="passwords") == 66


async def test_events_are_counted_when_they_have_their_place(service: Service) -> None:
    before = (await scrape(service.http)).total("satchel_events_sealed_total", type="user.created")
    await service.joins("counted")
    await service.container.seal_events()()
    after = (await scrape(service.http)).total("satchel_events_sealed_total", type="user.created")
    assert after - before >= 1


class TestOutsideDevelopment:
    """Metrics tell strangers too much: without a token or a port they are told to nobody."""

    variables = TESTING

    async def test_they_are_not_there(self, service: Service) -> None:
        for headers in ({}, {"Authorization": f"Bearer {TOKEN}"}):
            problem(await service.http.get(METRICS, headers=headers), 404, "not-found")


class TestWithToken:
    """Whoever shows the token is told."""

    variables = {**TESTING, "METRICS_TOKEN": TOKEN}  # noqa: RUF012  # read by the fixture, never written

    async def test_nobody_else_is(self, service: Service) -> None:
        ada = await service.joins("ada")
        tokens = {"", "Bearer", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", "Bearer é"}
        for token in tokens | {f"Bearer {ada.access_token}"}:
            refused = await service.http.get(METRICS, headers={b"Authorization": token.encode()})
            assert "METRICS_TOKEN" in problem(refused, 401, "unauthenticated")["detail"]
            assert refused.headers["www-authenticate"].startswith("Bearer")
        assert (await service.http.get(METRICS)).headers["www-authenticate"] == "Bearer"

    async def test_they_are(self, service: Service) -> None:
        async with client(service.app, headers={"Authorization": f"bearer {TOKEN}"}) as http:
            assert (await scrape(http)).total("satchel_workers") == 1

    async def test_the_token_opens_nothing_else(self, service: Service) -> None:
        async with client(service.app, headers={"Authorization": f"Bearer {TOKEN}"}) as http:
            problem(await http.get(TASKS), 401, "unauthenticated")


class TestAtPortOfItsOwn:
    """Metrics stand there and nowhere else, and nothing else does."""

    variables = {**TESTING, "METRICS_PORT": "9100"}  # noqa: RUF012  # read by the fixture, never written

    @pytest.fixture
    def there(self, service: Service) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(service.app)  # type: ignore[arg-type]  # httpx types scopes and messages as plain dicts
        return httpx.AsyncClient(transport=transport, base_url="http://satchel.example:9100")

    async def test_metrics_are_there_alone(self, service: Service, there: httpx.AsyncClient) -> None:
        assert (await scrape(there)).total("satchel_workers") == 1
        for path in (METRICS, f"{METRICS}/"):
            refused = await service.http.get(path, headers={"Host": "satchel.example:9100"})
            problem(refused, 404, "not-found")

    async def test_nothing_else_is_there(self, there: httpx.AsyncClient) -> None:
        for path in ("/", "/health", TASKS, "/auth/login", "/static/satchel.css"):
            assert (await there.get(path)).status_code == 404
