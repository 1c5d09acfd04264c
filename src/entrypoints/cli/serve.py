"""`satchel serve`: the service, from its first line to its last."""

import os
import signal
import sys
from types import FrameType
from typing import NoReturn

import click

from domain.errors import Unavailable
from entrypoints.cli.database import bring_up_to_date, in_store, own_database
from entrypoints.cli.help import examples
from entrypoints.cli.server import VERSION, listen, serve_http, url_of
from entrypoints.container import Container
from entrypoints.logs import configure_logs
from entrypoints.settings import Settings, load_settings


@click.command(
    epilog=examples(
        "satchel serve",
        "satchel serve --port 9000",
        "satchel serve --host 0.0.0.0 --workers 4",
        "DATABASE_URL=memory:// satchel serve    a demo that forgets everything",
    )
)
@click.option("--host", help="Address to listen on, instead of HOST.")
@click.option("--port", help="Port to listen on, instead of PORT; 0 takes a free one.")
@click.option("--workers", help="Number of processes that answer requests, instead of WORKERS.")
def serve(host: str | None, port: str | None, workers: str | None) -> None:
    """Start the service and keep it running until Ctrl-C or SIGTERM.

    Without DATABASE_URL, outside production, it starts a PostgreSQL of its own under DATA_DIR and stops it at
    the end. Outside production it migrates the database first.
    """
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, _end)
    given = {"HOST": host, "PORT": port, "WORKERS": workers}
    settings = load_settings(os.environ | {name: value for name, value in given.items() if value is not None})
    configure_logs(settings.log_level, settings.log_format)
    with listen(settings.host, settings.port) as listener:
        if settings.database_url is None:
            _say(f"Starting PostgreSQL in {settings.data_dir}")
        with own_database(settings) as found:
            bring_up_to_date(found)
            welcome = _welcome(found)

            def announce() -> None:
                _say(f"Satchel {VERSION} listens on {url_of(listener)} (API documentation: /docs)")
                _say(welcome)

            serve_http(found, listener, announce=announce)


def _end(_signal: int, _frame: FrameType | None) -> NoReturn:
    # Before and after the server's own time. What was begun is put away undisturbed by further signals.
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_IGN)
    sys.exit(0)


def _welcome(settings: Settings) -> str:
    """Return a line on how to come in, which depends on whether anyone is there yet."""

    async def has_users(container: Container) -> bool:
        return await container.has_users()()

    try:
        empty = not in_store(settings, has_users)
    except Unavailable as error:
        return f"{error.detail} Requests are answered as soon as it is back."
    if not empty:
        return "Sign in: POST /api/v1/auth/login."
    if settings.store_kind == "memory":
        return "Everything is forgotten at the end. Sign up: POST /api/v1/auth/signup."
    if settings.approves_automatically and not settings.is_production:
        return (
            'No users yet: sign up with POST /api/v1/auth/signup, or run "satchel seed --demo" '
            "for admin/admin123 and user/user123."
        )
    return 'No users yet: run "satchel users create NAME --role admin".'


def _say(line: str) -> None:
    click.echo(line)
