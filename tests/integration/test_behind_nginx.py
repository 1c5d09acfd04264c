"""Satchel behind nginx as `deploy/nginx` sets it up: what passes, what stops there, and who is whom."""

import json
import socket
import ssl
from collections.abc import Generator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx
import pytest
from websockets.sync.client import connect

from adapters.postgres.postmaster import free_port
from tests.contracts.certificates import certificate_for
from tests.contracts.http_accounts import SIGN_IN
from tests.contracts.http_service import API, PASSWORD, PROBLEM_JSON, TASKS, problem
from tests.contracts.http_streams import EVENTS, SOCKET
from tests.integration.http_server import running_server
from tests.integration.nginx import nginx_before

_SECONDS = 60
_HERE = "localhost"
_LAST = f"Host: {_HERE}\r\nConnection: close\r\n\r\n"


class Proxied(NamedTuple):
    """One service behind two servers of nginx: `plain` speaks HTTP, `tls` sends those on who come without TLS."""

    plain: str
    tls: str
    https: str
    trust: ssl.SSLContext


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Generator[Proxied]:
    """The service, and nginx before it."""
    folder = tmp_path_factory.mktemp("proxied")
    files = certificate_for(_HERE, folder)
    trust = ssl.create_default_context(cafile=files.certificate)
    variables = {
        "DATABASE_URL": "memory://",
        "ENVIRONMENT": "testing",
        "TRUSTED_PROXIES": "127.0.0.1",
        "RATE_LIMIT_SIGN_IN_FAILURES": "1",
    }
    (folder / "server").mkdir()
    with running_server(folder / "server", variables) as address:
        peer, https = urlsplit(address).netloc, f"127.0.0.1:{free_port()}"
        encrypted = {
            "NGINX_HTTPS": https,
            "NGINX_CERTIFICATE": str(files.certificate),
            "NGINX_KEY": str(files.key),
        }
        with (
            nginx_before(folder / "plain", [peer]) as plain,
            nginx_before(folder / "tls", [peer], server="tls", **encrypted) as tls,
        ):
            yield Proxied(plain, tls, f"https://{_HERE}:{https.rpartition(':')[2]}", trust)


@pytest.fixture(scope="module")
def ada(proxied: Proxied) -> Generator[httpx.Client]:
    """A client of someone signed in, who comes by way of nginx."""
    joined = httpx.post(f"{proxied.plain}{API}/auth/signup", json={"username": "ada", "password": PASSWORD})
    headers = {"Authorization": f"Bearer {joined.json()['accessToken']}"}
    with httpx.Client(base_url=proxied.plain, headers=headers, timeout=_SECONDS) as client:
        yield client


def test_events_pass_both_ways_as_they_happen(proxied: Proxied, ada: httpx.Client) -> None:
    """Held back until a buffer is full, they would not come before the stream ends."""
    socket = f"{proxied.plain.replace('http', 'ws', 1)}{SOCKET}"
    headers = {"Authorization": ada.headers["authorization"]}
    with (
        ada.stream("GET", f"{EVENTS}?type=task.created") as stream,
        connect(f"{socket}?type=task.created", additional_headers=headers, proxy=None) as websocket,
    ):
        assert "content-encoding" not in stream.headers
        lines = stream.iter_lines()
        for title in ("one", "two"):
            ada.post(TASKS, json={"title": title}).raise_for_status()
            data = next(line.removeprefix("data: ") for line in lines if line.startswith("data: {"))
            assert json.loads(data)["data"]["title"] == title
            assert json.loads(websocket.recv(_SECONDS))["data"]["title"] == title


def test_a_body_that_is_too_large_is_refused_in_one_form_whoever_does_it(ada: httpx.Client) -> None:
    """Up to the proxy's bound Satchel says it, beyond that nginx does."""
    mine, its = (ada.post(TASKS, json={"title": "a" * mebibytes * 1024**2}) for mebibytes in (1, 3))
    assert "requestId" in problem(mine, 413, "too-large")
    told = its.json()
    assert (its.status_code, its.headers["Content-Type"]) == (413, PROBLEM_JSON)
    assert {name: told[name] for name in ("type", "title", "status", "detail")} == {
        name: mine.json()[name] for name in ("type", "title", "status", "detail")
    }


def fails_to_sign_in(proxied: Proxied, username: str, *, from_address: str, **headers: str) -> int:
    """Try to sign in with a wrong password from an address of this machine, and return the status."""
    transport = httpx.HTTPTransport(local_address=from_address)
    with httpx.Client(base_url=proxied.plain, transport=transport, timeout=_SECONDS) as client:
        body = {"username": username, "password": "not the password"}
        return client.post(SIGN_IN, json=body, headers=headers).status_code


def test_clients_are_told_apart_and_their_word_on_who_they_are_counts_for_nothing(proxied: Proxied) -> None:
    guesser, other = "127.0.0.2", "127.0.0.3"
    assert fails_to_sign_in(proxied, "one", from_address=guesser) == 401
    assert fails_to_sign_in(proxied, "two", from_address=guesser) == 429
    forwarded = {"X-Forwarded-For": "192.0.2.7", "Forwarded": "for=192.0.2.7"}
    assert fails_to_sign_in(proxied, "three", from_address=guesser, **forwarded) == 429
    assert fails_to_sign_in(proxied, "four", from_address=other, **{"X-Forwarded-For": guesser}) == 401


def test_files_are_compressed_and_nothing_that_holds_a_token_or_a_strong_etag_is(ada: httpx.Client) -> None:
    page = ada.get("/auth/login", headers={"Accept": "text/html"})
    task = ada.post(TASKS, json={"title": "long", "description": "a" * 5_000})
    sheet = next(part for part in page.text.split('"') if part.startswith("/static/") and ".css" in part)
    assert ada.get(sheet).headers["Content-Encoding"] == "gzip"
    for answer in (page, task, ada.get(task.headers["Location"])):
        assert "Content-Encoding" not in answer.headers
    assert task.headers["ETag"] == '"1"'


def test_what_is_for_the_inside_stays_there(ada: httpx.Client) -> None:
    assert ada.get("/metrics").status_code == 404
    assert ada.get("/health/ready").json() == {"status": "ok"}
    for path in ("/metrics", "//metrics", "/metrics/", "/%6detrics/?x", "/api/../metrics", "/x/%2e%2e%2fmetrics"):
        assert "<center>nginx</center>" in told(ada, f"GET {path} HTTP/1.1\r\n{_LAST}"), path


@pytest.mark.parametrize("path", ["/health/ready", SOCKET])
def test_an_upgrade_that_is_not_made_opens_no_way_past_the_proxy(ada: httpx.Client, path: str) -> None:
    """Were the connection handed over, what is sent behind the handshake would reach Satchel unseen."""
    upgrade = "Host: localhost\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 777\r\n\r\n"
    answers = told(ada, f"GET {path} HTTP/1.1\r\n{upgrade}GET /metrics HTTP/1.1\r\n{_LAST}")
    assert answers.count("HTTP/1.1 ") == 2
    assert "<center>nginx</center>" in answers


def test_an_old_monitor_that_names_no_host_is_told_how_the_service_is(ada: httpx.Client) -> None:
    """HTTP/1.0 has it so; what the proxy makes of it is HTTP/1.1, which has to name one."""
    assert told(ada, "GET /health/ready HTTP/1.0\r\n\r\n").startswith("HTTP/1.1 200 ")


def told(http: httpx.Client, requests: str) -> str:
    """Send requests just as they stand, the last of which closes the connection, and return what is answered."""
    address = http.base_url.host, http.base_url.port or 80
    with socket.create_connection(address, timeout=_SECONDS) as connection, connection.makefile("rb") as answers:
        connection.sendall(requests.encode())
        return answers.read().decode()


def test_the_tls_server_sends_everyone_there_and_passes_on_that_they_came_by_tls(proxied: Proxied) -> None:
    sent_on = httpx.post(f"{proxied.tls}{TASKS}?a=b", headers={"Host": "satchel.example"}, json={})
    assert sent_on.status_code == 308
    assert sent_on.headers["Location"] == f"https://satchel.example{TASKS}?a=b"
    with httpx.Client(base_url=proxied.https, verify=proxied.trust, timeout=_SECONDS) as client:
        page = client.get("/auth/register", headers={"Accept": "text/html"})
        assert page.status_code == 200
        assert "max-age" in page.headers["Strict-Transport-Security"]
        token = page.text.partition('name="csrf" value="')[2].partition('"')[0]
        form = {"csrf": token, "username": "bob", "password": PASSWORD, "email": ""}
        came_in = client.post("/auth/register", data=form, headers={"Origin": proxied.https})
        assert came_in.status_code == 303, came_in.text


def test_where_no_instance_answers_programs_are_told_so_as_a_problem(tmp_path: Path) -> None:
    with nginx_before(tmp_path / "nginx", [f"127.0.0.1:{free_port()}"]) as address:
        answer = httpx.get(f"{address}{TASKS}")
        assert (answer.status_code, answer.headers["Content-Type"]) == (502, PROBLEM_JSON)
        assert answer.json()["status"] == 502
        assert answer.headers["Retry-After"] == "2"
        assert httpx.get(f"{address}/tasks").headers["Content-Type"] == "text/html"
