"""The forms that tasks are made, changed and moved with."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Final

from msgspec import Meta

from application.paging import LIMIT_MOST, PageRequest
from application.ports.users import UserSort
from application.users import ListUsers
from domain.access import may_administer
from domain.errors import Fault
from domain.tasks import (
    Task,
    TaskPriority,
    TaskStatus,
    description_faults,
    title_faults,
)
from domain.users import User, UserStatus
from entrypoints.http.expectation import ID_MOST
from entrypoints.web.forms import FilledForm, Form, Version, empty_form
from entrypoints.web.merging import Texts, changed_meanwhile, merged, seen_in

# As the HTML standard writes a local date and time; browsers leave out what is 0.
_LOCAL_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,3})?)?")
_TEAM_MOST: Final = 1000


def _deadline_faults(text: str) -> Iterator[Fault]:
    if _moment(text) is None:
        yield Fault("deadline", "must be a date and a time, like 2026-01-31T17:00")


class TaskForm(Form):
    """A task as someone wants it."""

    labels = {  # noqa: RUF012  # never written
        "title": "Title",
        "description": "Description",
        "priority": "Priority",
        "status": "Status",
        "deadline": "Deadline",
        "assigneeId": "Assignee",
        "version": "Version",
    }
    rules = {  # noqa: RUF012  # never written
        "title": title_faults,
        "description": description_faults,
        "deadline": _deadline_faults,
    }

    title: str
    description: str | None = None
    priority: TaskPriority = TaskPriority.MEDIUM
    status: TaskStatus = TaskStatus.TODO
    deadline: str | None = None
    assignee_id: Annotated[int, Meta(ge=1, le=ID_MOST)] | None = None

    def moment(self) -> datetime | None:
        """Return the deadline."""
        return None if self.deadline is None else _moment(self.deadline)


class ChangeForm(TaskForm, kw_only=True):
    """A task as someone wants it instead of the version that they saw, and what `seen_in` says of it."""

    version: Version
    seen: str | None = None


class QuickForm(Form):
    """A task of which nothing is said but its title."""

    labels = {"title": "Title"}  # noqa: RUF012  # never written
    rules = {"title": title_faults}  # noqa: RUF012  # never written

    title: str


class MoveForm(Form):
    """Where a card shall go, the version that its mover saw, and the page to come back to."""

    status: TaskStatus
    version: Version
    next: str | None = None


def task_form(task: Task) -> FilledForm:
    """Return the form that a task is changed with, as the task is now."""
    return _change_form(_texts_of_task(task), task)


def merged_form(wanted: ChangeForm, task: Task) -> FilledForm:
    """Return the form of someone who was slower: their own changes, made to the task as it is now."""
    return _change_form(merged(_texts_of_form(wanted), _texts_of_task(task), wanted.seen), task)


def moved_on(wanted: ChangeForm, task: Task) -> tuple[str, ...]:
    """Return the names of the fields that others changed while someone had the form open."""
    return changed_meanwhile(_texts_of_form(wanted), _texts_of_task(task), wanted.seen)


def new_form(form: TaskForm) -> FilledForm:
    """Return the form of a new task as someone filled in another."""
    return empty_form(TaskForm, **_texts_of_form(form))


def shown_deadline(task: Task) -> str:
    """Return a task's deadline as its field holds it: to the minute, in UTC."""
    if task.deadline is None:
        return ""
    return task.deadline.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="minutes")


async def assignees(actor: User, list_users: ListUsers) -> tuple[User, ...]:
    """Return everyone who may come in and so be given a task, by name; of a very large team the first."""
    people: list[User] = []
    request = PageRequest(UserSort.USERNAME, descending=False, limit=LIMIT_MOST)
    # Only admins may say so; of everyone else they are the only ones listed.
    status = UserStatus.APPROVED if may_administer(actor) else None
    while True:
        page = await list_users(actor, request=request, status=status)
        people.extend(page.items)
        if page.next is None or len(people) >= _TEAM_MOST:
            return tuple(people)
        request = PageRequest(UserSort.USERNAME, descending=False, limit=LIMIT_MOST, after=page.next)


def _change_form(texts: Texts, task: Task) -> FilledForm:
    return empty_form(ChangeForm, **texts, version=str(task.version), seen=seen_in(_texts_of_task(task)))


def _texts_of_task(task: Task) -> dict[str, str]:
    return {
        "title": task.title,
        "description": task.description or "",
        "status": task.status.value,
        "priority": task.priority.value,
        "assigneeId": str(task.assignee_id or ""),
        "deadline": shown_deadline(task),
    }


def _texts_of_form(form: TaskForm) -> dict[str, str]:
    return {
        "title": form.title,
        "description": form.description or "",
        "status": form.status.value,
        "priority": form.priority.value,
        "assigneeId": str(form.assignee_id or ""),
        "deadline": form.deadline or "",
    }


def _moment(text: str) -> datetime | None:
    if not _LOCAL_MOMENT.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        return None
