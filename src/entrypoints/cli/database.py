"""What the commands that need the database share: finding it, bringing it up to date, working in it."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeVar

import click

from application.ports.store import Store
from entrypoints.cli.messages import program
from entrypoints.container import Container
from entrypoints.logs import configure_logs
from entrypoints.operations import Operations
from entrypoints.settings import LogLevel, Settings
from entrypoints.settings_reading import load_settings

T = TypeVar("T")


@contextmanager
def own_database(settings: Settings, *, is_guarded: bool = False) -> Generator[Settings]:
    """Yield the settings with the URL of a database in them; without one, of an embedded server started here.

    It is stopped at the end.

    Args:
        settings: with or without a URL.
        is_guarded: whether an embedded server that ends by itself is started again. If that does not help, this
            process is sent SIGTERM.

    Raises:
        DomainError: the embedded server cannot be started, for example since another Satchel runs it.
        click.ClickException: it ended too often.
    """
    if settings.database_url is not None:
        yield settings
        return
    server = Container(settings=settings).embedded_postgres(report=_tell)
    reasons: list[str] = []

    def end_without_it(reason: str) -> None:
        reasons.append(reason)
        os.kill(os.getpid(), signal.SIGTERM)

    try:
        url = server.start()
        if is_guarded:
            server.guard(end_without_it)
        yield replace(settings, database_url=url)
    finally:
        server.stop()
        if reasons:
            raise click.ClickException(reasons[0])


@contextmanager
def reachable_database(settings: Settings) -> Generator[Settings]:
    """Yield the same as `own_database`, or the embedded server of a `satchel serve` that runs beside.

    Raises:
        DomainError: the embedded server can neither be reached nor started.
    """
    url = settings.database_url or Container(settings=settings).running_database_url()
    with own_database(replace(settings, database_url=url)) as found:
        yield found


def bring_up_to_date(settings: Settings) -> None:
    """Migrate the database, but for production, where the operator says when.

    Raises:
        DomainError: the database is away, or a migration failed.
    """
    if settings.store_kind == "postgresql" and not settings.is_production:
        Container(settings=settings).upgrade_schema()


def in_store(settings: Settings, work: Callable[[Operations], Awaitable[T]]) -> T:
    """Open the store, do the work in it, close it and return what the work returned."""

    async def opened() -> T:
        # There are no requests to follow here.
        container = Operations(settings=replace(settings, traces_endpoint=None))
        store: Store = container.store()
        await store.open()
        try:
            return await work(container)
        finally:
            await store.close()

    return asyncio.run(opened())


def command_settings() -> Settings:
    """Return the settings for a command that reads or changes what is kept, and logs nothing but trouble.

    Raises:
        SettingsError: they cannot be used.
        click.ClickException: what is kept is forgotten at once.
    """
    settings = load_settings()
    configure_logs(LogLevel.WARNING, settings.log_format)
    if settings.store_kind == "memory":
        raise click.ClickException(
            "DATABASE_URL is memory://: that data lives and ends with its process, so this command finds none and "
            "would leave none. Set postgresql://… or leave DATABASE_URL out."
        )
    return settings


def postgresql_settings() -> Settings:
    """Return the settings for a command that works on PostgreSQL itself.

    Raises:
        SettingsError: they cannot be used.
        click.ClickException: another store keeps the data.
    """
    settings = command_settings()
    if settings.store_kind == "foreign":
        raise click.ClickException(
            "This works on PostgreSQL alone, and DATABASE_URL leads to a store of another package, "
            "which has its own ways."
        )
    return settings


def in_current_store(settings: Settings, work: Callable[[Operations], Awaitable[T]]) -> T:
    """Do the work of a whole command in the store that the settings name.

    Raises:
        DomainError: the database is away, or the work was refused.
        click.ClickException: the schema is not current.
    """

    async def checked(container: Operations) -> T:
        store: Store = container.store()
        if not await store.is_current():
            raise click.ClickException(f'The database lacks migrations. Run "{program()} migrate" first.')
        return await work(container)

    with reachable_database(settings) as found:
        bring_up_to_date(found)
        return in_store(found, checked)


def _tell(progress: str) -> None:
    click.echo(progress, err=True)
