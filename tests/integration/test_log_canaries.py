"""What a running service writes to its log on a tour of everything: no secret, one line a request, none forged."""

import json
import re
import socket
import tempfile
from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.contracts.http_service import API
from tests.contracts.web_browser import csrf_of
from tests.integration.cli_processes import PATIENCE, Serve, Service, await_that, calling_in, serving_in
from tests.integration.own_postgresql import OwnPostgres, own_postgresql

KEY = "canary-key-Zk3v9QpX7dL2sW8eRt5yUu1iOo4pAa6sDd0f"
OLD, NEW, WRONG = (f"canary-password-{which}" for which in ("old", "new", "wrong"))
VARIABLES = {"SECRET_KEY": KEY, "LOG_LEVEL": "debug"}
SIGN_IN = f"{API}/auth/login"
# Each of them would begin a line, end one or steer a terminal, written as it is.
HOSTILE = {
    "a line's end": "/x%0D%0A2026-01-01T00:00:00Z%20%5Binfo%5D%20forged",
    "a line's end by itself": "/x%0A%7B%22event%22%3A%22forged%22%7D",
    "other ends of lines": "/x%E2%80%A8forged%E2%80%A9forged%C2%85forged%0Bforged%0Cforged%1Cforged",
    "colours": "/x%1B%5B2J%1B%5B31mforged%C2%9B31m",
    "a piece of JSON": "/x%22,%22event%22:%22forged%22,%22y%22:%22",
    "fields": "/x%20status=200%20request_id=forged",
    "what reads from right to left": "/x%E2%80%AEforged",
    "no UTF-8": "/x%FF%C0%80forged",
    "ten thousand bytes": "/" + "x" * 10_000,
}
RUBBISH = (
    b"forged\x1b[2Jforged",
    b'forged","event":"forged',
    b"forged request_id=forged",
    b"x" * 5_000,
    "\u2028forged".encode(),
)


@dataclass
class Tour:
    """A service, somebody who goes through all of it, and what must not be in its log."""

    service: Service
    format: str
    secrets: set[str] = field(default_factory=set[str])
    requests: int = 0

    def asks(self, client: httpx.Client, method: str, path: str, **more: object) -> httpx.Response:
        """Send a request under an id of its own."""
        self.requests += 1
        headers = {"X-Request-ID": f"tour-{self.requests}"}
        answer = client.request(method, path, **more, headers=headers)  # type: ignore[arg-type]  # passed on
        self.secrets |= {value for value in answer.cookies.values() if value}
        return answer

    def client(self) -> httpx.Client:
        """Return a client of somebody who has never been here."""
        return httpx.Client(base_url=self.service.url(), timeout=PATIENCE)


@pytest.fixture(scope="module")
def server() -> Generator[OwnPostgres]:
    """One for all services of this module."""
    with own_postgresql() as server:
        yield server


@pytest.fixture(params=["console", "json"])
def tour(request: pytest.FixtureRequest, server: OwnPostgres) -> Generator[Tour]:
    """A service that logs as much as it can, in each format."""
    log_format: str = request.param
    password = urlsplit(server.url).password
    assert password
    secrets = {KEY, OLD, NEW, WRONG, "canary", password}
    variables = {**VARIABLES, "DATABASE_URL": server.url, "LOG_FORMAT": log_format}
    with tempfile.TemporaryDirectory() as folder, serving_in(Path(folder)) as serve:
        create = ("users", "create", f"root-{log_format}", "--role", "admin")
        created = calling_in(Path(folder))(*create, stdin=OLD, **variables)
        assert created.returncode == 0, created.stderr
        yield Tour(serve(**variables), log_format, secrets)


@pytest.fixture(params=["console", "json"])
def stranger(request: pytest.FixtureRequest, serve: Serve) -> Tour:
    """The same without a database, where nobody has an account."""
    log_format: str = request.param
    return Tour(serve(**VARIABLES, DATABASE_URL="memory://", LOG_FORMAT=log_format), log_format)


def test_no_secret_is_in_the_log_whatever_happens(tour: Tour, server: OwnPostgres) -> None:
    with tour.client() as program, tour.client() as browser:
        use_the_api(tour, program)
        use_the_pages(tour, browser)
        send_secrets_where_none_belong(tour, program)
        server.stop()
        try:
            for path in ("/health/ready", f"{API}/auth/me", "/dashboard", f"{API}/tasks"):
                tour.asks(program, "GET", path)
            tour.asks(program, "POST", SIGN_IN, json={"username": f"root-{tour.format}", "password": OLD})
            assert tour.asks(program, "GET", "/health").status_code == 503
        finally:
            server.start()
        await_that(lambda: tour.asks(program, "GET", "/health").status_code == 200)
    assert tour.service.end() == 0
    output = tour.service.output
    assert [secret for secret in tour.secrets if secret in output] == []
    assert "Traceback" not in output
    assert requests_in(tour) == Counter(f"tour-{number}" for number in range(1, tour.requests + 1))


def test_nothing_that_a_stranger_sends_forges_a_line(stranger: Tour) -> None:
    address = urlsplit(stranger.service.url())
    requests = [(path, b"sane-1") for path in HOSTILE.values()] + [("/x", request_id) for request_id in RUBBISH]
    for path, request_id in requests:
        with socket.create_connection((address.hostname, address.port), timeout=PATIENCE) as connection:
            connection.sendall(
                b"GET %b HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Request-ID: %b\r\n\r\n"
                % (path.encode(), request_id)
            )
            while connection.recv(65_536):
                pass
    assert stranger.service.end() == 0
    found = requests_in(stranger)
    refused = sum("request refused" in line for line in stranger.service.output.split("\n"))
    assert found.total() + refused == len(requests)
    assert set(found) <= {"sane-1"} | {each for each in found if re.fullmatch(r"[0-9a-f]{32}", each)}


def use_the_api(tour: Tour, http: httpx.Client) -> None:
    """Sign up, in, on and out; fail to; change the password; have a webhook's secret told."""
    account = {"username": f"ada-{tour.format}", "password": OLD}

    def keeps(answer: httpx.Response) -> str:
        pair = answer.json()
        tour.secrets |= {pair["accessToken"], pair["refreshToken"]}
        http.headers["Authorization"] = f"Bearer {pair['accessToken']}"
        return str(pair["refreshToken"])

    keeps(tour.asks(http, "POST", f"{API}/auth/signup", json=account))
    tour.asks(http, "POST", f"{API}/auth/signup", json=account)
    tour.asks(http, "POST", SIGN_IN, json={**account, "password": WRONG})
    spent = keeps(tour.asks(http, "POST", SIGN_IN, json=account))
    keeps(tour.asks(http, "POST", f"{API}/auth/refresh", json={"refreshToken": spent}))
    changed = {"currentPassword": OLD, "newPassword": NEW}
    assert tour.asks(http, "POST", f"{API}/auth/password", json=changed).status_code == 204
    tour.asks(http, "POST", f"{API}/auth/logout")
    tour.asks(http, "POST", f"{API}/auth/refresh", json={"refreshToken": spent})
    keeps(tour.asks(http, "POST", SIGN_IN, json={"username": f"root-{tour.format}", "password": OLD}))
    webhook = tour.asks(http, "POST", f"{API}/webhooks", json={"url": "https://hooks.invalid/canary?token=canary"})
    assert webhook.status_code == 201, webhook.text
    tour.secrets.add(webhook.json()["secret"])
    # So that there is something to deliver, which fails.
    tour.asks(http, "POST", f"{API}/tasks", json={"title": "canary"})
    rotated = tour.asks(http, "POST", f"{webhook.headers['Location']}/rotate-secret")
    tour.secrets.add(rotated.json()["secret"])


def use_the_pages(tour: Tour, http: httpx.Client) -> None:
    """Sign in with a wrong and with the right password, look around, sign out."""
    form = tour.asks(http, "GET", "/auth/login")
    csrf = csrf_of(form)
    for password, status in ((WRONG, 401), (OLD, 303)):
        fields = {"name": f"root-{tour.format}", "password": password, "csrf": csrf}
        assert tour.asks(http, "POST", "/auth/login", data=fields).status_code == status
    account = tour.asks(http, "GET", "/account")
    assert account.status_code == 200
    tour.secrets |= {csrf, csrf_of(account)}
    tour.asks(http, "POST", "/auth/logout", data={"csrf": csrf_of(account)})


def send_secrets_where_none_belong(tour: Tour, http: httpx.Client) -> None:
    """Put tokens and passwords into queries, bodies that cannot be read, and headers of other kinds."""
    token = http.headers["Authorization"].removeprefix("Bearer ")
    tour.asks(http, "GET", f"{API}/auth/me?access_token={token}&password={OLD}")
    tour.asks(http, "GET", f"/dashboard?next=/%3Ftoken%3D{token}")
    tour.asks(http, "GET", f"{API}/events?after={token}")
    tour.asks(http, "POST", SIGN_IN, content=f'{{"password": "{OLD}"'.encode())
    tour.asks(http, "POST", SIGN_IN, json={"username": "ada", "password": {"canary": OLD}})
    tour.asks(http, "POST", SIGN_IN, json={"username": "ada", "password": OLD, OLD: NEW})
    tour.asks(http, "POST", SIGN_IN, json={"username": "ada", "password": "canary" * 1_000})
    tour.asks(http, "POST", "/auth/login", data={"password": OLD, "csrf": "canary"})
    kept = http.headers["Authorization"]
    for value in (f"Basic {OLD}", f"Bearer {OLD}", f"Bearer {kept}canary"):
        http.headers["Authorization"] = value
        tour.asks(http, "GET", f"{API}/auth/me")
    http.headers["Authorization"] = kept
    for name in ("Idempotency-Key", "If-Match", "Last-Event-ID", "Cookie", "Origin", "X-Forwarded-For"):
        http.headers[name] = OLD
    tour.asks(http, "GET", f"{API}/events")
    tour.asks(http, "POST", f"{API}/tasks", json={"title": ""})
    for name in ("Idempotency-Key", "If-Match", "Last-Event-ID", "Cookie", "Origin", "X-Forwarded-For"):
        del http.headers[name]


def requests_in(tour: Tour) -> Counter[str]:
    """Return how often each request's id is on the line of a request; every line of the log is one."""
    logged = [line for line in tour.service.output.splitlines() if not line.startswith(SAID)]
    if tour.format == "json":
        records = [json.loads(line) for line in logged]
        return Counter(record["request_id"] for record in records if record["event"] == "request")
    for line in logged:
        assert re.match(r"\d{4}-\d\d-\d\dT[\d:.]+Z \[(debug|info|warning|error) *\] ", line), line
        assert line.isprintable(), line
    return Counter(
        found[1]
        for line in logged
        if (found := re.match(r"\S+ \[info *\] request .*\brequest_id=(\S+)", line)) is not None
    )


# What `satchel serve` tells its operator on standard output.
SAID = ("Satchel ", "Sign in at ", "No users yet", "Everything ")
