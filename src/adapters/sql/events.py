"""The log of events in PostgreSQL."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import ColumnElement, Text, any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from adapters.sql.changes import Changes, adding
from adapters.sql.connections import Connections
from adapters.sql.pages import AnySelect, bounds, ordered, page_of
from adapters.sql.tables import events, moment_type
from application.paging import Page, PageRequest, Position
from application.ports.events import EventFilter, EventRepository, EventSort
from domain.events import Event, EventType, RecordedEvent, SubjectType, Value

# In the order of RecordedEvent's and Event's fields, as `event_from` takes them.
EVENT_COLUMNS: Final = (
    events.c.id,
    events.c.type,
    events.c.actor_id,
    events.c.subject_type,
    events.c.subject_id,
    events.c.occurred_at,
    events.c.data,
)


def event_from(row: Sequence[Any]) -> RecordedEvent:
    """Return the event that a row of `EVENT_COLUMNS` holds."""
    number, kind, actor_id, subject_type, subject_id, occurred_at, data = row
    return RecordedEvent(
        number,
        Event(
            type=EventType(kind),
            actor_id=actor_id,
            subject_type=SubjectType(subject_type),
            subject_id=subject_id,
            occurred_at=occurred_at,
            data={name: _value_from(value) for name, value in data.items()},
        ),
    )


def values_of(event: Event) -> dict[str, object]:
    """Return the row that holds the event; the database numbers it."""
    return {
        "type": event.type.value,
        "actor_id": event.actor_id,
        "subject_type": event.subject_type.value,
        "subject_id": event.subject_id,
        "occurred_at": event.occurred_at,
        "data": dict(event.data),
    }


_KEY: Final = (events.c.id,)
_AFTER: Final = (bindparam("after_id", type_=events.c.id.type),)
_ADD: Final = adding(events)

_CONDITIONS: Final[dict[str, ColumnElement[bool]]] = {
    # One type has an index that also has the order; several have not.
    "type": events.c.type == bindparam("type", type_=Text),
    "types": events.c.type == any_(bindparam("types", type_=ARRAY(Text))),
    "actor_id": events.c.actor_id == bindparam("actor_id"),
    "subject_type": events.c.subject_type == bindparam("subject_type"),
    "subject_id": events.c.subject_id == bindparam("subject_id"),
    "after": events.c.occurred_at > bindparam("after", type_=moment_type),
    "before": events.c.occurred_at < bindparam("before", type_=moment_type),
}


def filter_values(wanted: EventFilter) -> dict[str, object]:
    """Return the values of the conditions that the filter sets, by their names.

    Where any type will do, it is any that this version of Satchel knows: a later one may have written others.
    """
    types = [each.value for each in wanted.types or EventType]
    given: dict[str, object] = {
        "type": types[0] if len(types) == 1 else None,
        "types": types if len(types) > 1 else None,
        "actor_id": wanted.actor_id,
        "subject_type": wanted.subject_type and wanted.subject_type.value,
        "subject_id": wanted.subject_id,
        "after": wanted.after,
        "before": wanted.before,
    }
    return {name: value for name, value in given.items() if value is not None}


@lru_cache(maxsize=256)
def listing(names: frozenset[str], *, descending: bool, continued: bool) -> AnySelect:
    """Return the statement that lists events.

    Args:
        names: of the conditions that the filter sets, as `filter_values` gives them.
        descending: whether the last comes first.
        continued: whether it goes on after a position.
    """
    return ordered(
        select(*EVENT_COLUMNS).where(*_conditions(names)),
        key=_KEY,
        after=_AFTER if continued else None,
        descending=descending,
    )


@lru_cache(maxsize=256)
def _count(names: frozenset[str]) -> AnySelect:
    return select(func.count()).select_from(events).where(*_conditions(names))


def _conditions(names: frozenset[str]) -> tuple[ColumnElement[bool], ...]:
    return tuple(condition for name, condition in _CONDITIONS.items() if name in names)


class SqlEventRepository(EventRepository):
    """Events in the table `events`."""

    def __init__(self, connections: Connections, changes: Changes) -> None:
        """Read through the connections, collect into the changes."""
        self._connections = connections
        self._changes = changes

    async def page(self, wanted: EventFilter, request: PageRequest[EventSort]) -> Page[RecordedEvent]:
        """Return a page of the events that are wanted."""
        values = filter_values(wanted)
        names = frozenset(values)
        total: int | None = None
        if request.number is not None:
            total = (await self._connections.fetch(_count(names), values))[0][0]
        statement = listing(names, descending=request.descending, continued=request.after is not None)
        start = {} if request.after is None else {"after_id": request.after.id}
        return page_of(
            await self._connections.fetch(statement, values | start | bounds(request)),
            request,
            entity_from=event_from,
            position_of=lambda row: Position(None, row.id),
            total=total,
        )

    def add(self, event: Event) -> None:
        """Collect what happens."""
        self._changes.add(_ADD, values_of(event))


def _value_from(value: str | int | list[str] | None) -> Value:
    # JSON knows no tuples.
    return tuple(value) if isinstance(value, list) else value
