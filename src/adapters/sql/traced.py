"""Connections whose every round trip is a step of the request that makes it."""

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Executable, Row, Select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import UpdateBase

from adapters.sql.connections import Connections
from adapters.sql.prepared import Statement
from application.ports.tracing import Attributes, Tracer

_DATABASE: Final = {"db.system.name": "postgresql"}


class TracedConnections(Connections):
    """Tells of each statement what it does and to which table, and never its values."""

    def __init__(self, url: str, *, tracer: Tracer, pool_size: int, through_pooler: bool) -> None:
        """Take whom to tell, and what all connections take."""
        super().__init__(url, pool_size=pool_size, through_pooler=through_pooler)
        self._tracer = tracer

    async def look_up(
        self, statement: Select[*tuple[Any, ...]], values: Mapping[str, object]
    ) -> Sequence[Row[*tuple[Any, ...]]]:
        """Execute a statement that finds a few rows by an index."""
        with self._tracer.step(*_described(statement)):
            return await super().look_up(statement, values)

    async def change(self, changes: Iterable[tuple[Statement, Mapping[str, object], bool]]) -> None:
        """Execute a few short statements in one transaction and one round trip."""
        told = list(changes)
        name, attributes = _described(told[0][0]) if told else ("COMMIT", _DATABASE)
        with self._tracer.step(name, {**attributes, "db.operation.batch.size": len(told)}):
            await super().change(told)

    async def fetch(
        self, statement: Executable, values: Mapping[str, object] | None = None, *, plans_anew: bool = False
    ) -> Sequence[Row[*tuple[Any, ...]]]:
        """Execute one statement by itself."""
        with self._tracer.step(*_described(statement)):
            return await super().fetch(statement, values, plans_anew=plans_anew)

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[AsyncConnection]:
        """Hold one transaction, which is one step whatever is done in it."""
        with self._tracer.step("TRANSACTION", _DATABASE):
            async with super().transaction() as connection:
                yield connection


@lru_cache(maxsize=512)
def _described(statement: Executable) -> tuple[str, Attributes]:
    """Return what a statement does, `SELECT tasks`, and the same as attributes."""
    if isinstance(statement, UpdateBase):
        operation, table = type(statement).__name__.upper(), getattr(statement.table, "name", None)
    elif isinstance(statement, Select):
        names = [getattr(source, "name", None) for source in statement.get_final_froms()]
        operation, table = "SELECT", names[0] if names else None
    else:
        operation, table = "SQL", None
    if table is None:
        return operation, {**_DATABASE, "db.operation.name": operation}
    return f"{operation} {table}", {**_DATABASE, "db.operation.name": operation, "db.collection.name": str(table)}
