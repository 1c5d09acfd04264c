"""Where entities are kept: one repository a feature, handed out by the unit of work.

The same holds for all of them. An entity knows its id at birth (`next_id`). Reading sees what is committed.
`add`, `save` and `remove` only collect; the unit of work's `commit` carries them out, in the order they came.
`save` and `remove` take an entity whose stored version must still be the one it was read with.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from application.paging import Page, PageRequest
from domain.events import Event, EventType, RecordedEvent, SubjectType
from domain.sessions import Session
from domain.tasks import Task, TaskPriority, TaskStatus
from domain.users import Role, User, UserStatus


class UserSort(Enum):
    """What a list of users can be sorted by. `RELEVANCE` needs a text searched for."""

    CREATED_AT = "created_at"
    UPDATED_AT = "updated_at"
    USERNAME = "username"
    RELEVANCE = "relevance"


@dataclass(frozen=True, slots=True)
class UserFilter:
    """Which users are wanted: those that meet every condition given.

    Attributes:
        status: who stands so; all but the deleted where None.
        role: who has it.
        words: each somewhere in the username, as words or fragments, all folded (`domain.text.fold`).
        looks_into_emails: whether a word may as well be somewhere in the email address.
    """

    status: UserStatus | None = None
    role: Role | None = None
    words: tuple[str, ...] = ()
    looks_into_emails: bool = False


class UserRepository(Protocol):
    """Accounts. Usernames and emails are unique by their keys (`domain.users.username_key`, `email_key`)."""

    async def next_id(self) -> int:
        """Return an id that no user has had, and none will be given again."""
        ...

    async def get(self, id: int) -> User | None:
        """Return the user, soft-deleted ones included."""
        ...

    async def with_username(self, username: str) -> User | None:
        """Return the user of this name regardless of case, soft-deleted ones included."""
        ...

    async def with_email(self, email: str) -> User | None:
        """Return the user of this address regardless of case, soft-deleted ones included."""
        ...

    async def any(self) -> bool:
        """Tell whether there is any user at all, soft-deleted ones included."""
        ...

    async def page(self, wanted: UserFilter, request: PageRequest[UserSort]) -> Page[User]:
        """Return a page of the users that are wanted.

        Usernames sort as folded. Relevance ranks a username that begins with the words as given, joined by
        blanks, above one that holds them so, above one that holds each of them, above the rest (3, 2, 1, 0).
        """
        ...

    async def has_admin_besides(self, id: int) -> bool:
        """Tell whether there is an admin who may enter, other than this user."""
        ...

    def confirm(self, user: User) -> None:
        """Build on this state of a user. At commit: `Stale` if another state came in since it was read.

        What is kept together with it cannot slip past a change of the user at the same moment: either the
        change sees it, or it is refused.
        """
        ...

    def add(self, user: User) -> None:
        """Keep a new user. At commit: `Taken` names the field that belongs to another."""
        ...

    def save(self, user: User) -> None:
        """Keep a user's next state. At commit: `Taken`, or `Stale` if another state came in between."""
        ...


class SessionRepository(Protocol):
    """Sign-ins."""

    async def next_id(self) -> int:
        """Return an id that no session has had, and none will be given again."""
        ...

    async def get_with_user(self, id: int) -> tuple[Session, User] | None:
        """Return the session and the account it belongs to, in one reading; dead and deleted ones included."""
        ...

    async def live_of(self, user_id: int, at: datetime) -> tuple[Session, ...]:
        """Return the user's sessions that are live at this moment, the last used first, then by id downwards."""
        ...

    def revoke_others(self, user_id: int, *, but: int | None, at: datetime) -> None:
        """End every session of the user's that was not ended yet, except for one where it is named.

        At commit it finds all that were kept before, by whomever. Save the user first, in the same unit of
        work, where none may be added beside it (`UserRepository.confirm`).
        """
        ...

    def add(self, session: Session) -> None:
        """Keep a new session."""
        ...

    def save(self, session: Session) -> None:
        """Keep a session's next state. At commit: `Stale` if another state came in between."""
        ...


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
        creator_id: created by this user.
        deadline_before: with a deadline before this moment.
        deadline_after: with a deadline after this moment.
        overdue_at: not done, with a deadline before this moment.
        words: each somewhere in title or description, as words or fragments, all folded (`domain.text.fold`).
    """

    statuses: frozenset[TaskStatus] = frozenset()
    priorities: frozenset[TaskPriority] = frozenset()
    assignee_id: int | None = None
    creator_id: int | None = None
    deadline_before: datetime | None = None
    deadline_after: datetime | None = None
    overdue_at: datetime | None = None
    words: tuple[str, ...] = ()


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


class EventSort(Enum):
    """What a list of events can be sorted by: the order in which the log has them."""

    ID = "id"


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events are wanted: those that meet every condition given.

    Attributes:
        types: any of these; all where empty.
        actor_id: done by this user.
        subject_type: that happened to things of this kind.
        subject_id: that happened to the one with this id.
        after: that occurred after this moment.
        before: that occurred before this moment.
    """

    types: frozenset[EventType] = frozenset()
    actor_id: int | None = None
    subject_type: SubjectType | None = None
    subject_id: int | None = None
    after: datetime | None = None
    before: datetime | None = None


class EventRepository(Protocol):
    """The log of what happened: it only grows."""

    async def page(self, wanted: EventFilter, request: PageRequest[EventSort]) -> Page[RecordedEvent]:
        """Return a page of the events that are wanted; a position's sort value is None, its id says it all."""
        ...

    def add(self, event: Event) -> None:
        """Write down what happens with this unit of work. At commit: `NotFound` if its actor does not exist."""
        ...
