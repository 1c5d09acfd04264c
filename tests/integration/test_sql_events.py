"""The log of events in PostgreSQL, beyond what every store promises."""

from collections.abc import AsyncGenerator

import psycopg
import pytest

from adapters.sql.store import SqlStore
from application.paging import PageRequest
from application.ports.events import EventFilter, EventSort
from domain.chain import is_linked
from domain.events import Head
from tests.contracts.sample import a_kept_user, keep
from tests.contracts.sealing import SealingContract, everything, head, numbered, numbers, seal, waiting
from tests.integration.session_instances import by_hand

pytestmark = pytest.mark.anyio

FLY_A_KITE = (
    "INSERT INTO waiting_events (type, actor_id, subject_type, subject_id, data, occurred_at)"
    " VALUES ('kite.flown', NULL, 'kite', 1, '{}', now())"
)
# What a later version does when it seals.
SEAL_A_KITE = (
    "INSERT INTO events (id, type, subject_type, subject_id, data, occurred_at, hash)"
    " SELECT coalesce(max(id), 0) + 1, 'kite.flown', 'kite', 1, '{}', now(), sha256('kite') FROM events"
)


class TestSqlSealing(SealingContract):
    """How events get their places."""


@pytest.fixture
async def own_store(database_url: str) -> AsyncGenerator[SqlStore]:
    """A store on a database of this test alone."""
    store = SqlStore(database_url, pool_size=4)
    yield store
    await store.close()


async def test_events_that_a_later_version_sealed_are_left_out_by_this_one(
    own_store: SqlStore, database_url: str
) -> None:
    user = await a_kept_user(own_store.unit_of_work)
    await keep(own_store.unit_of_work, numbered(user, 0))
    await seal(own_store.unit_of_work)
    by_hand(database_url, SEAL_A_KITE)
    log = await everything(own_store.unit_of_work)
    assert numbers(log) == [0]
    async with own_store.unit_of_work() as uow:
        page = await uow.events.page(EventFilter(), PageRequest(EventSort.ID, number=1))
    assert page.items == tuple(log)
    assert page.total == 1


async def test_events_that_a_later_version_wrote_are_left_for_it_to_seal(
    own_store: SqlStore, database_url: str
) -> None:
    user = await a_kept_user(own_store.unit_of_work)
    by_hand(database_url, FLY_A_KITE)
    await keep(own_store.unit_of_work, numbered(user, 0))
    assert numbers(await waiting(own_store.unit_of_work, limit=1)) == [0]
    await seal(own_store.unit_of_work)
    assert numbers(await everything(own_store.unit_of_work)) == [0]
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT type FROM waiting_events").fetchall() == [("kite.flown",)]


async def test_sealing_goes_on_behind_an_event_that_a_later_version_sealed(
    own_store: SqlStore, database_url: str
) -> None:
    user = await a_kept_user(own_store.unit_of_work)
    await keep(own_store.unit_of_work, numbered(user, 0))
    await seal(own_store.unit_of_work)
    by_hand(database_url, SEAL_A_KITE)
    kite = await head(own_store.unit_of_work)
    assert kite is not None
    await keep(own_store.unit_of_work, numbered(user, 1))
    await seal(own_store.unit_of_work)
    log = await everything(own_store.unit_of_work)
    assert [each.id for each in log] == [1, 3]
    assert await head(own_store.unit_of_work) == Head(log[1].id, log[1].hash)
    assert not is_linked(log[1], after=log[0])


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET actor_id = NULL",
        "UPDATE events SET hash = hash WHERE id = 0",
        "DELETE FROM events",
        "DELETE FROM events WHERE id = 1",
        "TRUNCATE events",
        "TRUNCATE events, waiting_events",
        "INSERT INTO events SELECT * FROM events ON CONFLICT (id) DO UPDATE SET actor_id = 7",
        "MERGE INTO events USING (VALUES (1)) AS v (id) ON events.id = v.id WHEN MATCHED THEN DELETE",
    ],
)
async def test_what_stands_in_the_log_can_be_neither_changed_nor_taken_out_even_by_its_owner(
    statement: str, own_store: SqlStore, database_url: str
) -> None:
    user = await a_kept_user(own_store.unit_of_work)
    await keep(own_store.unit_of_work, numbered(user, 0))
    await seal(own_store.unit_of_work)
    log = await everything(own_store.unit_of_work)
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="only grows"):
        by_hand(database_url, statement)
    assert await everything(own_store.unit_of_work) == log


async def test_an_event_gets_no_place_that_is_taken(own_store: SqlStore, database_url: str) -> None:
    user = await a_kept_user(own_store.unit_of_work)
    await keep(own_store.unit_of_work, numbered(user, 0))
    await seal(own_store.unit_of_work)
    with pytest.raises(psycopg.errors.UniqueViolation):
        by_hand(database_url, "INSERT INTO events SELECT * FROM events")
