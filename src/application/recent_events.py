"""The end of the log, kept in memory once for all who follow it."""

from bisect import bisect_right
from collections.abc import Sequence
from operator import attrgetter
from typing import Final

from domain.events import RecordedEvent

RECENT_MOST: Final = 1_000
"""So many events are kept at least, once there were as many; and up to twice as many."""
READ_AT_ONCE: Final = 200
"""So many are handed out at most."""

_place_of = attrgetter("id")


class RecentEvents:
    """The last events, in their order.

    Attributes:
        floor: the place behind which every event is here.
        head: the place of the last.
    """

    def __init__(self, head: int) -> None:
        """Begin without any, behind the event that is the last by now."""
        self.floor = self.head = head
        self._events: list[RecordedEvent] = []

    def add(self, events: Sequence[RecordedEvent]) -> None:
        """Append the events that come next, and forget the oldest where there are too many."""
        self._events.extend(events)
        self.head = events[-1].id
        # Only now and then, since it moves all others.
        if len(self._events) > 2 * RECENT_MOST:
            self.floor = self._events[-RECENT_MOST - 1].id
            del self._events[:-RECENT_MOST]

    def behind(self, place: int) -> tuple[RecordedEvent, ...]:
        """Return the first of the events behind a place, which is not below the floor."""
        first = bisect_right(self._events, place, key=_place_of)
        return tuple(self._events[first : first + READ_AT_ONCE])
