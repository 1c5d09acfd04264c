"""Tasks as they are written in JSON and in queries."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from domain.tasks import (
    DESCRIPTION_MOST,
    TITLE_MOST,
    TaskPriority,
    TaskStatus,
    deadline_faults,
    description_faults,
    title_faults,
)
from entrypoints.http.expectation import ID_MOST
from entrypoints.http.input import Body, Rules
from entrypoints.http.paging import ListQuery

Id = Annotated[int, Meta(ge=1, le=ID_MOST)]
Moment = Annotated[datetime, Meta(tz=True, examples=["2026-01-31T17:00:00Z"])]
Title = Annotated[str, Meta(min_length=1, max_length=TITLE_MOST, examples=["Write the release notes"])]
Description = Annotated[str, Meta(max_length=DESCRIPTION_MOST)]
# `pending` is what older clients call a task that nobody has begun.
StatusIn = Literal["todo", "in_progress", "done", "pending"]
Sort = Literal[
    "createdAt",
    "-createdAt",
    "updatedAt",
    "-updatedAt",
    "deadline",
    "-deadline",
    "priority",
    "-priority",
    "title",
    "-title",
]


class TaskOut(msgspec.Struct, rename="camel"):
    """A task."""

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


_RULES: Rules = {"title": title_faults, "description": description_faults, "deadline": deadline_faults}


class TaskIn(Body):
    """A new task."""

    rules = _RULES

    title: Title
    description: Description | None = None
    priority: TaskPriority = TaskPriority.MEDIUM
    status: StatusIn = "todo"
    deadline: Moment | None = None
    assignee_id: Id | None = None


class TaskChangesIn(Body):
    """What is to change of a task: fields left out stay as they are, null clears."""

    rules = _RULES

    title: Title | UnsetType = UNSET
    description: Description | UnsetType | None = UNSET
    priority: TaskPriority | UnsetType = UNSET
    status: StatusIn | UnsetType = UNSET
    deadline: Moment | UnsetType | None = UNSET
    assignee_id: Id | UnsetType | None = UNSET


class TaskQuery(ListQuery, frozen=True):
    """Which tasks, in what order."""

    q: (
        Annotated[
            str,
            Meta(max_length=200, description="Up to 8 different words or fragments, in title or description."),
        ]
        | None
    ) = None
    status: Annotated[tuple[StatusIn, ...], Meta(description="Any of these, separated by commas.")] = ()
    priority: Annotated[tuple[TaskPriority, ...], Meta(description="Any of these, separated by commas.")] = ()
    assignee_id: Annotated[Id | Literal["me"] | None, Meta(description="A user's id, or `me`.")] = None
    creator_id: Annotated[Id | Literal["me"] | None, Meta(description="A user's id, or `me`.")] = None
    deadline_before: Moment | None = None
    deadline_after: Moment | None = None
    overdue: Annotated[bool | None, Meta(description="`true`: past the deadline and not done.")] = None
    sort: (
        Annotated[Sort, Meta(description="A minus sorts downwards. Default: newest first, or best match first.")]
        | None
    ) = None


class SummaryByAssigneeOut(msgspec.Struct, rename="camel"):
    """How many tasks one person has; null is nobody."""

    assignee_id: int | None
    count: int


class TaskSummaryOut(msgspec.Struct, rename="camel"):
    """How the team's tasks stand."""

    total: int
    overdue: int
    by_status: dict[TaskStatus, int]
    by_priority: dict[TaskPriority, int]
    by_assignee: tuple[SummaryByAssigneeOut, ...]
