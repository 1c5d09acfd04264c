"""What was written down before there was a log with places comes into it, and out of it again."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import LiteralString

import psycopg
import pytest

from adapters.sql import migration
from adapters.sql.store import SqlStore
from domain.events import Event, EventType, RecordedEvent, SubjectType
from tests.contracts.sample import keep
from tests.contracts.sealing import everything, holds_together, numbers, seal

_OLD_EVENTS: LiteralString = """
    INSERT INTO events (type, actor_id, subject_type, subject_id, data, occurred_at)
    SELECT 'user.updated', 7, 'user', 7,
        jsonb_build_object('username', 'Zoë', 'number', n, 'changed', '["email"]'::jsonb),
        timestamptz '2026-03-01 12:00Z' - n * interval '1 minute'
    FROM generate_series(%(first)s::int, %(last)s::int) AS n
"""


def _with_old_events(url: str, first: int, last: int) -> None:
    """Write down what the version of revision 0003 wrote; some were rolled back, so numbers are missing."""
    with psycopg.connect(url) as connection:
        connection.execute(_OLD_EVENTS, {"first": 0, "last": 2})
        connection.rollback()
        connection.execute(_OLD_EVENTS, {"first": first, "last": last})


async def _sealed_log(url: str) -> list[RecordedEvent]:
    store = SqlStore(url, pool_size=2)
    await seal(store.unit_of_work)
    log = await everything(store.unit_of_work)
    await store.close()
    return log


@pytest.fixture
def url_with_old_events(empty_database_url: str) -> str:
    """A database of revision 0003 in which five things happened."""
    migration.upgrade(empty_database_url, "0003")
    with psycopg.connect(empty_database_url) as connection:
        connection.execute(
            "INSERT INTO users VALUES (7, 'Zoë', 'zoë', NULL, NULL, 'hash', 'admin', true, true, now(), now(),"
            " NULL, 1, 'zoe')"
        )
    _with_old_events(empty_database_url, 0, 4)
    return empty_database_url


@pytest.mark.anyio
async def test_events_from_before_get_their_places_in_the_order_in_which_they_were(
    url_with_old_events: str,
) -> None:
    migration.upgrade(url_with_old_events)
    log = await _sealed_log(url_with_old_events)
    assert [each.id for each in log] == [1, 2, 3, 4, 5]
    assert numbers(log) == [0, 1, 2, 3, 4]
    assert log[4].event == Event(
        type=EventType.USER_UPDATED,
        actor_id=7,
        subject_type=SubjectType.USER,
        subject_id=7,
        occurred_at=datetime(2026, 3, 1, 11, 56, tzinfo=UTC),
        data={"username": "Zoë", "number": 4, "changed": ("email",)},
    )
    assert holds_together(log)


@pytest.mark.anyio
async def test_events_come_through_up_down_and_up_again_whether_they_have_their_places_or_wait(
    url_with_old_events: str,
) -> None:
    migration.upgrade(url_with_old_events)
    log = await _sealed_log(url_with_old_events)
    store = SqlStore(url_with_old_events, pool_size=2)
    await keep(store.unit_of_work, replace(log[0].event, data={"number": 5}))
    await store.close()
    migration.move(url_with_old_events, "0003")
    with psycopg.connect(url_with_old_events) as connection:
        written = connection.execute("SELECT data -> 'number', actor_id FROM events ORDER BY id").fetchall()
    assert written == [(number, 7) for number in range(6)]
    _with_old_events(url_with_old_events, 6, 7)
    migration.upgrade(url_with_old_events)
    again = await _sealed_log(url_with_old_events)
    assert again[:5] == log
    assert numbers(again) == [0, 1, 2, 3, 4, 5, 6, 7]
    assert holds_together(again)
