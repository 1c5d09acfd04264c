"""A look at a PostgreSQL from outside, whatever state it is in."""

import asyncio
import ipaddress
import secrets
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import ClassVar, Final, LiteralString

import psycopg
from psycopg import sql
from psycopg.rows import DictRow, dict_row

from adapters.sql.connections import PatientConnection, connection_parameters
from adapters.sql.errors import first_line
from application.ports.clock import Clock
from application.ports.inspection import (
    DatabaseFacts,
    Facts,
    Inspector,
    LogFacts,
    Pooling,
    ServerFacts,
)
from domain.errors import Unavailable
from domain.events import Head

_DURABILITY: Final = ("fsync", "full_page_writes", "synchronous_commit")
_ROUNDS: Final = 5
_LOOKS: Final = 10
_SECONDS_BETWEEN_LOOKS: Final = 0.1

_PROCESS: Final = "SELECT pg_backend_pid() AS pid"
_NOW: Final = "SELECT clock_timestamp() AS now"
_SERVER: Final = """
    SELECT current_setting('server_version') AS version,
        current_setting('server_version_num')::int AS version_number,
        pg_is_in_recovery() OR current_setting('default_transaction_read_only') = 'on' AS is_standby,
        least(
            current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
                - coalesce(current_setting('reserved_connections', true), '0')::int,
            (SELECT nullif(rolconnlimit, -1) FROM pg_roles WHERE rolname = current_user),
            (SELECT nullif(datconnlimit, -1) FROM pg_database WHERE datname = current_database())
        ) AS connections,
        current_setting('fsync') AS fsync,
        current_setting('full_page_writes') AS full_page_writes,
        current_setting('synchronous_commit') AS synchronous_commit
"""
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
_LOG: Final = """
    WITH tables AS (
        SELECT oid, oid::regclass::text AS name, pg_has_role(relowner, 'USAGE') AS is_own,
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
        (SELECT count(*) FROM waiting_events) AS waiting,
        (SELECT min(occurred_at) FROM waiting_events) AS waiting_since,
        (SELECT id FROM last) AS id,
        (SELECT hash FROM last) AS hash,
        (SELECT occurred_at FROM last) AS last_at
"""


class _InspectingConnection(PatientConnection):
    answer_seconds: ClassVar[float] = 5.0


class SqlInspector(Inspector):
    """Asks PostgreSQL's own catalogue, over connections of its own."""

    def __init__(self, url: str, *, clock: Clock, revision: str, listen_url: str | None = None) -> None:
        """Remember where the database is; nothing is connected yet.

        Args:
            url: `postgresql://...` as libpq reads it.
            clock: of this machine.
            revision: of the schema that this version of Satchel works with.
            listen_url: where news of it is told; by default the other URL.
        """
        self._url = url
        self._listen_url = listen_url or url
        self._clock = clock
        self._revision = revision

    async def inspect(self) -> Facts:
        """Return what is so.

        Raises:
            Unavailable: the database is away, or lets nobody in.
        """
        async with _connected(self._url) as connection:
            server = await self._server(connection)
            row = await _row(connection, _DATABASE)
            has_revision = (await _row(connection, _HAS_REVISION))["is_there"]
            revision: str | None = None
            if has_revision:
                found = await (await connection.execute(_REVISION)).fetchone()
                revision = None if found is None else str(found[0])
            database = _database(row, revision)
            log = _log(await _row(connection, _LOG)) if self._is_readable(database) else None
        return Facts(server, database, log)

    async def hears_news(self) -> bool:
        """Tell whether a notice sent in the database arrives where Satchel listens.

        Raises:
            Unavailable: nobody answers there.
        """
        channel = f"satchel_trial_{secrets.token_hex(8)}"
        heard = asyncio.Event()
        async with _connected(self._listen_url) as listening, _connected(self._url) as telling:
            listening.add_notify_handler(lambda _: heard.set())
            await listening.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
            await telling.execute("SELECT pg_notify(%s, '')", (channel,))
            for _ in range(_LOOKS):
                # Before it answers, PostgreSQL sends what it has to tell.
                await listening.execute("SELECT 1")
                if heard.is_set():
                    break
                await asyncio.sleep(_SECONDS_BETWEEN_LOOKS)
            await listening.execute(sql.SQL("UNLISTEN {}").format(sql.Identifier(channel)))
        return heard.is_set()

    def _is_readable(self, database: DatabaseFacts) -> bool:
        return database.revision == self._revision and not {"events", "waiting_events"} & set(database.lacking)

    async def _server(self, connection: PatientConnection) -> ServerFacts:
        trips = [await self._trip(connection) for _ in range(_ROUNDS)]
        latency, lead = min(trips)
        row = await _row(connection, _SERVER)
        return ServerFacts(
            latency=latency,
            clock_lead=lead,
            version=row["version"],
            version_number=row["version_number"],
            connections=row["connections"],
            durability={name: row[name] for name in _DURABILITY},
            pooling=await self._pooling(connection),
            is_standby=row["is_standby"],
            is_remote=_is_remote(connection.info.host, connection.info.hostaddr),
            is_encrypted=connection.pgconn.ssl_in_use,
        )

    async def _trip(self, connection: PatientConnection) -> tuple[timedelta, timedelta]:
        """Return how long a round trip took, and by how much the server's clock was ahead in the middle of it."""
        sent = self._clock.now()
        there = (await _row(connection, _NOW))["now"]
        latency = self._clock.now() - sent
        return latency, there - (sent + latency / 2)

    async def _pooling(self, connection: PatientConnection) -> Pooling:
        # A pooler greets its clients with a number of its own in place of the process's.
        pid = (await _row(connection, _PROCESS))["pid"]
        if pid == connection.info.backend_pid:
            return Pooling.NONE
        async with _connected(self._url) as other:
            for _ in range(_LOOKS):
                pids = [(await _row(each, _PROCESS))["pid"] for each in (connection, other)]
                if pids[0] == pids[1]:
                    return Pooling.TRANSACTION
        return Pooling.SESSION


@asynccontextmanager
async def _connected(url: str) -> AsyncGenerator[PatientConnection]:
    try:
        connection = await _InspectingConnection.begin(**connection_parameters(url, settings={}), autocommit=True)
        connection.prepare_threshold = None
        async with connection:
            yield connection
    except psycopg.Error as error:
        raise Unavailable("The database does not answer.", reason=first_line(error)) from error


async def _row(connection: PatientConnection, query: LiteralString) -> DictRow:
    async with connection.cursor(row_factory=dict_row) as cursor:
        row = await (await cursor.execute(query)).fetchone()
    if row is None:
        raise Unavailable("The database does not answer.", reason="PostgreSQL answers without a row")
    return row


def _database(row: DictRow, revision: str | None) -> DatabaseFacts:
    return DatabaseFacts(
        encoding=row["encoding"],
        collation=row["collation"],
        size_bytes=row["size_bytes"],
        revision=revision,
        has_search=row["has_search"],
        role=row["role"],
        may_create=row["may_create"],
        owns_all=row["owns_all"],
        lacking=tuple(row["lacking"]),
        is_superuser=row["is_superuser"],
    )


def _log(row: DictRow) -> LogFacts:
    return LogFacts(
        unguarded=tuple(row["unguarded"]),
        alterable=tuple(row["alterable"]),
        owns=row["owns"],
        waiting=row["waiting"],
        waiting_since=row["waiting_since"],
        last=None if row["id"] is None else Head(row["id"], row["hash"]),
        last_at=row["last_at"],
    )


def _is_remote(host: str, address: str) -> bool:
    # Without an address it is a socket in the file system.
    return bool(address) and not host.startswith("/") and not ipaddress.ip_address(address).is_loopback
