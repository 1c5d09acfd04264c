"""The events that have their places, in memory."""

from collections.abc import Iterator
from itertools import islice

from domain.events import RecordedEvent


class Log:
    """Events in their places.

    Copies share one list, of which each knows how much is its own. So a copy costs the same however long the log
    is, and does not notice what is written behind its end.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self._events: list[RecordedEvent] = []
        self._length = 0

    def copy(self) -> "Log":
        """Return a log that can grow without this one noticing; of all copies, one alone may."""
        copied = Log()
        copied._events, copied._length = self._events, self._length
        return copied

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[RecordedEvent]:
        return islice(self._events, self._length)

    def after(self, id: int, *, limit: int) -> tuple[RecordedEvent, ...]:
        """Return the events behind this place."""
        start = max(id, 0)
        return tuple(self._events[start : min(start + limit, self._length)])

    def append(self, recorded: RecordedEvent) -> None:
        """Write an event behind the last.

        Raises:
            RuntimeError: its place is another.
        """
        if recorded.id != self._length + 1:
            raise RuntimeError(f"The place behind {self._length} is not {recorded.id}.")
        # What stands there belongs to a change that was refused.
        del self._events[self._length :]
        self._events.append(recorded)
        self._length += 1
