"""The log of events in PostgreSQL, beyond what every store promises."""

import psycopg
import pytest

from adapters.sql.store import SqlStore
from application.paging import PageRequest
from application.ports.events import EventFilter, EventSort
from domain.events import Event, EventType
from tests.contracts.sample import NOON, a_kept_user, keep

pytestmark = pytest.mark.anyio


async def test_events_that_a_later_version_wrote_are_left_out_by_this_one(database_url: str) -> None:
    store = SqlStore(database_url, pool_size=2)
    user = await a_kept_user(store.unit_of_work)
    event = Event.of_user(EventType.USER_CREATED, user, actor=user, at=NOON)
    await keep(store.unit_of_work, event)
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "INSERT INTO events (type, actor_id, subject_type, subject_id, data, occurred_at)"
            " VALUES ('kite.flown', %s, 'kite', 1, '{}', now())",
            [user.id],
        )
    async with store.unit_of_work() as uow:
        page = await uow.events.page(EventFilter(actor_id=user.id), PageRequest(EventSort.ID, number=1))
    await store.close()
    assert [recorded.event for recorded in page.items] == [event]
    assert page.total == 1
