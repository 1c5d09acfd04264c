"""Clients by the hundred that are slow or idle: they keep nobody else waiting, and their number is bounded."""

import http.client
import json
import socket
import tempfile
from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.contracts.http_service import API
from tests.integration.cli_processes import PATIENCE, Service, await_that, serving_in

CONNECTIONS = 500
SIGN_UP = f"POST {API}/auth/signup HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n".encode()
# What each kind of slow client says before it says nothing more.
BEGINNINGS = {
    "nothing": b"",
    "a head without its end": b"GET / HTTP/1.1\r\nHost: x\r\n",
    "a body without its end": SIGN_UP + b'Content-Length: 100\r\n\r\n{"usern',
    "all, and takes no answer": b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 100,
}


@pytest.fixture(scope="module")
def service() -> Generator[Service]:
    """A service that takes so many connections and no more."""
    with tempfile.TemporaryDirectory() as folder, serving_in(Path(folder)) as serve:
        service = serve(DATABASE_URL="memory://", MAX_CONNECTIONS=str(CONNECTIONS))
        service.url()
        yield service


def connected(service: Service) -> socket.socket:
    address = urlsplit(service.url())
    return socket.create_connection((address.hostname, address.port), timeout=PATIENCE)


def answered(service: Service, path: str) -> http.client.HTTPResponse:
    """Ask over a connection of its own."""
    connection = http.client.HTTPConnection(urlsplit(service.url()).netloc, timeout=PATIENCE)
    connection.request("GET", path, headers={"Connection": "close"})
    return connection.getresponse()


def test_beyond_the_bound_one_is_told_to_come_back_and_health_is_still_told(service: Service) -> None:
    with ExitStack() as clients:
        for number in range(CONNECTIONS):
            client = clients.enter_context(connected(service))
            client.sendall(list(BEGINNINGS.values())[number % 3])
        await_that(lambda: answered(service, "/").status == 503)
        refusal = answered(service, f"{API}/auth/me?after=1")
        assert refusal.headers["Content-Type"] == "application/problem+json"
        assert int(refusal.headers["Retry-After"]) > 0
        assert json.load(refusal)["type"] == "/problems/unavailable"
        for path in ("/health/live", "/health/ready", "/health", f"{API}/health?full"):
            assert answered(service, path).status == 200
        # Nobody stays in the room that is kept for this.
        with connected(service) as asking:
            asking.sendall(b"POST /health/live HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n")
            assert told(asking).startswith(b"HTTP/1.1 503 ")
        with connected(service) as asking:
            asking.sendall(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n")
            assert told(asking).startswith(b"HTTP/1.1 200 ")
    await_that(lambda: answered(service, "/").status == 200)


def test_slow_clients_of_every_kind_keep_nobody_else_waiting(service: Service) -> None:
    with ExitStack() as clients:
        for number in range(CONNECTIONS - 20):
            client = clients.enter_context(connected(service))
            client.setblocking(False)
            client.send(list(BEGINNINGS.values())[number % len(BEGINNINGS)])
        for _ in range(20):
            assert answered(service, "/health/live").status == 200
            assert answered(service, "/openapi.json").status == 200
    assert "Traceback" not in service.output


def test_a_flood_of_connections_is_cut_off_and_leaves_the_service_whole(service: Service) -> None:
    with ExitStack() as clients:
        # Even those that are told so are bounded; the others are cut off.
        flood = [clients.enter_context(connected(service)) for _ in range(CONNECTIONS + 300)]
        assert any(was_cut_off(client) for client in flood[-100:])
    await_that(lambda: answered(service, "/").status == 200)


def was_cut_off(client: socket.socket) -> bool:
    """Tell whether a client that asks gets nothing."""
    try:
        client.sendall(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n")
        return client.recv(1) == b""
    except ConnectionError:
        return True


def told(client: socket.socket) -> bytes:
    """Return all that a client is told until the connection ends."""
    return b"".join(iter(lambda: client.recv(65_536), b""))
