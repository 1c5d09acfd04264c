"""Requests are added up in PostgreSQL, for all instances together."""

from collections.abc import AsyncGenerator

import psycopg
import pytest

from adapters.sql.store import SqlStore
from application.ports.rate_limits import RequestCounts, Window
from domain.errors import Unavailable
from tests.contracts.request_counts import RequestCountsContract
from tests.integration.emptied_database import EmptiedDatabase

pytestmark = pytest.mark.anyio


@pytest.fixture
def counts(store: SqlStore) -> RequestCounts:
    return store.request_counts


@pytest.fixture
def connection(_shared_database: EmptiedDatabase) -> psycopg.Connection:
    return _shared_database.connection


@pytest.fixture
async def elsewhere(_shared_database: EmptiedDatabase) -> AsyncGenerator[RequestCounts]:
    another = SqlStore(_shared_database.url, pool_size=4)
    yield another.request_counts
    await another.close()


class TestSqlRequestCounts(RequestCountsContract):
    """On PostgreSQL, between two instances."""

    async def test_what_a_clock_years_ahead_has_begun_keeps_nobody_out(
        self, counts: RequestCounts, connection: psycopg.Connection
    ) -> None:
        connection.execute("INSERT INTO throttles VALUES ('ada', 1000, now() + interval '10 years')")
        (window,) = (await counts.add({"ada": Window(2, 60)})).values()
        assert window.requests == 2
        assert window.seconds_left <= 60


async def test_they_are_unavailable_while_the_database_is_away() -> None:
    nowhere = SqlStore("postgresql://nobody@127.0.0.1:1/nothing", pool_size=2)
    with pytest.raises(Unavailable):
        await nowhere.request_counts.add({"ada": Window(1, 60)})
    await nowhere.close()
