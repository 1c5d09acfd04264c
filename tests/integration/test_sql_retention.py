"""What nobody needs any longer goes from PostgreSQL, between two instances."""

import psycopg
import pytest

from adapters.sql.sessions import REMOVE_EXPIRED
from adapters.sql.store import SqlStore
from application.ports.throttle import Throttle
from tests.contracts.retention import RetentionContract
from tests.contracts.sample import NOON
from tests.integration.query_plans import plan_of


@pytest.fixture
def throttle(store: SqlStore) -> Throttle:
    return store.throttle


class TestSqlRetention(RetentionContract):
    """On PostgreSQL."""


def test_sessions_that_are_over_are_found_at_their_place_in_an_index(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("""
            INSERT INTO users (id, username, username_key, username_text, password_hash, role, is_approved,
                is_active, created_at, updated_at, version)
            VALUES (1, 'ada', 'ada', 'ada', 'hash', 'employee', true, true, now(), now(), 1)
        """)
        connection.execute("""
            INSERT INTO sessions (id, user_id, refresh_fingerprint, created_at, last_used_at, expires_at, version)
            SELECT i, 1, repeat('f', 64), now(), now(), timestamptz '2026-01-01' + i * interval '1 hour', 1
            FROM generate_series(1, 20000) i
        """)
        connection.execute("ANALYZE sessions")
        plan = plan_of(connection, REMOVE_EXPIRED, {"at": NOON, "most": 500})
    assert "using ix_sessions_expires_at on sessions" in plan
    assert "Seq Scan on sessions" not in plan
