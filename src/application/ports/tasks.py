"""Where tasks are kept."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from application.paging import Page, PageRequest
from domain.tasks import Task, TaskPriority, TaskStatus
from domain.text import fold


class TaskSort(Enum):
    """What a list of tasks can be sorted by. `RELEVANCE` needs a text searched for."""

    CREATED_AT = "created_at"
    UPDATED_AT = "updated_at"
    DEADLINE = "deadline"
    PRIORITY = "priority"
    TITLE = "title"
    RELEVANCE = "relevance"


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """Which tasks are wanted: those that meet every condition given.

    Attributes:
        statuses: any of these; all where empty.
        priorities: any of these; all where empty.
        assignee_id: given to this user.
        is_unassigned: whether only those given to nobody are wanted.
        creator_id: created by this user.
        deadline_before: with a deadline before this moment.
        deadline_after: with a deadline after this moment.
        overdue_at: not done, with a deadline before this moment.
        words: each somewhere in title or description, as words or fragments, all folded (`domain.text.fold`).
    """

    statuses: frozenset[TaskStatus] = frozenset()
    priorities: frozenset[TaskPriority] = frozenset()
    assignee_id: int | None = None
    is_unassigned: bool = False
    creator_id: int | None = None
    deadline_before: datetime | None = None
    deadline_after: datetime | None = None
    overdue_at: datetime | None = None
    words: tuple[str, ...] = ()

    def includes(self, task: Task) -> bool:
        """Tell whether this task meets every condition."""
        deadline = task.deadline
        return (
            (not self.statuses or task.status in self.statuses)
            and (not self.priorities or task.priority in self.priorities)
            and self.assignee_id in (None, task.assignee_id)
            and not (self.is_unassigned and task.assignee_id is not None)
            and self.creator_id in (None, task.creator_id)
            and (self.deadline_before is None or (deadline is not None and deadline < self.deadline_before))
            and (self.deadline_after is None or (deadline is not None and deadline > self.deadline_after))
            and (self.overdue_at is None or task.is_overdue(self.overdue_at))
            and _holds(task, self.words)
        )


def _holds(task: Task, words: tuple[str, ...]) -> bool:
    if not words:
        return True
    text = f"{fold(task.title)}\n{fold(task.description or '')}"
    return all(word in text for word in words)


@dataclass(frozen=True, slots=True)
class TaskSummary:
    """How many tasks there are, by what a team asks first. Statuses and priorities without tasks count 0."""

    total: int
    overdue: int
    by_status: dict[TaskStatus, int]
    by_priority: dict[TaskPriority, int]
    by_assignee: tuple[tuple[int | None, int], ...]


class TaskRepository(Protocol):
    """Tasks."""

    async def next_id(self) -> int:
        """Return an id that no task has had, and none will be given again."""
        ...

    async def get(self, id: int) -> Task | None:
        """Return the task, or None if there is none."""
        ...

    async def page(self, wanted: TaskFilter, request: PageRequest[TaskSort]) -> Page[Task]:
        """Return a page of the tasks that are wanted.

        Tasks without a deadline come last in either direction. Titles sort as folded. Relevance ranks a title
        that begins with the words as given, joined by blanks, above one that holds them so, above one that
        holds each of them, above the rest (3, 2, 1, 0).
        """
        ...

    async def summary(self, at: datetime) -> TaskSummary:
        """Count all tasks; overdue ones as of this moment. Assignees come with most tasks first, then by id."""
        ...

    def add(self, task: Task) -> None:
        """Keep a new task."""
        ...

    def save(self, task: Task) -> None:
        """Keep a task's next state. At commit: `Stale` if another state came in between, or it is gone."""
        ...

    def remove(self, task: Task) -> None:
        """Forget a task. At commit: `Stale` if another state came in between, or it is gone."""
        ...
