"""Following one request through everything that works on it."""

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Protocol

Attributes = Mapping[str, str | int]
"""Named by OpenTelemetry's semantic conventions. They hold neither what people wrote nor any secret."""


class RequestSpan(Protocol):
    """The time that one request takes."""

    @property
    def trace_id(self) -> str:
        """What everything that belongs to it is found by: 32 hexadecimal digits."""
        ...

    def end(self, name: str, attributes: Attributes, *, is_mistake: bool) -> None:
        """Let it end now; only the first end counts.

        Args:
            name: what it was, one of few: never with an id in it.
            attributes: what is known of it by now.
            is_mistake: whether the service is to blame.
        """
        ...


class Tracer(Protocol):
    """Tells how long requests take, and which of their steps does. Telling holds nobody up, and never fails."""

    def request(self, headers: Iterable[tuple[bytes, bytes]]) -> AbstractContextManager[RequestSpan]:
        """Follow a request within the block; it belongs to the trace that its headers name (W3C Trace Context)."""
        ...

    def step(self, name: str, attributes: Attributes) -> AbstractContextManager[None]:
        """Follow a step of the request that is under way within the block; where none is, do nothing."""
        ...

    async def close(self) -> None:
        """Tell what was not told yet, and stop."""
        ...
