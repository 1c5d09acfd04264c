"""One change of many rows, sent whole at commit."""

import hashlib
from contextlib import AsyncExitStack, suppress
from types import TracebackType
from typing import Any, Final, Self

from sqlalchemy import BigInteger, Insert, Select, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql.changes import GATHER_MORE, MERGE_GATHERED, Change, Changes
from adapters.sql.cheats import SqlCheatRepository
from adapters.sql.connections import Connections
from adapters.sql.events import SqlEventRepository
from adapters.sql.idempotency import SqlKeptAnswerRepository
from adapters.sql.ids import IdsOfAll
from adapters.sql.lists import Lists
from adapters.sql.notices import SqlNotices
from adapters.sql.pipeline import Held
from adapters.sql.posts import SqlPostRepository
from adapters.sql.search import SqlSearchRepository
from adapters.sql.session_directory import SqlSessionDirectory
from adapters.sql.sessions import SqlSessionRepository
from adapters.sql.tables import events, waiting_events
from adapters.sql.tasks import SqlTaskRepository
from adapters.sql.taxonomy import SqlTagRepository
from adapters.sql.users import SqlUserRepository
from adapters.sql.webhooks import SqlWebhookRepository
from application.ports.unit_of_work import UnitOfWork
from domain.errors import Stale, Unavailable
from domain.taxonomy import TagKind

# Texts of so many characters keep their indexes busy for a while.
_LARGE: Final = 20_000
# PostgreSQL lets go of them with the transaction, however that ends (manual, section 13.3.5).
_LOCK: Final = select(func.pg_advisory_xact_lock(bindparam("key", type_=BigInteger)))
_TRY_LOCK: Final = select(func.pg_try_advisory_xact_lock(bindparam("key", type_=BigInteger)))


class SqlUnitOfWork(UnitOfWork):
    """Reads one statement at a time and holds nothing in between.

    Its one transaction is begun by `commit`, or earlier by `lock`, which then lasts as long as it.
    """

    def __init__(
        self,
        connections: Connections,
        lists: Lists,
        directory: SqlSessionDirectory,
        notices: SqlNotices,
        ids: IdsOfAll,
    ) -> None:
        """Remember what the repositories need; each is made when it is asked for, and no connection is taken."""
        self._connections = connections
        self._lists = lists
        self._directory = directory
        self._notices = notices
        self._changes = Changes()
        self._is_spent = False
        self._connection: AsyncConnection | None = None
        self._transaction = AsyncExitStack()
        self._ids = ids

    @property
    def users(self) -> SqlUserRepository:
        """Accounts."""
        return SqlUserRepository(self._connections, self._lists, self._changes, self._ids.users)

    @property
    def sessions(self) -> SqlSessionRepository:
        """Sign-ins."""
        return SqlSessionRepository(self._connections, self._changes, self._ids.sessions)

    @property
    def tasks(self) -> SqlTaskRepository:
        """Tasks."""
        return SqlTaskRepository(self._connections, self._lists, self._changes, self._ids.tasks)

    @property
    def cheats(self) -> SqlCheatRepository:
        """Cheats, and the bags they are in."""
        return SqlCheatRepository(self._connections, self._lists, self._changes, self._ids.cheats)

    @property
    def posts(self) -> SqlPostRepository:
        """What someone tells everyone."""
        return SqlPostRepository(self._connections, self._lists, self._changes, self._ids.posts)

    @property
    def platforms(self) -> SqlTagRepository:
        """What cheats run on."""
        return SqlTagRepository(
            self._connections, self._lists, self._changes, self._ids.platforms, TagKind.PLATFORM
        )

    @property
    def topics(self) -> SqlTagRepository:
        """What cheats are about."""
        return SqlTagRepository(self._connections, self._lists, self._changes, self._ids.topics, TagKind.TOPIC)

    @property
    def search(self) -> SqlSearchRepository:
        """Everything that can be searched at once."""
        return SqlSearchRepository(self._lists)

    @property
    def events(self) -> SqlEventRepository:
        """What happened."""
        return SqlEventRepository(self._connections, self._lists, self._changes)

    @property
    def webhooks(self) -> SqlWebhookRepository:
        """Who else is told of it."""
        return SqlWebhookRepository(self._connections, self._changes, self._ids.webhooks)

    @property
    def kept_answers(self) -> SqlKeptAnswerRepository:
        """What was answered to those who may ask again."""
        return SqlKeptAnswerRepository(self._connections, self._changes)

    async def lock(self, name: str) -> None:
        """Wait until no other unit of work on this database holds the lock of this name; then hold it.

        Raises:
            Unavailable: others held it for too long, or the database is away.
            RuntimeError: this unit of work was committed, or holds a lock already.
        """
        await self._lock(_LOCK, name)

    async def try_lock(self, name: str) -> bool:
        """Hold the lock of this name, unless another unit of work on this database does; tell whether it is held.

        Raises:
            Unavailable: the database is away or busy.
            RuntimeError: this unit of work was committed, or holds a lock already.
        """
        return bool(await self._lock(_TRY_LOCK, name))

    async def _lock(self, statement: Select[Any], name: str) -> object:
        """Begin the transaction with this statement about the lock, and return what it says."""
        if self._is_spent or self._connection is not None:
            raise RuntimeError("A unit of work takes one lock at most, before its commit.")
        async with AsyncExitStack() as beginning:
            connection = await beginning.enter_async_context(self._connections.transaction())
            told: object = (await connection.execute(statement, {"key": lock_key(name)})).scalar_one()
            self._connection, self._transaction = connection, beginning.pop_all()
        return told

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._changes.clear()
        if self._connection is not None and not self._is_spent:
            # Of a connection that broke, PostgreSQL has kept nothing either.
            with suppress(Unavailable):
                async with self._transaction:
                    await self._connection.rollback()

    async def commit(self) -> None:
        """Send everything collected, in one transaction.

        Raises:
            Taken: a value that must be unique belongs to another.
            Stale: a saved or removed entity has moved on since it was read.
            InFlight: an answer was kept for the same key meanwhile.
            NotFound: an entity refers to one that does not exist.
            Invalid: a cheat refers to platforms or topics that do not exist.
            InUse: a removed platform or topic has cheats under it.
            Unavailable: the database is away or busy.
            RuntimeError: this unit of work was committed before, or tried to.
        """
        if self._is_spent:
            raise RuntimeError("A unit of work is committed at most once.")
        self._is_spent = True
        if not self._changes and self._connection is None:
            return
        try:
            if self._connection is not None or not self._changes.are_few or not await self._have_been_piped():
                await self._send()
        finally:
            # Also after a failure: PostgreSQL may have committed before the connection broke.
            self._directory.forget(users=self._changes.users, sessions=self._changes.sessions)
            if self._changes.users or self._changes.sessions or any(map(_is_of_events, self._changes)):
                self._notices.ring()

    async def _have_been_piped(self) -> bool:
        """Send what is collected in one round trip, unless it is large or somebody holds a lock that it needs."""
        statements = [
            (change.statement, values, change.must_hit)
            for change in self._changes
            for values in await change.values()
        ]
        texts = (value for _, values, _ in statements for value in values.values() if isinstance(value, str))
        if sum(map(len, texts)) > _LARGE:
            return False
        try:
            await self._connections.change(statements)
        except Held:
            return False
        return True

    async def _send(self) -> None:
        """Send what is collected statement by statement, in the transaction that there is or in one of its own."""
        async with self._transaction as transaction:
            connection = self._connection
            if connection is None:
                connection = await transaction.enter_async_context(self._connections.transaction())
            if self._changes.are_many:
                await connection.execute(GATHER_MORE)
            for change in self._changes:
                result = await connection.execute(*await change.execution())
                # Of a statement with many values, the rows of all are counted together (PEP 249).
                if change.must_hit and result.rowcount < len(change.times):
                    raise Stale
                while change.portion and result.rowcount == change.portion:
                    result = await connection.execute(change.statement, await change.values())
            if self._changes.are_many:
                await connection.execute(MERGE_GATHERED)


def _is_of_events(change: Change) -> bool:
    return isinstance(change.statement, Insert) and change.statement.table in (waiting_events, events)


def lock_key(name: str) -> int:
    """Return the number by which PostgreSQL knows the lock: 64 bits, signed, the same in every process.

    Advisory locks belong to the whole database, so Satchel's are told apart from those of others in it.
    """
    return int.from_bytes(hashlib.sha256(f"satchel:{name}".encode()).digest()[:8], signed=True)
