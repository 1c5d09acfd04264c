"""What is written down of a change: enough to show it, and nothing that should be forgotten one day."""

from dataclasses import replace

import pytest

from domain.cheats import CheatChanges
from domain.events import EventType, SubjectType
from domain.history import (
    cheat_created,
    cheat_deleted,
    cheat_updated,
    tag_created,
    tag_deleted,
    tag_renamed,
    task_created,
    task_deleted,
    task_updated,
)
from domain.tasks import TaskChanges, TaskPriority, TaskStatus
from domain.taxonomy import Tag, TagKind
from tests.contracts.sample import DAY, MINUTE, NOON, a_cheat, a_task, a_user

ADA = a_user(1, "ada")
TASK = a_task(7, ADA, "Water the plants", description="Twice a week.", deadline=NOON + DAY)
CHEAT = a_cheat(9, ADA, "List open ports", notes="Needs root", code="ss -tlnp")


def test_a_new_task_is_written_down_with_what_a_board_shows() -> None:
    event = task_created(TASK, actor=ADA)
    assert (event.type, event.subject_type, event.subject_id) == (EventType.TASK_CREATED, SubjectType.TASK, 7)
    assert (event.actor_id, event.occurred_at) == (ADA.id, NOON)
    assert event.data == {
        "title": "Water the plants",
        "status": "todo",
        "priority": "medium",
        "deadline": "2026-03-02T12:00:00Z",
        "assigneeId": None,
        "version": 1,
    }


def test_of_a_changed_task_the_new_values_and_the_names_of_what_changed_are_written_down() -> None:
    after = TASK.change(TaskChanges(status=TaskStatus.DONE, deadline=None), at=NOON + MINUTE)
    event = task_updated(TASK, after, actor=ADA)
    assert event.occurred_at == NOON + MINUTE
    assert event.data == {
        "title": "Water the plants",
        "status": "done",
        "deadline": None,
        "version": 2,
        "changed": ("status", "deadline"),
    }


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        (TaskChanges(title="Water them"), ("title",)),
        (TaskChanges(priority=TaskPriority.HIGH), ("priority",)),
        (TaskChanges(assignee_id=2), ("assigneeId",)),
        (TaskChanges(description="secret plans"), ("description",)),
        (TaskChanges(description=None, title="Water them"), ("title", "description")),
    ],
)
def test_each_changed_field_of_a_task_is_named(changes: TaskChanges, names: tuple[str, ...]) -> None:
    after = TASK.change(changes, at=NOON)
    event = task_updated(TASK, after, actor=ADA)
    assert event.data["changed"] == names
    assert event.data["title"] == after.title
    assert "secret plans" not in str(event.data)


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        (CheatChanges(title="Ports"), ("title",)),
        (CheatChanges(language="bash"), ("language",)),
        (CheatChanges(notes="other words"), ("notes",)),
        (CheatChanges(code="other words"), ("code",)),
        (CheatChanges(platform_ids=(1,), topic_ids=(2,)), ("platformIds", "topicIds")),
    ],
)
def test_each_changed_field_of_a_cheat_is_named(changes: CheatChanges, names: tuple[str, ...]) -> None:
    after = CHEAT.change(changes, at=NOON)
    event = cheat_updated(CHEAT, after, actor=ADA)
    assert event.type is EventType.CHEAT_UPDATED
    assert event.data["changed"] == names
    assert (event.data["title"], event.data["version"]) == (after.title, 2)
    assert "other words" not in str(event.data)


def test_of_a_new_cheat_neither_notes_nor_code_are_written_down() -> None:
    event = cheat_created(CHEAT, actor=None)
    assert event.actor_id is None
    assert event.data == {"title": "List open ports", "language": None, "version": 1}


def test_what_is_deleted_is_written_down_by_its_name() -> None:
    assert task_deleted(TASK, actor=ADA, at=NOON).data == {"title": "Water the plants"}
    assert cheat_deleted(CHEAT, actor=ADA, at=NOON).data == {"title": "List open ports"}


@pytest.mark.parametrize("kind", TagKind)
def test_platforms_and_topics_are_written_down_by_their_names(kind: TagKind) -> None:
    tag = Tag.create(id=3, kind=kind, name="Linux")
    renamed = tag.rename("GNU/Linux")
    events = (
        tag_created(tag, actor=ADA, at=NOON),
        tag_renamed(tag, renamed, actor=ADA, at=NOON),
        tag_deleted(renamed, actor=ADA, at=NOON),
    )
    assert [event.type.value for event in events] == [f"{kind}.created", f"{kind}.updated", f"{kind}.deleted"]
    assert {event.subject_type.value for event in events} == {kind.value}
    assert events[0].data == {"name": "Linux", "version": 1}
    assert events[1].data == {"name": "GNU/Linux", "changed": ("name",), "version": 2}
    assert events[2].data == {"name": "GNU/Linux"}


def test_every_type_of_event_names_the_kind_of_thing_it_happens_to() -> None:
    assert {each.subject_type for each in EventType} == set(SubjectType)


def test_a_change_that_leaves_the_title_still_tells_it() -> None:
    after = replace(TASK, version=2, status=TaskStatus.DONE)
    assert task_updated(TASK, after, actor=ADA).data["title"] == TASK.title
