"""Lists cost the same however much there is: PostgreSQL finds each page in an index."""

import re
from collections.abc import Generator
from datetime import datetime

import psycopg
import pytest

from adapters.sql import events, task_lists, tasks, user_lists, users
from adapters.sql.words import relevance_values, word_values
from application.paging import Position
from application.ports.events import EventFilter
from application.ports.tasks import TaskFilter, TaskSort
from application.ports.users import UserFilter, UserSort
from domain.events import EventType, SubjectType
from domain.tasks import TaskPriority
from domain.users import Role, UserStatus
from tests.contracts.sample import DAY, NOON
from tests.integration.query_plans import plan_of

MANY_ROWS = """
    INSERT INTO users (id, username, username_key, username_text, email, email_key, password_hash, role,
                       is_approved, is_active, created_at, updated_at, deleted_at, version)
    SELECT i, md5(i::text), md5(i::text), md5(i::text), 'u' || i || '@example.org', 'u' || i || '@example.org',
           'x', CASE i % 100 WHEN 0 THEN 'admin' WHEN 1 THEN 'manager' ELSE 'employee' END::user_role,
           i % 97 <> 0, i % 89 <> 0, timestamptz '2026-01-01' + i * interval '1 hour',
           timestamptz '2026-01-01' + i * interval '1 hour',
           CASE WHEN i % 83 = 0 THEN timestamptz '2027-06-01' END, 1
    FROM generate_series(1, 10000) i;
    INSERT INTO events (id, hash, type, actor_id, subject_type, subject_id, data, occurred_at)
    SELECT i, sha256(i::text::bytea), CASE i % 100 WHEN 0 THEN 'user.deleted' ELSE 'user.updated' END,
           1 + i % 90, 'user', 1 + i % 91, '{}', timestamptz '2026-01-01' + i * interval '1 hour'
    FROM generate_series(1, 20000) i;
    INSERT INTO waiting_events (type, actor_id, subject_type, subject_id, data, occurred_at)
    SELECT type, actor_id, subject_type, subject_id, data, occurred_at FROM events ORDER BY id LIMIT 5000;
    INSERT INTO tasks
    SELECT i, md5(i::text), md5(i::text), NULL, md5(i::text) || E'\n',
           (ARRAY['low', 'medium', 'high'])[1 + i % 3]::task_priority, 'todo',
           CASE WHEN i % 2 = 0 THEN timestamptz '2026-01-01' + i * interval '1 hour' END,
           1 + i % 100, 1 + i % 100, timestamptz '2026-01-01' + i * interval '1 hour',
           timestamptz '2026-01-01' + i * interval '1 hour', 1
    FROM generate_series(1, 10000) i;
"""

# A merge of parts, each read in order, is no sorting.
SORTS = re.compile(r"^\W*Sort$", re.MULTILINE)
NO_FILTER: frozenset[str] = frozenset()
EVERY_POSITION: list[tuple[TaskSort, str | datetime | None]] = [
    (TaskSort.CREATED_AT, NOON + 100 * DAY),
    (TaskSort.UPDATED_AT, NOON + 100 * DAY),
    (TaskSort.DEADLINE, NOON + 100 * DAY),
    (TaskSort.DEADLINE, None),
    (TaskSort.PRIORITY, TaskPriority.MEDIUM),
    (TaskSort.TITLE, "7"),
]

PARTS_OF_INDEX_NAMES = {
    UserSort.CREATED_AT: "present_created_at",
    UserSort.UPDATED_AT: "updated_at",
    UserSort.USERNAME: "username_text",
}


@pytest.fixture(scope="module")
def crowded(module_database_url: str) -> Generator[psycopg.Connection]:
    with psycopg.connect(module_database_url, autocommit=True) as connection:
        connection.execute(MANY_ROWS)
        connection.execute("VACUUM ANALYZE")
        yield connection


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize(("sort", "value"), EVERY_POSITION)
def test_a_list_goes_on_from_any_position_by_an_index(
    sort: TaskSort, value: str | datetime | None, descending: bool, crowded: psycopg.Connection
) -> None:
    statement = tasks.listing(NO_FILTER, 0, sort, descending=descending, continued=True, from_null=value is None)
    plan = plan_of(crowded, statement, task_lists.after_values(sort, Position(value, 5000)))
    assert "Index Scan" in plan
    assert "Index Cond" in plan
    assert "Seq Scan" not in plan
    assert "->  Sort" not in plan


@pytest.mark.parametrize("wanted", [TaskFilter(assignee_id=7), TaskFilter(creator_id=7)])
def test_the_tasks_of_one_person_are_read_in_order_from_an_index(
    wanted: TaskFilter, crowded: psycopg.Connection
) -> None:
    given = task_lists.filter_values(wanted)
    statement = tasks.listing(
        frozenset(given), 0, TaskSort.CREATED_AT, descending=True, continued=False, from_null=False
    )
    plan = plan_of(crowded, statement, given)
    assert "Index Cond" in plan
    assert "Sort" not in plan


def test_what_is_overdue_is_found_by_an_index(crowded: psycopg.Connection) -> None:
    given = task_lists.filter_values(TaskFilter(overdue_at=NOON - 50 * DAY))
    statement = tasks.listing(
        frozenset(given), 0, TaskSort.DEADLINE, descending=False, continued=False, from_null=False
    )
    assert "ix_tasks_deadline_or_never_id" in plan_of(crowded, statement, given)


@pytest.mark.parametrize("sort", [TaskSort.RELEVANCE, TaskSort.CREATED_AT])
def test_a_fragment_is_found_by_the_trigram_index(sort: TaskSort, crowded: psycopg.Connection) -> None:
    words = ("abcde",)
    statement = tasks.listing(NO_FILTER, 1, sort, descending=True, continued=False, from_null=False)
    plan = plan_of(crowded, statement, word_values(words) | relevance_values(words))
    assert "ix_tasks_search_text" in plan


def _user_plan(
    connection: psycopg.Connection,
    wanted: UserFilter,
    sort: UserSort = UserSort.CREATED_AT,
    after: Position | None = None,
    *,
    descending: bool = True,
) -> str:
    form = user_lists.FilterForm.of(wanted)
    statement = users.listing(form, sort, descending=descending, continued=after is not None)
    values = user_lists.filter_values(wanted) | user_lists.after_values(after) | relevance_values(wanted.words)
    return plan_of(connection, statement, values)


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("wanted", [UserFilter(), UserFilter(status=UserStatus.APPROVED)])
@pytest.mark.parametrize(
    ("sort", "value"),
    [
        (UserSort.CREATED_AT, NOON + 100 * DAY),
        (UserSort.UPDATED_AT, NOON + 100 * DAY),
        (UserSort.USERNAME, "7"),
    ],
)
def test_a_list_of_users_goes_on_from_any_position_by_an_index(
    sort: UserSort, value: str | datetime, wanted: UserFilter, descending: bool, crowded: psycopg.Connection
) -> None:
    plan = _user_plan(crowded, wanted, sort, Position(value, 5000), descending=descending)
    assert f"ix_users_{PARTS_OF_INDEX_NAMES[sort]}_id on users" in plan
    assert "Index Cond: (ROW(" in plan
    assert "Sort" not in plan


@pytest.mark.parametrize(
    ("status", "index"),
    [
        (UserStatus.PENDING, "ix_users_not_approved_created_at_id"),
        (UserStatus.DISABLED, "ix_users_disabled_created_at_id"),
        (UserStatus.DELETED, "ix_users_deleted_created_at_id"),
    ],
)
def test_the_few_who_wait_or_are_kept_out_are_read_in_order_from_an_index_of_their_own(
    status: UserStatus, index: str, crowded: psycopg.Connection
) -> None:
    wanted = UserFilter(status=status)
    for after in (None, Position(NOON + 100 * DAY, 5000)):
        plan = _user_plan(crowded, wanted, after=after)
        assert f"Index Scan using {index}" in plan
        assert "Sort" not in plan


@pytest.mark.parametrize("status", [None, UserStatus.APPROVED])
def test_those_of_one_role_are_read_in_order_from_an_index(
    status: UserStatus | None, crowded: psycopg.Connection
) -> None:
    plan = _user_plan(crowded, UserFilter(status=status, role=Role.ADMIN))
    assert "Index Scan using ix_users_present_role_created_at_id" in plan
    assert "Sort" not in plan


@pytest.mark.parametrize("looks_into_emails", [False, True])
@pytest.mark.parametrize("sort", [UserSort.RELEVANCE, UserSort.CREATED_AT, UserSort.USERNAME])
def test_a_fragment_of_a_name_or_address_is_found_by_the_trigram_index(
    sort: UserSort, looks_into_emails: bool, crowded: psycopg.Connection
) -> None:
    for words in (("abcdef",), ("abcdef", "0123")):
        plan = _user_plan(crowded, UserFilter(words=words, looks_into_emails=looks_into_emails), sort)
        assert "Bitmap Index Scan on ix_users_search" in plan
        assert "Seq Scan" not in plan


def test_another_admin_is_found_by_the_index_of_roles(crowded: psycopg.Connection) -> None:
    plan = plan_of(crowded, users.HAS_ADMIN_BESIDES, {"id": 100})
    assert "ix_users_present_role_created_at_id" in plan
    assert "Seq Scan" not in plan


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("continued", [False, True])
@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (EventFilter(), "pk_events"),
        (EventFilter(actor_id=7), "ix_events_actor_id_id"),
        (EventFilter(subject_type=SubjectType.USER, subject_id=7), "ix_events_subject_type_subject_id_id"),
        (EventFilter(types=frozenset({EventType.USER_DELETED})), "ix_events_type_id"),
    ],
)
def test_events_are_read_in_the_order_of_the_log_from_an_index(
    wanted: EventFilter, index: str, continued: bool, descending: bool, crowded: psycopg.Connection
) -> None:
    given = events.filter_values(wanted)
    statement = events.listing(frozenset(given), descending=descending, continued=continued)
    plan = plan_of(crowded, statement, given | ({"after_id": 10000} if continued else {}))
    assert f"{index}_0 on events_0" in plan
    assert not SORTS.search(plan)


@pytest.mark.parametrize("after", [0, 10_000, 20_000])
def test_who_follows_the_log_reads_on_from_an_index(after: int, crowded: psycopg.Connection) -> None:
    plan = plan_of(crowded, events.AFTER, {"after_id": after, "known": list(EventType)})
    assert "Index Scan using pk_events_0 on events_0" in plan
    # Behind the end there is nothing that an order could cost.
    assert after == 20_000 or not SORTS.search(plan)


def test_the_first_events_that_wait_are_found_in_an_index(crowded: psycopg.Connection) -> None:
    plan = plan_of(crowded, events.WAITING, {"known": list(EventType)})
    assert "Index Scan using pk_waiting_events on waiting_events" in plan
    assert "Sort" not in plan
