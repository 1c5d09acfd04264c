"""Tasks in memory."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from adapters.memory.paging import Weight, page_of, weigh
from adapters.memory.store import Change, InMemoryStore, Tables
from adapters.memory.words import relevance
from application.paging import Page, PageRequest, Position
from application.ports.tasks import TaskFilter, TaskRepository, TaskSort, TaskSummary
from domain.tasks import Task, TaskPriority, TaskStatus
from domain.text import fold


@dataclass(frozen=True, slots=True)
class InMemoryTaskRepository(TaskRepository):
    """Tasks, each of a creator who exists, given to an assignee who exists or to nobody."""

    store: InMemoryStore
    changes: list[Change]

    async def next_id(self) -> int:
        """Return an id that no task has had."""
        return await self.store.next_id(Task)

    async def get(self, id: int) -> Task | None:
        """Return the task, or None if there is none."""
        return (await self.store.read()).tasks.get(id)

    async def page(self, wanted: TaskFilter, request: PageRequest[TaskSort]) -> Page[Task]:
        """Return a page of the tasks that are wanted."""
        tasks = (await self.store.read()).tasks.values()
        return page_of(
            filter(wanted.includes, tasks),
            request,
            position=lambda task: Position(_sort_value(task, request.sort, wanted.words), task.id),
            weigh=_weigh_priority if request.sort is TaskSort.PRIORITY else weigh,
        )

    async def summary(self, at: datetime) -> TaskSummary:
        """Count all tasks; overdue ones as of this moment."""
        tasks = (await self.store.read()).tasks.values()
        by_assignee = Counter(task.assignee_id for task in tasks)
        return TaskSummary(
            total=len(tasks),
            overdue=sum(task.is_overdue(at) for task in tasks),
            by_status={status: sum(task.status is status for task in tasks) for status in TaskStatus},
            by_priority={priority: sum(task.priority is priority for task in tasks) for priority in TaskPriority},
            by_assignee=tuple(sorted(by_assignee.items(), key=_most_first_nobody_last)),
        )

    def add(self, task: Task) -> None:
        """Collect a new task."""

        def change(tables: Tables) -> None:
            _check_people(tables, task)
            tables.tasks.insert(task)

        self.changes.append(change)

    def save(self, task: Task) -> None:
        """Collect a task's next state."""

        def change(tables: Tables) -> None:
            tables.tasks.replace(task)
            _check_people(tables, task)

        self.changes.append(change)

    def remove(self, task: Task) -> None:
        """Collect a task's end."""
        self.changes.append(lambda tables: tables.tasks.delete(task))


def _check_people(tables: Tables, task: Task) -> None:
    tables.check_user(task.creator_id)
    tables.check_user(task.assignee_id)


def _sort_value(task: Task, sort: TaskSort, words: tuple[str, ...]) -> str | int | datetime | None:
    match sort:
        case TaskSort.CREATED_AT:
            return task.created_at
        case TaskSort.UPDATED_AT:
            return task.updated_at
        case TaskSort.DEADLINE:
            return task.deadline
        case TaskSort.PRIORITY:
            return task.priority.value
        case TaskSort.TITLE:
            return fold(task.title)
        case TaskSort.RELEVANCE:
            return relevance(fold(task.title), words)


def _weigh_priority(value: str | int | datetime) -> Weight:
    return list(TaskPriority).index(TaskPriority(str(value))), ""


def _most_first_nobody_last(counted: tuple[int | None, int]) -> tuple[int, bool, int]:
    assignee_id, count = counted
    return -count, assignee_id is None, assignee_id or 0
