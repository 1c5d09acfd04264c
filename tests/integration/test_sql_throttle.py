"""The throttle in PostgreSQL keeps what every throttle promises, across instances."""

from collections.abc import AsyncGenerator

import pytest

from adapters.sql.store import SqlStore
from application.ports.throttle import Throttle
from domain.errors import Unavailable
from tests.contracts.sample import NOON
from tests.contracts.throttle import THREE, ThrottleContract
from tests.integration.emptied_database import EmptiedDatabase


@pytest.fixture
def throttle(store: SqlStore) -> Throttle:
    return store.throttle


@pytest.fixture
async def elsewhere(_shared_database: EmptiedDatabase) -> AsyncGenerator[Throttle]:
    another = SqlStore(_shared_database.url, pool_size=4)
    yield another.throttle
    await another.close()


class TestSqlThrottle(ThrottleContract):
    """On PostgreSQL."""

    async def test_it_is_unavailable_while_the_database_is_away(self) -> None:
        nowhere = SqlStore("postgresql://nobody@127.0.0.1:1/nothing", pool_size=2)
        for attempt in (
            nowhere.throttle.check("key", allowance=THREE, at=NOON),
            nowhere.throttle.take("key", THREE, at=NOON),
            nowhere.throttle.give_back("key"),
            nowhere.throttle.clear("key"),
            nowhere.throttle.remove_ended(NOON, most=1),
        ):
            with pytest.raises(Unavailable):
                await attempt
        await nowhere.close()
