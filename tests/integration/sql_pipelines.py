"""Pipelines to examine, and what can be sent through them."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final

from sqlalchemy import BigInteger, Integer, Select, bindparam, func, select

from adapters.sql.changes import Changes, Statement
from adapters.sql.connections import PatientConnection, connection_parameters
from adapters.sql.pipeline import PIPELINE_SETTINGS, Change, Connect, Pipeline
from adapters.sql.prepared import AnyRow, prepared

PATIENCE = 60

ECHO: Final = select(bindparam("said", type_=BigInteger).label("heard"))
QUOTIENT: Final = select((1 / bindparam("by", type_=Integer)).label("quotient"))
PAUSE: Final = select(func.pg_sleep(bindparam("seconds", type_=Integer)))
BACKEND: Final = select(func.pg_backend_pid())


def connecting(url: str, **settings: str) -> Connect:
    """Return how connections of a pipeline are opened, with these settings of the server instead of its own."""
    parameters = connection_parameters(url, settings={**PIPELINE_SETTINGS, **settings})
    return partial(PatientConnection.begin, **parameters, autocommit=True)


@asynccontextmanager
async def piping(connect: Connect, **options: Any) -> AsyncGenerator[Pipeline]:
    """Yield a pipeline; it is closed afterwards."""
    pipeline = Pipeline(connect, **options)
    try:
        yield pipeline
    finally:
        await pipeline.close()


async def fetched(pipeline: Pipeline, statement: Select[*tuple[Any, ...]], **values: object) -> list[AnyRow]:
    """Return what a statement answers."""
    return await pipeline.fetch(prepared(statement, tuple(values)), values)


async def echoed(pipeline: Pipeline, said: int) -> int:
    """Return what the server says back."""
    heard: int = (await fetched(pipeline, ECHO, said=said))[0].heard
    return heard


def change(statement: Statement, values: Mapping[str, object], *, must_hit: bool = False) -> Change:
    """Return one statement to commit."""
    return prepared(statement, tuple(values)), values, must_hit


async def collected(changes: Changes) -> list[Change]:
    """Return what was collected, statement by statement, and forget it."""
    sent: list[Change] = []
    for each in changes:
        sent += [change(each.statement, values, must_hit=each.must_hit) for values in await each.values()]
    changes.clear()
    return sent
