"""How statements reach PostgreSQL: a pipeline, two small pools, and a limit to every wait."""

import asyncio
import re
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, ClassVar, Final, Self, cast

import psycopg
from psycopg import waiting
from psycopg.abc import RV, PQGen
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import TransactionStatus
from psycopg.rows import TupleRow
from sqlalchemy import Executable, Row, Select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from adapters.sql.errors import domain_errors
from adapters.sql.loads import pool_load
from adapters.sql.pipeline import PIPELINE_SETTINGS, Pipeline
from adapters.sql.prepared import Statement, prepared
from application.ports.load import Load
from domain.errors import Unavailable

_CONNECT_SECONDS: Final = 3
_CHECKOUT_SECONDS: Final = 2
_CANCEL_SECONDS: Final = 1
# Of 0, psycopg would prepare the sign of life before each transaction anew, and forget what it has prepared.
_PREPARED_SOON: Final = 1
_SERVER_SETTINGS: Final = {
    "timezone": "UTC",
    "datestyle": "ISO",
    "statement_timeout": "10s",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "15s",
}


class UnreadableUrl(Unavailable):
    """The URL of the database is none that libpq understands."""


class NoAnswer(psycopg.OperationalError):
    """The server kept the connection and said nothing; it is frozen or cut off."""


class PatientConnection(psycopg.AsyncConnection[TupleRow]):
    """A connection that gives up on a silent server, instead of waiting for as long as the socket stays open.

    Attributes:
        answer_seconds: how long one exchange may take; more than the server's own statement_timeout, so whoever
            has not answered by then is not going to.
    """

    answer_seconds: ClassVar[float] = 12.0

    @classmethod
    async def begin(cls, **parameters: Any) -> Self:
        """Connect as `connect` does, and leave nothing behind if that is cancelled.

        By itself psycopg leaves a half-made connection to the garbage collector. Until that comes by, PostgreSQL
        waits for the rest of the greeting, up to a minute, and so does whoever drops a database.
        """
        connecting = asyncio.ensure_future(cls.connect(**parameters))
        try:
            return await asyncio.shield(connecting)
        except asyncio.CancelledError:
            connecting.cancel()
            await asyncio.wait([connecting])
            if not connecting.cancelled() and connecting.exception() is None:
                connecting.result().pgconn.finish()
            # Half a connection ends with the last reference to it: the one that this task holds.
            del connecting
            raise

    async def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:  # noqa: ASYNC109 - psycopg's signature
        """Wait for one exchange with the server; every statement, commit and rollback passes here.

        Raises:
            NoAnswer: none came in time. The connection is closed then, as it is when the caller is cancelled
                and the server still at work: psycopg would wait up to ten seconds for it to stop.
        """
        try:
            return await waiting.wait_async(
                gen, self.pgconn.socket, interval=interval, timeout=timeout or self.answer_seconds
            )
        except asyncio.CancelledError:
            await self._abandon()
            raise
        except psycopg.OperationalError as error:
            if self.pgconn.transaction_status != TransactionStatus.ACTIVE:
                raise
            self.pgconn.finish()
            raise NoAnswer("no answer in time") from error

    async def _abandon(self) -> None:
        if self.pgconn.transaction_status != TransactionStatus.ACTIVE:
            return
        try:
            await self.cancel_safe(timeout=_CANCEL_SECONDS)
        except psycopg.Error:
            pass  # The server's own statement_timeout ends it then.
        finally:
            self.pgconn.finish()


class Connections:
    """A pipeline for what is short, a pool for other single statements, and one for transactions."""

    def __init__(self, url: str, *, pool_size: int, through_pooler: bool = False) -> None:
        """Remember where PostgreSQL is; nothing is connected yet.

        Args:
            url: `postgresql://...` as libpq reads it, parameters included; they win over Satchel's own.
            pool_size: connections of all together, but at least four.
            through_pooler: whether the URL leads to a pooler that gives each transaction to any session of the
                server. It takes no settings of the server either, so the limits are for it to set.

        Raises:
            UnreadableUrl: libpq cannot read the URL.
        """
        self._prepared_after = None if through_pooler else _PREPARED_SOON
        parameters = connection_parameters(url, settings={} if through_pooler else _SERVER_SETTINGS)
        parameters["prepare_threshold"] = self._prepared_after
        # Whoever waits in the pipeline keeps others waiting, so nothing else may be set there.
        piped = connection_parameters(url, settings={} if through_pooler else PIPELINE_SETTINGS, are_fixed=True)
        writes = max(1, pool_size * 3 // 10)
        self._pipeline = Pipeline(
            partial(PatientConnection.begin, **piped | {"client_encoding": "UTF8"}, autocommit=True),
            reads=1,
            writes=writes,
            through_pooler=through_pooler,
        )
        # A read is one round trip: a dead connection is found by the read itself, and nothing needs a rollback.
        self._reads = _engine(
            parameters,
            pool_size=max(1, pool_size - 1 - 2 * writes),
            isolation_level="AUTOCOMMIT",
            skip_autocommit_rollback=True,
        )
        self._writes = _engine(parameters, pool_size=writes, pool_pre_ping=True)

    async def close(self) -> None:
        """Close everything."""
        await self._pipeline.close()
        await self._reads.dispose()
        await self._writes.dispose()

    def loads(self) -> dict[str, Load]:
        """Return how busy the pools and the pipeline are."""
        return {"reads": pool_load(self._reads), "writes": pool_load(self._writes), **self._pipeline.loads()}

    async def look_up(
        self, statement: Select[*tuple[Any, ...]], values: Mapping[str, object]
    ) -> Sequence[Row[*tuple[Any, ...]]]:
        """Execute a statement that finds a few rows by an index, and return them.

        It waits for no other's answer. But those behind it wait for its own, so anything that may take long
        belongs to `fetch`.

        Raises:
            Unavailable: the database is away or busy.
        """
        return await self._pipeline.fetch(prepared(statement, tuple(values)), values)

    async def change(self, changes: Iterable[tuple[Statement, Mapping[str, object], bool]]) -> None:
        """Execute a few short statements in one transaction and one round trip.

        Args:
            changes: each with its values, and whether it must hit a row.

        Raises:
            Stale: a statement that must hit a row hit none; nothing was kept.
            Held: somebody holds a lock on what is to be changed; nothing was kept. A `transaction` waits for it.
            Taken: a value that must be unique belongs to another.
            NotFound: a row refers to one that does not exist.
            Unavailable: the database is away or busy.
        """
        await self._pipeline.commit(
            [(prepared(statement, tuple(values)), values, must_hit) for statement, values, must_hit in changes]
        )

    async def fetch(
        self, statement: Executable, values: Mapping[str, object] | None = None, *, plans_anew: bool = False
    ) -> Sequence[Row[*tuple[Any, ...]]]:
        """Execute one statement by itself and return its rows.

        A connection that turns out to be dead is no answer: the statement is sent once more on a new one, so
        it must be one that does no harm twice.

        Args:
            statement: what to execute.
            values: of its parameters.
            plans_anew: whether the best plan depends on the values, as with searches. Of a prepared statement
                PostgreSQL soon keeps one plan for all of them (manual, PREPARE), which may read a whole table.

        Raises:
            Unavailable: the database is away or busy.
        """
        with domain_errors():
            try:
                return await self._fetch(statement, values, plans_anew)
            except DBAPIError as error:
                if not error.connection_invalidated or isinstance(error.orig, NoAnswer):
                    raise
                return await self._fetch(statement, values, plans_anew)

    async def _fetch(
        self, statement: Executable, values: Mapping[str, object] | None, plans_anew: bool
    ) -> Sequence[Row[*tuple[Any, ...]]]:
        async with self._reads.connect() as connection:
            if not plans_anew:
                return (await connection.execute(statement, values)).fetchall()
            driver = cast("PatientConnection", (await connection.get_raw_connection()).driver_connection)
            driver.prepare_threshold = None
            try:
                return (await connection.execute(statement, values)).fetchall()
            finally:
                driver.prepare_threshold = self._prepared_after

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[AsyncConnection]:
        """Hold one transaction: committed at the end, rolled back if anything is raised. Never sent twice.

        Raises:
            Taken: a value that must be unique belongs to another.
            NotFound: a row refers to one that does not exist.
            Unavailable: the database is away or busy.
        """
        with domain_errors():
            async with self._writes.begin() as connection:
                yield connection


def connection_parameters(url: str, *, settings: Mapping[str, str], are_fixed: bool = False) -> dict[str, Any]:
    """Return what to connect with: the URL's own parameters, and ours where it has none.

    Args:
        url: `postgresql://...`, as libpq reads it.
        settings: of the server, for the session.
        are_fixed: whether they win over `options` in the URL, instead of the other way round.

    Raises:
        UnreadableUrl: libpq cannot read the URL. The message does not repeat it, since it may hold a password.
    """
    try:
        given = conninfo_to_dict(url)
    except psycopg.ProgrammingError as error:
        # Other messages quote the URL, and with it the password.
        unknown = re.search(r'invalid URI query parameter: "\w+"', str(error))
        raise UnreadableUrl(
            "DATABASE_URL cannot be read: write postgresql://user:password@host:port/name, "
            "with no parameters but those of libpq.",
            reason=unknown and unknown[0],
        ) from None
    ours = " ".join(f"-c {name}={value}" for name, value in settings.items())
    theirs = str(given.get("options") or "")
    return {
        "connect_timeout": _CONNECT_SECONDS,
        "application_name": "satchel",
        # A server whose machine is gone sends no goodbye either: the kernel notices in about 15 seconds.
        "keepalives_idle": 5,
        "keepalives_interval": 3,
        "keepalives_count": 3,
        "tcp_user_timeout": 10_000,
        **given,
        # Of two, the later one counts.
        "options": " ".join((theirs, ours) if are_fixed else (ours, theirs)).strip(),
    }


def _engine(parameters: Mapping[str, Any], **options: Any) -> AsyncEngine:
    return create_async_engine(
        "postgresql+psycopg://",
        async_creator=lambda: PatientConnection.begin(**parameters),
        max_overflow=0,
        pool_timeout=_CHECKOUT_SECONDS,
        pool_use_lifo=True,
        # An error's text ends up in logs, where password hashes and what people wrote have no place.
        hide_parameters=True,
        **options,
    )
