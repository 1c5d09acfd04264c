"""Bringing a database's schema to where this version of Satchel expects it."""

from collections.abc import Generator
from contextlib import contextmanager
from functools import cache, partial
from importlib.resources import files
from typing import Final

import psycopg
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from adapters.sql.connections import connection_parameters
from domain.errors import Unavailable

# Of those who migrate one database at the same time, one works and the others wait for it. The number is as good
# as any other, but must stay: every version of Satchel takes the same lock.
_LOCK: Final = 7_385_103_921
SECONDS_FOR_OTHER_MIGRATORS: Final = 600
_SET: Final = text("SELECT set_config(:name, :value, true)")
_EXTEND_LOG: Final = text("SELECT extend_log()")
# A migration that waits for a table keeps everyone behind it waiting too.
SECONDS_FOR_OTHER_WORK: Final = 10


class MigrationFailed(Unavailable):
    """The schema is not where it should be. The message says why and what to do."""


def upgrade(url: str, revision: str = "head") -> None:
    """Make the migrations that the database lacks, up to this revision; none twice, whoever else migrates it.

    At the newest one, the log of events also gets the parts that it will need next.

    Blocks: call it before the event loop runs, or in a thread.

    Args:
        url: `postgresql://...`, as libpq reads it. The role must be allowed to create tables.
        revision: its identifier; `head` is the newest.

    Raises:
        MigrationFailed: it could not be done. What was made before the failing migration stays.
        UnreadableUrl: the URL cannot be read.
    """
    found = current(url)
    scripts = configuration(url)
    if found is not None and found not in _known():
        raise MigrationFailed(
            f"The database is at revision {found}, which this version of Satchel does not know: "
            "it was migrated by a newer one. Run that, or restore a backup."
        )
    try:
        command.upgrade(scripts, revision)
        if current(url) == head():
            with _connection(url) as connection, connection.begin():
                _limit(connection, SECONDS_FOR_OTHER_WORK)
                connection.execute(_EXTEND_LOG)
    except CommandError as error:
        raise MigrationFailed(str(error)) from error


def move(url: str, revision: str) -> None:
    """Go up or down to this revision; `base` is the empty schema. Going down loses what was added.

    Raises:
        MigrationFailed: there is no such revision, or it could not be done.
        UnreadableUrl: the URL cannot be read.
    """
    if revision == "head":
        revision = head()
    if revision != "base" and revision not in _known():
        raise MigrationFailed(f"There is no revision {revision}. The newest is {head()}, the lowest is base.")
    found = current(url)
    scripts = ScriptDirectory.from_config(configuration())
    below: set[str] = (
        {script.revision for script in scripts.iterate_revisions(found, "base")} if found in _known() else set()
    )
    if revision != "base" and revision not in below:
        upgrade(url, revision)
        return
    try:
        command.downgrade(configuration(url), revision)
    except CommandError as error:
        raise MigrationFailed(str(error)) from error


def current(url: str) -> str | None:
    """Return the revision that the database is at, None if it was never migrated.

    Raises:
        MigrationFailed: the database is away.
        UnreadableUrl: the URL cannot be read.
    """
    try:
        with _connection(url) as connection:
            return MigrationContext.configure(connection).get_current_revision()
    except CommandError as error:
        raise MigrationFailed(str(error)) from error


@cache
def head() -> str:
    """Return the newest revision, the one that this version of Satchel works with."""
    (newest,) = ScriptDirectory.from_config(configuration()).get_heads()
    return newest


@cache
def _known() -> frozenset[str]:
    scripts = ScriptDirectory.from_config(configuration())
    return frozenset(script.revision for script in scripts.walk_revisions())


def configuration(url: str | None = None) -> Config:
    """Return what Alembic's commands need to work on this database, from a checkout or an installed package."""
    config = Config()
    # The option goes through ConfigParser, to which a lone % is an error.
    config.set_main_option("script_location", str(files("migrations")).replace("%", "%%"))
    config.attributes["url"] = url
    return config


@contextmanager
def exclusive_connection(url: str) -> Generator[Connection]:
    """Connect as the only one who migrates this database; for `migrations/env.py`.

    Raises:
        CommandError: Alembic's way of ending with a message instead of a traceback.
        UnreadableUrl: the URL cannot be read.
    """
    # The lock belongs to a transaction, and so to a connection beside the one that works: a pooler may give each
    # transaction to another session of the server, with which a session's lock would stay behind.
    with _connection(url) as holder, _connection(url) as connection:
        _limit(holder, SECONDS_FOR_OTHER_MIGRATORS)
        try:
            holder.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        except DBAPIError as error:
            if _sqlstate(error) != psycopg.errors.LockNotAvailable.sqlstate:
                raise
            raise CommandError(
                f"Another migration of this database has not ended within {SECONDS_FOR_OTHER_MIGRATORS} seconds. "
                "See what it is doing in pg_stat_activity, and try again when it is done."
            ) from error
        event.listen(connection, "begin", partial(_limit, seconds=SECONDS_FOR_OTHER_WORK))
        yield connection


@contextmanager
def _connection(url: str) -> Generator[Connection]:
    parameters = connection_parameters(url, settings={})
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(**parameters), poolclass=NullPool
    )
    try:
        with engine.connect() as connection:
            yield connection
    except DBAPIError as error:
        raise CommandError(_explained(error)) from error


def _limit(connection: Connection, seconds: int) -> None:
    """Limit how long a transaction waits for locks, and nothing else, whatever the settings of the role."""
    settings = {
        "lock_timeout": f"{seconds}s",
        "statement_timeout": "0",
        "idle_in_transaction_session_timeout": "0",
        "timezone": "UTC",
    }
    for name, value in settings.items():
        connection.execute(_SET, {"name": name, "value": value})


def _sqlstate(error: DBAPIError) -> str | None:
    return error.orig.sqlstate if isinstance(error.orig, psycopg.Error) else None


def _explained(error: DBAPIError) -> str:
    reason = str(error.orig).strip()
    if (error.statement or "").startswith("CREATE EXTENSION"):
        return (
            f"PostgreSQL refused the extension that searching needs: {reason}\n"
            f"Have an owner of the database or a superuser run this in it, then migrate again:\n{error.statement};"
        )
    if _sqlstate(error) == psycopg.errors.LockNotAvailable.sqlstate:
        return (
            f"Someone else has locked what this migration must change, for more than {SECONDS_FOR_OTHER_WORK} "
            "seconds (lock_timeout). It changed nothing. Find who in pg_stat_activity, or try again later."
        )
    return f"The database of DATABASE_URL cannot be reached or migrated: {reason}"
