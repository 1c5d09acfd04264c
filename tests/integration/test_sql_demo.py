"""The demo in PostgreSQL, which also takes every statement that the demo's cheats hold."""

import re

import psycopg
import pytest
from psycopg.pq import TransactionStatus

from application.demo.cheat import DemoCheat
from application.demo.cheats import DEMO_CHEATS
from tests.contracts.demo import DemoContract

_SHOP = """
    CREATE TABLE customers (id bigint PRIMARY KEY, email text NOT NULL);
    CREATE TABLE orders (
        id bigint PRIMARY KEY,
        customer_id bigint NOT NULL REFERENCES customers (id),
        status text NOT NULL,
        created_at timestamptz NOT NULL
    );
    CREATE TABLE jobs (
        id bigint PRIMARY KEY,
        status text NOT NULL,
        payload jsonb NOT NULL,
        created_at timestamptz NOT NULL,
        started_at timestamptz
    );
    INSERT INTO customers VALUES (1, 'ada@example.org'), (2, 'Ada@example.org'), (3, 'bob@example.org');
    INSERT INTO orders VALUES (1, 1, 'new', now()), (2, 3, 'sent', now() - interval '2 years');
    INSERT INTO jobs VALUES (1, 'ready', '{}', now());
"""


class TestSqlDemo(DemoContract):
    """On PostgreSQL."""


@pytest.mark.parametrize(
    "demo", [demo for demo in DEMO_CHEATS if demo.language == "sql"], ids=lambda demo: demo.key
)
def test_the_statements_of_a_cheat_run_one_after_the_other(empty_database_url: str, demo: DemoCheat) -> None:
    """In a shop with customers, orders and jobs, as psql would send them."""
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        connection.execute(_SHOP)
        for statement in re.split(r";\n", demo.code.rstrip()):
            connection.execute(statement.encode())
        assert connection.info.transaction_status is TransactionStatus.IDLE
