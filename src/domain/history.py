"""What is written down of each change of tasks, cheats, posts, platforms and topics.

An event's data tell enough to show the change, and to know whether one has seen it (`version`). Long texts stay
out, since the log cannot forget: of these it says only that they changed.
"""

from collections.abc import Mapping
from datetime import datetime

from domain.cheats import Cheat
from domain.events import Event, EventType, Value, as_text
from domain.posts import Post
from domain.tasks import Task
from domain.taxonomy import Tag
from domain.users import User


def task_created(task: Task, *, actor: User | None) -> Event:
    """Return what happened when this task was created; an actor of None is the operator."""
    return Event.of(EventType.TASK_CREATED, task.id, actor=actor, at=task.created_at, **_task_facts(task))


def task_updated(before: Task, after: Task, *, actor: User | None) -> Event:
    """Return what happened when the one task became the other."""
    changed = _changed(
        _task_facts(before), _task_facts(after), description=before.description != after.description
    )
    changed["title"] = after.title
    return Event.of(EventType.TASK_UPDATED, after.id, actor=actor, at=after.updated_at, **changed)


def task_deleted(task: Task, *, actor: User | None, at: datetime) -> Event:
    """Return what happened when this task was deleted."""
    return Event.of(EventType.TASK_DELETED, task.id, actor=actor, at=at, title=task.title)


def cheat_created(cheat: Cheat, *, actor: User | None) -> Event:
    """Return what happened when this cheat was created."""
    return Event.of(EventType.CHEAT_CREATED, cheat.id, actor=actor, at=cheat.created_at, **_cheat_facts(cheat))


def cheat_updated(before: Cheat, after: Cheat, *, actor: User | None) -> Event:
    """Return what happened when the one cheat became the other."""
    changed = _changed(
        _cheat_facts(before),
        _cheat_facts(after),
        notes=before.notes != after.notes,
        code=before.code != after.code,
        platformIds=before.platform_ids != after.platform_ids,
        topicIds=before.topic_ids != after.topic_ids,
    )
    changed["title"] = after.title
    return Event.of(EventType.CHEAT_UPDATED, after.id, actor=actor, at=after.updated_at, **changed)


def cheat_deleted(cheat: Cheat, *, actor: User | None, at: datetime) -> Event:
    """Return what happened when this cheat was deleted."""
    return Event.of(EventType.CHEAT_DELETED, cheat.id, actor=actor, at=at, title=cheat.title)


def post_created(post: Post, *, actor: User | None) -> Event:
    """Return what happened when this post was created."""
    return Event.of(EventType.POST_CREATED, post.id, actor=actor, at=post.created_at, **_post_facts(post))


def post_updated(before: Post, after: Post, *, actor: User | None) -> Event:
    """Return what happened when the one post became the other.

    That a post is published no longer is told to everyone who could read it, but not what the draft is called.
    """
    changed = _changed(_post_facts(before), _post_facts(after), content=before.content != after.content)
    facts = {**_post_facts(after), **changed}
    if before.is_published and not after.is_published:
        del facts["title"]
    return Event.of(EventType.POST_UPDATED, after.id, actor=actor, at=after.updated_at, **facts)


def post_deleted(post: Post, *, actor: User | None, at: datetime) -> Event:
    """Return what happened when this post was deleted."""
    facts = _post_facts(post)
    del facts["version"]
    return Event.of(EventType.POST_DELETED, post.id, actor=actor, at=at, **facts)


def tag_created(tag: Tag, *, actor: User | None, at: datetime) -> Event:
    """Return what happened when this platform or topic was created."""
    return Event.of(_of_tag(tag, "created"), tag.id, actor=actor, at=at, name=tag.name, version=tag.version)


def tag_renamed(before: Tag, after: Tag, *, actor: User | None, at: datetime) -> Event:
    """Return what happened when this platform or topic took another name."""
    changed = _changed({"name": before.name}, {"name": after.name})
    return Event.of(_of_tag(after, "updated"), after.id, actor=actor, at=at, **changed, version=after.version)


def tag_deleted(tag: Tag, *, actor: User | None, at: datetime) -> Event:
    """Return what happened when this platform or topic was deleted."""
    return Event.of(_of_tag(tag, "deleted"), tag.id, actor=actor, at=at, name=tag.name)


def _task_facts(task: Task) -> dict[str, Value]:
    return {
        "title": task.title,
        "status": task.status.value,
        "priority": task.priority.value,
        "deadline": None if task.deadline is None else as_text(task.deadline),
        "assigneeId": task.assignee_id,
        "version": task.version,
    }


def _cheat_facts(cheat: Cheat) -> dict[str, Value]:
    return {"title": cheat.title, "language": cheat.language, "version": cheat.version}


def _post_facts(post: Post) -> dict[str, Value]:
    # The author and whether it is published decide who may see the event itself (`domain.access`).
    return {
        "title": post.title,
        "isPublished": post.is_published,
        "authorId": post.author_id,
        "version": post.version,
    }


def _of_tag(tag: Tag, what: str) -> EventType:
    return EventType(f"{tag.kind.value}.{what}")


def _changed(before: Mapping[str, Value], after: Mapping[str, Value], **texts: bool) -> dict[str, Value]:
    """Return the facts that differ, and the names of all that does: of `texts` those that are true."""
    differing = {name: value for name, value in after.items() if value != before[name]}
    names = (*differing, *(name for name, differs in texts.items() if differs))
    return {**differing, "changed": tuple(name for name in names if name != "version")}
