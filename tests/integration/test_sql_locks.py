"""The locks of units of work on PostgreSQL: between instances, under pressure, and when connections break."""

import asyncio
from collections.abc import AsyncGenerator, Callable

import psycopg
import pytest

from adapters.sql.store import SqlStore
from adapters.sql.unit_of_work import lock_key
from domain.errors import DomainError, Unavailable
from tests.contracts.locks import LockContract
from tests.contracts.sample import a_kept_user, a_user, race, stored_user

pytestmark = pytest.mark.anyio

PATIENCE = 60
POOL_SIZE = 20
# Of which so many hold transactions.
WRITES = 6


class TestSqlLocks(LockContract):
    """On PostgreSQL, between two instances."""


@pytest.fixture
async def crowd(database_url: str) -> AsyncGenerator[SqlStore]:
    """A store on a database of its own."""
    store = SqlStore(database_url, pool_size=POOL_SIZE)
    yield store
    await store.close()


def _backends(url: str) -> list[tuple[str, str | None]]:
    """Return what each connection of the store is at: its state, and the kind of what it waits for."""
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(
            "SELECT state, wait_event_type FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = 'satchel'"
        ).fetchall()


def _waiting_for_a_lock(url: str) -> int:
    return sum(kind == "Lock" for _, kind in _backends(url))


def _in_transaction(url: str) -> int:
    return sum(state != "idle" for state, _ in _backends(url))


async def _until(condition: Callable[[], bool]) -> None:
    for _ in range(PATIENCE * 100):
        if condition():
            return
        await asyncio.sleep(0.01)
    pytest.fail("It did not come to pass.")


async def _lock(store: SqlStore, name: str = "admins") -> None:
    async with store.unit_of_work() as uow:
        await uow.lock(name)


def _terminate_holders(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND state = 'idle in transaction'"
        )


def test_a_lock_has_the_same_key_in_every_version_and_process() -> None:
    assert lock_key("admins") == 8072045819252964428
    assert lock_key("admins") != lock_key("Admins")


async def test_thirty_who_wait_at_once_all_get_their_turn(crowd: SqlStore, database_url: str) -> None:
    user = await a_kept_user(crowd.unit_of_work)

    async def change() -> None:
        async with crowd.unit_of_work() as uow:
            await uow.lock("admins")
            current = await uow.users.get(user.id)
            assert current is not None
            uow.users.save(current.with_password_hash("other"))
            await uow.commit()

    _, losers = await race(change() for _ in range(30))
    assert losers == []
    stored = await stored_user(crowd.unit_of_work, user.id)
    assert stored is not None
    assert stored.version == 31
    assert _in_transaction(database_url) == 0


async def test_those_for_whom_no_connection_is_left_are_told_to_come_back_and_the_holder_goes_on(
    crowd: SqlStore, database_url: str
) -> None:
    async with crowd.unit_of_work() as uow:
        await uow.lock("admins")
        waiting = [asyncio.create_task(_lock(crowd)) for _ in range(30)]
        # Of the connections for transactions the holder has one.
        await _until(lambda: _waiting_for_a_lock(database_url) == WRITES - 1)
        done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_EXCEPTION)
        assert {type(each.exception()) for each in done} == {Unavailable}
        uow.users.add(a_user(await uow.users.next_id(), "ada"))
        assert await uow.users.with_username("ada") is None
        await uow.commit()
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert sum(outcome is None for outcome in outcomes) >= WRITES - 1
    assert {type(outcome) for outcome in outcomes} <= {type(None), Unavailable}
    async with crowd.unit_of_work() as uow:
        assert await uow.users.with_username("ada") is not None
    await asyncio.gather(*(_lock(crowd) for _ in range(POOL_SIZE)))


async def test_who_waits_too_long_is_told_to_come_back(database_url: str) -> None:
    store = SqlStore(f"{database_url}?options=-c%20lock_timeout%3D100ms", pool_size=4)
    async with store.unit_of_work() as holder:
        await holder.lock("admins")
        async with store.unit_of_work() as waiting:
            with pytest.raises(Unavailable, match="busy"):
                await waiting.lock("admins")
            await holder.commit()
            # What was not got the first time may be asked for again.
            await waiting.lock("admins")
            waiting.users.add(a_user(1))
            await waiting.commit()
    assert await stored_user(store.unit_of_work, 1) == a_user(1)
    assert _in_transaction(database_url) == 0
    await store.close()


async def test_those_who_give_up_waiting_give_their_connections_back(crowd: SqlStore, database_url: str) -> None:
    async with crowd.unit_of_work() as uow:
        await uow.lock("admins")
        for _ in range(5):
            waiting = [asyncio.create_task(_lock(crowd)) for _ in range(3)]
            await _until(lambda: _waiting_for_a_lock(database_url) == 3)
            for each in waiting:
                each.cancel()
            outcomes = await asyncio.gather(*waiting, return_exceptions=True)
            assert [type(outcome) for outcome in outcomes] == [asyncio.CancelledError] * 3
            await _until(lambda: _waiting_for_a_lock(database_url) == 0)
        uow.users.add(a_user(1))
        await uow.commit()
    assert _in_transaction(database_url) == 0
    await asyncio.gather(*(_lock(crowd) for _ in range(POOL_SIZE)))


async def test_a_holder_who_is_cancelled_in_the_middle_of_its_commit_keeps_nothing_and_lets_go(
    crowd: SqlStore, database_url: str
) -> None:
    user = await a_kept_user(crowd.unit_of_work)

    async def change() -> None:
        async with crowd.unit_of_work() as uow:
            await uow.lock("admins")
            uow.users.save(user.with_password_hash("other"))
            await uow.commit()

    with psycopg.connect(database_url) as connection:
        connection.execute("SELECT FROM users FOR UPDATE")
        holder = asyncio.create_task(change())
        await _until(lambda: _waiting_for_a_lock(database_url) == 1)
        holder.cancel()
        with pytest.raises(asyncio.CancelledError):
            await holder
        await _lock(crowd)
    assert await stored_user(crowd.unit_of_work, user.id) == user
    await change()


async def test_a_holder_whose_connection_is_ended_keeps_nothing(crowd: SqlStore, database_url: str) -> None:
    async with crowd.unit_of_work() as uow:
        await uow.lock("admins")
        _terminate_holders(database_url)
        await _lock(crowd)
        uow.users.add(a_user(1))
        with pytest.raises(Unavailable):
            await uow.commit()
    assert await stored_user(crowd.unit_of_work, 1) is None
    await asyncio.gather(*(_lock(crowd) for _ in range(POOL_SIZE)))


async def test_a_holder_who_wanted_nothing_kept_does_not_mind_that_its_connection_was_ended(
    crowd: SqlStore, database_url: str
) -> None:
    class Refused(DomainError):
        """Why the unit was left."""

    async def refuse() -> None:
        async with crowd.unit_of_work() as uow:
            await uow.lock("admins")
            _terminate_holders(database_url)
            raise Refused("no")

    with pytest.raises(Refused):
        await refuse()
    async with crowd.unit_of_work() as uow:
        await uow.lock("admins")
        _terminate_holders(database_url)
    await asyncio.gather(*(_lock(crowd) for _ in range(POOL_SIZE)))
