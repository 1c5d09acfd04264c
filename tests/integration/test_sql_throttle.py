"""The throttle in PostgreSQL keeps what every throttle promises, across instances, and cleans up behind itself."""

from collections.abc import AsyncGenerator

import psycopg
import pytest

from adapters.sql.store import SqlStore
from adapters.sql.throttle import SqlThrottle
from domain.errors import Unavailable
from tests.contracts.sample import NOON
from tests.contracts.throttle import THREE, ThrottleContract, use_up, wait_for


@pytest.fixture
def throttle(store: SqlStore) -> SqlThrottle:
    return store.throttle


@pytest.fixture
def connection(_shared_database: tuple[str, psycopg.Connection]) -> psycopg.Connection:
    return _shared_database[1]


@pytest.fixture
async def elsewhere(_shared_database: tuple[str, psycopg.Connection]) -> AsyncGenerator[SqlThrottle]:
    another = SqlStore(_shared_database[0], pool_size=4)
    yield another.throttle
    await another.close()


class TestSqlThrottle(ThrottleContract):
    """On PostgreSQL."""

    async def test_what_is_over_is_removed_now_and_then(
        self, throttle: SqlThrottle, connection: psycopg.Connection
    ) -> None:
        over = "INSERT INTO throttles SELECT 'over ' || n, 1, %s FROM generate_series(1, 1500) n"
        connection.execute(over, [NOON])
        await use_up(throttle, "key")
        for number in range(200):
            assert await wait_for(throttle, f"key {number}", at=NOON) == 0
        found = connection.execute("SELECT count(*) FROM throttles WHERE resets_at <= %s", [NOON]).fetchone()
        assert found == (0,)
        assert await wait_for(throttle, "key", at=NOON) > 0

    async def test_it_is_unavailable_while_the_database_is_away(self) -> None:
        nowhere = SqlStore("postgresql://nobody@127.0.0.1:1/nothing", pool_size=2)
        for attempt in (
            nowhere.throttle.check("key", allowance=THREE, at=NOON),
            nowhere.throttle.take("key", THREE, at=NOON),
            nowhere.throttle.give_back("key"),
            nowhere.throttle.clear("key"),
        ):
            with pytest.raises(Unavailable):
                await attempt
        await nowhere.close()
