"""What no well-behaved client sends: bytes on the wire, to a server as it runs in earnest."""

import socket
from collections.abc import Generator
from urllib.parse import urlsplit

import httpx
import pytest

from tests.integration.http_server import running_server

HOST = b"Host: satchel.example\r\n"
LOGIN = b"POST /api/v1/auth/login HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\n"
_SECONDS = 10


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """Where a server listens; that it ends well, without a stack trace in its log, is checked at the end."""
    with running_server(tmp_path_factory.mktemp("server"), {"DATABASE_URL": "memory://"}) as address:
        yield address


def exchange(address: str, request: bytes, *, then_leave: bool = False) -> bytes:
    """Send bytes and return the beginning of the answer; or close the connection without waiting for it."""
    parts = urlsplit(address)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=_SECONDS) as connection:
        connection.sendall(request)
        return b"" if then_leave else connection.recv(65_536)


@pytest.mark.parametrize(
    "request_",
    [
        b"NONSENSE\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET /api/v1/tasks?q=\xff HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET / HTTP/1.1\r\n" + HOST + b"Authorization: Bearer a\x00b\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + HOST + b"Bad Header: x\r\n\r\n",
        LOGIN + b"Content-Length: -1\r\n\r\n{}",
        LOGIN + b"Content-Length: two\r\n\r\n{}",
        LOGIN + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        LOGIN + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        LOGIN + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n",
    ],
    ids=lambda request_: repr(request_[-30:]),
)
def test_what_is_no_http_is_a_bad_request(address: str, request_: bytes) -> None:
    assert exchange(address, request_).startswith(b"HTTP/1.1 400 ")


def test_a_body_announced_as_too_large_is_refused_before_it_comes(address: str) -> None:
    assert exchange(address, LOGIN + b"Content-Length: 99999999999\r\n\r\n{").startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    "request_",
    [
        LOGIN + b'Content-Length: 100\r\n\r\n{"username"',
        LOGIN + b'Transfer-Encoding: chunked\r\n\r\nb\r\n{"username"\r\n',
        LOGIN + b"Content-Length: 100\r\nExpect: 100-continue\r\n\r\n",
        b"GET /docs HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET /docs HTT",
    ],
    ids=lambda request_: repr(request_[-30:]),
)
def test_a_client_that_leaves_takes_nobody_along(address: str, request_: bytes) -> None:
    exchange(address, request_, then_leave=True)
    assert httpx.get(f"{address}/health").status_code == 200


@pytest.mark.parametrize(
    "path",
    ["//evil.example/", "/%zz", "/static/%2e%2e/%2e%2e/pages.py", "/api/v1/../../etc/passwd", "/%00", "/\\..\\x"],
)
def test_a_path_that_leads_astray_is_not_found(address: str, path: str) -> None:
    request = b"GET " + path.encode() + b" HTTP/1.1\r\n" + HOST + b"\r\n"
    assert exchange(address, request).startswith(b"HTTP/1.1 404 ")


def test_the_host_header_leads_nobody_elsewhere(address: str) -> None:
    credentials = {"username": "ada", "password": "correct horse battery staple"}
    response = httpx.post(
        f"{address}/api/v1/auth/signup",
        json=credentials,
        headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "gopher"},
    )
    assert response.status_code == 201
    assert "evil" not in str(response.headers) + response.text
    assert response.headers["location"].startswith("/api/v1/users/")


def test_an_answer_names_neither_server_nor_libraries(address: str) -> None:
    response = httpx.get(f"{address}/health")
    assert not {"server", "x-powered-by"} & set(response.headers)
