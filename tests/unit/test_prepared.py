"""Statements as PostgreSQL keeps them prepared, before any is sent."""

from datetime import UTC, datetime

import psycopg
import pytest
from psycopg.adapt import Transformer
from sqlalchemy import bindparam, func, insert, select

from adapters.sql.changes import adding, confirming, removing, saving
from adapters.sql.prepared import Prepared, Statement, prepared
from adapters.sql.tables import tasks, users, waiting_events
from domain.tasks import TaskStatus

BY_STATUS = select(tasks.c.id).where(tasks.c.status == bindparam("status"), tasks.c.id > bindparam("after", 7))


def test_parameters_are_numbered_and_their_types_told() -> None:
    statement = Prepared(saving(tasks), ("title", "row_id", "row_version"))
    assert " ".join(statement.text.split()) == (
        "UPDATE tasks SET title=$1::VARCHAR WHERE tasks.id = $2::BIGINT AND tasks.version = $3::BIGINT"
    )


def test_only_columns_with_a_value_are_inserted_and_nothing_is_asked_back() -> None:
    assert Prepared(adding(waiting_events), ("type", "data")).text == (
        "INSERT INTO waiting_events (type, data) VALUES ($1::VARCHAR, $2::JSONB)"
    )


def test_values_are_sent_as_their_columns_write_them_and_in_the_order_of_the_parameters() -> None:
    names = ("data", "occurred_at", "actor_id", "type")
    statement = Prepared(adding(waiting_events), names)
    values = {
        "data": {"a": [1, None, "ü"]},
        "occurred_at": datetime(2026, 3, 1, 12, tzinfo=UTC),
        "actor_id": None,
        "type": "task.created",
    }
    dumped = [value and bytes(value).decode() for value in statement.dump(Transformer(), values)]
    assert dumped == ["task.created", None, '{"a": [1, null, "\\u00fc"]}', "2026-03-01 12:00:00+00:00"]


def test_a_parameter_that_has_a_value_by_itself_needs_none() -> None:
    dumped = Prepared(BY_STATUS, ("status",)).dump(Transformer(), {"status": TaskStatus.DONE})
    assert [value and bytes(value) for value in dumped] == [b"done", b"7"]


def test_a_missing_value_is_named() -> None:
    with pytest.raises(KeyError, match="status"):
        Prepared(BY_STATUS, ()).dump(Transformer(), {})


def test_text_that_cannot_be_stored_is_refused_before_it_is_sent() -> None:
    with pytest.raises(psycopg.DataError):
        Prepared(adding(tasks), ("id", "title")).dump(Transformer(), {"id": 1, "title": "a\0b"})


def test_a_list_of_as_many_parameters_as_values_is_refused() -> None:
    with pytest.raises(ValueError, match="number of parameters"):
        Prepared(select(tasks.c.id).where(tasks.c.id.in_(bindparam("ids", expanding=True))), ("ids",))


def test_what_only_reads_is_told_from_what_changes_something_wherever_that_is_said() -> None:
    adds = insert(tasks).returning(tasks.c.id)
    assert Prepared(BY_STATUS, ("status",)).is_read
    assert not Prepared(adds, ("id",)).is_read
    assert not Prepared(select(adds.values(id=1).cte("added")), ()).is_read
    assert not Prepared(select(func.count()).add_cte(adds.values(id=1).cte("added")), ()).is_read


@pytest.mark.parametrize("statement", [saving(tasks), removing(tasks), confirming(users)])
def test_what_must_hit_a_row_fails_by_a_logarithm_without_one(statement: Statement) -> None:
    plain = prepared(statement, ("title", "row_id", "row_version"))
    checked = plain.must_hit
    assert checked.text.endswith("SELECT ln(count(*)) AS ln_1 \nFROM hit")
    assert checked.is_delete == plain.is_delete
    values = {"title": "new", "row_id": 1, "row_version": 2}
    assert checked.dump(Transformer(), values) == plain.dump(Transformer(), values)


def test_a_statement_is_prepared_once_for_each_set_of_values() -> None:
    assert prepared(BY_STATUS, ("status",)) is prepared(BY_STATUS, ("status",))
    assert prepared(adding(tasks), ("id",)) is not prepared(adding(tasks), ("id", "title"))
