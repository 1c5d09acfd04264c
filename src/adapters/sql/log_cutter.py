"""Taking the oldest events out of PostgreSQL, in whole parts where it can be."""

from typing import Final

import psycopg
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql.connections import Connections
from adapters.sql.unit_of_work import lock_key
from application.events import LOG
from application.ports.archiving import LogCutter
from domain.errors import Forbidden, InUse, Stale
from domain.events import Head

# Many rows may have to go one by one, where an archive ends amid a part.
_UNHURRIED: Final = text("SELECT set_config('statement_timeout', '0', true)")
_SEALING: Final = text("SELECT pg_advisory_xact_lock(:key)")
# Whoever reads waits until the transaction ends: they see the log whole, or begin behind what was taken out.
_ALONE: Final = text("LOCK TABLE events IN ACCESS EXCLUSIVE MODE")
_IS_THERE: Final = text("""
    SELECT EXISTS (SELECT FROM events WHERE id = :id AND hash = :hash)
        AND EXISTS (SELECT FROM events WHERE id > :id)
""")
_IS_NEEDED: Final = text("SELECT EXISTS (SELECT FROM webhook_deliveries WHERE event_id <= :id)")
_WHOLE_PARTS: Final = text("""
    SELECT oid::regclass::text FROM pg_class
    WHERE oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = 'events'::regclass)
        AND substring(pg_get_expr(relpartbound, oid) FROM $r$TO \\('(\\d+)'\\)$r$)::bigint <= :id + 1
""")
_CUT: Final = (
    "ALTER TABLE events DISABLE TRIGGER only_grows",
    "DELETE FROM events WHERE id <= :id",
    "ALTER TABLE events ENABLE TRIGGER only_grows",
    "INSERT INTO event_archives (last_id, last_hash, archived_at) VALUES (:id, :hash, now())",
)


class SqlLogCutter(LogCutter):
    """Takes events out of the table `events`, with the right of its owner."""

    def __init__(self, connections: Connections) -> None:
        """Work on these connections."""
        self._connections = connections

    async def cut(self, through: Head) -> None:
        """Take out every event up to this one.

        Raises:
            Stale: the event is not there with this hash, or is the last of the log.
            InUse: webhooks still refer to one of them.
            Forbidden: the role does not own the log.
            Unavailable: the database is away or busy.
        """
        async with self._connections.transaction() as connection:
            try:
                await _cut(connection, through)
            except DBAPIError as error:
                if isinstance(error.orig, psycopg.errors.InsufficientPrivilege):
                    raise Forbidden("Only the role that owns the log may take events out of it.") from error
                raise


async def _cut(connection: AsyncConnection, through: Head) -> None:
    values = {"id": through.id, "hash": through.hash}
    await connection.execute(_UNHURRIED)
    await connection.execute(_SEALING, {"key": lock_key(LOG)})
    await connection.execute(_ALONE)
    if not (await connection.execute(_IS_THERE, values)).scalar_one():
        raise Stale
    if (await connection.execute(_IS_NEEDED, {"id": through.id})).scalar_one():
        raise InUse("Webhooks are still told of some of these events, or were lately: take an earlier date.")
    for (part,) in (await connection.execute(_WHOLE_PARTS, {"id": through.id})).all():
        await connection.execute(text(f"DROP TABLE {part}"))
    for statement in _CUT:
        given = {name: value for name, value in values.items() if f":{name}" in statement}
        await connection.execute(text(statement), given)
