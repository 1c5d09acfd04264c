"""Lists of tasks cost the same however many there are: PostgreSQL finds each page in an index."""

from collections.abc import Generator
from datetime import datetime

import psycopg
import pytest
from sqlalchemy.engine import make_url

from adapters.sql.pages import AnySelect
from adapters.sql.task_lists import after_values, filter_values, relevance_values, word_values
from adapters.sql.tasks import listing
from application.paging import Position
from application.ports.repositories import TaskFilter, TaskSort
from domain.tasks import TaskPriority
from tests.contracts.sample import DAY, NOON

MANY_TASKS = """
    INSERT INTO users
    SELECT i, 'user' || i, 'user' || i, NULL, NULL, 'x', 'employee', true, true, now(), now(), NULL, 1
    FROM generate_series(1, 100) i;
    INSERT INTO tasks
    SELECT i, md5(i::text), md5(i::text), NULL, md5(i::text) || E'\n',
           (ARRAY['low', 'medium', 'high'])[1 + i % 3]::task_priority, 'todo',
           CASE WHEN i % 2 = 0 THEN timestamptz '2026-01-01' + i * interval '1 hour' END,
           1 + i % 100, 1 + i % 100, timestamptz '2026-01-01' + i * interval '1 hour',
           timestamptz '2026-01-01' + i * interval '1 hour', 1
    FROM generate_series(1, 10000) i;
"""

NO_FILTER: frozenset[str] = frozenset()
EVERY_POSITION: list[tuple[TaskSort, str | datetime | None]] = [
    (TaskSort.CREATED_AT, NOON + 100 * DAY),
    (TaskSort.UPDATED_AT, NOON + 100 * DAY),
    (TaskSort.DEADLINE, NOON + 100 * DAY),
    (TaskSort.DEADLINE, None),
    (TaskSort.PRIORITY, TaskPriority.MEDIUM),
    (TaskSort.TITLE, "7"),
]


@pytest.fixture(scope="module")
def crowded(module_database_url: str) -> Generator[psycopg.Connection]:
    with psycopg.connect(module_database_url, autocommit=True) as connection:
        connection.execute(MANY_TASKS)
        connection.execute("VACUUM ANALYZE tasks")
        yield connection


def _plan(connection: psycopg.Connection, statement: AnySelect, values: dict[str, object]) -> str:
    compiled = statement.compile(dialect=make_url("postgresql+psycopg://").get_dialect()())
    bound = compiled.construct_params(values | {"limit": 21, "offset": 0})
    rows = connection.execute(f"EXPLAIN (COSTS OFF) {compiled}".encode(), bound)
    return "\n".join(line for (line,) in rows)


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize(("sort", "value"), EVERY_POSITION)
def test_a_list_goes_on_from_any_position_by_an_index(
    sort: TaskSort, value: str | datetime | None, descending: bool, crowded: psycopg.Connection
) -> None:
    statement = listing(NO_FILTER, 0, sort, descending=descending, continued=True, from_null=value is None)
    plan = _plan(crowded, statement, after_values(sort, Position(value, 5000)))
    assert "Index Scan" in plan
    assert "Index Cond" in plan
    assert "Seq Scan" not in plan
    assert "->  Sort" not in plan


@pytest.mark.parametrize("wanted", [TaskFilter(assignee_id=7), TaskFilter(creator_id=7)])
def test_the_tasks_of_one_person_are_read_in_order_from_an_index(
    wanted: TaskFilter, crowded: psycopg.Connection
) -> None:
    given = filter_values(wanted)
    statement = listing(
        frozenset(given), 0, TaskSort.CREATED_AT, descending=True, continued=False, from_null=False
    )
    plan = _plan(crowded, statement, given)
    assert "Index Cond" in plan
    assert "Sort" not in plan


def test_what_is_overdue_is_found_by_an_index(crowded: psycopg.Connection) -> None:
    given = filter_values(TaskFilter(overdue_at=NOON - 50 * DAY))
    statement = listing(frozenset(given), 0, TaskSort.DEADLINE, descending=False, continued=False, from_null=False)
    assert "ix_tasks_deadline_or_never_id" in _plan(crowded, statement, given)


@pytest.mark.parametrize("sort", [TaskSort.RELEVANCE, TaskSort.CREATED_AT])
def test_a_fragment_is_found_by_the_trigram_index(sort: TaskSort, crowded: psycopg.Connection) -> None:
    words = ("abcde",)
    statement = listing(NO_FILTER, 1, sort, descending=True, continued=False, from_null=False)
    plan = _plan(crowded, statement, word_values(words) | relevance_values(words))
    assert "ix_tasks_search_text" in plan
