"""Tasks: what the team is doing."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Literal

from domain.changes import ABSENT, Absent, changed
from domain.errors import Fault, refuse
from domain.text import normalised, text_faults

TITLE_MOST = 255
DESCRIPTION_MOST = 20_000


class TaskStatus(StrEnum):
    """How far a task has come."""

    TODO = "todo"
    IN_PROGRESS = "in_progress"
    DONE = "done"


class TaskPriority(StrEnum):
    """How much a task matters, the least first."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class TaskChanges:
    """What someone wants to change of a task; `ABSENT` fields stay as they are, None clears."""

    title: str | Literal[Absent.ABSENT] = ABSENT
    description: str | Literal[Absent.ABSENT] | None = ABSENT
    priority: TaskPriority | Literal[Absent.ABSENT] = ABSENT
    status: TaskStatus | Literal[Absent.ABSENT] = ABSENT
    deadline: datetime | Literal[Absent.ABSENT] | None = ABSENT
    assignee_id: int | Literal[Absent.ABSENT] | None = ABSENT


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do: who asked for it, who does it, by when. Times are in UTC."""

    id: int
    title: str
    description: str | None
    priority: TaskPriority
    status: TaskStatus
    deadline: datetime | None
    creator_id: int
    assignee_id: int | None
    created_at: datetime
    updated_at: datetime
    version: int = 1

    @classmethod
    def create(
        cls,
        *,
        id: int,
        creator_id: int,
        title: str,
        description: str | None = None,
        priority: TaskPriority = TaskPriority.MEDIUM,
        status: TaskStatus = TaskStatus.TODO,
        deadline: datetime | None = None,
        assignee_id: int | None = None,
        at: datetime,
    ) -> "Task":
        """Return a new task.

        Raises:
            Invalid: with every field that breaks its rule.
        """
        return _checked(
            cls(
                id=id,
                title=title,
                description=description,
                priority=priority,
                status=status,
                deadline=deadline,
                creator_id=creator_id,
                assignee_id=assignee_id,
                created_at=at,
                updated_at=at,
            )
        )

    def change(self, changes: TaskChanges, *, at: datetime) -> "Task":
        """Return the task as it is after the changes: this very one if they change nothing.

        Raises:
            Invalid: with every field that breaks its rule.
        """
        after = _checked(
            replace(
                self,
                title=changed(changes.title, self.title),
                description=changed(changes.description, self.description),
                priority=changed(changes.priority, self.priority),
                status=changed(changes.status, self.status),
                deadline=changed(changes.deadline, self.deadline),
                assignee_id=changed(changes.assignee_id, self.assignee_id),
            )
        )
        return self if after == self else replace(after, updated_at=at, version=self.version + 1)

    def is_overdue(self, at: datetime) -> bool:
        """Tell whether the deadline has passed with the task not done."""
        return self.deadline is not None and self.deadline < at and self.status is not TaskStatus.DONE


def title_faults(title: str) -> Iterator[Fault]:
    """Yield what is wrong with a normalised title."""
    return text_faults("title", title, least=1, most=TITLE_MOST)


def description_faults(description: str) -> Iterator[Fault]:
    """Yield what is wrong with a normalised description."""
    return text_faults("description", description, most=DESCRIPTION_MOST)


def deadline_faults(deadline: datetime) -> Iterator[Fault]:
    """Yield what is wrong with a deadline."""
    if deadline.tzinfo is None:
        yield Fault("deadline", "must have an offset, for example 2026-01-31T17:00:00Z")
        return
    try:
        deadline.astimezone(UTC)
    except OverflowError:
        yield Fault("deadline", "must lie between the years 1 and 9999 in UTC")


def _checked(task: Task) -> Task:
    task = replace(
        task,
        title=normalised(task.title),
        description=None if task.description is None else normalised(task.description),
    )
    refuse(
        *title_faults(task.title),
        *description_faults(task.description or ""),
        *(deadline_faults(task.deadline) if task.deadline is not None else ()),
    )
    return replace(task, deadline=None if task.deadline is None else task.deadline.astimezone(UTC))
