"""Webhooks and the deliveries to them in PostgreSQL."""

import asyncio
from collections.abc import AsyncGenerator, Generator

import psycopg
import pytest

from adapters.sql import webhook_queue, webhooks
from adapters.sql.store import SqlStore
from application.paging import PageRequest
from application.ports.webhooks import WebhookSort
from domain.events import EventType
from domain.webhooks import Webhook
from tests.contracts.deliveries import DeliveryQueueContract
from tests.contracts.delivery_lists import DeliveryListContract
from tests.contracts.sample import MINUTE, NOON
from tests.contracts.webhook_sample import a_kept_webhook, claim, deliveries_to, something_happens, stored_webhook
from tests.contracts.webhooks import WebhookRepositoryContract
from tests.integration.query_plans import plan_of
from tests.integration.session_instances import eventually

CREATED, DELETED = EventType.TASK_CREATED, EventType.TASK_DELETED

# Of 60,000 deliveries to 30 webhooks one in ten is still to come, of those to webhook 7 all.
MANY_ROWS = """
    INSERT INTO webhooks (id, url, types, is_active, sealed_secret, created_at, updated_at, version)
    SELECT i, 'https://example.com', '{}', true, 'x', timestamptz '2026-01-01' + i * interval '1 hour', now(), 1
    FROM generate_series(1, 30) i;
    INSERT INTO events (id, type, subject_type, subject_id, data, occurred_at, hash)
    SELECT i, 'task.created', 'task', i, '{}', now(), decode(repeat('00', 32), 'hex')
    FROM generate_series(1, 2000) i;
    INSERT INTO webhook_deliveries (webhook_id, event_id, status, attempts, next_attempt_at, created_at)
    SELECT webhook, event, CASE WHEN is_due THEN 'pending' ELSE 'delivered' END, 1,
           CASE WHEN is_due THEN timestamptz '2026-01-01' + event * interval '1 minute' END, now()
    FROM (SELECT webhook, event, event % 10 = 0 OR webhook = 7 AS is_due
          FROM generate_series(1, 30) webhook, generate_series(1, 2000) event) AS each;
"""


class TestSqlWebhooks(WebhookRepositoryContract):
    """On PostgreSQL."""


class TestSqlDeliveryQueue(DeliveryQueueContract):
    """On PostgreSQL, between two instances."""


class TestSqlDeliveryLists(DeliveryListContract):
    """On PostgreSQL."""


@pytest.fixture(scope="module")
def crowded(module_database_url: str) -> Generator[psycopg.Connection]:
    with psycopg.connect(module_database_url, autocommit=True) as connection:
        connection.execute(MANY_ROWS)
        connection.execute("VACUUM ANALYZE")
        yield connection


@pytest.fixture
async def own_store(database_url: str) -> AsyncGenerator[SqlStore]:
    """A store on a database of its own."""
    store = SqlStore(database_url, pool_size=4)
    yield store
    await store.close()


@pytest.mark.parametrize("but", [[], [7, 8]])
def test_what_is_due_is_found_at_its_place_in_an_index_however_much_there_is(
    but: list[int], crowded: psycopg.Connection
) -> None:
    values = webhook_queue.claim_values(at=NOON, until=NOON + MINUTE, limit=10, each=2, but=but)
    plan = plan_of(crowded, webhook_queue.CLAIM, values)
    assert "Index Scan using ix_webhook_deliveries_due on webhook_deliveries" in plan
    assert "Index Scan using pk_webhook_deliveries on webhook_deliveries" in plan
    assert "Seq Scan on webhook_deliveries" not in plan
    # Parts that are still empty are read through: there is nothing in them.
    assert "Seq Scan on events_0" not in plan


def test_what_was_settled_long_ago_is_found_at_its_place_in_an_index(crowded: psycopg.Connection) -> None:
    plan = plan_of(crowded, webhook_queue.REMOVE_SETTLED, {"at": NOON, "most": 500})
    assert "using ix_webhook_deliveries_settled on webhook_deliveries" in plan
    assert "Seq Scan on webhook_deliveries" not in plan


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("after", [{}, {"after_id": 30_000}])
@pytest.mark.parametrize("status", [{}, {"of_status": "delivered"}])
def test_the_deliveries_to_a_webhook_are_read_in_order_from_an_index(
    descending: bool, after: dict[str, int], status: dict[str, str], crowded: psycopg.Connection
) -> None:
    statement = webhooks.delivery_listing(by_status=bool(status), descending=descending, continued=bool(after))
    plan = plan_of(crowded, statement, {"of_webhook": 7, **after, **status})
    assert "using ix_webhook_deliveries_webhook_id_id on webhook_deliveries" in plan
    assert "Sort" not in plan


@pytest.mark.anyio
async def test_what_a_later_version_tells_of_is_left_to_it(own_store: SqlStore, database_url: str) -> None:
    units_of_work = own_store.unit_of_work
    webhook = await a_kept_webhook(units_of_work, types=[CREATED])
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE webhooks SET types = types || '{kite.flown}'")
        connection.execute(
            "INSERT INTO events (id, type, subject_type, subject_id, data, occurred_at, hash)"
            " VALUES (1, 'kite.flown', 'kite', 1, '{}', now(), decode(repeat('00', 32), 'hex'))"
        )
        connection.execute(
            "INSERT INTO webhook_deliveries"
            " (webhook_id, event_id, status, attempts, next_attempt_at, created_at)"
            " VALUES (%s, 1, 'pending', 0, %s, now())",
            [webhook.id, NOON - MINUTE],
        )
    (happened,) = await something_happens(units_of_work, CREATED)
    assert await stored_webhook(units_of_work, webhook.id) == webhook
    async with units_of_work() as uow:
        assert (await uow.webhooks.page(PageRequest(WebhookSort.CREATED_AT))).items == (webhook,)
    assert [due.event for due in await claim(own_store.unit_of_work)] == [happened]
    assert [each.attempts for each in await deliveries_to(units_of_work, webhook)] == [0, 1]


async def _is_waiting_for_a_lock(url: str) -> bool:
    async with await psycopg.AsyncConnection.connect(url) as connection:
        rows = await connection.execute(
            "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return await rows.fetchone() is not None


@pytest.mark.anyio
async def test_a_webhook_whose_deletion_is_under_way_is_told_of_nothing_and_the_others_are(
    own_store: SqlStore, database_url: str
) -> None:
    units_of_work = own_store.unit_of_work
    webhook, other = [await a_kept_webhook(units_of_work) for _ in range(2)]
    async with await psycopg.AsyncConnection.connect(database_url) as deleting:
        await deleting.execute("DELETE FROM webhooks WHERE id = %s", [webhook.id])
        happening = asyncio.create_task(something_happens(units_of_work, CREATED))
        await eventually(lambda: _is_waiting_for_a_lock(database_url))
    (happened,) = await happening
    assert [each.event_id for each in await deliveries_to(units_of_work, other)] == [happened.id]
    assert await deliveries_to(units_of_work, webhook) == ()


@pytest.mark.anyio
async def test_a_change_of_a_webhook_that_is_under_way_holds_up_nothing(
    own_store: SqlStore, database_url: str
) -> None:
    webhook: Webhook = await a_kept_webhook(own_store.unit_of_work)
    async with await psycopg.AsyncConnection.connect(database_url) as changing:
        await changing.execute("UPDATE webhooks SET description = 'x' WHERE id = %s", [webhook.id])
        await something_happens(own_store.unit_of_work, CREATED)
        assert len(await claim(own_store.unit_of_work)) == 1
