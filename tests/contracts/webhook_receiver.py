"""A server that webhooks are sent to, on an address of this machine."""

import asyncio
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

OK = b"HTTP/1.1 204 No Content\r\n\r\n"


def answer(status: int, *headers: str, body: bytes = b"") -> bytes:
    """Return an HTTP answer as it goes over the wire."""
    head = (f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}", *headers)
    return "\r\n".join((*head, "", "")).encode() + body


@dataclass(frozen=True)
class Received:
    """A request as it came.

    Attributes:
        line: the request line.
        headers: by their names in lower case.
        body: all of it.
    """

    line: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """What was received, and what is answered.

    Attributes:
        port: where it listens.
        answers: what the next requests get, the first one first; `OK` when they are used up.
        received: what came, the first one first.
        connections: how many there were.
    """

    port: int = 0
    answers: list[bytes] = field(default_factory=list[bytes])
    received: list[Received] = field(default_factory=list[Received])
    connections: int = 0

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one request, answer it and hang up."""
        self.connections += 1
        with suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            line, *lines = head.rstrip().split("\r\n")
            headers = {name.lower(): value for name, value in (entry.split(": ", 1) for entry in lines)}
            body = await reader.readexactly(int(headers["content-length"]))
            self.received.append(Received(line, headers, body))
            writer.write(self.answers.pop(0) if self.answers else OK)
            await writer.drain()
        writer.close()


@asynccontextmanager
async def receiving(
    *answers: bytes, host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
) -> AsyncGenerator[Receiver]:
    """Run a receiver that gives these answers."""
    receiver = Receiver(answers=list(answers))
    server = await asyncio.start_server(receiver.take, host, port, ssl=tls)
    async with server:
        receiver.port = server.sockets[0].getsockname()[1]
        yield receiver
