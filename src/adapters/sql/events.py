"""The log of events in PostgreSQL."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    LargeBinary,
    Text,
    any_,
    bindparam,
    column,
    delete,
    func,
    insert,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import DataError

from adapters.sql.changes import Changes, adding, adding_together
from adapters.sql.connections import Connections
from adapters.sql.lists import Lists
from adapters.sql.news import EVENTS
from adapters.sql.pages import AnySelect, bounds, ordered, page_of
from adapters.sql.tables import event_archives, events, moment_type, waiting_events
from application.paging import Page, PageRequest, Position
from application.ports.events import EventFilter, EventRepository, EventSort, UnreadableEvent
from domain.events import Event, EventType, Head, RecordedEvent, SubjectType, Value, WaitingEvent

# What an event consists of, in `events` and in `waiting_events`, in the order of `_event_from`.
_FACTS: Final = ("type", "actor_id", "subject_type", "subject_id", "occurred_at", "data")

EVENT_COLUMNS: Final = (events.c.id, events.c.hash, *(events.c[fact] for fact in _FACTS))
_WAITING_COLUMNS: Final = (waiting_events.c.key, *(waiting_events.c[fact] for fact in _FACTS))


def event_from(row: Sequence[Any]) -> RecordedEvent:
    """Return the event that a row of `EVENT_COLUMNS` holds."""
    place, link, *facts = row
    return RecordedEvent(place, _event_from(facts), link)


def _event_from(facts: Sequence[Any]) -> Event:
    kind, actor_id, subject_type, subject_id, occurred_at, data = facts
    return Event(
        type=EventType(kind),
        actor_id=actor_id,
        subject_type=SubjectType(subject_type),
        subject_id=subject_id,
        occurred_at=occurred_at,
        data={name: _value_from(value) for name, value in data.items()},
    )


def values_of(event: Event) -> dict[str, object]:
    """Return the row of `waiting_events` that holds the event; the database numbers it."""
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
_ADD: Final = adding(waiting_events)
_ADD_TOGETHER: Final = adding_together(waiting_events, *_FACTS)

# A later version may run beside this one. What this one does not know it leaves to that.
_KNOWN: Final = [each.value for each in EventType]
AFTER: Final = (
    select(*EVENT_COLUMNS)
    .where(events.c.id > bindparam("after_id"), events.c.type == any_(bindparam("known", type_=ARRAY(Text))))
    .order_by(events.c.id)
    .limit(bindparam("limit"))
)
WAITING: Final = (
    select(*_WAITING_COLUMNS)
    .where(waiting_events.c.type == any_(bindparam("known", type_=ARRAY(Text))))
    .order_by(waiting_events.c.key)
    .limit(bindparam("limit"))
)
_ARCHIVED: Final = (
    select(event_archives.c.last_id, event_archives.c.last_hash).order_by(event_archives.c.last_id.desc()).limit(1)
)
_LAST: Final = select(events.c.id, events.c.hash).order_by(events.c.id.desc()).limit(1)

_moved = (
    delete(waiting_events)
    .where(waiting_events.c.key == any_(bindparam("keys", type_=ARRAY(BigInteger))))
    .returning(*_WAITING_COLUMNS)
    .cte("moved")
)
_places = (
    func.unnest(
        bindparam("keys", type_=ARRAY(BigInteger)),
        bindparam("ids", type_=ARRAY(BigInteger)),
        bindparam("hashes", type_=ARRAY(LargeBinary)),
    )
    .table_valued(column("key", BigInteger), column("id", BigInteger), column("hash", LargeBinary))
    .render_derived(name="places")
)
# All or none: where one does not wait any longer, it hits nothing.
_SEAL: Final = (
    insert(events)
    .from_select(
        [column.name for column in EVENT_COLUMNS],
        select(_places.c.id, _places.c.hash, *(_moved.c[fact] for fact in _FACTS))
        .join_from(_places, _moved, _places.c.key == _moved.c.key)
        .where(
            select(func.count()).select_from(_moved).scalar_subquery()
            == func.cardinality(bindparam("keys", type_=ARRAY(BigInteger)))
        )
        .order_by(_places.c.id),
    )
    .execution_options(preserve_rowcount=True)
)
_WAKE: Final = select(literal(1)).select_from(func.pg_notify(EVENTS, ""))

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
    types = [each.value for each in wanted.types] or _KNOWN
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
    """Events in the table `events`, and in `waiting_events` until they are sealed."""

    def __init__(self, connections: Connections, lists: Lists, changes: Changes) -> None:
        """Read through the connections and the lists, collect into the changes."""
        self._connections = connections
        self._lists = lists
        self._changes = changes

    async def page(self, wanted: EventFilter, request: PageRequest[EventSort]) -> Page[RecordedEvent]:
        """Return a page of the events that are wanted."""
        values = filter_values(wanted)
        names = frozenset(values)
        total: int | None = None
        if request.number is not None:
            total = (await self._lists.fetch(_count(names), values))[0][0]
        statement = listing(names, descending=request.descending, continued=request.after is not None)
        start = {} if request.after is None else {"after_id": request.after.id}
        return page_of(
            await self._lists.fetch(statement, values | start | bounds(request)),
            request,
            entity_from=event_from,
            position_of=lambda row: Position(None, row.id),
            total=total,
        )

    async def after(self, id: int, *, limit: int) -> tuple[RecordedEvent, ...]:
        """Return the events behind this place, the first first.

        Raises:
            UnreadableEvent: one of them is no event.
        """
        values = {"after_id": id, "known": _KNOWN, "limit": limit}
        try:
            return tuple(event_from(row) for row in await self._connections.fetch(AFTER, values))
        except (ValueError, TypeError, AttributeError, RecursionError, DataError) as error:
            raise UnreadableEvent(f"Behind {id} stands what is no event.") from error

    async def last(self) -> Head | None:
        """Return where the log ends."""
        rows = await self._connections.fetch(_LAST)
        return Head(*rows[0]) if rows else None

    async def archived(self) -> Head | None:
        """Return the event behind which the log begins, if any were taken out."""
        rows = await self._connections.fetch(_ARCHIVED)
        return Head(*rows[0]) if rows else None

    async def waiting(self, *, limit: int) -> tuple[WaitingEvent, ...]:
        """Return events that are not sealed yet, in the order in which they were numbered."""
        rows = await self._connections.fetch(WAITING, {"known": _KNOWN, "limit": limit})
        return tuple(WaitingEvent(row.key, _event_from(row[1:])) for row in rows)

    def add(self, event: Event) -> None:
        """Collect what happens."""
        self._changes.add(_ADD, values_of(event), together=_ADD_TOGETHER)

    def seal(self, waiting: Sequence[WaitingEvent], recorded: Sequence[RecordedEvent]) -> None:
        """Collect the move of waiting events to their places, as one statement, and the word of it."""
        if len(waiting) != len(recorded):
            raise ValueError("Every event that is sealed has one place.")
        values = {
            "keys": [each.key for each in waiting],
            "ids": [each.id for each in recorded],
            "hashes": [each.hash for each in recorded],
        }
        self._changes.change_some(_SEAL, values)
        self._changes.change_many(_WAKE, {})


def _value_from(value: str | int | list[str] | None) -> Value:
    # JSON knows no tuples.
    return tuple(value) if isinstance(value, list) else value
