"""PostgreSQL as the service's store."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from sqlalchemy import select, text

from adapters.sql import migration
from adapters.sql.connections import Connections
from adapters.sql.ids import IdsOfAll
from adapters.sql.lists import Lists
from adapters.sql.log_cutter import SqlLogCutter
from adapters.sql.news import News
from adapters.sql.notices import SqlNotices
from adapters.sql.rate_limits import SqlRequestCounts
from adapters.sql.replica import Replica
from adapters.sql.session_directory import SqlSessionDirectory
from adapters.sql.throttle import SqlThrottle
from adapters.sql.traced import TracedConnections
from adapters.sql.unit_of_work import SqlUnitOfWork
from application.ports.load import Load
from application.ports.storage import Storage
from application.ports.tracing import Tracer
from domain.errors import Unavailable

_SIGN_OF_LIFE: Final = select(1)
_HAS_REVISION: Final = text("SELECT to_regclass('alembic_version') IS NOT NULL")
_REVISION: Final = text("SELECT version_num FROM alembic_version")


class SqlStore(Storage):
    """Holds the connections to one database, where everything is kept, counted and told."""

    def __init__(
        self,
        url: str,
        *,
        pool_size: int,
        through_pooler: bool = False,
        listen_url: str | None = None,
        tracer: Tracer | None = None,
        read_url: str | None = None,
    ) -> None:
        """Remember where the database is; nothing is connected yet.

        Args:
            url: `postgresql://user:password@host:port/name?parameters`, as libpq reads it.
            pool_size: connections held at most: half for reading, half for writing, at least one each.
            through_pooler: whether the URLs lead to a pooler that gives each transaction to any session.
            listen_url: of the same database, where news of it is told; by default the first URL.
            tracer: told of each round trip.
            read_url: of a replica of it, which answers lists where it has all that was committed.

        Raises:
            UnreadableUrl: a URL cannot be read.
        """

        def to(server_url: str) -> Connections:
            if tracer is None:
                return Connections(server_url, pool_size=pool_size, through_pooler=through_pooler)
            return TracedConnections(server_url, tracer=tracer, pool_size=pool_size, through_pooler=through_pooler)

        self._connections = to(url)
        self._replica = None if read_url is None else Replica(self._connections, to(read_url))
        self._lists = Lists(self._connections, self._replica)
        self._ids = IdsOfAll(self._connections)
        self.throttle = SqlThrottle(self._connections)
        self.request_counts = SqlRequestCounts(self._connections)
        self._news = News(listen_url or url)
        self.session_directory = self._session_directory = SqlSessionDirectory(self._connections, self._news)
        self.notices = self._notices = SqlNotices(self._news)

    async def open(self) -> None:
        """Connect ahead of the first request, if the database is there."""
        with suppress(Unavailable):
            await self.ping()

    async def close(self) -> None:
        """Close every connection."""
        await self._news.close()
        if self._replica is not None:
            await self._replica.close()
        await self._connections.close()

    def loads(self) -> Mapping[str, Load]:
        """Return how busy the pools and the pipeline are."""
        of_replica = {} if self._replica is None else self._replica.connections.loads()
        return self._connections.loads() | {f"replica {name}": load for name, load in of_replica.items()}

    async def ping(self) -> None:
        """Make one round trip.

        Raises:
            Unavailable: the database is away or busy.
        """
        await self._connections.fetch(_SIGN_OF_LIFE)

    async def is_current(self) -> bool:
        """Tell whether every migration of this version of Satchel, and no other, was made.

        Raises:
            Unavailable: the database is away or busy.
        """
        if not (await self._connections.fetch(_HAS_REVISION))[0][0]:
            return False
        rows = await self._connections.fetch(_REVISION)
        return [row.version_num for row in rows] == [migration.head()]

    def log_cutter(self) -> SqlLogCutter:
        """Return what takes the oldest events out of the log."""
        return SqlLogCutter(self._connections)

    def unit_of_work(self) -> SqlUnitOfWork:
        """Return a new unit of work."""
        return SqlUnitOfWork(self._connections, self._lists, self._session_directory, self._notices, self._ids)
