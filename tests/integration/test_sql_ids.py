"""Ids come in blocks: none twice, and few round trips."""

import asyncio
from itertools import chain

import psycopg
import pytest

from adapters.sql.store import SqlStore
from adapters.sql.tables import ID_BLOCK

pytestmark = pytest.mark.anyio


async def _ids(store: SqlStore, count: int) -> list[int]:
    async with store.unit_of_work() as uow:
        return await asyncio.gather(*(uow.tasks.next_id() for _ in range(count)))


def _blocks_taken(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT last_value, is_called FROM task_ids").fetchone()
    assert row is not None
    last, is_called = row
    return (last - 1) // ID_BLOCK + 1 if is_called else 0


async def test_a_burst_takes_no_more_blocks_than_it_needs(database_url: str) -> None:
    store = SqlStore(database_url, pool_size=4)
    ids = await _ids(store, 10 * ID_BLOCK)
    assert sorted(ids) == list(range(1, 10 * ID_BLOCK + 1))
    assert _blocks_taken(database_url) == 10
    await store.close()


async def test_two_services_never_give_the_same_id(database_url: str) -> None:
    stores = [SqlStore(database_url, pool_size=2) for _ in range(2)]
    ids = list(chain.from_iterable(await asyncio.gather(*(_ids(store, 200) for store in stores))))
    assert len(set(ids)) == len(ids) == 400
    await asyncio.gather(*(store.close() for store in stores))


async def test_whoever_gives_up_waiting_for_a_block_keeps_nobody_else_from_it(database_url: str) -> None:
    store = SqlStore(database_url, pool_size=2)
    async with store.unit_of_work() as uow:
        impatient = [asyncio.create_task(uow.tasks.next_id()) for _ in range(3)]
        patient = asyncio.create_task(uow.tasks.next_id())
        await asyncio.sleep(0)
        for each in impatient:
            each.cancel()
        assert await patient >= 1
        await asyncio.gather(*impatient, return_exceptions=True)
    await store.close()
