"""How `satchel serve` ends: it says so first, and nobody whom it still could serve is turned away."""

import http.client
import os
import signal
import socket
from collections.abc import Generator
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.contracts.http_service import API, PASSWORD
from tests.integration.cli_processes import PATIENCE, Serve, Service, await_that, children, lives

EVENTS = f"{API}/events"
LONGER_THAN_ANYONE_WAITS = "300"


@pytest.fixture(params=["1", "2"], ids=["one process", "two workers"])
def service(request: pytest.FixtureRequest, serve: Serve, database_url: str) -> Service:
    """A service that takes requests for long after the end was asked for."""
    workers: str = request.param
    service = serve(
        "--workers", workers, DATABASE_URL=database_url, SHUTDOWN_DELAY_SECONDS=LONGER_THAN_ANYONE_WAITS
    )
    service.url()
    return service


@contextmanager
def member(service: Service) -> Generator[httpx.Client]:
    """Yield a client of someone who just signed up."""
    with httpx.Client(base_url=service.url(), timeout=PATIENCE) as client:
        account = {"username": f"ada-{os.urandom(4).hex()}", "password": PASSWORD}
        token = client.post(f"{API}/auth/signup", json=account).json()["accessToken"]
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


def is_ready(service: Service) -> bool:
    """Ask over a connection of its own."""
    return httpx.get(f"{service.url()}/health/ready", timeout=PATIENCE).status_code == 200


def begin_the_end(service: Service) -> None:
    service.process.send_signal(signal.SIGTERM)
    # Of several workers, any may answer.
    await_that(lambda: not any(is_ready(service) for _ in range(8)))


def is_refused(service: Service) -> bool:
    address = urlsplit(service.url())
    try:
        socket.create_connection((address.hostname, address.port), timeout=PATIENCE).close()
    except ConnectionRefusedError:
        return True
    return False


def test_it_says_so_before_it_turns_anyone_away(service: Service) -> None:
    with member(service) as ada, ada.stream("GET", EVENTS) as stream:
        lines = stream.iter_lines()
        next(lines)
        begin_the_end(service)
        assert httpx.get(f"{service.url()}/health/live").status_code == 200
        created = ada.post(f"{API}/tasks", json={"title": "Come late"})
        assert (created.status_code, created.headers["connection"]) == (201, "close")
        assert any('"task.created"' in line for line in lines)
        with member(service) as latecomer, latecomer.stream("GET", EVENTS) as other:
            assert other.status_code == 200
        assert service.process.poll() is None
        assert service.end() == 0
        assert "Traceback" not in service.output


def test_a_second_signal_waits_no_longer_even_for_a_request_in_flight(service: Service) -> None:
    address = urlsplit(service.url())
    with socket.create_connection((address.hostname, address.port), timeout=PATIENCE) as connection:
        connection.sendall(
            b"POST /api/v1/auth/signup HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Expect: 100-continue\r\nContent-Length: 9\r\n\r\n"
        )
        assert connection.recv(64).startswith(b"HTTP/1.1 100")
        begin_the_end(service)
        started = children(service.process.pid)
        assert service.end(signal.SIGINT) == 0
    await_that(lambda: not any(map(lives, started)))


@pytest.mark.parametrize("workers", ["1", "2"])
def test_after_the_delay_nobody_new_is_taken_and_what_was_begun_is_finished(
    serve: Serve, database_url: str, workers: str
) -> None:
    service = serve("--workers", workers, DATABASE_URL=database_url, SHUTDOWN_DELAY_SECONDS="1")
    with member(service) as ada, ada.stream("GET", EVENTS) as stream:
        lines = stream.iter_lines()
        next(lines)
        token = ada.headers["Authorization"].removeprefix("Bearer ")
        with connect(
            service.url().replace("http", "ws") + f"{EVENTS}/ws",
            additional_headers={"Authorization": f"Bearer {token}"},
        ) as websocket:
            slow = http.client.HTTPConnection(urlsplit(service.url()).netloc, timeout=PATIENCE)
            slow.putrequest("POST", f"{API}/tasks")
            slow.putheader("Authorization", f"Bearer {token}")
            slow.putheader("Content-Type", "application/json")
            slow.putheader("Content-Length", "17")
            slow.endheaders(b'{"title"')
            # Whoever else was accepted before it is answered after it.
            assert ada.get("/health/live").status_code == 200
            service.process.send_signal(signal.SIGTERM)
            await_that(lambda: is_refused(service))
            assert "shutting down" in "".join(lines)
            with pytest.raises(ConnectionClosed):
                websocket.recv(PATIENCE)
            assert websocket.close_code == 1012
            slow.send(b': "Slow"}')
            answer = slow.getresponse()
            assert (answer.status, answer.headers["Connection"]) == (201, "close")
    assert service.process.wait(PATIENCE) == 0


def test_workers_that_lost_their_parent_make_room_at_once(serve: Serve, database_url: str) -> None:
    service = serve("--workers", "2", DATABASE_URL=database_url, SHUTDOWN_DELAY_SECONDS=LONGER_THAN_ANYONE_WAITS)
    service.url()
    started = children(service.process.pid)
    assert service.end(signal.SIGKILL) == -signal.SIGKILL
    await_that(lambda: not any(map(lives, started)))
