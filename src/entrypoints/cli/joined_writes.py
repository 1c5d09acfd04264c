"""Answers as whole packets: the head of an answer goes out with the beginning of its body."""

import asyncio
from collections.abc import Callable
from typing import Final

_INTERIM: Final = b"HTTP/1.1 1"


class JoinedWrites(asyncio.Transport):
    """What uvicorn writes a connection's answers to: each write is a call of the system's, and a head is one more.

    A head waits for what its application sends next, for no longer than this turn of the event loop.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, transport: asyncio.Transport, close: Callable[[], None]
    ) -> None:
        """Write to this connection, and end it by this call."""
        super().__init__()
        self._loop = loop
        self._transport = transport
        self._close = close
        self._head = b""
        self._is_in_body = False
        self._turn: asyncio.Handle | None = None

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send the data, and before them the head that waits; a head itself may wait."""
        if self._head:
            data = b"".join((self._head, data))
            self._forget()
        elif not self._is_in_body and not bytes(data).startswith(_INTERIM):
            self._is_in_body = True
            self._head = bytes(data)
            self._turn = self._loop.call_soon(self.flush)
            return
        self._transport.write(data)

    def flush(self) -> None:
        """Send the head if it still waits."""
        if self._head:
            head = self._head
            self._forget()
            if not self._transport.is_closing():
                self._transport.write(head)

    def end(self) -> None:
        """Take note that the answer is complete: what is written next is a head again."""
        self.flush()
        self._is_in_body = False

    def close(self) -> None:
        """Close the connection once all is sent."""
        self.flush()
        self._close()

    def is_closing(self) -> bool:
        """Tell whether the connection is closed, or about to be."""
        return self._transport.is_closing()

    def _forget(self) -> None:
        self._head = b""
        if self._turn is not None:
            self._turn.cancel()
            self._turn = None
