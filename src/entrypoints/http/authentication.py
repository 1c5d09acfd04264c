"""Who is asking: every route needs a signed-in caller, unless it says of itself that it is public."""

import re
from collections.abc import Callable
from typing import Any

from litestar import Request
from litestar.datastructures import Headers
from litestar.types import Scope
from litestar.types.asgi_types import ReceiveMessage

from application.auth import Authenticate, Identity
from domain.errors import Unauthenticated
from domain.users import User
from entrypoints.http.handshake import is_handshake
from entrypoints.http.rate_limits import Count

# RFC 6750, section 2.1.
B64TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")
# What stands for the header where there can be none: browsers let pages choose a WebSocket's subprotocols alone.
_BEARER_SUBPROTOCOL = "satchel.bearer."
SUBPROTOCOL = "satchel.events"
"""What is spoken over WebSocket."""
_UNSIGNED = "Sign in first: this needs an access token, sent as “Authorization: Bearer …”."

PUBLIC = {"public": True}
"""The `opt` of a route that anyone may use, whatever they send along."""
OPTIONAL = {"public": True, "optional": True}
"""The `opt` of a route that anyone may use, and that shows more to those who say who they are."""


class Authentication:
    """Finds out who is asking, or refuses the request before anything else looks at it.

    Litestar calls it before a request's handler, as its `before_request`: a middleware would cost each request
    three more layers, a guard a copy of its route.
    """

    def __init__(self, authenticate: Callable[[], Authenticate], count: Count) -> None:
        """Take the use case's provider, and what counts requests."""
        self._authenticate = authenticate
        self._count = count

    async def check(self, request: Request[Any, Any, Any]) -> None:
        """Authenticate one request: when its head is here, and again when the last of its body is.

        A body takes as long as its sender likes. Whoever is signed out meanwhile has nothing more to say.

        Raises:
            Unauthenticated: there is no token, or none that counts.
            TooManyRequests: whoever it is asked too often.
        """
        scope, opt = request.scope, request.route_handler.opt
        if "public" in opt and not ("optional" in opt and _has_authorization(scope)):
            scope["auth"] = None
            self._count(request)
            return
        authenticate, token = self._authenticate(), bearer_token(scope)
        scope["auth"] = await authenticate(access_token=token)
        self._count(request)
        receive = request.receive

        async def receive_from_the_signed_in() -> ReceiveMessage:
            message = await receive()
            if message["type"] == "http.request" and not message["more_body"]:
                await authenticate(access_token=token)
            return message

        request.receive = receive_from_the_signed_in


def identity_of(request: Request[Any, Identity, Any]) -> Identity:
    """Return who is asking; for handlers of routes that are not public."""
    return request.auth


def reader_of(request: Request[Any, Identity | None, Any]) -> User | None:
    """Return who is asking, if they say so; for handlers of `OPTIONAL` routes."""
    return None if request.auth is None else request.auth.user


def offered_subprotocols(headers: Headers) -> list[str]:
    """Return what a WebSocket client would like to speak (RFC 6455, section 11.3.4)."""
    return [
        offer.strip(" \t") for line in headers.getall("sec-websocket-protocol", []) for offer in line.split(",")
    ]


def _has_authorization(scope: Scope) -> bool:
    return any(name == b"authorization" for name, _ in scope["headers"])


def bearer_token(scope: Scope) -> str:
    """Return the token that a request brings.

    Raises:
        Unauthenticated: it brings none, or none that could be one.
    """
    given = [value.decode("latin-1") for name, value in scope["headers"] if name == b"authorization"]
    if not given and is_handshake(scope):
        offers = offered_subprotocols(Headers.from_scope(scope))
        given = [
            f"Bearer {offer.removeprefix(_BEARER_SUBPROTOCOL)}"
            for offer in offers
            if offer.startswith(_BEARER_SUBPROTOCOL)
        ]
    if len(given) == 1:
        # The scheme ignores case (RFC 9110, section 11.1).
        scheme, _, token = given[0].strip(" \t").partition(" ")
        if scheme.lower() == "bearer" and B64TOKEN.fullmatch(token := token.lstrip(" ")):
            return token
    raise Unauthenticated(_UNSIGNED)
