"""Which tasks a list holds and how it is sorted, as parts of statements whose values come later."""

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, and_, any_, bindparam
from sqlalchemy.dialects.postgresql import ARRAY

from adapters.sql.tables import (
    ALWAYS,
    NEVER,
    deadline_or_always,
    deadline_or_never,
    moment_type,
    priority_type,
    status_type,
    tasks,
    title_key_indexed,
    title_key_start,
)
from adapters.sql.words import relevance, words_found
from application.paging import Position
from application.ports.tasks import TaskFilter, TaskSort
from domain.tasks import Task, TaskPriority, TaskStatus
from domain.text import fold

Key = tuple[ColumnElement[Any], ...]

_AFTER_ID: Final = bindparam("after_id", type_=tasks.c.id.type)

is_overdue: Final = and_(
    deadline_or_never < bindparam("overdue_at", type_=moment_type), tasks.c.status != TaskStatus.DONE
)

_CONDITIONS: Final[dict[str, ColumnElement[bool]]] = {
    "statuses": tasks.c.status == any_(bindparam("statuses", type_=ARRAY(status_type))),
    "priorities": tasks.c.priority == any_(bindparam("priorities", type_=ARRAY(priority_type))),
    "assignee_id": tasks.c.assignee_id == bindparam("assignee_id"),
    "is_unassigned": tasks.c.assignee_id.is_(None),
    "creator_id": tasks.c.creator_id == bindparam("creator_id"),
    # By the expressions that are indexed; each leaves out the tasks without a deadline.
    "deadline_before": deadline_or_never < bindparam("deadline_before", type_=moment_type),
    "deadline_after": deadline_or_always > bindparam("deadline_after", type_=moment_type),
    "overdue_at": is_overdue,
}


def filter_values(wanted: TaskFilter) -> dict[str, object]:
    """Return the values of the conditions that the filter sets, by their names."""
    given = {
        "statuses": list(wanted.statuses) or None,
        "priorities": list(wanted.priorities) or None,
        "assignee_id": wanted.assignee_id,
        "is_unassigned": wanted.is_unassigned or None,
        "creator_id": wanted.creator_id,
        "deadline_before": wanted.deadline_before,
        "deadline_after": wanted.deadline_after,
        "overdue_at": wanted.overdue_at,
    }
    return {name: value for name, value in given.items() if value is not None}


def conditions(names: frozenset[str], words: int) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions of these names, and that each of so many words is found."""
    yield from (condition for name, condition in _CONDITIONS.items() if name in names)
    yield from words_found(words, tasks.c.search_text)


def sort_key(sort: TaskSort, *, descending: bool, words: int) -> Key:
    """Return what the list is sorted by, the id last."""
    match sort:
        case TaskSort.CREATED_AT:
            return tasks.c.created_at, tasks.c.id
        case TaskSort.UPDATED_AT:
            return tasks.c.updated_at, tasks.c.id
        case TaskSort.DEADLINE:
            return deadline_or_always if descending else deadline_or_never, tasks.c.id
        case TaskSort.PRIORITY:
            return tasks.c.priority, tasks.c.id
        case TaskSort.TITLE:
            # The start of the key is what the index holds; the rest decides among titles that start alike.
            return title_key_indexed, tasks.c.title_key, tasks.c.id
        case TaskSort.RELEVANCE:
            return relevance(words, tasks.c.title_key), tasks.c.id


def after_key(sort: TaskSort, *, descending: bool, is_null: bool) -> Key:
    """Return the sort key of the position to go on from; `is_null` if its sort value is None."""
    match sort:
        case TaskSort.CREATED_AT | TaskSort.UPDATED_AT:
            return bindparam("after", type_=moment_type), _AFTER_ID
        case TaskSort.DEADLINE:
            end = ALWAYS if descending else NEVER
            return end if is_null else bindparam("after", type_=moment_type), _AFTER_ID
        case TaskSort.PRIORITY:
            return bindparam("after", type_=priority_type), _AFTER_ID
        case TaskSort.TITLE:
            after = bindparam("after", type_=tasks.c.title_key.type)
            return title_key_start(after), after, _AFTER_ID
        case TaskSort.RELEVANCE:
            return bindparam("after", type_=Integer), _AFTER_ID


def after_values(sort: TaskSort, position: Position | None) -> dict[str, object]:
    """Return the values that `after_key` takes for this position."""
    if position is None:
        return {}
    value = TaskPriority(str(position.value)) if sort is TaskSort.PRIORITY else position.value
    return {"after_id": position.id} if value is None else {"after": value, "after_id": position.id}


def position_of(task: Task, sort: TaskSort, relevance: int) -> Position:
    """Return where in a list of this order the task stands."""
    match sort:
        case TaskSort.CREATED_AT:
            return Position(task.created_at, task.id)
        case TaskSort.UPDATED_AT:
            return Position(task.updated_at, task.id)
        case TaskSort.DEADLINE:
            return Position(task.deadline, task.id)
        case TaskSort.PRIORITY:
            return Position(task.priority.value, task.id)
        case TaskSort.TITLE:
            return Position(fold(task.title), task.id)
        case TaskSort.RELEVANCE:
            return Position(relevance, task.id)
