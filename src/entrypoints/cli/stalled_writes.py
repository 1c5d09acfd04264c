"""The end of connections whose client does not take what it is sent."""

import asyncio
from functools import partial
from typing import Final

from entrypoints.cli.deadline import Deadline

# Counted from the last byte that was taken, so that a large answer may be read slowly.
WRITE_SECONDS: Final = 30.0


class StalledWrites:
    """Watches one connection while its buffer is full, and breaks it off where nothing of that is taken.

    So a client that stops reading costs one buffer for a while, and never more.
    """

    __slots__ = ("_deadline", "_seconds", "_transport")

    def __init__(self, loop: asyncio.AbstractEventLoop, transport: asyncio.Transport, seconds: float) -> None:
        """Watch once told to; `seconds` without progress are too many."""
        self._deadline = Deadline(loop)
        self._transport = transport
        self._seconds = seconds

    def watch(self) -> None:
        """Begin: the buffer is full."""
        self._wait(self._transport.get_write_buffer_size())

    def forget(self) -> None:
        """End: there is room again, or the connection is gone."""
        self._deadline.lift()

    def _wait(self, bytes_left: int) -> None:
        self._deadline.set(self._seconds, partial(self._look, bytes_left))

    def _look(self, bytes_before: int) -> None:
        bytes_left = self._transport.get_write_buffer_size()
        if bytes_left < bytes_before:
            self._wait(bytes_left)
        else:
            self._transport.abort()
