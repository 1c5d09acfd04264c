"""Where lists, counts and searches are read: on a replica that has everything, else on the primary."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

import psycopg
from sqlalchemy import Row, Select
from sqlalchemy.exc import DBAPIError

from adapters.sql.connections import Connections
from adapters.sql.replica import Replica
from domain.errors import Unavailable

Rows = Sequence[Row[*tuple[Any, ...]]]

_TIME_IS_UP: Final = "57014"


class Lists:
    """Reads what takes a server some work, and finds all that was committed before it was asked.

    What the replica cannot answer, such as when it has to stop a statement that is in the way of what it replays
    (PostgreSQL manual, section 26.4.2), the primary is asked again.
    """

    def __init__(self, primary: Connections, replica: Replica | None = None) -> None:
        """Read from the replica where there is one."""
        self._primary = primary
        self._replica = replica

    async def fetch(
        self, statement: Select[*tuple[Any, ...]], values: Mapping[str, object], *, plans_anew: bool = False
    ) -> Rows:
        """Execute a statement that may take a while; see `Connections.fetch`.

        Raises:
            Unavailable: the database is away or busy.
        """
        return await self._read(lambda server: server.fetch(statement, values, plans_anew=plans_anew))

    async def page(
        self,
        statement: Select[*tuple[Any, ...]],
        values: Mapping[str, object],
        *,
        is_short: bool,
        plans_anew: bool = False,
    ) -> Rows:
        """Execute the statement of a page: by `Connections.look_up` where an index holds its rows in their order.

        Raises:
            Unavailable: the database is away or busy.
        """
        if is_short:
            return await self._read(lambda server: server.look_up(statement, values))
        return await self.fetch(statement, values, plans_anew=plans_anew)

    async def _read(self, read: Callable[[Connections], Awaitable[Rows]]) -> Rows:
        if self._replica is not None and await self._replica.has_all():
            try:
                return await read(self._replica.connections)
            except Unavailable as error:
                if _took_too_long(error):
                    raise
        return await read(self._primary)


def _took_too_long(error: Unavailable) -> bool:
    """Tell whether the statement had all its time: the primary would need as long, and is not there for that."""
    cause = error.__cause__
    return (
        isinstance(cause, DBAPIError)
        and isinstance(cause.orig, psycopg.Error)
        and cause.orig.sqlstate == _TIME_IS_UP
    )
