"""Requests as those see them who follow them from one service to the next."""

from typing import Any, Final

import structlog
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from application.ports.tracing import Tracer
from entrypoints.http.edge import wants_body
from entrypoints.http.templates import shown
from entrypoints.metrics.traffic import UNKNOWN

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def traced(app: ASGIApp, tracer: Tracer) -> ASGIApp:
    """Return the application, each of whose requests is followed; it stands behind the edge.

    A stream is followed up to its beginning: how long somebody listens says nothing of the service.
    """

    async def followed(scope: Scope, receive: Receive, send: Send) -> None:
        if str(scope["type"]) == "lifespan":
            await app(scope, receive, send)
            return
        status: int | None = None
        method = _method(scope)
        with tracer.request(scope["headers"]) as span:
            structlog.contextvars.bind_contextvars(trace_id=span.trace_id)

            def end() -> None:
                # There as soon as the request was routed.
                inner: Any = scope
                route = shown(inner.get("path_template", UNKNOWN))
                attributes: dict[str, str | int] = {
                    "http.request.method": method,
                    "http.route": route,
                    "url.path": scope["path"],
                    "url.scheme": str(scope["scheme"]),
                }
                if status is not None:
                    attributes["http.response.status_code"] = status
                span.end(f"{method} {route}", attributes, is_mistake=status is not None and status >= 500)

            async def noting(message: Message) -> None:
                nonlocal status
                if message["type"] == "http.response.start":
                    status = message["status"]
                    if (b"content-type", b"text/event-stream") in message["headers"]:
                        end()
                elif message["type"] == "websocket.accept":
                    status = 101
                    end()
                await send(message)

            try:
                await app(scope, receive, noting)
            except Exception:
                # The edge will say so.
                status = status or 500
                raise
            finally:
                end()

    return followed


def _method(scope: Any) -> str:
    method: str = scope["method"]
    # The edge asks for what HEAD and OPTIONS want by other names.
    given = "OPTIONS" if method == "TRACE" else method if wants_body(scope) else "HEAD"
    return given if given in _METHODS else "_OTHER"
