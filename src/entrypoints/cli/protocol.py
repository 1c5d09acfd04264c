"""HTTP/1.1 as the service takes it from the wire: uvicorn's protocol, with bounds, and refusals like all others.

What does not get as far as a request never reaches the application, so it is bounded and answered here.
"""

import asyncio
import secrets
from typing import Any, Final, cast

import httptools
import structlog
import uvicorn
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from entrypoints.cli.deadline import Deadline
from entrypoints.cli.joined_writes import JoinedWrites
from entrypoints.cli.refusals import CROWDED, NOT_HTTP, TOO_LARGE, Refusal, fault_of_head, is_of_monitor
from entrypoints.cli.stalled_writes import WRITE_SECONDS, StalledWrites
from entrypoints.cli.websocket import can_be_accepted
from entrypoints.http.edge import Edge
from entrypoints.metrics.traffic import REFUSED

# Several times what browsers and proxies send at most; the longest cursor and token are a few KiB.
HEAD_BYTES: Final = 64 * 1024
# A head is a packet or two; who needs longer for it is holding the connection, not using it.
HEAD_SECONDS: Final = 10.0
# Counted from the last byte, so that a large body may come slowly; a pause of that length is a client gone.
BODY_SECONDS: Final = 30.0
# A body has this long altogether, and a second more for so many bytes of it: one that never pauses and never ends
# would hold its connection for months.
BODY_GRACE_SECONDS: Final = 60.0
BODY_BYTES_PER_SECOND: Final = 1024
# So many more may ask how the service is, or be told that there is no room; those beyond are cut off.
ROOM_TO_REFUSE: Final = 200
# That room must not be taken by those who say nothing.
_HEAD_SECONDS_OF_ONE_TOO_MANY: Final = 2.0
# How long to take in, and drop, what a client still sends behind the last answer: closing on unread bytes resets
# the connection, and the answer would be lost with it (RFC 9112, section 9.6).
_LINGER_SECONDS: Final = 2.0

_log: structlog.stdlib.BoundLogger = structlog.get_logger("satchel.http")


class BoundedHttpProtocol(HttpToolsProtocol):
    """One connection; uvicorn makes it and calls the methods. It serves an `Edge`.

    Attributes:
        head_bytes: how long request line and headers may be together, and likewise trailers and blank lines, where
            what one read brings may come on top.
        head_seconds: how long a head may take, from its first byte or, for the first, from the connection's start.
        body_seconds: how long a body may pause.
        body_grace_seconds: how long a body may take, and a second more for every `BODY_BYTES_PER_SECOND`.
        write_seconds: how long a client may take nothing of what waits for it.
    """

    head_bytes: int = HEAD_BYTES
    head_seconds: float = HEAD_SECONDS
    body_seconds: float = BODY_SECONDS
    body_grace_seconds: float = BODY_GRACE_SECONDS
    write_seconds: float = WRITE_SECONDS

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        # uvicorn wraps the application only where it is told to, and leaves the attribute untyped.
        self._edge = cast("Edge", config.loaded_app)  # pyright: ignore[reportUnknownMemberType]
        self._in_head = True
        self._in_body = False
        self._body_ends_at = 0.0
        self._bytes_without_body = 0
        self._deadline = Deadline(self.loop)
        # uvicorn would refuse health checks as well, and in words of its own.
        self._connections_most, self.limit_concurrency = self.limit_concurrency, None
        self._is_one_too_many = False
        self._fault = NOT_HTTP
        self._refusal: Refusal | None = None
        self._lingers = False
        self._opens_websocket = False
        self._running: RequestResponseCycle | None = None
        self._stalled_writes: StalledWrites | None = None
        self._joined_writes: JoinedWrites | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin to wait for the first head."""
        super().connection_made(transport)
        if self._connections_most is not None:
            self._is_one_too_many = len(self.connections) > self._connections_most
            if len(self.connections) > self._connections_most + ROOM_TO_REFUSE:
                transport.abort()
                return
        self._stalled_writes = StalledWrites(self.loop, transport, self.write_seconds)
        self._joined_writes = JoinedWrites(self.loop, transport, self._close)
        seconds = _HEAD_SECONDS_OF_ONE_TOO_MANY if self._is_one_too_many else self.head_seconds
        self._deadline.set(seconds, self.shutdown)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the deadline, and let the application know."""
        self._deadline.lift()
        if self._stalled_writes is not None:
            self._stalled_writes.forget()
        if self._running is not None:
            # uvicorn tells only the last request on the connection, which may be waiting for this one.
            self._running.disconnected = True
            self._running.message_event.set()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Wait for the client to take something."""
        super().pause_writing()
        if self._stalled_writes is not None:
            self._stalled_writes.watch()

    def resume_writing(self) -> None:
        """Go on."""
        super().resume_writing()
        if self._stalled_writes is not None:
            self._stalled_writes.forget()

    def data_received(self, data: bytes) -> None:
        """Take in what came, and set the deadline for what is to follow."""
        if self._refusal is not None or self._lingers or self._is_last_answer():
            return
        self._in_head = not self._in_body
        self._bytes_without_body += len(data)
        self._unset_keepalive_if_required()
        self._parse(data)
        if not self.transport.is_closing():
            self._await_more()

    def on_message_begin(self) -> None:
        """Note that a head begins."""
        super().on_message_begin()
        self._in_head = True

    def on_headers_complete(self) -> None:
        """Let the request begin, if its head is in order.

        Raises:
            ValueError: it is not; the parser stops there.
        """
        if (fault := self._fault_of_head()) is not None:
            self._fault = fault
            raise ValueError(fault.detail)
        self._opens_websocket = self._is_handshake()
        super().on_headers_complete()
        if self._is_one_too_many:
            self.cycle.keep_alive = False
        self._deadline.lift()
        self._in_head, self._in_body = False, True
        self._body_ends_at = self.loop.time() + self.body_grace_seconds
        self._bytes_without_body = 0

    def on_body(self, body: bytes) -> None:
        """Note that the body makes progress."""
        super().on_body(body)
        self._body_ends_at += len(body) / BODY_BYTES_PER_SECOND
        self._bytes_without_body = 0

    def on_message_complete(self) -> None:
        """Note that nothing is awaited; between two requests uvicorn's own limit holds."""
        super().on_message_complete()
        self._deadline.lift()
        self._in_body = False
        self._bytes_without_body = 0

    def on_response_complete(self) -> None:
        """Go on to the next request, or to the refusal of what came after the last."""
        if self._joined_writes is not None:
            self._joined_writes.end()
        super().on_response_complete()
        if self._refusal is not None and self.cycle.response_complete and not self.transport.is_closing():
            self._answer(self._refusal)

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection over, with nothing left that could end it."""
        self._deadline.lift()
        if self._stalled_writes is not None:
            self._stalled_writes.forget()
        super().handle_websocket_upgrade()

    def shutdown(self) -> None:
        """End the connection, once a request that is being answered has been."""
        if self._in_body and not self._is_answering():
            self._close()
        else:
            super().shutdown()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._running = cycle
        if self._joined_writes is not None:
            cycle.transport = self._joined_writes
        super()._start_asgi_task(cycle, app)

    def _parse(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            try:
                # The parser is None only once the connection is lost.
                self.parser.feed_data(rest)  # pyright: ignore[reportOptionalMemberAccess]
            except httptools.HttpParserError:
                self._refuse(self._fault)
            except httptools.HttpParserUpgrade as upgrade:
                if not self._opens_websocket:
                    # The parser stops at whatever asks for an upgrade, which is passed over here.
                    rest = rest[upgrade.args[0] :]
                    continue
                self.handle_websocket_upgrade()
            return

    def _is_last_answer(self) -> bool:
        # Nothing behind a request whose answer closes the connection is looked at (RFC 9112, section 9.6). It is
        # read nevertheless, since that is how a client is seen to leave.
        running = self._running
        is_read = bool(self.pipeline) or not self._in_body
        return running is not None and running.response_started and not running.keep_alive and is_read

    def _should_upgrade(self) -> bool:
        return self._opens_websocket

    def _is_handshake(self) -> bool:
        # One that cannot be accepted is a request like any other: whoever has the address says what is wrong. And
        # where an answer is still to come, whatever was said over WebSocket would be taken for a part of it.
        if not super()._should_upgrade() or self._is_answering():
            return False
        # The parser is None only once the connection is lost.
        method = self.parser.get_method()  # pyright: ignore[reportOptionalMemberAccess]
        version = self.parser.get_http_version()  # pyright: ignore[reportOptionalMemberAccess]
        return can_be_accepted(method, self.url, version, self.headers)

    def _await_more(self) -> None:
        if self._refusal is not None or self._lingers:
            return
        if self._bytes_without_body > self.head_bytes:
            self._refuse(TOO_LARGE)
        elif self._in_body:
            seconds = min(self.body_seconds, self._body_ends_at - self.loop.time())
            self._deadline.set(seconds, self._end_stalled_body)
        elif self._in_head and not self._deadline.was_set:
            self._deadline.set(self.head_seconds, self.shutdown)

    def _refuse(self, refusal: Refusal) -> None:
        self._deadline.lift()
        self._refusal = refusal
        if not self._in_body:
            if not self._is_answering():
                self._answer(refusal)
        elif self.pipeline or self.cycle.response_started:
            # Whatever was said now would be taken for part of another answer.
            self.transport.close()
        else:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            self._answer(refusal)

    def _is_answering(self) -> bool:
        # None before the first request, which uvicorn's annotation passes over.
        cycle = cast("RequestResponseCycle | None", self.cycle)
        return cycle is not None and not cycle.response_complete

    def _answer(self, refusal: Refusal) -> None:
        request_id = secrets.token_hex(16)
        self.transport.write(
            refusal.answer(request_id, self.server_state.default_headers, self._edge.security_headers)
        )
        self._linger()
        self._edge.traffic.note_untimed("", REFUSED, refusal.kind.status)
        _log.warning("request refused", request_id=request_id, status=refusal.kind.status, error=refusal.detail)

    def _close(self) -> None:
        if self._in_body and not self.transport.is_closing():
            self._linger()
        else:
            self.transport.close()

    def _linger(self) -> None:
        if not self._lingers:
            self._lingers = True
            self.transport.write_eof()
            self._deadline.set(_LINGER_SECONDS, self.transport.close)

    def _fault_of_head(self) -> Refusal | None:
        if self._is_one_too_many and not is_of_monitor(self.url, self.headers):
            return CROWDED
        # The parser is None only once the connection is lost.
        version = self.parser.get_http_version()  # pyright: ignore[reportOptionalMemberAccess]
        return fault_of_head(version, self.url, self.headers, most=self.head_bytes)

    def _end_stalled_body(self) -> None:
        if self.flow.read_paused:
            # It is the application that takes its time.
            self._deadline.set(self.body_seconds, self._end_stalled_body)
        else:
            self.transport.close()
