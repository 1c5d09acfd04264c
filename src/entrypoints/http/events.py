"""What happened, over HTTP."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import Controller, Request, Response, get
from litestar.di import NamedDependency, Provide
from litestar.params import SkipValidation
from msgspec import Meta

from application.auth import Identity
from application.events import ListEvents
from application.ports.events import EventFilter, EventSort
from domain.events import EventType, RecordedEvent, SubjectType, Value
from entrypoints.http.answers import Answer
from entrypoints.http.input import read_query
from entrypoints.http.paging import Cursors, ListQuery, page_headers, page_request
from entrypoints.http.task_structs import Id, Moment


class SubjectOut(msgspec.Struct, rename="camel"):
    """What an event is about."""

    type: SubjectType
    id: int


class EventOut(msgspec.Struct, rename="camel"):
    """Something that happened; `actorId` is null where the operator did it at the command line."""

    id: int
    type: EventType
    actor_id: int | None
    subject: SubjectOut
    data: Annotated[
        Mapping[str, Value],
        Meta(
            description="What there is to know beyond that. It depends on the type; docs/events.md has them all.",
            examples=[{"title": "Water the plants", "version": 2, "changed": ["status"], "status": "done"}],
        ),
    ]
    occurred_at: datetime


class EventQuery(ListQuery, frozen=True):
    """Which events."""

    type: Annotated[tuple[EventType, ...], Meta(description="Any of these, separated by commas.")] = ()
    actor_id: Annotated[Id | Literal["me"] | None, Meta(description="A user's id, or `me`.")] = None
    subject_type: SubjectType | None = None
    subject_id: Id | None = None
    after: Annotated[Moment | None, Meta(description="Occurred after this.")] = None
    before: Annotated[Moment | None, Meta(description="Occurred before this.")] = None
    sort: (
        Annotated[
            Literal["occurredAt", "-occurredAt"],
            Meta(description="In the order they were written down, a minus downwards. Default: the latest first."),
        ]
        | None
    ) = None


def _query(request: Request[Any, Any, Any]) -> EventQuery:
    return read_query(request, EventQuery)


class EventController(Controller):
    """`/audit`."""

    tags = ("Audit",)

    @get(
        "/audit",
        summary="Who did what?",
        dependencies={"event_query": Provide(_query, sync_to_thread=False)},
        opt={"query": EventQuery},
    )
    async def list_events(
        self,
        request: Request[Any, Any, Any],
        identity: NamedDependency[SkipValidation[Identity]],
        event_query: NamedDependency[SkipValidation[EventQuery]],
        list_events: NamedDependency[SkipValidation[ListEvents]],
        cursors: NamedDependency[SkipValidation[Cursors]],
    ) -> Response[tuple[EventOut, ...]]:
        """Return everything that happened, the latest first, a page at a time; for admins."""
        wanted = EventFilter(
            types=frozenset(event_query.type),
            actor_id=identity.user.id if event_query.actor_id == "me" else event_query.actor_id,
            subject_type=event_query.subject_type,
            subject_id=event_query.subject_id,
            after=event_query.after,
            before=event_query.before,
        )
        asked = page_request(
            request, event_query, cursors, sort=EventSort.ID, descending=event_query.sort != "occurredAt"
        )
        page = await list_events(identity.user, wanted=wanted, request=asked)
        return Answer(tuple(map(event_out, page.items)), headers=page_headers(request, asked, page, cursors))


def event_out(recorded: RecordedEvent) -> EventOut:
    """Return an event as clients see it."""
    event = recorded.event
    return EventOut(
        id=recorded.id,
        type=event.type,
        actor_id=event.actor_id,
        subject=SubjectOut(event.subject_type, event.subject_id),
        data=event.data,
        occurred_at=event.occurred_at,
    )
