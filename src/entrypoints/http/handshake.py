"""WebSocket handshakes taken for what they are: GET requests (RFC 6455, section 4.1).

So they are routed, authenticated and refused like any other, with the same problem documents, and only the answer
of the one route that speaks WebSocket opens it.
"""

from contextlib import suppress
from typing import Any, Final

from litestar.types import HTTPScope, Message, Scope, Send, WebSocketScope

SOCKET_PATHS: Final = frozenset({"/api/v1/events/ws", "/api/events/ws"})
"""Where that route is, also under the older clients' prefix: elsewhere a handshake need not be taken for one."""
_REFUSALS = {
    "http.response.start": "websocket.http.response.start",
    "http.response.body": "websocket.http.response.body",
}


def as_request(scope: WebSocketScope) -> HTTPScope:
    """Return the scope of a handshake as that of the request that it is."""
    request: Any = dict(scope)
    request.update(type="http", method="GET", state={**request.get("state", {}), "is_handshake": True})
    return request  # type: ignore[no-any-return]  # a scope made from a scope; TypedDicts cannot be copied typed


def is_handshake(scope: Scope) -> bool:
    """Tell whether a request asks to speak WebSocket."""
    return bool(scope["state"].get("is_handshake"))


def answering_handshake(send: Send) -> Send:
    """Return what sends HTTP answers as refusals of the handshake, and what is WebSocket's own as it is.

    The extension by which it can is part of the ASGI specification, "WebSocket Denial Response".
    """

    async def send_answer(message: Message) -> None:
        if (kind := _REFUSALS.get(message["type"])) is None:
            await send(message)
            return
        refusal: Any = {**message, "type": kind}
        # As over HTTP, an answer that nobody waits for any longer is no fault of whoever gives it.
        with suppress(OSError):
            await send(refusal)

    return send_answer
