"""What the fast lane does when PostgreSQL is slow, locked, away, or comes back: every wait ends."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager

import psycopg
import pytest
from sqlalchemy import BigInteger, Column, MetaData, Table, Text, bindparam, func, insert, select, update

from adapters.sql.pipeline import Held, Pipeline
from domain.errors import Unavailable
from tests.integration.relay import Relay
from tests.integration.sql_pipelines import (
    BACKEND,
    PATIENCE,
    PAUSE,
    change,
    connecting,
    echoed,
    fetched,
    piping,
)

pytestmark = pytest.mark.anyio

NOTES = Table("notes", MetaData(), Column("id", BigInteger, primary_key=True), Column("text", Text))
ADD = insert(NOTES)
CHANGE = update(NOTES).where(NOTES.c.id == bindparam("which"))
TELL_BACKEND = insert(NOTES).returning(func.pg_backend_pid())
IDS = select(NOTES.c.id).order_by(NOTES.c.id)

# For those who are to wait for as long as the test wants.
WITHOUT_LIMITS = {"lock_timeout": "0", "statement_timeout": "0"}


@pytest.fixture
def notes_url(empty_database_url: str) -> str:
    """The URL of a database with a table that holds note 1."""
    with psycopg.connect(empty_database_url) as connection:
        connection.execute("CREATE TABLE notes (id bigint PRIMARY KEY, text text)")
        connection.execute("INSERT INTO notes VALUES (1)")
    return empty_database_url


@contextmanager
def _locked(url: str, lock: str = "SELECT FROM notes WHERE id = 1 FOR UPDATE") -> Generator[None]:
    """Let nobody change note 1, or read any where the lock says so."""
    with psycopg.connect(url, application_name="holder") as connection:
        connection.execute(lock.encode())
        yield


_NO_READING = "LOCK TABLE notes IN ACCESS EXCLUSIVE MODE"


def _backends(url: str, does: str) -> int:
    """Do something to each connection of the pipeline that waits for a lock; return how many there are."""
    with psycopg.connect(url, autocommit=True) as connection:
        return len(
            connection.execute(
                f"SELECT {does} FROM pg_stat_activity WHERE datname = current_database()"  # noqa: S608 - a constant
                " AND application_name = 'satchel' AND wait_event_type = 'Lock'".encode()
            ).fetchall()
        )


async def _waiting(url: str, wanted: int = 1) -> None:
    for _ in range(PATIENCE * 100):
        if await asyncio.to_thread(_backends, url, "pid") >= wanted:
            return
        await asyncio.sleep(0.01)
    pytest.fail("Nobody waits for the lock.")


async def _change(pipeline: Pipeline, id: int = 1) -> None:
    await pipeline.commit([change(CHANGE, {"which": id, "text": "changed"}, must_hit=True)])


async def _add(pipeline: Pipeline, id: int) -> None:
    await pipeline.commit([change(ADD, {"id": id})])


async def _ids(pipeline: Pipeline) -> list[int]:
    return [row.id for row in await fetched(pipeline, IDS)]


async def test_a_slow_read_is_cut_off_and_those_behind_it_go_on(notes_url: str) -> None:
    async with piping(connecting(notes_url, statement_timeout="100ms")) as pipeline:
        slow = asyncio.create_task(fetched(pipeline, PAUSE, seconds=PATIENCE))
        beside = asyncio.create_task(echoed(pipeline, 1))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        behind = asyncio.create_task(echoed(pipeline, 2))
        commit = asyncio.create_task(_change(pipeline))
        with pytest.raises(Unavailable, match="busy"):
            await slow
        assert [await beside, await behind] == [1, 2]
        await commit


async def test_who_waits_for_a_lock_is_told_soon_and_those_behind_go_on(notes_url: str) -> None:
    async with piping(connecting(notes_url), writes=1) as pipeline:
        with _locked(notes_url):
            held = asyncio.create_task(_change(pipeline))
            behind = [asyncio.create_task(_add(pipeline, n)) for n in range(2, 10)]
            with pytest.raises(Held):
                await held
            await asyncio.gather(*behind)
            assert await _ids(pipeline) == [*range(1, 10)]
        await _change(pipeline)


async def test_a_read_of_a_locked_table_is_told_soon_and_its_neighbours_go_on(notes_url: str) -> None:
    async with piping(connecting(notes_url)) as pipeline:
        with _locked(notes_url, _NO_READING):
            outcomes = await asyncio.gather(
                echoed(pipeline, 1), _ids(pipeline), echoed(pipeline, 2), return_exceptions=True
            )
        assert [type(outcome) for outcome in outcomes] == [int, Held, int]
        assert await _ids(pipeline) == [1]


async def test_commits_behind_one_that_waits_take_another_connection(notes_url: str) -> None:
    async with piping(connecting(notes_url, **WITHOUT_LIMITS), writes=2) as pipeline:
        await _add(pipeline, 2)
        with _locked(notes_url):
            held = asyncio.create_task(_change(pipeline))
            await _waiting(notes_url)
            # Each takes the connection with the fewest under way, once that is there.
            async with asyncio.timeout(PATIENCE):
                while True:
                    adding = asyncio.create_task(_add(pipeline, 3))
                    done, _ = await asyncio.wait([adding], timeout=0.1)
                    if done:
                        break
                    adding.cancel()
            assert not held.done()
        await held


async def test_a_read_whose_backend_is_killed_is_sent_once_more(notes_url: str) -> None:
    async with piping(connecting(notes_url, **WITHOUT_LIMITS)) as pipeline:
        with _locked(notes_url, _NO_READING):
            reads = [asyncio.create_task(_ids(pipeline)) for _ in range(3)]
            await _waiting(notes_url)
            assert await asyncio.to_thread(_backends, notes_url, "pg_terminate_backend(pid, 5000)") == 1
            await _waiting(notes_url)
        assert await asyncio.gather(*reads) == [[1]] * 3


async def test_a_read_that_kills_its_backend_every_time_is_given_up(notes_url: str) -> None:
    async with piping(connecting(notes_url, **WITHOUT_LIMITS)) as pipeline:
        with _locked(notes_url, _NO_READING):
            read = asyncio.create_task(_ids(pipeline))
            for _ in range(2):
                await _waiting(notes_url)
                await asyncio.to_thread(_backends, notes_url, "pg_terminate_backend(pid, 5000)")
            with pytest.raises(Unavailable):
                await read
        assert await _ids(pipeline) == [1]


async def test_a_commit_whose_backend_is_killed_is_not_repeated(notes_url: str) -> None:
    async with piping(connecting(notes_url, **WITHOUT_LIMITS), writes=1) as pipeline:
        with _locked(notes_url):
            commits = [asyncio.create_task(_change(pipeline)), asyncio.create_task(_add(pipeline, 2))]
            await _waiting(notes_url)
            await asyncio.to_thread(_backends, notes_url, "pg_terminate_backend(pid, 5000)")
            outcomes = await asyncio.gather(*commits, return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [Unavailable, Unavailable]
        assert await _ids(pipeline) == [1]
        await _change(pipeline)


async def test_idle_connections_that_were_ended_are_replaced_without_anyone_noticing(notes_url: str) -> None:
    async with piping(connecting(notes_url)) as pipeline:
        for n in range(2, 5):
            await _add(pipeline, n)
            backend = (await fetched(pipeline, BACKEND))[0][0]
            with psycopg.connect(notes_url, autocommit=True) as connection:
                connection.execute(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND application_name = 'satchel'"
                )
            # The news of it is there when the loop has its next turn.
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            assert (await fetched(pipeline, BACKEND))[0][0] != backend


async def test_when_too_many_wait_the_next_is_told_to_come_back(notes_url: str) -> None:
    async with piping(connecting(notes_url, **WITHOUT_LIMITS), writes=1, in_flight=2) as pipeline:
        await _add(pipeline, 2)
        with _locked(notes_url):
            waiting = [asyncio.create_task(_change(pipeline, n)) for n in (1, 2)]
            await _waiting(notes_url)
            with pytest.raises(Unavailable, match="busy"):
                await _add(pipeline, 3)
            assert await _ids(pipeline) == [1, 2]
        await asyncio.gather(*waiting)
        await _add(pipeline, 3)


async def test_a_server_that_falls_silent_is_given_up_on_and_found_again(notes_url: str) -> None:
    relay = Relay(notes_url)
    async with relay.serving() as url, piping(connecting(url), answer_seconds=0.2) as pipeline:
        await asyncio.gather(_ids(pipeline), _add(pipeline, 2))
        relay.freeze()
        async with asyncio.timeout(PATIENCE):
            outcomes = await asyncio.gather(
                _ids(pipeline), _ids(pipeline), _add(pipeline, 3), return_exceptions=True
            )
        assert [type(outcome) for outcome in outcomes] == [Unavailable] * 3
        relay.thaw()
        await asyncio.gather(_ids(pipeline), _add(pipeline, 4))


async def test_behind_many_who_wait_for_a_lock_nobody_waits_for_all_of_them(notes_url: str) -> None:
    connect = connecting(notes_url, lock_timeout="150ms")
    async with piping(connect, writes=1, answer_seconds=0.4) as pipeline:
        backend = (await pipeline.fetch(*change(TELL_BACKEND, {"id": 2})[:2]))[0][0]
        with _locked(notes_url):
            outcomes = await asyncio.gather(*(_change(pipeline) for _ in range(10)), return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} == {Held, Unavailable}
        # The server went on all the time, so its connection is kept.
        assert (await pipeline.fetch(*change(TELL_BACKEND, {"id": 3})[:2]))[0][0] == backend
