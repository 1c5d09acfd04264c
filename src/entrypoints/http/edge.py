"""The outermost layer: what is true of every answer, also of those that no handler gives.

It stands before Litestar's routing, so that unknown paths and wrong methods get it too: the request's id, the
log line, security and caching headers, CORS, HEAD, and the old clients' path prefix.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from typing import Any, cast
from urllib.parse import quote

import structlog
from litestar import Request, Response
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from domain.errors import Unavailable
from entrypoints.http.exchange import Exchange
from entrypoints.http.handshake import answering_handshake, as_request
from entrypoints.http.rate_limits import rate_limit_headers
from entrypoints.metrics.traffic import Traffic

_EXPOSED = (
    "Link, ETag, Location, X-Total-Count, X-Request-ID, Retry-After, Idempotent-Replayed, "
    "RateLimit, RateLimit-Policy"
)
_SHUTTING_DOWN = "The service is shutting down and could not finish this in time. Send it again."
_METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"
_REQUEST_HEADERS = (
    "Authorization, Content-Type, If-Match, If-None-Match, Idempotency-Key, Last-Event-ID, X-Request-ID"
)
API_POLICY = "default-src 'none'; frame-ancestors 'none'"
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


# What scripts of other origins may read: not pages, which show what a cookie opens.
_SHARED = ("/api/", "/health", "/hello", "/openapi.json", "/.well-known/")
_REPLACED = frozenset({b"allow", b"vary", b"x-request-id"})

_Header = tuple[bytes, bytes]
AnswerError = Callable[[Request[Any, Any, Any], Exception], Response[Any]]
"""Says how to answer an error, and writes it down where it is a mistake of ours."""


class Edge:
    """Wraps the application.

    Args:
        app: the application behind.
        cors_origins: origins whose scripts may read answers; `*` means any, without credentials.
        strict_transport: whether browsers are told to come by HTTPS only from now on (RFC 6797).
        answer_error: asked where a request fails here, or on the way to those who answer errors themselves.
        traffic: counts what is answered.

    Attributes:
        security_headers: what is on every answer, also on those given before a request reaches the application.
        traffic: what was counted, also of requests that never reach the application.
        is_draining: whether each answer is the last on its connection, so that the next request goes elsewhere.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        cors_origins: tuple[str, ...],
        strict_transport: bool,
        answer_error: AnswerError,
        traffic: Traffic,
    ) -> None:
        self._app = app
        self.traffic = traffic
        self._answer_error = answer_error
        self.is_draining = False
        # Bound now, since a logger that finds its configuration anew takes a third longer for each line.
        self._log: structlog.stdlib.BoundLogger = structlog.get_logger("satchel.http").bind()
        self._cors_origins = frozenset(cors_origins)
        self.security_headers = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"}
        if strict_transport:
            self.security_headers["Strict-Transport-Security"] = "max-age=31536000"
        self._security = [(name.lower().encode(), value.encode()) for name, value in self.security_headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if str(scope["type"]) == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == ScopeType.WEBSOCKET:
            await self._handle(as_request(scope), receive, answering_handshake(send))
        else:
            await self._handle(scope, receive, send)

    async def _handle(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        exchange = Exchange(scope)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=exchange.request_id)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                if exchange.method == "OPTIONS" and message["status"] == 405:
                    exchange.wants_body = False
                    message = {**message, "status": 204, "headers": _only_allow(message["headers"])}
                message["headers"] = self._completed(message["headers"], exchange)
                exchange.status = message["status"]
            elif message["type"] == "http.response.body" and not exchange.wants_body:
                if message["more_body"]:
                    return
                message["body"] = b""
            elif message["type"] == "websocket.accept":
                exchange.status, exchange.is_stream = 101, True
                own = [
                    (b"x-request-id", exchange.request_id.encode()),
                    *rate_limit_headers(exchange.inner["state"]),
                ]
                message = {**message, "headers": own}
            await send(message)

        self.traffic.in_flight += 1
        try:
            if self._is_preflight(exchange):
                await _answer_preflight(send_with_headers)
            else:
                exchange.inner = _inner_scope(scope, exchange)
                await self._app(exchange.inner, receive, send_with_headers)
        except Exception as error:
            if exchange.status is not None:
                raise
            await self._apologise(exchange, error, scope, receive, send)
        except asyncio.CancelledError:
            # At its end the server gives up what takes too long.
            if not self.is_draining or exchange.status is not None:
                raise
            await self._apologise(exchange, Unavailable(_SHUTTING_DOWN), scope, receive, send)
        finally:
            self.traffic.in_flight -= 1
            exchange.end(self._log, self.traffic)

    async def _apologise(
        self, exchange: Exchange, error: Exception, scope: HTTPScope, receive: Receive, send: Send
    ) -> None:
        """Answer what went wrong before there was an answer, without what may have gone wrong."""
        bare = cast("HTTPScope", {**scope, "state": exchange.told_inside()})
        answer = self._answer_error(Request(bare), error)
        exchange.status = answer.status_code

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                is_page = any(value.startswith(b"text/html") for _, value in message["headers"])
                message["headers"] = [
                    *message["headers"],
                    (b"x-request-id", exchange.request_id.encode()),
                    *self._security,
                    (b"content-security-policy", (PAGE_POLICY if is_page else API_POLICY).encode()),
                    (b"cache-control", b"no-store"),
                    (b"vary", b"Origin"),
                ]
            elif message["type"] == "http.response.body" and not exchange.wants_body:
                message["body"] = b""
            await send(message)

        respond = answer.to_asgi_response(None, Request(bare))  # pyright: ignore[reportUnknownMemberType]  # Litestar leaves it open
        await respond(bare, receive, send_safely)

    def _is_preflight(self, exchange: Exchange) -> bool:
        return (
            exchange.method == "OPTIONS"
            and b"access-control-request-method" in exchange.given
            and self._allows(exchange.origin)
            and exchange.path.startswith(_SHARED)
        )

    def _allows(self, origin: str | None) -> bool:
        return origin is not None and ("*" in self._cors_origins or origin in self._cors_origins)

    def _completed(self, headers: Iterable[_Header], exchange: Exchange) -> list[_Header]:
        """Return the headers of an answer with those that every answer has."""
        headers = [(name.lower(), value) for name, value in headers]
        named = dict(headers)
        exchange.is_stream = named.get(b"content-type", b"").startswith(b"text/event-stream")
        completed = [header for header in headers if header[0] not in _REPLACED]
        completed.append((b"x-request-id", exchange.request_id.encode()))
        completed += self._security
        if self.is_draining and b"connection" not in named:
            completed.append((b"connection", b"close"))
        completed += rate_limit_headers(exchange.inner["state"])
        if b"content-security-policy" not in named:
            is_page = named.get(b"content-type", b"").startswith(b"text/html")
            completed.append((b"content-security-policy", (PAGE_POLICY if is_page else API_POLICY).encode()))
        is_of_api = exchange.path.startswith("/api/")
        if b"cache-control" not in named and (is_of_api or b"authorization" in exchange.given):
            completed.append((b"cache-control", b"private, no-cache" if b"etag" in named else b"no-store"))
        if (allowed := named.get(b"allow")) is not None:
            has_head = b"GET" not in allowed or b"HEAD" in allowed
            completed.append((b"allow", allowed if has_head else allowed + b", HEAD"))
        # An answer that depends on who asks must not be taken for another's.
        varies = b"Origin, Authorization" if is_of_api else b"Origin"
        completed.append((b"vary", b"%b, %b" % (named[b"vary"], varies) if b"vary" in named else varies))
        is_shared = exchange.path.startswith(_SHARED) or named.get(b"content-type") == b"application/problem+json"
        if is_shared and self._allows(exchange.origin):
            completed += self._sharing(exchange)
        return completed

    def _sharing(self, exchange: Exchange) -> Iterator[_Header]:
        """Yield what lets a script of another origin read the answer."""
        yield b"access-control-expose-headers", _EXPOSED.encode()
        if "*" in self._cors_origins:
            yield b"access-control-allow-origin", b"*"
        else:
            yield b"access-control-allow-origin", exchange.given[b"origin"]
            yield b"access-control-allow-credentials", b"true"


def request_id(scope: Scope) -> str:
    """Return the id of the request that a handler is answering."""
    return str(scope["state"]["request_id"])


def wants_body(scope: Scope) -> bool:
    """Tell whether more than the head of an answer is asked for; handlers see GET in place of HEAD."""
    return bool(scope["state"]["wants_body"])


def original_path(scope: Scope) -> str:
    """Return the path as the client asked for it, percent-encoded."""
    return quote(str(scope["state"]["original_path"]), safe="/:@!$&'()*+,;=~-._")


def _inner_scope(scope: Scope, exchange: Exchange) -> Scope:
    inner: Any = dict(scope)
    inner["state"] = {**inner.get("state", {}), **exchange.told_inside()}
    if exchange.method == "HEAD":
        inner["method"] = "GET"
    elif exchange.method == "OPTIONS":
        # Litestar's answer to OPTIONS knows the methods of one handler, its refusal those of the whole path.
        inner["method"] = "TRACE"
    path = exchange.path
    if path.startswith("/api/") and not path.startswith("/api/v1/"):
        path = "/api/v1/" + path.removeprefix("/api/")
    if path != scope["path"]:
        inner["path"], inner["raw_path"] = path, path.encode()
    return inner  # type: ignore[no-any-return]  # a scope made from a scope; TypedDicts cannot be copied typed


def _only_allow(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    return [(name, value) for name, value in headers if name.lower() == b"allow"]


async def _answer_preflight(send: Send) -> None:
    await send(
        {
            "type": "http.response.start",
            "status": 204,
            "headers": [
                (b"access-control-allow-methods", _METHODS.encode()),
                (b"access-control-allow-headers", _REQUEST_HEADERS.encode()),
                (b"access-control-max-age", b"600"),
            ],
        }
    )
    await send({"type": "http.response.body", "body": b"", "more_body": False})
