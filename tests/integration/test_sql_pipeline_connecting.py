"""How the fast lane comes by its connections, and how it gives them up."""

import asyncio
import tempfile
from pathlib import Path

import psycopg
import pytest

from adapters.postgres.server import EmbeddedPostgres
from adapters.sql.pipeline import Pipeline
from adapters.sql.wire import Connection
from domain.errors import Unavailable
from tests.integration.relay import NOWHERE, Relay
from tests.integration.sql_pipelines import ECHO, PATIENCE, PAUSE, change, connecting, echoed, fetched, piping

pytestmark = pytest.mark.anyio


async def _kept(pipeline: Pipeline) -> None:
    """Commit something, whatever it is."""
    await pipeline.commit([change(ECHO, {"said": 0})])


async def test_a_server_that_greets_nobody_is_given_up_on_and_found_again(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.sql.pipeline._CONNECT_SECONDS", 0.2)
    relay = Relay(empty_database_url)
    async with relay.serving() as url, piping(connecting(url)) as pipeline:
        relay.freeze()
        async with asyncio.timeout(PATIENCE):
            outcomes = await asyncio.gather(echoed(pipeline, 1), _kept(pipeline), return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [Unavailable] * 2
        relay.thaw()
        monkeypatch.undo()
        await asyncio.gather(echoed(pipeline, 1), _kept(pipeline))


async def test_while_the_server_is_away_callers_share_one_attempt_to_connect(empty_database_url: str) -> None:
    relay = Relay(empty_database_url)
    tries = 0
    async with relay.serving() as url:
        connect = connecting(url)

        async def counted() -> Connection:
            nonlocal tries
            tries += 1
            return await connect()

        async with piping(counted) as pipeline:
            relay.upstream = NOWHERE
            outcomes = await asyncio.gather(*(echoed(pipeline, 1) for _ in range(50)), return_exceptions=True)
            assert {type(outcome) for outcome in outcomes} == {Unavailable}
            assert tries == 1
            relay.upstream = empty_database_url
            assert await asyncio.gather(*(echoed(pipeline, 1) for _ in range(50))) == [1] * 50
            assert tries == 2


async def test_a_server_without_room_for_more_connections_serves_on_those_there_are(
    empty_database_url: str,
) -> None:
    connect = connecting(empty_database_url)
    opened = 0

    async def once() -> Connection:
        nonlocal opened
        opened += 1
        if opened > 1:
            raise psycopg.OperationalError("too many clients already")
        return await connect()

    async with piping(once, writes=4) as pipeline:
        for callers in (1, 50, 50):
            await asyncio.gather(*(_kept(pipeline) for _ in range(callers)))
        assert opened > 1


async def test_after_a_restart_of_the_server_everything_goes_on() -> None:
    with tempfile.TemporaryDirectory(prefix="satchel-test-", ignore_cleanup_errors=True) as directory:
        server = EmbeddedPostgres(Path(directory))
        relay = Relay(server.start())
        try:
            async with relay.serving() as url, piping(connecting(url)) as pipeline:
                assert await echoed(pipeline, 1) == 1
                await asyncio.to_thread(server.stop)
                with pytest.raises(Unavailable):
                    await echoed(pipeline, 2)
                relay.upstream = await asyncio.to_thread(server.start)
                assert await echoed(pipeline, 3) == 3
        finally:
            server.stop()


async def test_closing_waits_for_what_is_under_way(empty_database_url: str) -> None:
    async with piping(connecting(empty_database_url)) as pipeline:
        calls = [asyncio.create_task(call) for call in (echoed(pipeline, 1), _kept(pipeline))]
        await asyncio.sleep(0)
        await pipeline.close()
        assert [await call for call in calls] == [1, None]
        with pytest.raises(Unavailable):
            await echoed(pipeline, 1)


async def test_closing_does_not_wait_for_who_is_stuck(empty_database_url: str) -> None:
    async with piping(connecting(empty_database_url, statement_timeout="0"), answer_seconds=PATIENCE) as pipeline:
        stuck = asyncio.create_task(fetched(pipeline, PAUSE, seconds=PATIENCE))
        await asyncio.sleep(0)
        async with asyncio.timeout(PATIENCE / 2):
            await pipeline.close()
            with pytest.raises(Unavailable):
                await stuck


async def test_closing_ends_an_attempt_to_connect(empty_database_url: str) -> None:
    relay = Relay(empty_database_url)
    async with relay.serving() as url, piping(connecting(url)) as pipeline:
        relay.freeze()
        call = asyncio.create_task(echoed(pipeline, 1))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await pipeline.close()
        with pytest.raises(Unavailable):
            await call
