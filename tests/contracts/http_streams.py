"""Clients that follow the events of a service in this process: over SSE and over WebSocket."""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from litestar.types import ASGIApp

from tests.contracts.http_service import API, Json, Message, Person

EVENTS = f"{API}/events"
SOCKET = f"{EVENTS}/ws"
PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class Happening:
    """An event as SSE carries it."""

    id: int
    type: str
    data: Json


class Connection:
    """One ASGI connection, from both sides."""

    def __init__(self) -> None:
        self.to_app: asyncio.Queue[Message] = asyncio.Queue()
        self._from_app: asyncio.Queue[Message] = asyncio.Queue()

    async def run(self, app: ASGIApp, scope: Any) -> None:
        """Let the application answer."""
        await app(scope, self.to_app.get, self._from_app.put)  # type: ignore[arg-type]  # messages as plain mappings

    async def received(self) -> Message:
        """Return what the application says next."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await self._from_app.get()


class Stream:
    """An answer as it comes, in the format of Server-Sent Events (HTML standard, section 9.2)."""

    def __init__(self, connection: Connection, start: Message) -> None:
        self._connection = connection
        self._rest = ""
        self._has_ended = False
        self.status: int = start["status"]
        self.headers = httpx.Headers(start["headers"])
        self.last_id = ""

    async def block(self) -> dict[str, str] | None:
        """Return the fields of the next block, a comment under no name; None at the end."""
        while "\n\n" not in self._rest:
            if self._has_ended:
                assert not self._rest
                return None
            message = await self._connection.received()
            self._rest += message["body"].decode()
            self._has_ended = not message["more_body"]
        block, _, self._rest = self._rest.partition("\n\n")
        fields = {name: value.removeprefix(" ") for name, _, value in map(_parts, block.split("\n"))}
        self.last_id = fields.get("id", self.last_id)
        return fields

    async def event(self) -> Happening:
        """Return the next event."""
        while True:
            block = await self.block()
            assert block is not None, "the stream has ended"
            if "data" in block:
                return Happening(int(block["id"]), block["event"], json.loads(block["data"]))

    async def events(self, count: int) -> list[Happening]:
        """Return the next events."""
        return [await self.event() for _ in range(count)]

    async def farewell(self) -> str:
        """Return the last comment before the end; fail if an event comes before."""
        comment = ""
        while (block := await self.block()) is not None:
            assert "data" not in block, block
            comment = block.get("", comment)
        return comment


@asynccontextmanager
async def following(
    person: Person, app: ASGIApp, query: str = "", headers: Mapping[str, str] | None = None
) -> AsyncGenerator[Stream]:
    """Follow the events as someone; they leave with the block."""
    sent = {"authorization": f"Bearer {person.access_token}", **(headers or {})}
    async with streaming(app, EVENTS, query, sent) as stream:
        yield stream


@asynccontextmanager
async def streaming(app: ASGIApp, path: str, query: str, headers: Mapping[str, str]) -> AsyncGenerator[Stream]:
    """Ask for a stream of events; the client leaves with the block."""
    connection = Connection()
    await connection.to_app.put({"type": "http.request", "body": b"", "more_body": False})
    async with asyncio.timeout(PATIENCE_SECONDS):
        running = asyncio.create_task(connection.run(app, scope("http", path, query, headers)))
        try:
            yield Stream(connection, await connection.received())
        finally:
            await connection.to_app.put({"type": "http.disconnect"})
            await running


class Socket:
    """A WebSocket connection; before that, what its handshake is answered with."""

    def __init__(self, connection: Connection, answer: Message) -> None:
        self._connection = connection
        self.answer = answer

    async def event(self) -> Json:
        """Return the next event."""
        message = await self._connection.received()
        assert message["type"] == "websocket.send", message
        event: Json = json.loads(message["text"])
        return event

    async def says(self, text: str) -> None:
        """Send a message."""
        await self._connection.to_app.put({"type": "websocket.receive", "text": text})

    async def close_code(self) -> int:
        """Return how the service closes it; fail if an event comes before."""
        message = await self._connection.received()
        assert message["type"] == "websocket.close", message
        code: int = message["code"]
        return code

    async def refusal(self) -> httpx.Response:
        """Return the answer to a handshake that is not accepted."""
        assert self.answer["type"] == "websocket.http.response.start", self.answer
        body = await self._connection.received()
        assert body["type"] == "websocket.http.response.body"
        return httpx.Response(self.answer["status"], headers=self.answer["headers"], content=body["body"])


@asynccontextmanager
async def talking(
    app: ASGIApp, query: str = "", headers: Mapping[str, str] | None = None, *, path: str = SOCKET
) -> AsyncGenerator[Socket]:
    """Open a WebSocket; the client leaves with the block."""
    connection = Connection()
    await connection.to_app.put({"type": "websocket.connect"})
    async with asyncio.timeout(PATIENCE_SECONDS):
        running = asyncio.create_task(connection.run(app, scope("websocket", path, query, headers or {})))
        try:
            yield Socket(connection, await connection.received())
        finally:
            await connection.to_app.put({"type": "websocket.disconnect", "code": 1001})
            await running


def bearer(person: Person) -> dict[str, str]:
    """Return the header that says who someone is."""
    return {"authorization": f"Bearer {person.access_token}"}


def scope(kind: str, path: str, query: str, headers: Mapping[str, str]) -> dict[str, Any]:
    """Return the ASGI scope of a connection."""
    is_http = kind == "http"
    return {
        "type": kind,
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "scheme": "http" if is_http else "ws",
        "server": ("satchel.example", 80),
        "client": ("127.0.0.1", 123),
        "root_path": "",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.lower().encode("latin-1"), value.encode("utf-8")) for name, value in headers.items()],
        "state": {},
        **({"method": "GET"} if is_http else {"subprotocols": [], "extensions": {"websocket.http.response": {}}}),
    }


def _parts(line: str) -> tuple[str, str, str]:
    return line.partition(":")
