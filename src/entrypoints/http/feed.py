"""What happens, live: as Server-Sent Events, and over WebSocket."""

import asyncio
import re
from contextlib import suppress
from typing import Annotated, Any, Final, NamedTuple

import msgspec
from litestar import Controller, Request, get
from litestar.di import NamedDependency, Provide
from litestar.exceptions import HTTPException
from litestar.params import SkipValidation
from litestar.response.base import ASGIResponse
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from msgspec import Meta

from application.auth import Identity
from application.feed import EventFeed
from application.follower import Follower
from domain.errors import DomainError, Fault, Invalid, Unauthenticated
from domain.events import EventType, RecordedEvent
from entrypoints.http.authentication import SUBPROTOCOL, offered_subprotocols
from entrypoints.http.edge import wants_body
from entrypoints.http.events import event_out
from entrypoints.http.handshake import is_handshake
from entrypoints.http.input import Query, read_query

HEARTBEAT_SECONDS: Final = 15.0
"""How often at least something is sent: most proxies cut off what is silent for 30 to 60 seconds."""
SESSION_ENDED: Final = 4401
"""How a WebSocket is closed whose session has ended; from 4000 on the codes are the application's own."""
_RESTARTING: Final = 1012
_ENCODED_MOST: Final = 2_000
_PLACE_MOST: Final = 10**18
_PLACE = re.compile(r"0|[1-9][0-9]{0,17}")
_HEADERS = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-store",
    # What comes behind on the connection would wait for ever.
    "Connection": "close",
    # nginx would hold events back until they fill a buffer.
    "X-Accel-Buffering": "no",
}
_UPGRADE = {"Upgrade": "websocket", "Connection": "upgrade", "Sec-WebSocket-Version": "13"}

Place = Annotated[
    int,
    Meta(
        ge=0,
        le=_PLACE_MOST,
        description="The id of the last event that is known, 0 for none: begin with the one after it. "
        "Default: with what happens from now on.",
    ),
]


class FeedQuery(Query, frozen=True):
    """Which events."""

    after: Place | None = None
    type: Annotated[tuple[EventType, ...], Meta(description="Any of these, separated by commas.")] = ()


def _query(request: Request[Any, Any, Any]) -> FeedQuery:
    return read_query(request, FeedQuery)


class FeedController(Controller):
    """`/events`."""

    path = "/events"
    tags = ("Events",)
    dependencies = {"feed_query": Provide(_query, sync_to_thread=False)}  # noqa: RUF012  # as Litestar has it

    @get("/", summary="What happens, live", opt={"query": FeedQuery}, media_type="text/event-stream")
    async def stream_events(
        self,
        request: Request[Any, Any, Any],
        identity: NamedDependency[SkipValidation[Identity]],
        feed_query: NamedDependency[SkipValidation[FeedQuery]],
        event_feed: NamedDependency[SkipValidation[EventFeed]],
    ) -> ASGIApp:
        """Send every event that one may read, as soon as it is there, as Server-Sent Events.

        They come in the order of their ids. Whoever was cut off names the last one seen, in the header
        `Last-Event-ID` or in `after`, and goes on from there: with none lost and none twice. The stream ends with
        the session or the access token. The same comes over WebSocket from `/api/v1/events/ws`.

        The `data` of each is one event as `GET /audit` shows it. A block without `data` is none: the first names
        the place behind which one follows, and something comes at least every 15 seconds. docs/events.md has a
        client for pages, which cannot use `EventSource`, since that sends no token.
        """
        return await event_stream(request, identity, feed_query, event_feed)

    @get("/ws", summary="What happens, live, over WebSocket", opt={"query": FeedQuery})
    async def open_event_socket(
        self,
        request: Request[Any, Any, Any],
        identity: NamedDependency[SkipValidation[Identity]],
        feed_query: NamedDependency[SkipValidation[FeedQuery]],
        event_feed: NamedDependency[SkipValidation[EventFeed]],
    ) -> ASGIApp:
        """Send the same as `/api/v1/events` over WebSocket, one JSON text message an event.

        The request is a WebSocket handshake of version 13. Programs send the token as `Authorization: Bearer …`;
        pages, which cannot, offer two subprotocols: `satchel.events`, and `satchel.bearer.` with the token behind
        it. What a client sends is dropped. The close code is 4401 when the session or the token has ended: come
        back with a new one.

        Raises:
            HTTPException: 426 where it is no handshake.
        """
        # Pages of any origin may connect: what lets them in is a token, which no browser adds by itself.
        if not is_handshake(request.scope):
            raise HTTPException(status_code=426, headers=_UPGRADE)
        follower = await event_feed.follow(identity, after=feed_query.after, types=feed_query.type)
        return _EventSocket(follower, has_offered=SUBPROTOCOL in offered_subprotocols(request.headers))


async def event_stream(
    request: Request[Any, Any, Any],
    identity: Identity,
    query: FeedQuery,
    event_feed: EventFeed,
    *,
    for_page: bool = False,
) -> ASGIApp:
    """Return the answer that sends events for as long as the identity holds.

    Args:
        request: that asks for them; its `Last-Event-ID` goes before `after`.
        identity: who follows.
        query: which events.
        event_feed: where they come from.
        for_page: whether an `EventSource` reads them. It hands an event with a name only to those who listen to
            this very name, so these have none; and it keeps comments to itself, so signs of life are events, too.

    Raises:
        Invalid: there is no such place in the log.
        TooManyRequests: this user follows too often already.
        Unauthenticated: the session has ended meanwhile.
        Unavailable: the store is away, too many follow at this process, or it is about to end.
    """
    last_seen = request.headers.get("last-event-id")
    after = _place(last_seen) if last_seen else query.after
    if not wants_body(request.scope):
        return ASGIResponse(headers=_HEADERS, media_type=_HEADERS["Content-Type"])
    follower = await event_feed.follow(identity, after=after, types=query.type)
    return _EventStream(follower, for_page=for_page)


class _Encoded(NamedTuple):
    text: str
    named: bytes

    def unnamed(self, id: int) -> bytes:
        return b"id: %d\ndata: %s\n\n" % (id, self.text.encode())


class _EncodedEvents:
    """Events as they are sent, made once for all readers. A hash stands for all that an event says."""

    def __init__(self) -> None:
        self._encoded: dict[bytes, _Encoded] = {}

    def __getitem__(self, recorded: RecordedEvent) -> _Encoded:
        if (known := self._encoded.get(recorded.hash)) is not None:
            return known
        json = msgspec.json.encode(event_out(recorded))
        named = b"id: %d\nevent: %s\ndata: %s\n\n" % (recorded.id, recorded.event.type.value.encode(), json)
        if len(self._encoded) >= _ENCODED_MOST:
            del self._encoded[next(iter(self._encoded))]
        encoded = self._encoded[recorded.hash] = _Encoded(json.decode(), named)
        return encoded


_encoded = _EncodedEvents()


class _EventStream:
    """The answer that is a stream of Server-Sent Events."""

    def __init__(self, follower: Follower, *, for_page: bool) -> None:
        self._follower = follower
        self._for_page = for_page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        follower, leaving = self._follower, _leaving(receive, self._follower)
        headers = [(name.lower().encode(), value.encode()) for name, value in _HEADERS.items()]
        try:
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            # A block without data is no event, but its id is where a browser goes on that was cut off before the
            # first one (HTML standard, section 9.2.6).
            told = follower.place
            await send(_body(b": connected\nretry: 1000\nid: %d\n\n" % told))
            while not leaving.done():
                events = await follower.next(within=HEARTBEAT_SECONDS)
                if events:
                    told = events[-1].id
                    await send(_body(b"".join(map(self._block, events))))
                elif self._for_page:
                    await send(_body(b"id: %d\nevent: heartbeat\ndata:\n\n" % follower.place))
                elif told != follower.place:
                    told = follower.place
                    await send(_body(b"id: %d\n\n" % told))
                else:
                    await send(_body(b":\n\n"))
        except DomainError as end:
            await send(_body(f": {end.detail}\n\n".encode()))
        finally:
            follower.close()
            leaving.cancel()
            await asyncio.gather(leaving, return_exceptions=True)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _block(self, event: RecordedEvent) -> bytes:
        encoded = _encoded[event]
        return encoded.unnamed(event.id) if self._for_page else encoded.named


class _EventSocket:
    """The answer that opens a WebSocket and sends events."""

    def __init__(self, follower: Follower, *, has_offered: bool) -> None:
        self._follower = follower
        self._subprotocol = SUBPROTOCOL if has_offered else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # What ASGI has servers raise when the client has gone.
        with suppress(OSError):
            await self._talk(receive, send)

    async def _talk(self, receive: Receive, send: Send) -> None:
        follower, leaving = self._follower, _leaving(receive, self._follower)
        try:
            await send({"type": "websocket.accept", "subprotocol": self._subprotocol, "headers": []})
            while not leaving.done():
                for event in await follower.next(within=HEARTBEAT_SECONDS):
                    await send({"type": "websocket.send", "text": _encoded[event].text, "bytes": None})
        except DomainError as end:
            code = SESSION_ENDED if isinstance(end, Unauthenticated) else _RESTARTING
            await send({"type": "websocket.close", "code": code, "reason": end.detail})
        finally:
            follower.close()
            leaving.cancel()
            await asyncio.gather(leaving, return_exceptions=True)


def _place(last_seen: str) -> int:
    if _PLACE.fullmatch(last_seen) is None:
        raise Invalid(Fault("Last-Event-ID", f"must be a whole number from 0 to {_PLACE_MOST:,}"))
    return int(last_seen)


def _body(content: bytes) -> Message:
    return {"type": "http.response.body", "body": content, "more_body": True}


def _leaving(receive: Receive, follower: Follower) -> asyncio.Task[None]:
    """Return what is done when the client has gone; whatever it sends until then is dropped."""

    async def leave() -> None:
        while not (await receive())["type"].endswith(".disconnect"):
            pass

    leaving = asyncio.create_task(leave())
    leaving.add_done_callback(lambda _: follower.close())
    return leaving
