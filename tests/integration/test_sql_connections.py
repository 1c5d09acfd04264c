"""How the SQL store connects: as many connections as it may, and with the settings it needs."""

import asyncio
import gc
import traceback
from dataclasses import replace
from datetime import UTC

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import text

from adapters.sql.connections import Connections, UnreadableUrl
from adapters.sql.errors import UnexpectedRefusal
from adapters.sql.store import SqlStore
from domain.errors import Unavailable
from tests.contracts.sample import a_kept_user, stored_task, stored_user
from tests.integration.postgresql import database_name

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(("pool_size", "most"), [(1, 4), (4, 4), (5, 5), (8, 8), (20, 20)])
async def test_a_store_holds_no_more_connections_than_it_may(pool_size: int, most: int, database_url: str) -> None:
    store = SqlStore(database_url, pool_size=pool_size)
    users = await asyncio.gather(*(a_kept_user(store.unit_of_work) for _ in range(20)))
    assert await asyncio.gather(*(stored_user(store.unit_of_work, user.id) for user in users)) == users
    assert await asyncio.gather(*(stored_task(store.unit_of_work, user.id) for user in users)) == [None] * 20
    # What needs a lock, and so a transaction.
    await asyncio.gather(*(_locked(store, f"lock {number}") for number in range(20)))
    with psycopg.connect(database_url) as connection:
        held = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'satchel'"
        ).fetchall()
    assert len(held) <= most
    await store.close()


async def _locked(store: SqlStore, name: str) -> None:
    async with store.unit_of_work() as uow:
        await uow.lock(name)


async def test_times_come_back_in_utc_wherever_the_server_stands(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        name = sql.Identifier(database_name(database_url))
        connection.execute(sql.SQL("ALTER DATABASE {} SET timezone = 'Asia/Kathmandu'").format(name))
    store = SqlStore(database_url, pool_size=2)
    user = await a_kept_user(store.unit_of_work)
    stored = await stored_user(store.unit_of_work, user.id)
    assert stored is not None
    assert stored.created_at == user.created_at
    assert stored.created_at.utcoffset() == UTC.utcoffset(None)
    await store.close()


async def test_transactions_leave_nothing_behind_on_the_server(database_url: str) -> None:
    """What is prepared for each and never used again would fill its memory."""
    connections = Connections(database_url, pool_size=2)
    prepared = text("SELECT count(*) FROM pg_prepared_statements")
    counts = set[int]()
    for number in range(10):
        async with connections.transaction() as connection:
            counted = (await connection.execute(prepared)).scalar_one()
            if number >= 5:
                counts.add(counted)
    assert len(counts) == 1
    await connections.close()


async def test_reads_are_prepared_and_searches_planned_anew(database_url: str) -> None:
    connections = Connections(database_url, pool_size=2)
    by_id = text("SELECT title FROM tasks WHERE id = :id")
    searching = text("SELECT id FROM tasks WHERE title LIKE :q")
    for _ in range(3):
        await connections.fetch(by_id, {"id": 1})
        await connections.fetch(searching, {"q": "%plants%"}, plans_anew=True)
    rows = await connections.fetch(text("SELECT statement FROM pg_prepared_statements"), plans_anew=True)
    prepared = {row.statement for row in rows}
    assert "SELECT title FROM tasks WHERE id = $1" in prepared
    assert not any("LIKE" in statement for statement in prepared)
    await connections.close()


async def test_what_the_url_says_wins_over_the_defaults(database_url: str) -> None:
    store = SqlStore(f"{database_url}?application_name=reporting&connect_timeout=7", pool_size=2)
    await store.ping()
    with psycopg.connect(database_url) as connection:
        names = connection.execute(
            "SELECT application_name FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND application_name <> ''"
        ).fetchall()
    assert names == [("reporting",)]
    await store.close()


async def test_a_caller_who_gives_up_while_connecting_leaves_no_connection_half_made() -> None:
    greeted, ended = asyncio.Event(), asyncio.Event()

    async def keep_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        greeted.set()
        await reader.read()
        ended.set()
        writer.close()

    async with await asyncio.start_server(keep_silent, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        store = SqlStore(f"postgresql://satchel@127.0.0.1:{port}/satchel?sslmode=disable", pool_size=2)
        asking = asyncio.create_task(store.ping())
        await greeted.wait()
        gc.disable()
        try:
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
            async with asyncio.timeout(10):
                await ended.wait()
        finally:
            gc.enable()
        await store.close()


def test_an_unreadable_url_is_refused_without_repeating_its_password() -> None:
    with pytest.raises(UnreadableUrl, match="cannot be read") as refusal:
        SqlStore("postgresql://me:s3cret@[::1/nothing", pool_size=2)
    assert "s3cret" not in str(refusal.value)


def test_an_unknown_parameter_of_the_url_is_named() -> None:
    with pytest.raises(UnreadableUrl) as refusal:
        SqlStore("postgresql://me:s3cret@127.0.0.1/name?sslmod=require", pool_size=2)
    assert refusal.value.reason == 'invalid URI query parameter: "sslmod"'
    assert "s3cret" not in f"{refusal.value}{refusal.value.reason}"


async def test_a_role_without_rights_is_told_apart_from_a_bug(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        name = sql.Identifier(database_name(database_url))
        connection.execute(sql.SQL("ALTER DATABASE {} SET role = pg_monitor").format(name))
    store = SqlStore(database_url, pool_size=2)
    with pytest.raises(Unavailable) as refusal:
        await a_kept_user(store.unit_of_work)
    await store.close()
    assert refusal.value.reason is not None
    assert "permission denied" in refusal.value.reason


async def test_operators_are_told_why_the_database_is_away_and_callers_are_not(database_url: str) -> None:
    store = SqlStore(database_url.replace(database_name(database_url), "nowhere"), pool_size=2)
    with pytest.raises(Unavailable) as refusal:
        await store.ping()
    await store.close()
    assert refusal.value.reason is not None
    assert "nowhere" in refusal.value.reason
    assert "nowhere" not in refusal.value.detail


async def test_an_unexpected_error_does_not_tell_what_was_to_be_kept(database_url: str) -> None:
    store = SqlStore(database_url, pool_size=2)
    user = replace(await a_kept_user(store.unit_of_work), password_hash="canary", version=0)
    async with store.unit_of_work() as uow:
        uow.users.add(replace(user, id=user.id + 1, username="someone"))
        with pytest.raises(UnexpectedRefusal) as bug:
            await uow.commit()
    await store.close()
    assert str(bug.value) == "CheckViolation (23514): ck_users_version_positive"
    assert "canary" not in "".join(traceback.format_exception(bug.value))
