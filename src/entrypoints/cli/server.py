"""The HTTP server around the application: uvicorn, in this process or in several under this one."""

import ctypes
import gc
import multiprocessing
import os
import resource
import signal
import socket
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from functools import partial
from importlib.metadata import version
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import click
import structlog
import uvicorn
from uvicorn import _subprocess
from uvicorn.config import STARTUP_FAILURE

from entrypoints.cli.draining import DrainingServer, Supervisor
from entrypoints.cli.protocol import ROOM_TO_REFUSE, BoundedHttpProtocol
from entrypoints.cli.websocket import MESSAGE_BYTES, PING_SECONDS, BoundedWebSocketProtocol
from entrypoints.http.app import App, create_app
from entrypoints.logs import configure_logs
from entrypoints.settings import Settings

VERSION: Final = version("satchel")
# How long requests in flight may take to finish once the end was asked for.
SECONDS_TO_FINISH: Final = 10
# Connections to the database, logs, and whatever else a process has open.
_OTHER_FILES: Final = 256
_CONNECTIONS_LEAST: Final = 10
# From <sys/prctl.h>: which signal to get when the parent ends (prctl(2)).
_PR_SET_PDEATHSIG: Final = 1
# A worker that says nothing for so long hangs, and is replaced. Ample, since starting takes its time, too.
_SECONDS_TO_ANSWER = 30
_log: structlog.stdlib.BoundLogger = structlog.get_logger("satchel.server")
_NOT_STARTED = "The service could not start; the log above says why."


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket, so that a port in use shows before anything else is begun.

    Raises:
        click.ClickException: the address cannot be had; the message says why.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        reason = (error.strerror or str(error)).partition(" (while")[0].lower()
        raise click.ClickException(
            f"Cannot listen on {host} port {port}: {reason}. Choose another with --port, --host, PORT or HOST."
        ) from error


def url_of(listener: socket.socket) -> str:
    """Return the address of a listening socket as people type it."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve_http(settings: Settings, listeners: list[socket.socket], *, announce: Callable[[], None]) -> None:
    """Answer requests until SIGINT or SIGTERM, and for a while after; then those in flight are finished.

    A second signal waits no longer.

    Args:
        settings: with the URL of a database in them.
        listeners: where requests come in.
        announce: called once, as soon as they are accepted.

    Raises:
        click.ClickException: the application does not start.
    """
    with _folder_for(settings.workers) as shared:
        _serve(settings, listeners, shared, announce)


@contextmanager
def _folder_for(workers: int) -> Generator[Path | None]:
    """Make a folder for what several workers add up; without one each of them tells of itself alone."""
    with ExitStack() as stack:
        folder: Path | None = None
        if workers > 1:
            try:
                folder = Path(
                    stack.enter_context(TemporaryDirectory(prefix="satchel-", ignore_cleanup_errors=True))
                )
            except OSError as error:
                _log.warning("Metrics are those of whichever worker is asked.", error=str(error))
        yield folder


def _serve(
    settings: Settings, listeners: list[socket.socket], shared: Path | None, announce: Callable[[], None]
) -> None:
    config = uvicorn.Config(
        # Pickled for the workers, which takes the settings there without a detour through the environment.
        partial(_served, settings, shared),
        factory=True,
        workers=settings.workers,
        loop="uvloop",
        http=BoundedHttpProtocol,
        ws=BoundedWebSocketProtocol,
        ws_max_size=MESSAGE_BYTES,
        ws_ping_interval=PING_SECONDS,
        ws_ping_timeout=PING_SECONDS,
        ws_per_message_deflate=False,
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=_room_for_connections(settings.max_connections),
        timeout_graceful_shutdown=SECONDS_TO_FINISH,
        timeout_worker_healthcheck=_SECONDS_TO_ANSWER,
    )
    if settings.workers > 1:
        _fork_workers_where_that_is_safe()
        supervisor = Supervisor(config, listeners, settings.shutdown_delay_seconds, announce)
        supervisor.run()
        if any(process.exitcode == STARTUP_FAILURE for process in supervisor.processes):
            raise click.ClickException(_NOT_STARTED)
        return
    try:
        DrainingServer(config, settings.shutdown_delay_seconds, announce).run(sockets=listeners)
    except SystemExit as end:
        if end.code == STARTUP_FAILURE:
            raise click.ClickException(_NOT_STARTED) from end
        raise


def _room_for_connections(wanted: int) -> int:
    """Return how many connections a process may have at a time, having asked the system for room for all."""
    needed = wanted + ROOM_TO_REFUSE + _OTHER_FILES
    files, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY:
        return wanted
    if files < needed:
        files = needed if most == resource.RLIM_INFINITY else min(needed, most)
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, most))
    room = max(files - ROOM_TO_REFUSE - _OTHER_FILES, _CONNECTIONS_LEAST)
    if room < wanted:
        _log.warning(
            "There is room for fewer connections than MAX_CONNECTIONS.",
            error=f"{room} of {wanted}, since a process may open {files} files (ulimit -n)",
        )
    return min(room, wanted)


def _fork_workers_where_that_is_safe() -> None:
    if sys.platform == "linux":
        # Forked, workers share what is imported here, and start at once. uvicorn starts new interpreters, as
        # other threads might hold locks at a fork; the only one here, an embedded PostgreSQL's guard, waits.
        _subprocess.spawn = multiprocessing.get_context("fork")  # type: ignore[assignment]  # as good here
        # Or the first collection in each worker would write to, and so copy, every page that it shares.
        gc.freeze()


def _served(settings: Settings, shared: Path | None) -> App:
    """Return the application, ready for this process."""
    configure_logs(settings.log_level, settings.log_format)
    app = create_app(settings, shared=shared)
    if (parent := multiprocessing.parent_process()) is not None:
        _follow(parent)
    return app


def _follow(parent: BaseProcess) -> None:
    """End when the parent has ended, however it did."""
    if sys.platform == "linux":
        # The line to the parent stays open until those who were forked later, and inherited it, have ended.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent.pid:
            os.kill(os.getpid(), signal.SIGTERM)
    else:

        def wait() -> None:
            parent.join()
            os.kill(os.getpid(), signal.SIGTERM)

        threading.Thread(target=wait, daemon=True).start()
