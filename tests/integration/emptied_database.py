"""A database that is emptied time and again, which takes a hundredth of what a new one does."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg import sql

from adapters.sql.tables import metadata
from tests.integration.postgresql import Server, new_database

_TABLES = [table.name for table in reversed(metadata.sorted_tables)]
# The log of events only grows, for everyone but who may switch that off.
_GUARDED = {"events", "event_archives"}
_FILLED = sql.SQL(" UNION ALL ").join(
    sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})").format(sql.Literal(name), sql.Identifier(name))
    for name in _TABLES
)
_DELETE = sql.SQL("DELETE FROM {}")
_DELETE_GUARDED = sql.SQL(
    "ALTER TABLE {0} DISABLE TRIGGER only_grows; DELETE FROM {0}; ALTER TABLE {0} ENABLE TRIGGER only_grows"
)


@dataclass(frozen=True, slots=True)
class EmptiedDatabase:
    """A migrated database for one after the other; `connection` is of one who watches."""

    url: str
    connection: psycopg.Connection

    def empty(self) -> None:
        """Delete whatever the one before has left."""
        filled = {name for (name,) in self.connection.execute(_FILLED)}
        deletions = [
            (_DELETE_GUARDED if name in _GUARDED else _DELETE).format(sql.Identifier(name))
            for name in _TABLES
            if name in filled
        ]
        self.connection.execute(sql.SQL("; ").join(deletions))


@contextmanager
def emptied_database(server: Server, *, template: str) -> Generator[EmptiedDatabase]:
    """Yield a copy of a migrated database."""
    with (
        new_database(server, template=template) as url,
        psycopg.connect(url, autocommit=True, application_name="tests") as connection,
    ):
        yield EmptiedDatabase(url, connection)
