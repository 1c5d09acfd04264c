"""The log of events in memory."""

from dataclasses import dataclass, replace

from adapters.memory.paging import page_of
from adapters.memory.store import Change, InMemoryStore
from application.paging import Page, PageRequest, Position
from application.ports.events import EventFilter, EventRepository, EventSort
from domain.events import Event, RecordedEvent


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

    def add(self, event: Event) -> None:
        """Collect what happens."""
        # The caller's mapping may change afterwards; what is written down does not.
        written = replace(event, data=dict(event.data))
        self.changes.append(lambda tables: tables.record(written))


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
