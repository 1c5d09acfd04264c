"""What monitors and load balancers ask."""

import time
from typing import Literal

import msgspec
from litestar import Controller, Response, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from application.health import CheckHealth, CheckReadiness
from domain.errors import Unavailable
from entrypoints.http.authentication import PUBLIC
from entrypoints.http.rate_limits import UNCOUNTED
from entrypoints.web.answers import VERSION

_started = time.monotonic()
_NOT_STORED = {"Cache-Control": "no-store"}


class DatabaseOut(msgspec.Struct, rename="camel"):
    """How the database answered; `latencyMs` is null where it did not."""

    status: Literal["ok", "down"]
    latency_ms: float | None


class HealthOut(msgspec.Struct, rename="camel"):
    """How the service is."""

    status: Literal["ok", "degraded"]
    version: str
    database: DatabaseOut
    uptime_seconds: int


class ProbeOut(msgspec.Struct):
    """The answer to a probe."""

    status: Literal["ok"]


class HealthController(Controller):
    """`/health`."""

    path = "/health"
    tags = ("Health",)
    opt = PUBLIC | UNCOUNTED

    @get(summary="How is the service?")
    async def health(self, check_health: NamedDependency[SkipValidation[CheckHealth]]) -> Response[HealthOut]:
        """Return 200 if all is well and 503 if not, within two seconds even if the database hangs."""
        health = await check_health()
        body = HealthOut(
            status="ok" if health.is_ok else "degraded",
            version=VERSION,
            database=DatabaseOut("ok" if health.is_ok else "down", health.latency_ms),
            uptime_seconds=int(time.monotonic() - _started),
        )
        return Response(body, status_code=200 if health.is_ok else 503, headers=_NOT_STORED)

    @get("/live", summary="Is the process alive?")
    async def live(self) -> Response[ProbeOut]:
        """Answer at once, without asking the database."""
        return Response(ProbeOut("ok"), headers=_NOT_STORED)

    @get("/ready", summary="Can it take requests?")
    async def ready(
        self, state: State, check_readiness: NamedDependency[SkipValidation[CheckReadiness]]
    ) -> Response[ProbeOut]:
        """Return 503 while the database is away, migrations are missing, or the server is shutting down.

        Raises:
            Unavailable: with the reason.
        """
        reason = "The server is shutting down." if state.get("draining") else await check_readiness()
        if reason is not None:
            raise Unavailable(reason)
        return Response(ProbeOut("ok"), headers=_NOT_STORED)
