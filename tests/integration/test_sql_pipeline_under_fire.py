"""The fast lane when everything goes wrong at once."""

import asyncio
from random import Random

import psycopg
import pytest
from sqlalchemy import Column, Integer, MetaData, Table, insert, select

from adapters.sql.errors import UnexpectedRefusal
from adapters.sql.pipeline import Pipeline
from domain.errors import Unavailable
from tests.integration.sql_pipelines import QUOTIENT, change, connecting, echoed, fetched, piping

NOTES = Table("notes", MetaData(), Column("id", Integer, primary_key=True))
ADD = insert(NOTES)


@pytest.mark.anyio
@pytest.mark.parametrize("seed", range(3))
async def test_under_fire_everybody_gets_their_own_answer_or_their_own_error(
    seed: int, empty_database_url: str
) -> None:
    """600 callers, 100 of whom are refused, some of whom leave, while backends are killed."""
    with psycopg.connect(empty_database_url) as connection:
        connection.execute("CREATE TABLE notes (id integer PRIMARY KEY)")
    async with piping(connecting(empty_database_url)) as pipeline:
        await _fire(pipeline, empty_database_url, Random(seed))  # noqa: S311 - the same order each time


async def _fire(pipeline: Pipeline, url: str, chance: Random) -> None:
    async def read(n: int) -> str:
        return "right" if await echoed(pipeline, n) == n else "wrong"

    async def fail(n: int) -> str:
        with pytest.raises(UnexpectedRefusal):
            await fetched(pipeline, QUOTIENT, by=0)
        return "right"

    async def add(n: int) -> str:
        try:
            await pipeline.commit([change(ADD, {"id": n}), change(ADD, {"id": n + 10_000})])
        except Unavailable:
            return "unknown"
        return "kept"

    async def clash(n: int) -> str:
        try:
            await pipeline.commit([change(ADD, {"id": n}), change(ADD, {"id": n})])
        except (UnexpectedRefusal, Unavailable):
            return "right"
        return "wrong"

    kinds = [read] * 300 + [fail] * 50 + [add] * 200 + [clash] * 50
    chance.shuffle(kinds)
    calls: list[asyncio.Task[str]] = []
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as operator:
        for n, kind in enumerate(kinds):
            calls.append(asyncio.create_task(kind(n)))
            if n % 25 == 0:
                await asyncio.sleep(0)
                # Some fifty are under way at any time.
                await asyncio.gather(*calls[: max(0, n - 50)], return_exceptions=True)
            if n % 40 == 0:
                calls[-1].cancel()
            if n % 200 == 100:
                # The pipelines' connections are the only others.
                await operator.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
    kept = {row.id for row in await fetched(pipeline, select(NOTES.c.id))}
    for n, (kind, outcome) in enumerate(zip(kinds, outcomes, strict=True)):
        assert (n in kept) == (n + 10_000 in kept), "Half a commit was kept."
        is_known = isinstance(outcome, str) and outcome != "unknown"
        if kind is add and is_known:
            assert n in kept
        elif kind is not add:
            assert n not in kept
            assert outcome == "right" or isinstance(outcome, asyncio.CancelledError | Unavailable)
        assert is_known or isinstance(outcome, str | asyncio.CancelledError | Unavailable)
    assert "kept" in outcomes
