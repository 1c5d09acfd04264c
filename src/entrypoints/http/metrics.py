"""What Prometheus asks, and who may."""

import hmac
from typing import Any, Final

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import SkipValidation
from litestar.types import ASGIApp, Receive, Scope, Send

from domain.errors import NotFound, Unauthenticated
from entrypoints.http.authentication import PUBLIC, bearer_token
from entrypoints.http.rate_limits import UNCOUNTED
from entrypoints.metrics.families import MEDIA_TYPE
from entrypoints.metrics.scrape import Metrics
from entrypoints.settings import Settings

METRICS_PATH: Final = "/metrics"
_NOT_HERE: Final = "Nothing is served here."
_UNTOLD: Final = "This needs the token for metrics (METRICS_TOKEN), sent as “Authorization: Bearer …”."


@get(METRICS_PATH, opt=PUBLIC | UNCOUNTED, tags=("Health",), summary="How much has it done?")
async def metrics(
    request: Request[Any, Any, Any],
    metrics: NamedDependency[SkipValidation[Metrics]],
    settings: NamedDependency[SkipValidation[Settings]],
) -> Response[bytes]:
    """Return what was counted, as Prometheus reads it: in development to everyone, elsewhere as the operator says.

    Raises:
        NotFound: it is told at another port, or to nobody, since neither a token nor a port is set.
        Unauthenticated: the token is missing or another.
    """
    is_here = settings.metrics_port in (None, _port(request.scope))
    is_open = settings.is_development or settings.metrics_port is not None
    if not is_here or not (is_open or settings.metrics_token is not None):
        raise NotFound(_NOT_HERE)
    token = settings.metrics_token
    if token is not None and not _shows(token, request.scope):
        raise Unauthenticated(_UNTOLD)
    return Response(await metrics.text(), media_type=MEDIA_TYPE, headers={"Cache-Control": "no-store"})


def alone_at(port: int, app: ASGIApp) -> ASGIApp:
    """Return the application with nothing but metrics at this port."""

    async def routed(scope: Scope, receive: Receive, send: Send) -> None:
        if str(scope["type"]) != "lifespan" and _port(scope) == port and scope["path"] != METRICS_PATH:
            raise NotFound(_NOT_HERE)
        await app(scope, receive, send)

    return routed


def _shows(token: str, scope: Scope) -> bool:
    try:
        return hmac.compare_digest(bearer_token(scope), token)
    except Unauthenticated:
        # It asks for an access token, with which nobody comes in here.
        return False


def _port(scope: Scope) -> int | None:
    """Return where the request came in: of the socket, whatever its Host header says."""
    return None if scope["server"] is None else scope["server"][1]
