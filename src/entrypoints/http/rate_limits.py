"""Counts requests for whoever makes them, and says on every answer what is left to them.

It is said as draft-ietf-httpapi-ratelimit-headers-11, "RateLimit header fields for HTTP", has it.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final, cast

from litestar import Request, Response
from litestar.handlers import BaseRouteHandler

from application.auth import Identity
from application.rate_limits import WINDOW_SECONDS, Policy, RequestLimit, Standing
from domain.errors import DomainError, TooManyRequests

UNCOUNTED: Final = {"uncounted": True}
"""The `opt` of a route that anyone may ask as often as they like."""
_STANDING: Final = "standing"

Handler = Callable[..., Response[Any]]
Count = Callable[[Request[Any, Any, Any]], None]
"""Counts a request, once it is known who makes it; raises `TooManyRequests` where it is one too many."""


def counting(request_limit: Callable[[], RequestLimit]) -> Count:
    """Return what counts requests.

    Args:
        request_limit: its provider.
    """

    def count(request: Request[Any, Any, Any]) -> None:
        # What is not known yet is not there.
        scope = cast("Mapping[str, Any]", request.scope)
        scope["state"][_STANDING] = None
        handler: BaseRouteHandler | None = scope.get("route_handler")
        # Of OPTIONS the edge makes TRACE.
        if scope["method"] == "TRACE" or (handler is not None and "uncounted" in handler.opt):
            return
        identity: Identity | None = scope.get("auth")
        client: tuple[str, int] | None = scope["client"]
        standing = request_limit().count(
            user_id=None if identity is None else identity.user.id, address=None if client is None else client[0]
        )
        scope["state"][_STANDING] = standing
        if standing is not None:
            standing.check()

    return count


def counting_errors(
    handlers: Mapping[int | type[Exception], Handler], count: Count
) -> dict[int | type[Exception], Handler]:
    """Return exception handlers that answer as these do, and also count what was refused before it was counted.

    Unknown paths are so, and requests of which nobody could tell whose they are.
    """

    def counting_error(handler: Handler) -> Handler:
        def answer(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
            if _STANDING not in request.scope["state"]:
                try:
                    count(request)
                except TooManyRequests as refusal:
                    return handlers[DomainError](request, refusal)
            return handler(request, error)

        return answer

    return {error: counting_error(handler) for error, handler in handlers.items()}


def rate_limit_headers(state: Mapping[str, Any]) -> list[tuple[bytes, bytes]]:
    """Return what an answer says of the limits, given its request's state; nothing where that was not counted."""
    standing: Standing | None = state.get(_STANDING)
    if standing is None:
        return []
    policy, allowed, remaining, seconds_left, _ = standing
    return [
        _policy_header(policy, allowed),
        (b"ratelimit", f'"{policy}";r={remaining};t={seconds_left}'.encode()),
    ]


@cache
def _policy_header(policy: Policy, allowed: int) -> tuple[bytes, bytes]:
    return b"ratelimit-policy", f'"{policy}";q={allowed};w={WINDOW_SECONDS}'.encode()
