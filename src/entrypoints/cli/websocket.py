"""WebSocket as the service takes it from the wire: uvicorn's protocol, with bounds."""

import asyncio
from collections.abc import Iterable
from typing import Any, Final

import uvicorn
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.frames import Frame
from websockets.http11 import Request
from websockets.server import ServerProtocol

from entrypoints.cli.stalled_writes import WRITE_SECONDS, StalledWrites
from entrypoints.http.handshake import SOCKET_PATHS

MESSAGE_BYTES: Final = 4 * 1024
"""How long a client's message may be: clients have nothing to say but pongs."""
PING_SECONDS: Final = 20.0
"""How long a connection is silent before a ping, and how long its pong may take."""


_PATHS: Final = {path.encode() for path in SOCKET_PATHS}


def can_be_accepted(method: bytes, url: bytes, version: str, headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Tell whether a request's head is a handshake that can be accepted (RFC 6455, section 4.2.1).

    Asked of the library that will answer it, so that the two never differ: it has bounds of its own, such as for
    the number of headers.
    """
    if url.partition(b"?")[0] not in _PATHS or version != "1.1":
        return False
    fields = b"".join(b"%b: %b\r\n" % header for header in headers)
    protocol = ServerProtocol()
    protocol.receive_data(b"%b %b HTTP/1.1\r\n%b\r\n" % (method, url, fields))
    return any(
        isinstance(event, Request) and protocol.accept(event).status_code == 101
        for event in protocol.events_received()
    )


class BoundedWebSocketProtocol(WebSocketsSansIOProtocol):
    """One connection, from the handshake on; uvicorn makes it and calls the methods.

    Attributes:
        write_seconds: how long a client may take nothing of what waits for it.
    """

    write_seconds: float = WRITE_SECONDS

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._stalled_writes: StalledWrites | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take over the connection."""
        super().connection_made(transport)
        self._stalled_writes = StalledWrites(self.loop, self.transport, self.write_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the deadline."""
        self.resume_writing()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Wait for the client to take something, and answer no pings until then."""
        super().pause_writing()
        if not self.transport.is_closing():
            self.transport.pause_reading()
        if self._stalled_writes is not None:
            self._stalled_writes.watch()

    def resume_writing(self) -> None:
        """Go on."""
        super().resume_writing()
        if not self.transport.is_closing():
            self.transport.resume_reading()
        if self._stalled_writes is not None:
            self._stalled_writes.forget()

    def handle_text(self, event: Frame) -> None:
        """Drop what a client says: not even decoded, it can be no fault, and frames without end do not pile up."""

    handle_bytes = handle_cont = handle_text

    def handle_parser_exception(self) -> None:
        """End the connection of a client that breaks the protocol; it is told so if the handshake is behind it."""
        if self.conn.close_sent is not None:
            super().handle_parser_exception()
        else:
            self.transport.abort()

    async def send(self, message: Any) -> None:
        """Send what the application has to say.

        Raises:
            ClientDisconnected: the connection is at its end, which uvicorn tells in this way only sometimes.
        """
        if self.transport.is_closing():
            # uvicorn takes an application for broken that ends with its handshake open.
            self.handshake_complete = True
            raise ClientDisconnected
        try:
            await super().send(message)
        except RuntimeError:
            if self.close_sent:
                raise ClientDisconnected from None
            raise
        self.handshake_complete = self.handshake_complete or self.close_sent
