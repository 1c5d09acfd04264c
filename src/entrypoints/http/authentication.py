"""Who is asking: every route needs a signed-in caller, unless it says of itself that it is public."""

import re
from collections.abc import Callable
from typing import Any

from litestar import Request
from litestar.datastructures import Headers
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send
from litestar.types.asgi_types import ReceiveMessage

from application.auth import Authenticate, Identity
from domain.errors import Unauthenticated
from entrypoints.http.handshake import is_handshake

# The b64token of RFC 6750, section 2.1, behind a scheme that ignores case (RFC 9110, section 11.1).
_BEARER = re.compile(r"bearer +([A-Za-z0-9._~+/-]+=*)", re.IGNORECASE)
# What stands for the header where there can be none: browsers let pages choose a WebSocket's subprotocols alone.
_BEARER_SUBPROTOCOL = "satchel.bearer."
SUBPROTOCOL = "satchel.events"
"""What is spoken over WebSocket."""
_UNSIGNED = "Sign in first: this needs an access token, sent as “Authorization: Bearer …”."

PUBLIC = {"public": True}
"""The `opt` of a route that anyone may use."""


class Authentication(ASGIMiddleware):
    """Puts the caller's identity into the scope, or refuses the request before anything else looks at it."""

    scopes = (ScopeType.HTTP,)
    exclude_opt_key = "public"

    def __init__(self, authenticate: Callable[[], Authenticate]) -> None:
        """Take the use case's provider."""
        self._authenticate = authenticate

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Authenticate one request: when its head is here, and again when the last of its body is.

        A body takes as long as its sender likes. Whoever is signed out meanwhile has nothing more to say.

        Raises:
            Unauthenticated: there is no token, or none that counts.
        """
        authenticate, token = self._authenticate(), _bearer_token(scope)
        scope["auth"] = await authenticate(access_token=token)

        async def receive_from_the_signed_in() -> ReceiveMessage:
            message = await receive()
            if message["type"] == "http.request" and not message["more_body"]:
                await authenticate(access_token=token)
            return message

        await next_app(scope, receive_from_the_signed_in, send)


def identity_of(request: Request[Any, Identity, Any]) -> Identity:
    """Return who is asking; for handlers of routes that are not public."""
    return request.auth


def offered_subprotocols(headers: Headers) -> list[str]:
    """Return what a WebSocket client would like to speak (RFC 6455, section 11.3.4)."""
    return [
        offer.strip(" \t") for line in headers.getall("sec-websocket-protocol", []) for offer in line.split(",")
    ]


def _bearer_token(scope: Scope) -> str:
    given = [value.decode("latin-1") for name, value in scope["headers"] if name == b"authorization"]
    if not given and is_handshake(scope):
        offers = offered_subprotocols(Headers.from_scope(scope))
        given = [
            f"Bearer {offer.removeprefix(_BEARER_SUBPROTOCOL)}"
            for offer in offers
            if offer.startswith(_BEARER_SUBPROTOCOL)
        ]
    if len(given) == 1 and (match := _BEARER.fullmatch(given[0].strip(" \t"))):
        return match[1]
    raise Unauthenticated(_UNSIGNED)
