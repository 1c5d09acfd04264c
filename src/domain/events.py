"""Events: what happened, who did it and when. They stay as they were written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from domain.users import User

Value = str | int | bool | None | tuple[str, ...]


class SubjectType(StrEnum):
    """What kind of thing it can happen to."""

    USER = "user"
    TASK = "task"
    CHEAT = "cheat"
    POST = "post"
    PLATFORM = "platform"
    TOPIC = "topic"
    WEBHOOK = "webhook"


class EventType(StrEnum):
    """What can happen: the kind of thing it happens to, a dot, and a word in the past tense."""

    USER_CREATED = "user.created"
    USER_UPDATED = "user.updated"
    USER_APPROVED = "user.approved"
    USER_REJECTED = "user.rejected"
    USER_DELETED = "user.deleted"
    USER_RESTORED = "user.restored"
    USER_PASSWORD_CHANGED = "user.password_changed"  # noqa: S105  # a name, not a secret
    TASK_CREATED = "task.created"
    TASK_UPDATED = "task.updated"
    TASK_DELETED = "task.deleted"
    CHEAT_CREATED = "cheat.created"
    CHEAT_UPDATED = "cheat.updated"
    CHEAT_DELETED = "cheat.deleted"
    POST_CREATED = "post.created"
    POST_UPDATED = "post.updated"
    POST_DELETED = "post.deleted"
    PLATFORM_CREATED = "platform.created"
    PLATFORM_UPDATED = "platform.updated"
    PLATFORM_DELETED = "platform.deleted"
    TOPIC_CREATED = "topic.created"
    TOPIC_UPDATED = "topic.updated"
    TOPIC_DELETED = "topic.deleted"
    WEBHOOK_CREATED = "webhook.created"
    WEBHOOK_UPDATED = "webhook.updated"
    WEBHOOK_DELETED = "webhook.deleted"

    @property
    def subject_type(self) -> SubjectType:
        """What kind of thing it happens to."""
        return SubjectType(self.value.partition(".")[0])


@dataclass(frozen=True, slots=True)
class Event:
    """One change that was made.

    Attributes:
        type: what happened.
        actor_id: the user who did it; None stands for the operator at the command line.
        subject_type: what kind of thing it happened to.
        subject_id: which one.
        data: what else there is to know; never a secret, and nothing that an admin may not read.
        occurred_at: when, in UTC.
    """

    type: EventType
    actor_id: int | None
    subject_type: SubjectType
    subject_id: int
    occurred_at: datetime
    data: Mapping[str, Value] = field(default_factory=dict[str, Value])

    @classmethod
    def of(cls, type: EventType, subject_id: int, *, actor: User | None, at: datetime, **data: Value) -> "Event":
        """Return what happened to the thing with this id, with `data` as what else there is to know."""
        return cls(
            type=type,
            actor_id=None if actor is None else actor.id,
            subject_type=type.subject_type,
            subject_id=subject_id,
            occurred_at=at,
            data=data,
        )

    @classmethod
    def of_user(cls, type: EventType, user: User, *, actor: User | None, at: datetime, **data: Value) -> "Event":
        """Return what happened to an account, with its name beside `data`."""
        return cls.of(type, user.id, actor=actor, at=at, username=user.username, **data)


def as_text(moment: datetime) -> str:
    """Return a moment in UTC as an event's data hold it: RFC 3339, with a Z."""
    return moment.isoformat().replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class WaitingEvent:
    """An event that is kept, but has no place in the log yet; the key is what it waits under."""

    key: int
    event: Event


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """An event in its place in the log.

    Attributes:
        id: its place: 1 for the first, then one more each, without gaps, in the order in which readers see them.
        event: what happened.
        hash: what ties it to all before it (`domain.chain`); 32 bytes.
    """

    id: int
    event: Event
    hash: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """Where the log ends: place and hash of its last event, which may be one that only a later version knows."""

    id: int
    hash: bytes
