"""`satchel serve`: the service, from its first line to its last."""

import os
import signal
import sys
from contextlib import ExitStack
from types import FrameType
from typing import NoReturn

import click

from application.ports.store import Store
from domain.errors import Unavailable
from entrypoints.cli.database import bring_up_to_date, in_store, own_database
from entrypoints.cli.help import examples
from entrypoints.cli.messages import in_words, program
from entrypoints.cli.server import VERSION, listen, serve_http, url_of
from entrypoints.database_url import PORT_MOST
from entrypoints.logs import configure_logs
from entrypoints.operations import Operations
from entrypoints.settings import WORKERS_MOST, Settings
from entrypoints.settings_reading import load_settings


@click.command(
    epilog=examples(
        "satchel serve",
        "satchel serve --port 9000",
        "satchel serve --host 0.0.0.0 --workers 4",
        "DATABASE_URL=memory:// satchel serve    a demo that forgets everything",
    )
)
@click.option("--host", help="Address to listen on, instead of HOST.")
@click.option(
    "--port", type=click.IntRange(0, PORT_MOST), help="Port to listen on, instead of PORT; 0 takes a free one."
)
@click.option(
    "--workers",
    type=click.IntRange(1, WORKERS_MOST),
    help="Number of processes that answer requests, instead of WORKERS.",
)
def serve(host: str | None, port: int | None, workers: int | None) -> None:
    """Start the service and keep it running until Ctrl-C or SIGTERM.

    Without DATABASE_URL, outside production, it starts a PostgreSQL of its own under DATA_DIR and stops it at
    the end. Outside production it migrates the database first.
    """
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, _end)
    given = {"HOST": host, "PORT": port, "WORKERS": workers}
    settings = load_settings(os.environ | {name: str(value) for name, value in given.items() if value is not None})
    configure_logs(settings.log_level, settings.log_format)
    with ExitStack() as stack:
        listeners = [
            stack.enter_context(listen(settings.host, port))
            for port in (settings.port, settings.metrics_port)
            if port is not None
        ]
        if settings.database_url is None:
            _say(f"Starting PostgreSQL in {settings.data_dir}")
        with own_database(settings, is_guarded=True) as found:
            bring_up_to_date(found)
            welcome = _welcome(found)

            def announce() -> None:
                _say(f"Satchel {VERSION} listens on {url_of(listeners[0])} (API documentation: /docs)")
                _say(welcome)

            serve_http(found, listeners, announce=announce)


def _end(_signal: int, _frame: FrameType | None) -> NoReturn:
    # Before and after the server's own time. What was begun is put away undisturbed by further signals.
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_IGN)
    sys.exit(0)


def _welcome(settings: Settings) -> str:
    """Return how to come in, which depends on whether anyone is there yet; or why nobody can for now."""

    async def welcome(container: Operations) -> str:
        store: Store = container.store()
        if not await store.is_current():
            return f'The database lacks migrations: run "{program()} migrate". Until then nobody can come in.'
        return _way_in(settings, empty=not await container.has_users()())

    try:
        return in_store(settings, welcome)
    except Unavailable as error:
        detail, *reason = in_words(error).splitlines()
        return "\n".join([f"{detail} Requests are answered as soon as it is back.", *reason])


def _way_in(settings: Settings, *, empty: bool) -> str:
    if not empty:
        return "Sign in at /auth/login in a browser, or with POST /api/v1/auth/login."
    if settings.store_kind == "memory":
        return (
            "Everything is forgotten at the end. Sign up at /auth/register in a browser, "
            "or with POST /api/v1/auth/signup."
        )
    if settings.approves_automatically and not settings.is_production:
        return (
            "No users yet: sign up at /auth/register in a browser, or with POST /api/v1/auth/signup; "
            f'or run "{program()} seed --demo" for admin/admin123 and user/user123.'
        )
    return f'No users yet: run "{program()} users create NAME --role admin".'


def _say(line: str) -> None:
    click.echo(line)
