"""What the catalogue says of the log of events."""

from typing import Final

from adapters.sql.connections import PatientConnection
from adapters.sql.inspection.connecting import row
from application.ports.inspection import LogFacts
from domain.events import Head

# The bound of the last part stands in its definition alone.
_LOG: Final = r"""
    WITH tables AS (
        SELECT oid, oid::regclass::text AS name, pg_has_role(relowner, 'USAGE') AS is_own,
            substring(pg_get_expr(relpartbound, oid) FROM 'TO \(''(\d+)''\)')::bigint AS bound,
            has_table_privilege(oid, 'UPDATE, DELETE, TRUNCATE') AS is_alterable,
            EXISTS (
                SELECT FROM pg_trigger
                WHERE tgrelid = pg_class.oid AND tgname = 'only_grows' AND tgenabled IN ('O', 'A')
            ) AS is_guarded
        FROM pg_class
        WHERE oid = 'events'::regclass
            OR oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = 'events'::regclass)
    ), last AS (
        SELECT id, hash, occurred_at FROM events ORDER BY id DESC LIMIT 1
    )
    SELECT ARRAY(SELECT name FROM tables WHERE NOT is_guarded ORDER BY oid) AS unguarded,
        ARRAY(SELECT name FROM tables WHERE is_alterable AND NOT is_own ORDER BY oid) AS alterable,
        (SELECT bool_or(is_own) FROM tables) AS owns,
        (SELECT max(bound) FROM tables) - 1 - coalesce((SELECT id FROM last), 0) AS room,
        (SELECT count(*) FROM waiting_events) AS waiting,
        (SELECT min(occurred_at) FROM waiting_events) AS waiting_since,
        (SELECT id FROM last) AS id,
        (SELECT hash FROM last) AS hash,
        (SELECT occurred_at FROM last) AS last_at
"""


async def log_facts(connection: PatientConnection) -> LogFacts:
    """Return what is so of the log; the schema must be current."""
    found = await row(connection, _LOG)
    return LogFacts(
        unguarded=tuple(found["unguarded"]),
        alterable=tuple(found["alterable"]),
        owns=found["owns"],
        room=found["room"],
        waiting=found["waiting"],
        waiting_since=found["waiting_since"],
        last=None if found["id"] is None else Head(found["id"], found["hash"]),
        last_at=found["last_at"],
    )
