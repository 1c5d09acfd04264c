"""Who did what, and when: the audit trail as admins read it."""

from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Final

import msgspec
from litestar import Controller, Request, Response, get
from litestar.di import NamedDependency, Provide
from litestar.params import SkipValidation
from msgspec import Meta

from application.approvals import GetAccount
from application.events import ListEvents
from application.paging import Page
from application.ports.events import EventFilter, EventSort
from application.users import NameUsers
from domain.errors import NotFound
from domain.events import EventType, RecordedEvent, SubjectType
from domain.users import User
from entrypoints.http.expectation import ID_MOST
from entrypoints.http.input import read_query
from entrypoints.http.paging import Cursors, ListQuery, page_request
from entrypoints.web.admin import admin_of
from entrypoints.web.answers import page
from entrypoints.web.browser import Browser
from entrypoints.web.event_words import TYPES, people_in, told
from entrypoints.web.lists import pager

_NO_EVENTS: Final[Page[RecordedEvent]] = Page((), next=None)


class AuditQuery(ListQuery, frozen=True):
    """Which events; days are those of UTC, the last one included."""

    type: tuple[EventType, ...] = ()
    actor: str | None = None
    subject_type: SubjectType | None = None
    subject_id: Annotated[int, Meta(ge=1, le=ID_MOST)] | None = None
    first_day: date | None = msgspec.field(name="from", default=None)
    last_day: date | None = msgspec.field(name="to", default=None)


class AuditController(Controller):
    """`/admin/audit`."""

    path = "/admin/audit"
    dependencies = {"admin": Provide(admin_of, sync_to_thread=False)}  # noqa: RUF012  # never written

    @get(opt={"query": AuditQuery})
    async def list_events(
        self,
        request: Request[Any, Any, Any],
        browser: NamedDependency[SkipValidation[Browser]],
        admin: NamedDependency[SkipValidation[User]],
        list_events: NamedDependency[SkipValidation[ListEvents]],
        get_account: NamedDependency[SkipValidation[GetAccount]],
        name_users: NamedDependency[SkipValidation[NameUsers]],
        cursors: NamedDependency[SkipValidation[Cursors]],
    ) -> Response[str]:
        """Show what happened, the latest first."""
        query = read_query(request, AuditQuery)
        asked = page_request(request, query, cursors, sort=EventSort.ID, descending=True)
        actor: User | None = None
        if query.actor is not None:
            # A name that nobody has is no error here: nothing was done under it.
            with suppress(NotFound):
                actor = await get_account(admin, user=query.actor)
        is_unknown = query.actor is not None and actor is None
        wanted = EventFilter(
            types=frozenset(query.type),
            actor_id=None if actor is None else actor.id,
            subject_type=query.subject_type,
            subject_id=query.subject_id,
            after=_before(query.first_day),
            before=_behind(query.last_day),
        )
        found = _NO_EVENTS if is_unknown else await list_events(admin, wanted=wanted, request=asked)
        names = await name_users(user_ids=people_in(found.items))
        return page(
            browser,
            "admin/audit.html",
            query=query,
            is_unknown=is_unknown,
            is_filtered=bool(query.type) or wanted != EventFilter() or is_unknown,
            entries=told(found.items, names),
            pager=pager(request, found, cursors),
            types=TYPES,
            subjects=list(SubjectType),
        )


def _before(day: date | None) -> datetime | None:
    """Return the moment after which all of this day lies; None where nothing lies before it."""
    if day is None or day == date.min:
        return None
    return datetime.combine(day, time(), UTC) - timedelta(microseconds=1)


def _behind(day: date | None) -> datetime | None:
    """Return the moment before which all of this day lies; None where nothing lies behind it."""
    if day is None or day == date.max:
        return None
    return datetime.combine(day + timedelta(days=1), time(), UTC)
