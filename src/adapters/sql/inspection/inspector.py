"""What is asked, of which server, in which order."""

import asyncio
import secrets
from datetime import timedelta
from typing import Final

from psycopg import sql

from adapters.sql.connections import PatientConnection
from adapters.sql.inspection.connecting import connected, is_remote, row
from adapters.sql.inspection.database import database_facts
from adapters.sql.inspection.log import log_facts
from adapters.sql.inspection.replica import replica_facts
from application.ports.clock import Clock
from application.ports.inspection import DatabaseFacts, Facts, Inspector, Pooling, ReplicaFacts, ServerFacts

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


class SqlInspector(Inspector):
    """Asks PostgreSQL's own catalogue, over connections of its own."""

    def __init__(
        self, url: str, *, clock: Clock, revision: str, listen_url: str | None = None, read_url: str | None = None
    ) -> None:
        """Remember where the database is; nothing is connected yet.

        Args:
            url: `postgresql://...` as libpq reads it.
            clock: of this machine.
            revision: of the schema that this version of Satchel works with.
            listen_url: where news of it is told; by default the other URL.
            read_url: of its replica, if it has one.
        """
        self._url = url
        self._listen_url = listen_url or url
        self._read_url = read_url
        self._clock = clock
        self._revision = revision

    async def inspect(self) -> Facts:
        """Return what is so.

        Raises:
            Unavailable: the database is away, or lets nobody in.
        """
        async with connected(self._url) as connection:
            server = await self._server(connection)
            database = await database_facts(connection)
            log = await log_facts(connection) if self._is_readable(database) else None
        return Facts(server, database, log)

    async def inspect_replica(self) -> ReplicaFacts | None:
        """Return what is so of the replica; None where there is none.

        Raises:
            Unavailable: it is away, or lets nobody in; or the database itself does.
        """
        if self._read_url is None:
            return None
        async with connected(self._url) as primary, connected(self._read_url) as replica:
            return await replica_facts(primary, replica, self._clock)

    async def hears_news(self) -> bool:
        """Tell whether a notice sent in the database arrives where Satchel listens.

        Raises:
            Unavailable: nobody answers there.
        """
        channel = f"satchel_trial_{secrets.token_hex(8)}"
        heard = asyncio.Event()
        async with connected(self._listen_url) as listening, connected(self._url) as telling:
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
        found = await row(connection, _SERVER)
        return ServerFacts(
            latency=latency,
            clock_lead=lead,
            version=found["version"],
            version_number=found["version_number"],
            connections=found["connections"],
            durability={name: found[name] for name in _DURABILITY},
            pooling=await self._pooling(connection),
            is_standby=found["is_standby"],
            is_remote=is_remote(connection),
            is_encrypted=connection.pgconn.ssl_in_use,
        )

    async def _trip(self, connection: PatientConnection) -> tuple[timedelta, timedelta]:
        """Return how long a round trip took, and by how much the server's clock was ahead in the middle of it."""
        sent = self._clock.now()
        there = (await row(connection, _NOW))["now"]
        latency = self._clock.now() - sent
        return latency, there - (sent + latency / 2)

    async def _pooling(self, connection: PatientConnection) -> Pooling:
        # A pooler greets its clients with a number of its own in place of the process's.
        pid = (await row(connection, _PROCESS))["pid"]
        if pid == connection.info.backend_pid:
            return Pooling.NONE
        async with connected(self._url) as other:
            for _ in range(_LOOKS):
                pids = [(await row(each, _PROCESS))["pid"] for each in (connection, other)]
                if pids[0] == pids[1]:
                    return Pooling.TRANSACTION
        return Pooling.SESSION
