"""What the SQL store does when PostgreSQL is away, slow, or comes back."""

import asyncio
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from adapters.postgres.server import EmbeddedPostgres
from adapters.sql import migration
from adapters.sql.connections import PatientConnection
from adapters.sql.store import SqlStore
from domain.errors import Stale, Unavailable
from domain.tasks import Task, TaskChanges
from domain.users import User
from tests.contracts.sample import NOON, a_kept_task, a_kept_user, a_user, stored_task, stored_user
from tests.integration.relay import NOWHERE, Relay

pytestmark = pytest.mark.anyio

PATIENCE = 60


@asynccontextmanager
async def _opened(url: str, *, pool_size: int = 4) -> AsyncGenerator[SqlStore]:
    store = SqlStore(url, pool_size=pool_size)
    await store.open()
    try:
        yield store
    finally:
        await store.close()


@contextmanager
def _lock(url: str, task: Task) -> Generator[None]:
    """Hold the row of a task, so that whoever wants to change it waits."""
    with psycopg.connect(url) as connection:
        connection.execute("SELECT FROM tasks WHERE id = %s FOR UPDATE", [task.id])
        yield


def _terminate_backends(url: str) -> int:
    """End every connection of a store, as an operator or a restart does; return how many there were."""
    with psycopg.connect(url, autocommit=True) as connection:
        return len(
            connection.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND application_name = 'satchel'"
            ).fetchall()
        )


def _active_backends(url: str) -> int:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND application_name = 'satchel' AND state <> 'idle'"
        ).fetchone()
    assert row is not None
    return int(row[0])


async def _until(condition: Callable[[], bool]) -> None:
    for _ in range(PATIENCE * 100):
        if condition():
            return
        await asyncio.sleep(0.01)
    pytest.fail("It did not come to pass.")


async def _rename(store: SqlStore, task: Task) -> None:
    async with store.unit_of_work() as uow:
        uow.tasks.save(task.change(TaskChanges(title="Renamed"), at=NOON))
        await uow.commit()


async def _a_task(store: SqlStore) -> Task:
    return await a_kept_task(store.unit_of_work, await a_kept_user(store.unit_of_work))


async def test_connections_that_were_ended_are_replaced_without_anyone_noticing(database_url: str) -> None:
    async with _opened(database_url) as store:
        users: list[User] = []
        for _ in range(3):
            users.append(await a_kept_user(store.unit_of_work))
            assert _terminate_backends(database_url) >= 1
            assert await asyncio.gather(*(stored_user(store.unit_of_work, user.id) for user in users)) == users


async def test_a_change_whose_connection_is_ended_under_way_is_not_kept_and_not_repeated(
    database_url: str,
) -> None:
    async with _opened(database_url) as store:
        task = await _a_task(store)
        with _lock(database_url, task):
            change = asyncio.create_task(_rename(store, task))
            await _until(lambda: _active_backends(database_url) == 1)
            _terminate_backends(database_url)
            with pytest.raises(Unavailable):
                await change
        assert await stored_task(store.unit_of_work, task.id) == task
        await _rename(store, task)


async def test_the_store_serves_again_when_the_server_was_restarted() -> None:
    with tempfile.TemporaryDirectory(prefix="satchel-test-", ignore_cleanup_errors=True) as directory:
        server = EmbeddedPostgres(Path(directory))
        relay = Relay(server.start())
        try:
            await asyncio.to_thread(migration.upgrade, relay.upstream)
            async with relay.serving() as url, _opened(url) as store:
                task = await _a_task(store)
                await asyncio.to_thread(server.stop)
                with pytest.raises(Unavailable):
                    await store.ping()
                with pytest.raises(Unavailable):
                    await _rename(store, task)
                relay.upstream = await asyncio.to_thread(server.start)
                assert await stored_task(store.unit_of_work, task.id) == task
                await _rename(store, task)
        finally:
            server.stop()


async def test_a_store_opens_without_its_server_and_serves_once_it_is_there(database_url: str) -> None:
    relay = Relay(database_url)
    async with relay.serving() as url:
        relay.upstream = NOWHERE
        async with _opened(url) as store:
            with pytest.raises(Unavailable):
                await store.ping()
            with pytest.raises(Unavailable):
                await store.is_current()
            relay.upstream = database_url
            assert await store.is_current()


@pytest.mark.parametrize("asks", ["to read", "to write", "for an id", "for a sign of life"])
async def test_a_server_that_falls_silent_is_given_up_on_and_found_again(
    asks: str, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    relay = Relay(database_url)
    async with relay.serving() as url, _opened(url) as store:
        task = await _a_task(store)

        async def new_id() -> None:
            async with store.unit_of_work() as uow:
                for _ in range(65):
                    await uow.sessions.next_id()

        async def rename() -> None:
            # What was sent before the server fell silent may come to pass when it speaks again.
            with suppress(Stale):
                await _rename(store, task)

        calls: dict[str, Callable[[], Awaitable[object]]] = {
            "to read": lambda: stored_task(store.unit_of_work, task.id),
            "to write": rename,
            "for an id": new_id,
            "for a sign of life": store.ping,
        }
        monkeypatch.setattr(PatientConnection, "answer_seconds", 0.3)
        relay.freeze()
        async with asyncio.timeout(PATIENCE):
            with pytest.raises(Unavailable):
                await calls[asks]()
        monkeypatch.undo()
        relay.thaw()
        await calls[asks]()


async def test_whoever_no_longer_wants_to_wait_for_a_silent_server_need_not(database_url: str) -> None:
    relay = Relay(database_url)
    async with relay.serving() as url, _opened(url) as store:
        await store.ping()
        relay.freeze()
        pings = [asyncio.create_task(store.ping()) for _ in range(2)]
        await asyncio.sleep(0)
        for ping in pings:
            ping.cancel()
        async with asyncio.timeout(5):
            outcomes = await asyncio.gather(*pings, return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [asyncio.CancelledError] * 2
        relay.thaw()
        await store.ping()


async def test_cancelled_calls_give_their_connections_back_and_leave_nothing_running(database_url: str) -> None:
    # Without limits on the server, so that nothing but the cancellation itself ends the statements.
    url = f"{database_url}?options=-c%20lock_timeout%3D0%20-c%20statement_timeout%3D0"
    # So many that two transactions can wait for the lock.
    async with _opened(url, pool_size=8) as store:
        task = await _a_task(store)
        with _lock(database_url, task):
            for _ in range(5):
                changes = [asyncio.create_task(_rename(store, task)) for _ in range(2)]
                reads = [asyncio.create_task(stored_task(store.unit_of_work, task.id)) for _ in range(8)]
                await _until(lambda: _active_backends(database_url) == 2)
                for each in (*changes, *reads):
                    each.cancel()
                await asyncio.gather(*changes, *reads, return_exceptions=True)
            await _until(lambda: _active_backends(database_url) == 0)
        await asyncio.gather(*(stored_task(store.unit_of_work, task.id) for _ in range(20)))
        await asyncio.gather(*(a_kept_user(store.unit_of_work) for _ in range(20)))
        await _rename(store, task)


async def test_when_every_connection_is_busy_the_next_change_is_told_to_come_back(database_url: str) -> None:
    async with _opened(database_url, pool_size=2) as store:
        task = await _a_task(store)
        with _lock(database_url, task):
            first = asyncio.create_task(_rename(store, task))
            await _until(lambda: _active_backends(database_url) == 1)
            with pytest.raises(Unavailable, match="busy"):
                await _rename(store, task)
            assert await stored_task(store.unit_of_work, task.id) == task
        await first


@pytest.mark.parametrize("limit", ["lock_timeout", "statement_timeout"])
async def test_a_change_that_waits_too_long_for_another_is_told_to_come_back(
    limit: str, database_url: str
) -> None:
    async with _opened(f"{database_url}?options=-c%20{limit}%3D100ms") as store:
        task = await _a_task(store)
        with _lock(database_url, task), pytest.raises(Unavailable, match="busy"):
            await _rename(store, task)
        await _rename(store, task)
        with pytest.raises(Stale):
            await _rename(store, task)


async def test_a_database_without_migrations_is_not_current_and_not_a_bug(empty_database_url: str) -> None:
    async with _opened(empty_database_url) as store:
        assert not await store.is_current()
        with pytest.raises(Unavailable, match="migrations"):
            await stored_user(store.unit_of_work, 1)
        async with store.unit_of_work() as uow:
            uow.users.add(a_user(1))
            with pytest.raises(Unavailable, match="migrations"):
                await uow.commit()


async def test_a_database_that_does_not_exist_is_away(database_url: str) -> None:
    async with _opened(f"{database_url}_gone") as store:
        with pytest.raises(Unavailable):
            await store.ping()
