"""All readers see the same events in the same order, in whatever order the transactions of the writers end."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

import psycopg
import pytest
from psycopg import AsyncConnection
from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb

from adapters.sql.store import SqlStore
from adapters.sql.unit_of_work import lock_key
from domain.chain import sealed
from domain.errors import Unavailable
from domain.events import RecordedEvent
from domain.users import User
from tests.contracts.sample import a_kept_user, keep
from tests.contracts.sealing import everything, holds_together, numbered, numbers, seal, waiting

pytestmark = pytest.mark.anyio

WRITERS = 8
ROUNDS = 15
STRIDES = (-1, 3, 5)
PATIENCE_SECONDS = 60


@asynccontextmanager
async def a_store(url: str, *, options: str = "") -> AsyncGenerator[SqlStore]:
    """Yield an instance's store."""
    store = SqlStore(url + options, pool_size=6)
    try:
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def a_writer(url: str) -> AsyncGenerator[AsyncConnection[TupleRow]]:
    """Yield a connection whose transactions a test ends when it likes."""
    connection = await AsyncConnection.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


async def write(writer: AsyncConnection[TupleRow], user: User, number: int) -> None:
    """Write an event down as a unit of work does, and leave the transaction open."""
    await writer.execute(
        "INSERT INTO waiting_events (type, actor_id, subject_type, subject_id, data, occurred_at)"
        " VALUES ('user.updated', %s, 'user', %s, %s, now())",
        [user.id, user.id, Jsonb({"number": number})],
    )


async def follow(store: SqlStore, *, count: int) -> list[RecordedEvent]:
    """Read behind the last event seen, again and again, until there were so many."""
    seen: list[RecordedEvent] = []
    while len(seen) < count:
        async with store.unit_of_work() as uow:
            portion = await uow.events.after(seen[-1].id if seen else 0, limit=20)
        # Nothing ever turns up behind a place where there was nothing yet.
        assert [each.id for each in portion] == list(range(len(seen) + 1, len(seen) + len(portion) + 1))
        seen.extend(portion)
    return seen


async def keep_sealing(store: SqlStore, is_over: asyncio.Event) -> None:
    """Seal for as long as others write."""
    while not is_over.is_set():
        await seal(store.unit_of_work)


async def test_however_the_commits_overtake_each_other_readers_lose_nothing_and_see_nothing_twice_or_late(
    database_url: str,
) -> None:
    async with a_store(database_url) as here, a_store(database_url) as elsewhere:
        user = await a_kept_user(here.unit_of_work)
        is_over = asyncio.Event()
        sealing = [asyncio.create_task(keep_sealing(store, is_over)) for store in (here, elsewhere)]
        following = [
            asyncio.create_task(follow(store, count=WRITERS * ROUNDS)) for store in (here, elsewhere, elsewhere)
        ]

        async def write_in_rounds(writers: Sequence[AsyncConnection[TupleRow]]) -> None:
            for begun in range(0, ROUNDS * WRITERS, WRITERS):
                for number, writer in enumerate(writers, begun):
                    await write(writer, user, number)
                # Another order each time: no stride shares a divisor with the number of writers.
                for turn in range(WRITERS):
                    await writers[(turn * STRIDES[begun % 3] + begun) % WRITERS].commit()

        async with asyncio.timeout(PATIENCE_SECONDS), writers_of(database_url) as writers:
            await write_in_rounds(writers)
            logs = await asyncio.gather(*following)
        is_over.set()
        await asyncio.gather(*sealing)
        assert logs == [await everything(here.unit_of_work)] * 3
        assert sorted(map(str, numbers(logs[0]))) == sorted(map(str, range(WRITERS * ROUNDS)))
        assert holds_together(logs[0])


@asynccontextmanager
async def writers_of(url: str) -> AsyncGenerator[list[AsyncConnection[TupleRow]]]:
    """Yield as many writers as there are to be."""
    writers = [await AsyncConnection.connect(url) for _ in range(WRITERS)]
    try:
        yield writers
    finally:
        for writer in writers:
            await writer.close()


async def test_many_commits_at_once_are_followed_without_a_gap(database_url: str) -> None:
    async with a_store(database_url) as here, a_store(database_url) as elsewhere:
        user = await a_kept_user(here.unit_of_work)
        is_over = asyncio.Event()
        sealing = [asyncio.create_task(keep_sealing(store, is_over)) for store in (here, elsewhere)]
        following = asyncio.create_task(follow(elsewhere, count=WRITERS * ROUNDS))

        async def keep_some(writer: int) -> None:
            for number in range(ROUNDS):
                await keep((here, elsewhere)[writer % 2].unit_of_work, numbered(user, writer * ROUNDS + number))

        async with asyncio.timeout(PATIENCE_SECONDS):
            await asyncio.gather(*(keep_some(writer) for writer in range(WRITERS)))
            log = await following
        is_over.set()
        await asyncio.gather(*sealing)
        # What one writer committed one after the other stays in that order.
        for writer in range(WRITERS):
            own = range(writer * ROUNDS, (writer + 1) * ROUNDS)
            assert [number for number in numbers(log) if number in own] == list(own)


async def test_an_old_event_whose_transaction_stays_open_does_not_hold_up_later_ones(database_url: str) -> None:
    async with a_store(database_url) as store, a_writer(database_url) as late:
        user = await a_kept_user(store.unit_of_work)
        await write(late, user, 0)
        await keep(store.unit_of_work, numbered(user, 1))
        await seal(store.unit_of_work)
        await keep(store.unit_of_work, numbered(user, 2))
        await seal(store.unit_of_work)
        assert numbers(await everything(store.unit_of_work)) == [1, 2]
        await late.commit()
        await seal(store.unit_of_work)
        log = await everything(store.unit_of_work)
        assert numbers(log) == [1, 2, 0]
        assert [each.id for each in log] == [1, 2, 3]
        assert holds_together(log)


async def test_an_event_whose_transaction_is_rolled_back_leaves_no_gap(database_url: str) -> None:
    async with a_store(database_url) as store, a_writer(database_url) as writer:
        user = await a_kept_user(store.unit_of_work)
        await keep(store.unit_of_work, numbered(user, 0))
        await write(writer, user, 1)
        await keep(store.unit_of_work, numbered(user, 2))
        await writer.rollback()
        await seal(store.unit_of_work)
        log = await everything(store.unit_of_work)
        assert [(each.id, number) for each, number in zip(log, numbers(log), strict=True)] == [(1, 0), (2, 2)]


async def test_writers_do_not_wait_for_a_sealing_that_is_under_way(database_url: str) -> None:
    async with a_store(database_url) as store, a_store(database_url) as other, a_writer(database_url) as writer:
        user = await a_kept_user(store.unit_of_work)
        await keep(store.unit_of_work, numbered(user, 0))
        await writer.execute("SET LOCAL lock_timeout = 1")
        async with store.unit_of_work() as uow:
            await uow.lock("events")
            events = await uow.events.waiting(limit=10)
            await write(writer, user, 1)
            await writer.commit()
            await keep(other.unit_of_work, numbered(user, 2))
            uow.events.seal(events, tuple(sealed(events, after=None)))
            await uow.commit()
        assert numbers(await everything(store.unit_of_work)) == [0]
        assert numbers(await waiting(store.unit_of_work)) == [1, 2]


async def test_a_sealer_whose_connection_is_lost_leaves_everything_to_the_next(database_url: str) -> None:
    async with a_store(database_url) as unlucky, a_store(database_url) as next_one:
        user = await a_kept_user(unlucky.unit_of_work)
        await keep(unlucky.unit_of_work, numbered(user, 0), numbered(user, 1))
        async with unlucky.unit_of_work() as uow:
            await uow.lock("events")
            events = await uow.events.waiting(limit=10)
            uow.events.seal(events, tuple(sealed(events, after=None)))
            _terminate_who_seals(database_url)
            with pytest.raises(Unavailable):
                await uow.commit()
        await seal(next_one.unit_of_work)
        log = await everything(next_one.unit_of_work)
        assert numbers(log) == [0, 1]
        assert holds_together(log)


async def test_a_sealer_that_stands_still_is_put_out_by_the_server_and_cannot_finish_later(
    database_url: str,
) -> None:
    impatience = "?options=-c%20idle_in_transaction_session_timeout%3D200ms"
    async with a_store(database_url, options=impatience) as frozen, a_store(database_url) as next_one:
        user = await a_kept_user(next_one.unit_of_work)
        await keep(next_one.unit_of_work, numbered(user, 0))
        async with frozen.unit_of_work() as uow:
            await uow.lock("events")
            events = await uow.events.waiting(limit=10)
            await seal(next_one.unit_of_work)
            await keep(next_one.unit_of_work, numbered(user, 1))
            uow.events.seal(events, tuple(sealed(events, after=None)))
            with pytest.raises(Unavailable):
                await uow.commit()
        await seal(next_one.unit_of_work)
        log = await everything(next_one.unit_of_work)
        assert numbers(log) == [0, 1]
        assert holds_together(log)


def _terminate_who_seals(url: str) -> None:
    key = lock_key("events") % 2**64
    with psycopg.connect(url, autocommit=True) as connection:
        ended = connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory' AND granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            " AND classid = %s AND objid = %s",
            [key >> 32, key & 0xFFFFFFFF],
        ).fetchall()
    assert ended == [(True,)]
