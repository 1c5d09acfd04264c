"""The log of events in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice

from adapters.memory.paging import page_of
from adapters.memory.store import Change, InMemoryStore
from application.paging import Page, PageRequest, Position
from application.ports.events import EventFilter, EventRepository, EventSort
from domain.events import Event, Head, RecordedEvent, WaitingEvent


@dataclass(frozen=True, slots=True)
class InMemoryEventRepository(EventRepository):
    """Events, each done by a user who exists or by the operator."""

    store: InMemoryStore
    changes: list[Change]

    async def page(self, wanted: EventFilter, request: PageRequest[EventSort]) -> Page[RecordedEvent]:
        """Return a page of the events that are wanted."""
        events = (await self.store.read()).events
        return page_of(
            (recorded for recorded in events if _is_wanted(recorded.event, wanted)),
            request,
            position=lambda recorded: Position(None, recorded.id),
        )

    async def after(self, id: int, *, limit: int) -> tuple[RecordedEvent, ...]:
        """Return the events behind this place, the first first."""
        return (await self.store.read()).events.after(id, limit=limit)

    async def last(self) -> Head | None:
        """Return where the log ends."""
        events = (await self.store.read()).events
        ends = events.after(len(events) - 1, limit=1)
        return Head(ends[0].id, ends[0].hash) if ends else None

    async def archived(self) -> Head | None:
        """Return None: what is forgotten with the process needs no archive."""
        return None

    async def waiting(self, *, limit: int) -> tuple[WaitingEvent, ...]:
        """Return events that are not sealed yet, in the order in which they were committed."""
        waiting = (await self.store.read()).waiting_events
        return tuple(WaitingEvent(key, event) for key, event in islice(waiting.items(), limit))

    def add(self, event: Event) -> None:
        """Collect what happens."""
        # The caller's mapping may change afterwards; what is written down does not.
        written = replace(event, data=dict(event.data))
        self.changes.append(lambda tables: tables.record(written))

    def seal(self, waiting: Sequence[WaitingEvent], recorded: Sequence[RecordedEvent]) -> None:
        """Collect the move of waiting events to their places."""
        self.changes.append(lambda tables: tables.seal(waiting, recorded))


def _is_wanted(event: Event, wanted: EventFilter) -> bool:
    same = (
        (wanted.actor_id, event.actor_id),
        (wanted.subject_type, event.subject_type),
        (wanted.subject_id, event.subject_id),
    )
    return (
        (not wanted.types or event.type in wanted.types)
        and all(value in (None, actual) for value, actual in same)
        and (wanted.after is None or event.occurred_at > wanted.after)
        and (wanted.before is None or event.occurred_at < wanted.before)
    )
