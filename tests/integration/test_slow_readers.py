"""Connections to a server in a hurry: who stops reading, and who speaks WebSocket, where deadlines are short."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import pytest
import uvicorn
from litestar.types import ASGIApp, Receive, Scope, Send
from uvicorn.server import ServerState

from entrypoints.cli.protocol import BoundedHttpProtocol
from entrypoints.cli.websocket import BoundedWebSocketProtocol
from entrypoints.http.edge import Edge
from entrypoints.http.problems import report_mistake
from entrypoints.metrics.traffic import Traffic

_SECONDS = 30
SOCKET = b"GET /api/v1/events/ws HTTP/1.1\r\n"
HANDSHAKE = (
    b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
HOST = b"Host: satchel.example\r\n"


class Impatient(BoundedHttpProtocol):
    """The protocol, in a hurry."""

    head_seconds = 0.05
    body_seconds = 0.05
    write_seconds = 0.05


class ImpatientSocket(BoundedWebSocketProtocol):
    """The protocol, in a hurry."""

    write_seconds = 0.05
    most_waiting = 0

    def data_received(self, data: bytes) -> None:
        """Note how much waits for the client."""
        super().data_received(data)
        ImpatientSocket.most_waiting = max(ImpatientSocket.most_waiting, self.transport.get_write_buffer_size())


@asynccontextmanager
async def impatient_server(app: ASGIApp) -> AsyncGenerator[tuple[str, int]]:
    """Serve an application, and break off soon what does not move."""
    edge = Edge(app, cors_origins=(), strict_transport=False, answer_error=report_mistake, traffic=Traffic())
    config = uvicorn.Config(
        edge, http=Impatient, ws=ImpatientSocket, lifespan="off", log_config=None, proxy_headers=False
    )
    config.load()
    state = ServerState()
    server = await asyncio.get_running_loop().create_server(lambda: Impatient(config, state, {}), "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()
        await asyncio.gather(*state.tasks)


class Talker:
    """An application that talks until nobody listens; then it `is_silent`."""

    def __init__(self) -> None:
        self.is_silent = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Talk; it is HTTP or WebSocket that is asked for."""
        gone = asyncio.create_task(self._gone(receive))
        words = "a" * 65_536
        try:
            if scope["state"].get("is_handshake"):
                await send({"type": "websocket.accept", "subprotocol": None, "headers": []})
            else:
                await send({"type": "http.response.start", "status": 200, "headers": []})
            while not gone.done():
                if scope["state"].get("is_handshake"):
                    await send({"type": "websocket.send", "text": words, "bytes": None})
                else:
                    await send({"type": "http.response.body", "body": words.encode(), "more_body": True})
                await asyncio.sleep(0)
        except OSError:
            pass
        finally:
            gone.cancel()
            self.is_silent.set()

    async def _gone(self, receive: Receive) -> None:
        while not (await receive())["type"].endswith("disconnect"):
            pass


@pytest.mark.anyio
@pytest.mark.parametrize("upgrade", [b"", HANDSHAKE], ids=["HTTP", "WebSocket"])
async def test_who_stops_reading_is_cut_off(upgrade: bytes) -> None:
    talker = Talker()
    async with asyncio.timeout(_SECONDS), impatient_server(talker) as address:
        reader, writer = await asyncio.open_connection(*address, limit=1024)
        writer.write(SOCKET + HOST + upgrade + b"\r\n")
        await reader.read(100)
        # The rest fills what both ends and the network between them hold, and stays there.
        await talker.is_silent.wait()
        writer.transport.abort()


@pytest.mark.anyio
async def test_deadlines_of_http_do_not_count_for_a_websocket() -> None:
    async def late(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.accept", "subprotocol": None, "headers": []})
        await asyncio.sleep(4 * Impatient.head_seconds)
        await send({"type": "websocket.send", "text": "late", "bytes": None})
        await send({"type": "websocket.close", "code": 1000, "reason": None})

    async with asyncio.timeout(_SECONDS), impatient_server(late) as address:
        reader, writer = await asyncio.open_connection(*address)
        writer.write(SOCKET + HOST + HANDSHAKE + b"\r\n")
        answer = await reader.readuntil(b"late")
        assert answer.startswith(b"HTTP/1.1 101 ")
        writer.close()


@pytest.mark.anyio
async def test_who_sends_pings_and_takes_no_answer_is_read_no_further() -> None:
    async def listen(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.accept", "subprotocol": None, "headers": []})
        while (await receive())["type"] != "websocket.disconnect":
            pass

    pings = (b"\x89\xfd" + bytes(4) + b"a" * 125) * 500
    async with asyncio.timeout(_SECONDS), impatient_server(listen) as address:
        reader, writer = await asyncio.open_connection(*address, limit=1024)
        writer.write(SOCKET + HOST + HANDSHAKE + b"\r\n")
        await reader.read(100)
        with suppress(ConnectionError):
            while True:
                writer.write(pings)
                await writer.drain()
    # What one read brought may be answered on top of what makes a buffer full.
    assert ImpatientSocket.most_waiting < 500_000


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("headers", "is_later"),
    [
        pytest.param([], False, id="sent with the first"),
        pytest.param([(b"connection", b"close")], False, id="sent with the first, whose answer is the last"),
        pytest.param([(b"connection", b"close")], True, id="sent behind the first, whose answer is the last"),
    ],
)
async def test_a_client_that_leaves_with_a_request_unanswered_is_seen_to_leave(
    headers: list[tuple[bytes, bytes]], *, is_later: bool
) -> None:
    """The answer that runs is told, and not the request behind it alone."""
    told = asyncio.Event()

    async def stream(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"begun", "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass
        told.set()

    request = b"GET / HTTP/1.1\r\n" + HOST + b"\r\n"
    async with asyncio.timeout(_SECONDS), impatient_server(stream) as address:
        reader, writer = await asyncio.open_connection(*address)
        writer.write(request if is_later else request + request)
        await reader.readuntil(b"begun")
        if is_later:
            writer.write(request)
        writer.close()
        await told.wait()
