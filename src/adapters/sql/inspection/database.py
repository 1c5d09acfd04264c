"""What the catalogue says of the database, and of the role that Satchel has there."""

from typing import Final

from adapters.sql.connections import PatientConnection
from adapters.sql.inspection.connecting import row
from application.ports.inspection import DatabaseFacts

# Rights to a partition come with those to its whole, and those to an identity with those to its table.
_DATABASE: Final = """
    WITH tables AS (
        SELECT oid, relname::text AS name, pg_has_role(relowner, 'USAGE') AS is_own
        FROM pg_class
        WHERE relnamespace = to_regnamespace(current_schema()) AND relkind IN ('r', 'p') AND NOT relispartition
    ), rights AS (
        SELECT oid, name, unnest(
            CASE name
                WHEN 'alembic_version' THEN ARRAY['SELECT']
                WHEN 'events' THEN ARRAY['SELECT', 'INSERT']
                WHEN 'waiting_events' THEN ARRAY['SELECT', 'INSERT', 'DELETE']
                ELSE ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']
            END
        ) AS privilege FROM tables
    ), lacking AS (
        SELECT name FROM rights WHERE NOT has_table_privilege(oid, privilege)
        UNION
        SELECT relname::text FROM pg_class
        WHERE relnamespace = to_regnamespace(current_schema()) AND relkind = 'S'
            AND NOT EXISTS (
                SELECT FROM pg_depend
                WHERE objid = pg_class.oid AND classid = 'pg_class'::regclass AND deptype = 'i'
            )
            -- The order of conditions is the planner's: this one is put to sequences alone.
            AND CASE WHEN relkind = 'S' THEN NOT has_sequence_privilege(oid, 'USAGE') END
    )
    SELECT pg_encoding_to_char(encoding) AS encoding,
        datcollate AS collation,
        pg_database_size(oid) AS size_bytes,
        EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_trgm') AS has_search,
        current_user::text AS role,
        coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS may_create,
        coalesce((SELECT bool_and(is_own) FROM tables), true) AS owns_all,
        ARRAY(SELECT name FROM lacking ORDER BY name) AS lacking,
        (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS is_superuser
    FROM pg_database WHERE datname = current_database()
"""
_HAS_REVISION: Final = """
    SELECT coalesce(has_table_privilege(to_regclass('alembic_version'), 'SELECT'), false) AS is_there
"""
_REVISION: Final = "SELECT version_num FROM alembic_version"


async def database_facts(connection: PatientConnection) -> DatabaseFacts:
    """Return what is so of the database, whether there is a schema or not."""
    found = await row(connection, _DATABASE)
    revision: str | None = None
    if (await row(connection, _HAS_REVISION))["is_there"]:
        stamp = await (await connection.execute(_REVISION)).fetchone()
        revision = None if stamp is None else str(stamp[0])
    return DatabaseFacts(
        encoding=found["encoding"],
        collation=found["collation"],
        size_bytes=found["size_bytes"],
        revision=revision,
        has_search=found["has_search"],
        role=found["role"],
        may_create=found["may_create"],
        owns_all=found["owns_all"],
        lacking=tuple(found["lacking"]),
        is_superuser=found["is_superuser"],
    )
