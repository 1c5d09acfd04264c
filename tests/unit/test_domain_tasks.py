"""Tasks: what makes one, what changes it, when it is overdue."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from domain.errors import Invalid
from domain.tasks import DESCRIPTION_MOST, TITLE_MOST, Task, TaskChanges, TaskPriority, TaskStatus
from tests.contracts.sample import DAY, LAST_MOMENT, MINUTE, NOON, a_task, a_user

ADA = a_user(1)
TASK = a_task(1, ADA, "Water the plants", description="With the blue can", deadline=NOON, assignee=ADA)


def _faulty_fields(changes: TaskChanges) -> list[str]:
    with pytest.raises(Invalid) as refusal:
        TASK.change(changes, at=NOON)
    return [fault.field for fault in refusal.value.faults]


def test_a_new_task_is_to_do_and_of_medium_priority() -> None:
    task = Task.create(id=1, creator_id=7, title="Water the plants", at=NOON)
    assert (task.status, task.priority) == (TaskStatus.TODO, TaskPriority.MEDIUM)
    assert (task.description, task.deadline, task.assignee_id) == (None, None, None)
    assert task.created_at == task.updated_at == NOON
    assert task.version == 1


def test_texts_are_normalised() -> None:
    task = a_task(1, ADA, "Cafe\u0301", description="Cafe\u0301")
    assert task.title == task.description == "Caf\u00e9"


@pytest.mark.parametrize("title", ["", " \n", "t" * (TITLE_MOST + 1), "a\0", "\ud800"])
def test_a_title_that_is_blank_too_long_or_unstorable_is_refused(title: str) -> None:
    assert _faulty_fields(TaskChanges(title=title)) == ["title"]


@pytest.mark.parametrize("description", ["d" * (DESCRIPTION_MOST + 1), "a\0", "\ud800"])
def test_a_description_that_is_too_long_or_unstorable_is_refused(description: str) -> None:
    assert _faulty_fields(TaskChanges(description=description)) == ["description"]


def test_texts_may_be_as_long_as_they_may() -> None:
    task = a_task(1, ADA, "t" * TITLE_MOST, description="🚀" * DESCRIPTION_MOST)
    assert len(task.title) == TITLE_MOST


@pytest.mark.parametrize(
    "deadline",
    [
        NOON.replace(tzinfo=None),
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-1))),
        datetime.min.replace(tzinfo=timezone(timedelta(hours=1))),
    ],
)
def test_a_deadline_without_offset_or_outside_the_calendar_in_utc_is_refused(deadline: datetime) -> None:
    assert _faulty_fields(TaskChanges(deadline=deadline)) == ["deadline"]


def test_a_deadline_is_kept_in_utc() -> None:
    local = datetime(2026, 3, 1, 17, tzinfo=timezone(timedelta(hours=5)))
    task = TASK.change(TaskChanges(deadline=local), at=NOON)
    assert task.deadline is not None
    assert (task.deadline, task.deadline.tzinfo) == (NOON, UTC)
    assert a_task(1, ADA, deadline=LAST_MOMENT).deadline == LAST_MOMENT


def test_every_fault_is_told_at_once() -> None:
    faulty = TaskChanges(title="", description="\0", deadline=NOON.replace(tzinfo=None))
    assert _faulty_fields(faulty) == ["title", "description", "deadline"]


def test_what_a_change_does_not_speak_of_stays() -> None:
    later = NOON + MINUTE
    changed = TASK.change(TaskChanges(status=TaskStatus.DONE), at=later)
    assert changed == replace(TASK, status=TaskStatus.DONE, updated_at=later, version=2)


def test_null_clears_what_may_be_null() -> None:
    changed = TASK.change(TaskChanges(description=None, deadline=None, assignee_id=None), at=NOON)
    assert (changed.description, changed.deadline, changed.assignee_id) == (None, None, None)


@pytest.mark.parametrize(
    "changes",
    [
        TaskChanges(),
        TaskChanges(title=TASK.title, description=TASK.description, assignee_id=TASK.assignee_id),
        TaskChanges(deadline=NOON.astimezone(timezone(timedelta(hours=5)))),
    ],
)
def test_a_change_that_changes_nothing_makes_no_new_version(changes: TaskChanges) -> None:
    assert TASK.change(changes, at=NOON + DAY) is TASK


@pytest.mark.parametrize(
    ("deadline", "status", "is_overdue"),
    [
        (None, TaskStatus.TODO, False),
        (NOON - MINUTE, TaskStatus.TODO, True),
        (NOON - MINUTE, TaskStatus.IN_PROGRESS, True),
        (NOON - MINUTE, TaskStatus.DONE, False),
        (NOON, TaskStatus.TODO, False),
        (NOON + MINUTE, TaskStatus.TODO, False),
    ],
)
def test_a_task_is_overdue_when_its_deadline_has_passed_with_it_not_done(
    deadline: datetime | None, status: TaskStatus, is_overdue: bool
) -> None:
    assert a_task(1, ADA, deadline=deadline, status=status).is_overdue(NOON) is is_overdue
