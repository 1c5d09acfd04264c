"""Where a WebSocket handshake opens one, where it is passed over, and what stays out of the log."""

import json
import socket
from collections.abc import Generator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.contracts.http_accounts import ME
from tests.contracts.http_service import API, PASSWORD, TASKS
from tests.contracts.http_streams import EVENTS, SOCKET
from tests.integration.http_server import running_server

_SECONDS = 30
HOST = b"Host: satchel.example\r\n"
KEY = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
UPGRADE = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
HANDSHAKE = UPGRADE + KEY
HANDSHAKE_FIELDS = dict(line.split(": ") for line in HANDSHAKE.decode().splitlines())


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """Where a server listens; that it ends well, without a stack trace in its log, is checked at the end."""
    with running_server(tmp_path_factory.mktemp("server"), {"DATABASE_URL": "memory://"}) as address:
        yield address


@pytest.fixture(scope="module")
def token(address: str) -> str:
    """The token of someone signed in."""
    return signed_up(address)


def signed_up(address: str) -> str:
    """Return the token of someone new."""
    joined = httpx.post(f"{address}{API}/auth/signup", json={"username": "ada", "password": PASSWORD})
    access_token: str = joined.json()["accessToken"]
    return access_token


def head(path: str, token: str, headers: bytes = b"", version: bytes = b"HTTP/1.1") -> bytes:
    """Return a request's head."""
    authorization = f"Authorization: Bearer {token}\r\n".encode()
    return b"GET %b %b\r\n%b\r\n" % (path.encode(), version, HOST + authorization + headers)


def connected(address: str) -> socket.socket:
    """Return a connection."""
    url = urlsplit(address)
    return socket.create_connection((url.hostname or "", url.port or 0), timeout=_SECONDS)


def answered(address: str, request: bytes) -> bytes:
    """Send bytes and return the beginning of the answer."""
    with connected(address) as connection:
        connection.sendall(request)
        return connection.recv(65_536)


def leaving(address: str, *parts: bytes) -> None:
    """Send bytes, each after something came back for those before, then leave without reading on."""
    with connected(address) as connection:
        for part in parts:
            connection.sendall(part)
            connection.recv(65_536)


@pytest.mark.parametrize("path", [SOCKET, f"{SOCKET}?after=0", "/api/events/ws", "/api/events/ws?after=0"])
def test_where_websocket_is_spoken_a_handshake_opens_it(address: str, token: str, path: str) -> None:
    assert answered(address, head(path, token, HANDSHAKE)).startswith(b"HTTP/1.1 101 ")


def test_a_stream_asked_for_with_a_handshake_is_a_stream(address: str, token: str) -> None:
    """As the answer to a handshake it would be collected to its end, which never comes."""
    answer = answered(address, head(f"{EVENTS}?after=0", token, HANDSHAKE))
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"text/event-stream" in answer


@pytest.mark.parametrize(("path", "status"), [(ME, 200), ("/nonsense", 404), ("/health", 200)])
def test_elsewhere_a_handshake_is_a_request_whose_connection_lives_on(
    address: str, token: str, path: str, status: int
) -> None:
    """RFC 9110, section 7.8: a server may pass over what it is asked to upgrade to."""
    url = urlsplit(address)
    with closing(HTTPConnection(url.hostname or "", url.port, timeout=_SECONDS)) as connection:
        connection.connect()
        first_socket = connection.sock
        for _ in range(2):
            connection.request("GET", path, headers={"Authorization": f"Bearer {token}", **HANDSHAKE_FIELDS})
            answer = connection.getresponse()
            assert (answer.status, len(answer.read()) > 0) == (status, True)
            assert connection.sock is first_socket


@pytest.mark.parametrize("upgrade", [HANDSHAKE, b"Connection: Upgrade\r\nUpgrade: h2c\r\n"], ids=repr)
def test_what_comes_behind_an_upgrade_that_is_passed_over_is_answered(
    address: str, token: str, upgrade: bytes
) -> None:
    last = head("/nonsense", token, b"Connection: close\r\n")
    with connected(address) as connection:
        connection.sendall(head("/health", token, upgrade) * 3 + last)
        answers = b""
        while more := connection.recv(65_536):
            answers += more
    assert answers.count(b"HTTP/1.1 200 ") == 3
    assert answers.count(b"HTTP/1.1 404 ") == 1


def test_a_handshake_is_made_over_http_1_1(address: str, token: str) -> None:
    """RFC 6455, section 4.1; HTTP/1.0 knows no upgrade (RFC 9110, section 7.8)."""
    assert b" 426 " in answered(address, head(SOCKET, token, HANDSHAKE, b"HTTP/1.0")).partition(b"\r\n")[0]


def test_whoever_follows_and_leaves_is_no_error_whatever_they_sent(tmp_path: Path) -> None:
    with running_server(tmp_path, {"DATABASE_URL": "memory://"}) as address:
        token = signed_up(address)
        stream = head(EVENTS, token)
        leaving(address, stream + head("/health", token))
        leaving(address, stream, stream)
        for opcode in (b"\x81", b"\x82"):
            # One byte that is no UTF-8, masked with zeros (RFC 6455, section 5.2).
            leaving(address, head(f"{SOCKET}?after=0", token, HANDSHAKE), opcode + b"\x81\0\0\0\0\xff")
        for title in ("one", "two", "three"):
            task = {"title": title}
            httpx.post(f"{address}{TASKS}", json=task, headers={"Authorization": f"Bearer {token}"})
    records = (tmp_path / "server.log").read_text()
    assert "[error" not in records
    assert "[warning" not in records


@pytest.mark.parametrize("level", ["info", "debug"])
def test_the_log_tells_nobody_a_token(tmp_path: Path, level: str) -> None:
    variables = {"DATABASE_URL": "memory://", "LOG_LEVEL": level, "LOG_FORMAT": "json"}
    with running_server(tmp_path, variables) as address:
        token = signed_up(address)
        offers = f"Sec-WebSocket-Protocol: satchel.events, satchel.bearer.{token}\r\n".encode()
        for headers in (
            HANDSHAKE,
            HANDSHAKE + offers,
            HANDSHAKE + offers + offers,
            HANDSHAKE.replace(b"13", b"12") + offers,
            HANDSHAKE.replace(b"dGhl", b"****") + offers,
            UPGRADE + offers,
        ):
            answered(address, head(f"{SOCKET}?after=0&access_token=canary", token, headers))
            answered(address, head("/nonsense?access_token=canary", token, headers))
    records = (tmp_path / "server.log").read_text()
    assert len([line for line in records.splitlines() if json.loads(line)["event"] == "request"]) == 13
    for secret in (token, "canary", "satchel.bearer"):
        assert secret not in records
