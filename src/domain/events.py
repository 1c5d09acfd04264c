"""Events: what happened, who did it and when. They stay as they were written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from domain.users import User

Value = str | int | bool | None | tuple[str, ...]


class EventType(StrEnum):
    """What can happen."""

    USER_CREATED = "user.created"
    USER_UPDATED = "user.updated"
    USER_APPROVED = "user.approved"
    USER_REJECTED = "user.rejected"
    USER_DELETED = "user.deleted"
    USER_RESTORED = "user.restored"
    USER_PASSWORD_CHANGED = "user.password_changed"  # noqa: S105  # a name, not a secret


class SubjectType(StrEnum):
    """What kind of thing it can happen to."""

    USER = "user"


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
    def of_user(cls, type: EventType, user: User, *, actor: User | None, at: datetime, **data: Value) -> "Event":
        """Return what happened to an account, with its name and `data` as fields of its own."""
        return cls(
            type=type,
            actor_id=None if actor is None else actor.id,
            subject_type=SubjectType.USER,
            subject_id=user.id,
            occurred_at=at,
            data={"username": user.username, **data},
        )


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """An event with the number that the log gave it; later ones have greater numbers."""

    id: int
    event: Event
