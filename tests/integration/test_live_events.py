"""Live events as they come over the network, from servers as they run in earnest."""

import json
import socket
from collections.abc import Generator, Iterator
from contextlib import AsyncExitStack, ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, ConnectionClosedError, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from entrypoints.cli.websocket import MESSAGE_BYTES
from tests.contracts.http_service import API, PASSWORD, TASKS, serving
from tests.contracts.http_streams import EVENTS, SOCKET, bearer, following, talking
from tests.integration.http_server import running_server

_SECONDS = 30
KEY = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
UPGRADE = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
HOST = b"Host: satchel.example\r\n"


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server runs, and its log is."""
    return tmp_path_factory.mktemp("server")


@pytest.fixture(scope="module")
def address(directory: Path) -> Generator[str]:
    """Where a server listens; that it ends well, without a stack trace in its log, is checked at the end."""
    with running_server(directory, {"DATABASE_URL": "memory://"}) as address:
        yield address


@pytest.fixture(scope="module")
def ada(address: str) -> Generator[httpx.Client]:
    """A client that sends the token of someone signed in with every request."""
    with signed_up(address, "ada") as client:
        yield client


def signed_up(address: str, username: str) -> httpx.Client:
    """Return a client of someone new."""
    joined = httpx.post(f"{address}{API}/auth/signup", json={"username": username, "password": PASSWORD})
    token = joined.json()["accessToken"]
    return httpx.Client(base_url=address, headers={"Authorization": f"Bearer {token}"}, timeout=_SECONDS)


def token_of(client: httpx.Client) -> str:
    """Return the token that a client sends."""
    return client.headers["authorization"].removeprefix("Bearer ")


def creates_task(client: httpx.Client, title: str) -> None:
    """Create a task."""
    client.post(TASKS, json={"title": title}).raise_for_status()


def titles(lines: Iterator[str]) -> Iterator[str]:
    """Yield the titles of tasks as they come over a stream."""
    for line in lines:
        if line.startswith("data: "):
            yield json.loads(line.removeprefix("data: "))["data"]["title"]


@contextmanager
def socket_of(address: str, client: httpx.Client, query: str = "") -> Generator[ClientConnection]:
    """Open a WebSocket as a client."""
    url = f"{address.replace('http', 'ws', 1)}{SOCKET}?{query}"
    headers = {"Authorization": client.headers["authorization"]}
    with connect(url, additional_headers=headers, open_timeout=_SECONDS, proxy=None) as websocket:
        yield websocket


def title_of(message: str | bytes) -> str:
    """Return the title of the task that an event is about."""
    title: str = json.loads(message)["data"]["title"]
    return title


def exchanged(address: str, request: bytes) -> bytes:
    """Send bytes and return all that is answered until the connection ends."""
    url, answer = urlsplit(address), b""
    with socket.create_connection((url.hostname or "", url.port or 0), timeout=_SECONDS) as connection:
        connection.sendall(request)
        while more := connection.recv(65_536):
            answer += more
    return answer


class TestServer:
    """A real server, and real clients."""

    def test_events_come_over_both_ways(self, address: str, ada: httpx.Client) -> None:
        with (
            ada.stream("GET", f"{EVENTS}?type=task.created") as stream,
            socket_of(address, ada, "type=task.created") as websocket,
        ):
            for title in ("one", "two"):
                creates_task(ada, title)
            seen = titles(stream.iter_lines())
            assert [next(seen), next(seen)] == ["one", "two"]
            assert [title_of(websocket.recv(_SECONDS)) for _ in range(2)] == ["one", "two"]

    def test_a_browser_shows_its_token_as_a_subprotocol(self, address: str, ada: httpx.Client) -> None:
        offers = [Subprotocol("satchel.events"), Subprotocol(f"satchel.bearer.{token_of(ada)}")]
        url = f"{address.replace('http', 'ws', 1)}{SOCKET}?after=0"
        with connect(url, subprotocols=offers, proxy=None) as websocket:
            assert websocket.subprotocol == "satchel.events"
            assert json.loads(websocket.recv(_SECONDS))["id"] > 0

    def test_a_handshake_is_refused_with_a_problem_document(self, address: str) -> None:
        with pytest.raises(InvalidStatus) as refused:
            connect(f"{address.replace('http', 'ws', 1)}{SOCKET}", proxy=None).__enter__()
        response = refused.value.response
        assert response.status_code == 401
        assert response.headers["WWW-Authenticate"] == "Bearer"
        assert response.headers["Content-Type"] == "application/problem+json"
        assert json.loads(response.body or b"")["requestId"] == response.headers["X-Request-ID"]

    def test_a_long_message_closes_it(self, address: str, ada: httpx.Client) -> None:
        with socket_of(address, ada) as websocket:
            websocket.send("a" * MESSAGE_BYTES)
            websocket.send("a" * (MESSAGE_BYTES + 1))
            with pytest.raises(ConnectionClosedError):
                websocket.recv(_SECONDS)
            assert websocket.close_code == 1009

    def test_signing_out_closes_it(self, address: str) -> None:
        with signed_up(address, "leaver") as client, socket_of(address, client) as websocket:
            client.post(f"{API}/auth/logout").raise_for_status()
            with pytest.raises(ConnectionClosed):
                websocket.recv(_SECONDS)
            assert websocket.close_code == 4401

    @pytest.mark.parametrize(
        ("head", "status"),
        [
            pytest.param(UPGRADE, b"426", id="no key"),
            pytest.param(UPGRADE.replace(b"13", b"12") + KEY, b"426", id="another version"),
            pytest.param(UPGRADE + KEY.replace(b"dGhl", b"****"), b"426", id="a key that is none"),
            pytest.param(UPGRADE + KEY + KEY, b"426", id="two keys"),
            pytest.param(UPGRADE + KEY + b"X-Long: " + b"a" * 9_000 + b"\r\n", b"426", id="a long line"),
            pytest.param(UPGRADE + KEY + b"A: b\r\n" * 200, b"426", id="many headers"),
            pytest.param(UPGRADE + KEY + b"X-Long: " + b"a" * 70_000 + b"\r\n", b"400", id="too long a head"),
            pytest.param(UPGRADE + KEY + HOST, b"400", id="two hosts"),
            pytest.param(UPGRADE.replace(b"websocket", b"h2c") + KEY, b"426", id="another protocol"),
        ],
    )
    def test_a_handshake_that_is_none_is_a_request_like_any_other(
        self, address: str, ada: httpx.Client, head: bytes, status: bytes
    ) -> None:
        token = f"Authorization: Bearer {token_of(ada)}\r\n".encode()
        url = urlsplit(address)
        with socket.create_connection((url.hostname or "", url.port or 0), timeout=_SECONDS) as connection:
            connection.sendall(b"GET " + SOCKET.encode() + b" HTTP/1.1\r\n" + HOST + token + head + b"\r\n")
            assert connection.recv(65_536).startswith(b"HTTP/1.1 " + status)

    @pytest.mark.parametrize(
        "garbage", [b"\xff" * 20, b"\x81\x85aaaa", b"GET / HTTP/1.1\r\n\r\n", b"\x88\x80aaaa", b"\x01\x80aaaa" * 9]
    )
    def test_a_client_that_breaks_the_protocol_is_cut_off(
        self, address: str, ada: httpx.Client, garbage: bytes
    ) -> None:
        token = f"Authorization: Bearer {token_of(ada)}\r\n".encode()
        head = b"GET " + SOCKET.encode() + b" HTTP/1.1\r\n" + HOST + token + UPGRADE + KEY + b"\r\n"
        url = urlsplit(address)
        for parts in ((head + garbage,), (head, garbage)):
            with socket.create_connection((url.hostname or "", url.port or 0), timeout=_SECONDS) as connection:
                for part in parts:
                    connection.sendall(part)
        assert ada.get("/health").status_code == 200

    def test_a_handshake_behind_a_request_waits_for_no_answer_of_its_own(self, address: str) -> None:
        """Two answers on one connection would run into each other, so it is a request like the one before it."""
        first = b"GET /health HTTP/1.1\r\n" + HOST + b"\r\n"
        second = b"GET " + SOCKET.encode() + b" HTTP/1.1\r\n" + HOST + UPGRADE + KEY + b"Connection: close\r\n\r\n"
        answers = exchanged(address, first + second)
        assert [part[:3] for part in answers.split(b"HTTP/1.1 ")[1:]] == [b"200", b"401"]

    def test_a_client_that_leaves_is_no_error(self, address: str, ada: httpx.Client, directory: Path) -> None:
        for _ in range(3):
            with ada.stream("GET", EVENTS) as stream:
                next(stream.iter_lines())
            with socket_of(address, ada, "after=0") as websocket:
                websocket.recv(_SECONDS)
            with socket_of(address, ada) as websocket:
                websocket.socket.shutdown(socket.SHUT_RDWR)
        creates_task(ada, "for nobody")
        assert "[error" not in (directory / "server.log").read_text()


def test_a_server_that_ends_waits_for_nobody_who_follows(tmp_path: Path) -> None:
    with ExitStack() as clients:
        with running_server(tmp_path, {"DATABASE_URL": "memory://"}) as address:
            client = clients.enter_context(signed_up(address, "ada"))
            lines = clients.enter_context(client.stream("GET", EVENTS)).iter_lines()
            websocket = clients.enter_context(socket_of(address, client))
            next(lines)
        assert "shutting down" in "".join(lines)
        with pytest.raises(ConnectionClosed):
            websocket.recv(_SECONDS)
        assert websocket.close_code == 1012
    assert "exceeded" not in (tmp_path / "server.log").read_text()


@pytest.mark.anyio
async def test_what_happens_at_one_instance_is_seen_at_another(
    database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    async with AsyncExitStack() as stack:
        one, other = [
            await stack.enter_async_context(
                serving(tmp_path_factory.mktemp("satchel"), {"DATABASE_URL": database_url})
            )
            for _ in range(2)
        ]
        person = await one.joins("ada")
        async with (
            following(person, one.app, "type=task.created") as here,
            following(person, other.app, "type=task.created") as there,
            talking(other.app, "type=platform.deleted", bearer(person)) as websocket,
        ):
            for number in range(5):
                await person.creates_task(f"Number {number}")
            seen = await here.events(5)
            assert await there.events(5) == seen
            async with following(
                person, other.app, "type=task.created", {"Last-Event-ID": str(seen[2].id)}
            ) as moved:
                assert await moved.events(2) == seen[3:]
            await person.http.post(f"{API}/auth/logout")
            assert "session has ended" in await there.farewell()
            assert await websocket.close_code() == 4401
