"""Tasks in PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import bindparam, func, select, tuple_

from adapters.sql.changes import Changes, adding, removing, saving
from adapters.sql.connections import Connections
from adapters.sql.ids import Ids
from adapters.sql.lists import Lists
from adapters.sql.pages import AnySelect, bounds, is_short, ordered, page_of
from adapters.sql.tables import tasks
from adapters.sql.task_lists import (
    after_key,
    after_values,
    conditions,
    filter_values,
    is_overdue,
    position_of,
    sort_key,
)
from adapters.sql.words import relevance, relevance_values, word_values
from application.paging import Page, PageRequest
from application.ports.tasks import TaskFilter, TaskRepository, TaskSort, TaskSummary
from domain.tasks import Task, TaskPriority, TaskStatus
from domain.text import fold, unstorable_reason

# In the order of Task's fields, as `task_from` takes them.
TASK_COLUMNS: Final = (
    tasks.c.id,
    tasks.c.title,
    tasks.c.description,
    tasks.c.priority,
    tasks.c.status,
    tasks.c.deadline,
    tasks.c.creator_id,
    tasks.c.assignee_id,
    tasks.c.created_at,
    tasks.c.updated_at,
    tasks.c.version,
)


def task_from(row: Sequence[Any]) -> Task:
    """Return the task that a row of `TASK_COLUMNS`, or more behind them, holds."""
    return Task(*row[: len(TASK_COLUMNS)])


def values_of(task: Task) -> dict[str, object]:
    """Return the row that holds the task."""
    title_key = fold(task.title)
    return {
        "id": task.id,
        "title": task.title,
        "title_key": title_key,
        "description": task.description,
        "search_text": f"{title_key}\n{fold(task.description or '')}",
        "priority": task.priority,
        "status": task.status,
        "deadline": task.deadline,
        "creator_id": task.creator_id,
        "assignee_id": task.assignee_id,
        "created_at": task.created_at,
        "updated_at": task.updated_at,
        "version": task.version,
    }


_GET: Final = select(*TASK_COLUMNS).where(tasks.c.id == bindparam("id"))
_ADD: Final = adding(tasks)
_SAVE: Final = saving(tasks)
_REMOVE: Final = removing(tasks)

# All counts in one pass over the table; `grouping` tells with three bits what a row does not count by
# (PostgreSQL manual, sections 7.2.4 and 9.21).
_COUNTED_BY: Final = (tasks.c.status, tasks.c.priority, tasks.c.assignee_id)
_SUMMARY: Final = select(
    func.grouping(*_COUNTED_BY).label("counted_by"),
    *_COUNTED_BY,
    func.count().label("all"),
    func.count().filter(is_overdue).label("overdue"),
).group_by(func.grouping_sets(*(tuple_(column) for column in _COUNTED_BY), tuple_()))


# There are as many statements as combinations that people ask for: few. The bound keeps the odd ones few too.
@lru_cache(maxsize=256)
def listing(
    names: frozenset[str], words: int, sort: TaskSort, *, descending: bool, continued: bool, from_null: bool
) -> AnySelect:
    """Return the statement that lists tasks in this order.

    Args:
        names: of the conditions that the filter sets, as `filter_values` gives them.
        words: how many are searched for.
        sort: what the list is sorted by.
        descending: in which direction.
        continued: whether it goes on after a position.
        from_null: whether the sort value of that position is None.
    """
    rank = relevance(words, tasks.c.title_key).label("relevance")
    columns = (*TASK_COLUMNS, rank) if sort is TaskSort.RELEVANCE else TASK_COLUMNS
    return ordered(
        select(*columns).where(*conditions(names, words)),
        key=sort_key(sort, descending=descending, words=words),
        after=after_key(sort, descending=descending, is_null=from_null) if continued else None,
        descending=descending,
    )


@lru_cache(maxsize=256)
def _count(names: frozenset[str], words: int) -> AnySelect:
    return select(func.count()).select_from(tasks).where(*conditions(names, words))


class SqlTaskRepository(TaskRepository):
    """Tasks in the table `tasks`."""

    def __init__(self, connections: Connections, lists: Lists, changes: Changes, ids: Ids) -> None:
        """Read through the connections and the lists, collect into the changes."""
        self._connections = connections
        self._lists = lists
        self._changes = changes
        self._ids = ids

    async def next_id(self) -> int:
        """Return an id that no task has had."""
        return await self._ids.next()

    async def get(self, id: int) -> Task | None:
        """Return the task, or None if there is none."""
        rows = await self._connections.look_up(_GET, {"id": id})
        return task_from(rows[0]) if rows else None

    async def page(self, wanted: TaskFilter, request: PageRequest[TaskSort]) -> Page[Task]:
        """Return a page of the tasks that are wanted; text that cannot be stored is found nowhere."""
        if any(unstorable_reason(word) for word in wanted.words):
            return Page((), next=None, total=None if request.number is None else 0)
        words = wanted.words
        given = filter_values(wanted)
        values = given | word_values(words)
        total: int | None = None
        if request.number is not None:
            total = (
                await self._lists.fetch(_count(frozenset(given), len(words)), values, plans_anew=bool(words))
            )[0][0]
        is_ranked = request.sort is TaskSort.RELEVANCE
        rows = await self._lists.page(
            listing(
                frozenset(given),
                len(words),
                request.sort,
                descending=request.descending,
                continued=request.after is not None,
                from_null=request.after is not None and request.after.value is None,
            ),
            values
            | (relevance_values(words) if is_ranked else {})
            | after_values(request.sort, request.after)
            | bounds(request),
            is_short=is_short(request, values),
            plans_anew=bool(words),
        )
        return page_of(
            rows,
            request,
            entity_from=task_from,
            position_of=lambda row: position_of(task_from(row), request.sort, row.relevance if is_ranked else 0),
            total=total,
        )

    async def summary(self, at: datetime) -> TaskSummary:
        """Count all tasks, in one pass; overdue ones as of this moment."""
        rows = await self._lists.fetch(_SUMMARY, {"overdue_at": at})
        by_status = dict.fromkeys(TaskStatus, 0)
        by_priority = dict.fromkeys(TaskPriority, 0)
        by_assignee: list[tuple[int | None, int]] = []
        total = overdue = 0
        for counted_by, status, priority, assignee_id, count, late in rows:
            match counted_by:
                case 0b011:
                    by_status[status] = count
                case 0b101:
                    by_priority[priority] = count
                case 0b110:
                    by_assignee.append((assignee_id, count))
                case _:
                    total, overdue = count, late
        by_assignee.sort(key=lambda each: (-each[1], each[0] is None, each[0] or 0))
        return TaskSummary(total, overdue, by_status, by_priority, tuple(by_assignee))

    def add(self, task: Task) -> None:
        """Collect a new task."""
        self._changes.add(_ADD, values_of(task))

    def save(self, task: Task) -> None:
        """Collect a task's next state."""
        self._changes.save(_SAVE, values_of(task), id=task.id, version=task.version)

    def remove(self, task: Task) -> None:
        """Collect a task's end."""
        self._changes.remove(_REMOVE, id=task.id, version=task.version)
