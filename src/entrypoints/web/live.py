"""What happens, live, for pages: the events of the API, to whoever has a cookie instead of a token.

A page that wants to follow asks `FindPlace` for the place behind which it begins, and only then reads what it
shows. Its template has `live.state(place)` of `live.html`, and loads `live.js`, which hands every event on to the
page's own scripts: as a `satchel:event` on the document, whose `detail` is the event as `GET /audit` shows it.
"""

from typing import Any

from litestar import Request, get
from litestar.di import NamedDependency, Provide
from litestar.params import SkipValidation
from litestar.types import ASGIApp

from application.feed import EventFeed
from entrypoints.http.feed import FeedQuery, event_stream
from entrypoints.http.input import read_query
from entrypoints.web.browser import Browser


def _query(request: Request[Any, Any, Any]) -> FeedQuery:
    return read_query(request, FeedQuery)


@get(
    "/live",
    dependencies={"feed_query": Provide(_query, sync_to_thread=False)},
    media_type="text/event-stream",
)
async def follow_live(
    request: Request[Any, Any, Any],
    browser: NamedDependency[SkipValidation[Browser]],
    feed_query: NamedDependency[SkipValidation[FeedQuery]],
    event_feed: NamedDependency[SkipValidation[EventFeed]],
) -> ASGIApp:
    """Send what its reader may see, until their session ends; see `FeedController.stream_events`.

    Raises:
        Unauthenticated: nobody is signed in. Scripts are told so with a 401.
    """
    return await event_stream(request, browser.signed_in(), feed_query, event_feed, for_page=True)
