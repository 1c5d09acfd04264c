"""Where it is written down what happened."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from application.paging import Page, PageRequest
from domain.events import Event, EventType, RecordedEvent, SubjectType


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


class EventRepository(Protocol):
    """The log of what happened: it only grows."""

    async def page(self, wanted: EventFilter, request: PageRequest[EventSort]) -> Page[RecordedEvent]:
        """Return a page of the events that are wanted; a position's sort value is None, its id says it all."""
        ...

    def add(self, event: Event) -> None:
        """Write down what happens with this unit of work. At commit: `NotFound` if its actor does not exist."""
        ...
