"""Where it is written down what happened."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from application.paging import Page, PageRequest
from domain.errors import DomainError
from domain.events import Event, EventType, Head, RecordedEvent, SubjectType, WaitingEvent


class EventSort(Enum):
    """What a list of events can be sorted by: the order in which the log has them."""

    ID = "id"


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events are wanted: those that meet every condition given.

    Attributes:
        types: any of these; all where empty.
        actor_id: done by this user.
        subject_type: that happened to things of this kind.
        subject_id: that happened to the one with this id.
        after: that occurred after this moment.
        before: that occurred before this moment.
    """

    types: frozenset[EventType] = frozenset()
    actor_id: int | None = None
    subject_type: SubjectType | None = None
    subject_id: int | None = None
    after: datetime | None = None
    before: datetime | None = None


class UnreadableEvent(DomainError):
    """What stands in the log is no event: somebody else has written it."""

    slug = "unreadable-event"


class EventRepository(Protocol):
    """The log of what happened: it only grows.

    What is added waits, from the commit on, until it is sealed: given its place behind the last event of the log.
    Readers see sealed events alone, and so all see them in one order, whatever the order of the commits.
    """

    async def page(self, wanted: EventFilter, request: PageRequest[EventSort]) -> Page[RecordedEvent]:
        """Return a page of the events that are wanted; a position's sort value is None, its id says it all."""
        ...

    async def after(self, id: int, *, limit: int) -> tuple[RecordedEvent, ...]:
        """Return the events behind this place, the first first; from 0 on it is all of them.

        Raises:
            UnreadableEvent: one of them is no event.
        """
        ...

    async def last(self) -> Head | None:
        """Return where the log ends, or None if it is empty."""
        ...

    async def archived(self) -> Head | None:
        """Return the event behind which the log begins, since it and those before were taken out; mostly None."""
        ...

    async def waiting(self, *, limit: int) -> tuple[WaitingEvent, ...]:
        """Return events that are kept and not sealed yet.

        Their order respects time: what was added after the commit of another comes after it.
        """
        ...

    def add(self, event: Event) -> None:
        """Write down what happens with this unit of work. At commit: `NotFound` if its actor does not exist."""
        ...

    def seal(self, waiting: Sequence[WaitingEvent], recorded: Sequence[RecordedEvent]) -> None:
        """Collect the move of waiting events to their places, pairwise. At commit, followers are woken.

        For the one who holds the lock of sealing (`application.events.SealEvents`). At commit: `Stale` if one of
        them does not wait any longer.
        """
        ...
