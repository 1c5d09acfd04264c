"""The one moment that is waited for next on a connection."""

import asyncio
from collections.abc import Callable


class Deadline:
    """Ends something at a moment, unless that is put off or lifted before."""

    __slots__ = ("_loop", "_timer")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Wait for nothing yet."""
        self._loop = loop
        self._timer: asyncio.TimerHandle | None = None

    @property
    def was_set(self) -> bool:
        """Whether it was set, and not lifted since; also once it has passed."""
        return self._timer is not None

    def set(self, seconds: float, end: Callable[[], object]) -> None:
        """Call `end` in so many seconds, and whatever was set before no more."""
        self.lift()
        self._timer = self._loop.call_later(seconds, end)

    def lift(self) -> None:
        """Wait for nothing any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
