"""One change of many rows, sent whole at commit."""

from types import TracebackType
from typing import Self

from adapters.sql.changes import Changes
from adapters.sql.connections import Connections
from adapters.sql.ids import Ids
from adapters.sql.sessions import SqlSessionRepository
from adapters.sql.tasks import SqlTaskRepository
from adapters.sql.users import SqlUserRepository
from application.ports.unit_of_work import UnitOfWork
from domain.errors import Stale


class SqlUnitOfWork(UnitOfWork):
    """Reads one statement at a time and holds nothing in between; its one transaction is begun by `commit`."""

    def __init__(self, connections: Connections, *, user_ids: Ids, session_ids: Ids, task_ids: Ids) -> None:
        """Make the repositories; no connection is taken."""
        self._connections = connections
        self._changes = Changes()
        self._is_spent = False
        self._users = SqlUserRepository(connections, self._changes, user_ids)
        self._sessions = SqlSessionRepository(connections, self._changes, session_ids)
        self._tasks = SqlTaskRepository(connections, self._changes, task_ids)

    @property
    def users(self) -> SqlUserRepository:
        """Accounts."""
        return self._users

    @property
    def sessions(self) -> SqlSessionRepository:
        """Sign-ins."""
        return self._sessions

    @property
    def tasks(self) -> SqlTaskRepository:
        """Tasks."""
        return self._tasks

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._changes.clear()

    async def commit(self) -> None:
        """Send everything collected, in one transaction.

        Raises:
            Taken: a value that must be unique belongs to another.
            Stale: a saved or removed entity has moved on since it was read.
            NotFound: an entity refers to one that does not exist.
            Unavailable: the database is away or busy.
            RuntimeError: this unit of work was committed before, or tried to.
        """
        if self._is_spent:
            raise RuntimeError("A unit of work is committed at most once.")
        self._is_spent = True
        if not self._changes:
            return
        async with self._connections.transaction() as connection:
            for change in self._changes:
                result = await connection.execute(change.statement, change.values)
                if change.must_hit and result.rowcount == 0:
                    raise Stale
