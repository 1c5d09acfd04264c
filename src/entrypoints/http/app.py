"""The web application, put together: routes, dependencies, lifespan."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, cast

import structlog
from litestar import Litestar, MediaType, Request, Response, Router, get
from litestar.di import Provide
from litestar.routes import HTTPRoute
from litestar.types import ASGIApp
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from application.ports.tracing import Tracer
from domain.errors import DomainError
from entrypoints.container import Container
from entrypoints.http.authentication import PUBLIC, Authentication
from entrypoints.http.edge import Edge
from entrypoints.http.input import JsonRequest
from entrypoints.http.metrics import alone_at
from entrypoints.http.openapi import openapi_document
from entrypoints.http.parts import parts_of, with_parts
from entrypoints.http.problems import EXCEPTION_HANDLERS
from entrypoints.http.rate_limits import counting, counting_errors
from entrypoints.http.routes import API, AROUND, AT_ROOT
from entrypoints.http.time_limit import TimeLimit
from entrypoints.http.tracing import traced
from entrypoints.metrics.process import telling_process
from entrypoints.metrics.scrape import Metrics
from entrypoints.metrics.sources import telling_inside
from entrypoints.metrics.traffic import Traffic
from entrypoints.settings import Settings
from entrypoints.web.assets import static_file
from entrypoints.web.errors import showing_pages
from entrypoints.web.routes import pages

_log: structlog.stdlib.BoundLogger = structlog.get_logger("satchel.server")


@get("/openapi.json", opt=PUBLIC, include_in_schema=False, sync_to_thread=False)
def openapi() -> Response[bytes]:
    """Return the OpenAPI document."""
    return Response(openapi_document(), media_type=MediaType.JSON)


_HANDLERS = showing_pages(EXCEPTION_HANDLERS)


def _answer_error(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    return _HANDLERS[DomainError if isinstance(error, DomainError) else Exception](request, error)


class App(Edge):
    """The ASGI application, and the switch that readiness looks at before a shutdown."""

    def __init__(self, litestar: Litestar, settings: Settings, traffic: Traffic, tracer: Tracer | None) -> None:
        app = cast("ASGIApp", litestar)
        if settings.metrics_port is not None:
            app = alone_at(settings.metrics_port, app)
        if tracer is not None:
            app = traced(app, tracer)
        super().__init__(
            _behind_proxies(app, settings.trusted_proxies),
            cors_origins=settings.cors_origins,
            strict_transport=not settings.is_development,
            answer_error=_answer_error,
            traffic=traffic,
        )
        self._litestar = litestar

    def drain(self) -> None:
        """Say from now on that no more requests should come here; those that come are answered.

        May be called from anywhere, signal handlers included.
        """
        self.is_draining = True
        self._litestar.state.draining = True

    def end_streams(self) -> None:
        """End what would go on for ever, and begin no more of it. May be called from anywhere."""
        if (end_streams := self._litestar.state.get("end_streams")) is not None:
            end_streams()


def create_app(settings: Settings, *, shared: Path | None = None) -> App:
    """Return the application for these settings; whoever serves it runs its lifespan.

    Args:
        settings: what to go by.
        shared: a folder in which the processes at one port add up what they count; None where there is but this.
    """
    container = Container(settings=settings)
    tracer: Tracer | None = container.tracer()
    traffic = Traffic()
    metrics = Metrics([traffic.families, telling_inside(container), telling_process()], shared)

    @asynccontextmanager
    async def lifespan(litestar: Litestar) -> AsyncGenerator[None]:
        # Reads the key files now rather than at the first request, whatever becomes of them.
        container.tokens()
        store = container.store()
        event_feed = container.event_feed()
        litestar.state.end_streams = partial(asyncio.get_running_loop().call_soon_threadsafe, event_feed.close)
        await store.open()
        try:
            async with _in_background(
                event_feed.run(),
                container.deliver_webhooks().run(),
                container.request_limit().run(),
                container.remove_expired().run(),
                metrics.run(),
            ):
                yield
        finally:
            del litestar.state.end_streams
            event_feed.close()
            await store.close()
            await metrics.close()
            if tracer is not None:
                await tracer.close()

    count = counting(container.request_limit)
    parts = {**parts_of(container.providers), "metrics": Provide(lambda: metrics, sync_to_thread=False)}
    litestar = Litestar(
        [
            Router("/api/v1", route_handlers=with_parts([*API, *AROUND], parts)),
            *with_parts([*AROUND, *AT_ROOT], parts),
            pages(parts, container.authenticate_browser, container.cookie_jar, container.count_waiting, count),
            static_file,
            openapi,
        ],
        before_request=Authentication(container.authenticate, count).check,
        middleware=[TimeLimit()],
        exception_handlers=counting_errors(_HANDLERS, count),
        lifespan=[lifespan],
        logging_config=None,
        openapi_config=None,
        request_class=JsonRequest,
        request_max_body_size=settings.max_body_bytes,
    )
    _resolve_dependencies_in_turn(litestar)
    return App(litestar, settings, traffic, tracer)


def _resolve_dependencies_in_turn(litestar: Litestar) -> None:
    """Spare each request a task group: what our handlers depend on is made without anything to wait for."""
    for route in litestar.routes:
        if isinstance(route, HTTPRoute):
            for _, model in route.route_handler_map.values():
                model.dependency_batches = [{each} for batch in model.dependency_batches for each in batch]


@asynccontextmanager
async def _in_background(*loops: Coroutine[Any, Any, None]) -> AsyncGenerator[None]:
    """Run what goes on for as long as the service does."""
    tasks = [asyncio.create_task(loop) for loop in loops]
    for task in tasks:
        task.add_done_callback(_report_crash)
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _report_crash(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("background work ended", exc_info=error)


def _behind_proxies(app: ASGIApp, trusted_proxies: tuple[str, ...]) -> ASGIApp:
    """Return the application as it sees who the client is behind these proxies: the last that they do not know."""
    if not trusted_proxies:
        return app
    # Litestar and uvicorn each have types of their own for the one interface.
    return cast("ASGIApp", ProxyHeadersMiddleware(cast("Any", app), list(trusted_proxies)))
