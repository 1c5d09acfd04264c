"""What no well-behaved client sends: bytes on the wire, to a server as it runs in earnest."""

import asyncio
import json
import socket
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

import httpx
import pytest
import uvicorn
from litestar.types import ASGIApp, Receive, Scope, Send
from uvicorn.server import ServerState

from entrypoints.cli.protocol import HEAD_BYTES, BoundedHttpProtocol
from entrypoints.http.edge import Edge
from entrypoints.http.problems import report_mistake
from entrypoints.metrics.traffic import Traffic
from tests.integration.http_server import running_server

HOST = b"Host: satchel.example\r\n"
LOGIN = b"POST /api/v1/auth/login HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\n"
_SECONDS = 60


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """Where a server listens; that it ends well, without a stack trace in its log, is checked at the end."""
    with running_server(tmp_path_factory.mktemp("server"), {"DATABASE_URL": "memory://"}) as address:
        yield address


def exchange(address: str, request: bytes, *, then_leave: bool = False, to_the_end: bool = False) -> bytes:
    """Send bytes and return the beginning of the answer, or all of it; or leave without waiting for it."""
    parts = urlsplit(address)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=_SECONDS) as connection:
        connection.sendall(request)
        if then_leave:
            return b""
        answer = connection.recv(65_536)
        while to_the_end and (more := connection.recv(65_536)):
            answer += more
        return answer


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


@pytest.mark.parametrize(
    "hosts",
    [b"", HOST + HOST, HOST + b"Host: other.example\r\n", b"Host: a b\r\n", b"Host: a/b\r\n", b"Host: user@a\r\n"],
    ids=repr,
)
def test_a_request_names_one_host(address: str, hosts: bytes) -> None:
    """RFC 9112, section 3.2."""
    assert exchange(address, b"GET /health HTTP/1.1\r\n" + hosts + b"\r\n").startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize(
    "line",
    [
        b"HTTP/1.0\r\n",
        b"HTTP/1.1\r\nHost:\r\n",
        b"HTTP/1.1\r\nHost: localhost:8000\r\n",
        b"HTTP/1.1\r\nHost: my_service.example.\r\n",
        b"HTTP/1.1\r\nHost: [::1]:8000\r\n",
    ],
    ids=repr,
)
def test_every_way_to_name_a_host_will_do(address: str, line: bytes) -> None:
    assert exchange(address, b"GET /health " + line + b"\r\n").startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    "request_",
    [
        b"GET /" + b"a" * HEAD_BYTES,
        b"GET /health HTTP/1.1\r\n" + HOST + b"X-Long: " + b"a" * HEAD_BYTES,
        b"GET /health HTTP/1.1\r\n" + HOST + b"X-Long: " + b"a" * HEAD_BYTES + b"\r\n\r\n",
        b"GET /health HTTP/1.1\r\n" + HOST + b"a: b\r\n" * (HEAD_BYTES // 6),
        LOGIN + b"Transfer-Encoding: chunked\r\n\r\n0\r\n" + b"a: b\r\n" * HEAD_BYTES,
        b"\r\n" * HEAD_BYTES,
    ],
    ids=["path", "header", "whole head", "headers", "trailers", "nothing"],
)
def test_a_head_has_bounds(address: str, request_: bytes) -> None:
    answer = exchange(address, request_)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"too large" in answer


def test_a_head_within_bounds_is_read_however_it_comes(address: str) -> None:
    head = b"GET /health HTTP/1.1\r\n" + HOST + b"X-Long: " + b"a" * (HEAD_BYTES - 200) + b"\r\n\r\n"
    assert exchange(address, head).startswith(b"HTTP/1.1 200 ")


def test_a_refusal_below_the_application_looks_like_any_other(address: str) -> None:
    """The problem document and the headers of one that the application gives."""
    head, _, body = exchange(address, b"NONSENSE\r\n\r\n").partition(b"\r\n\r\n")
    fields = (line.partition(": ") for line in head.decode().split("\r\n")[1:])
    headers = httpx.Headers([(name, value) for name, _, value in fields])
    other = httpx.get(f"{address}/api/v1/users/me")
    same = [
        "content-type",
        "cache-control",
        "content-security-policy",
        "referrer-policy",
        "x-content-type-options",
    ]
    assert {name: headers[name] for name in same} == {name: other.headers[name] for name in same}
    assert headers.get("strict-transport-security") == other.headers.get("strict-transport-security")
    assert headers["connection"] == "close"
    assert int(headers["content-length"]) == len(body)
    problem = json.loads(body)
    assert problem.keys() == other.json().keys()
    assert problem["type"] == "/problems/malformed"
    assert problem["status"] == 400
    assert problem["instance"] == "/"
    assert problem["requestId"] == headers["x-request-id"]


def test_what_came_before_a_bad_request_is_answered_first(address: str) -> None:
    good = b"GET /health HTTP/1.1\r\n" + HOST + b"\r\n"
    answers = exchange(address, good + good + b"NONSENSE\r\n\r\n", to_the_end=True)
    assert [part[:3] for part in answers.split(b"HTTP/1.1 ")[1:]] == [b"200", b"200", b"400"]


def test_a_refused_client_may_finish_its_sentence(address: str) -> None:
    """A connection closed on bytes unread is reset, and the answer lost."""
    parts = urlsplit(address)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=_SECONDS) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nX-Long: ")
        for _ in range(64):
            connection.sendall(b"a" * HEAD_BYTES)
        assert connection.recv(65_536).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("length", [1_000_000, 4_000_000], ids=["within the bound", "too large"])
def test_who_was_answered_before_the_body_was_sent_may_finish_it(address: str, length: int) -> None:
    """As a proxy does, which looks for the answer once it has passed the body on."""
    head = b"POST /api/v1/tasks HTTP/1.1\r\n" + HOST + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % length
    parts = urlsplit(address)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=_SECONDS) as connection:
        connection.sendall(head)
        for _ in range(length // 50_000):
            connection.sendall(b"a" * 50_000)
        assert connection.recv(65_536).startswith(b"HTTP/1.1 401 ")


def test_an_upgrade_that_is_not_on_offer_is_passed_over(address: str) -> None:
    upgrade = b"GET /health HTTP/1.1\r\n" + HOST + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    assert exchange(address, upgrade).startswith(b"HTTP/1.1 200 ")


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


class Impatient(BoundedHttpProtocol):
    """The protocol, in a hurry."""

    head_seconds = 0.05
    body_seconds = 0.05
    body_grace_seconds = 0.2


async def slow_answer(scope: Scope, receive: Receive, send: Send) -> None:
    """Read the body, then take longer than any deadline to answer."""
    while (message := await receive())["type"] == "http.request" and message["more_body"]:
        pass
    await asyncio.sleep(4 * Impatient.head_seconds)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


@asynccontextmanager
async def connection_to(app: ASGIApp) -> AsyncGenerator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Open a connection that ends soon where its client is slow."""
    edge = Edge(app, cors_origins=(), strict_transport=True, answer_error=report_mistake, traffic=Traffic())
    config = uvicorn.Config(edge, http=Impatient, lifespan="off", log_config=None, proxy_headers=False)
    config.load()
    state = ServerState()
    server = await asyncio.get_running_loop().create_server(lambda: Impatient(config, state, {}), "127.0.0.1", 0)
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        try:
            yield reader, writer
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
            await asyncio.gather(*state.tasks)


@pytest.mark.anyio
@pytest.mark.parametrize(
    "beginning",
    [
        b"",
        b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ",
        b"\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
    ],
    ids=repr,
)
async def test_who_does_not_go_on_is_not_waited_for(beginning: bytes) -> None:
    async with asyncio.timeout(_SECONDS), connection_to(slow_answer) as (reader, writer):
        writer.write(beginning)
        assert await reader.read() == b""


@pytest.mark.anyio
async def test_a_body_that_never_pauses_and_never_ends_is_not_waited_for() -> None:
    async with asyncio.timeout(_SECONDS), connection_to(slow_answer) as (reader, writer):
        writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n")
        while not reader.at_eof():
            writer.write(b" ")
            with suppress(TimeoutError):
                await asyncio.wait_for(reader.read(1), Impatient.body_seconds / 5)


@pytest.mark.anyio
async def test_a_request_that_is_all_here_is_answered_however_long_that_takes() -> None:
    async with asyncio.timeout(_SECONDS), connection_to(slow_answer) as (reader, writer):
        for _ in range(2):
            writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}")
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")


@pytest.mark.anyio
async def test_half_a_request_does_not_cut_off_the_answer_before_it() -> None:
    whole = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    async with asyncio.timeout(_SECONDS), connection_to(slow_answer) as (reader, writer):
        writer.write(whole + b"GET /")
        assert (await reader.read()).startswith(b"HTTP/1.1 200 ")


@pytest.mark.anyio
async def test_a_refusal_says_https_only_where_answers_do() -> None:
    async with asyncio.timeout(_SECONDS), connection_to(slow_answer) as (reader, writer):
        writer.write(b"NONSENSE\r\n\r\n")
        assert b"\r\nStrict-Transport-Security: max-age=" in await reader.read()
