"""The task board: which tasks its reader wants to see, in what order, and what stands on each card."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from litestar import Request
from msgspec import Meta

from application.paging import LIMIT_MOST, Page, PageRequest
from application.ports.tasks import TaskFilter, TaskSort
from application.tasks import ListTasks
from application.users import NameUsers
from domain.access import may_assign, may_change_task
from domain.tasks import Task, TaskPriority, TaskStatus
from domain.users import User
from entrypoints.http.expectation import ID_MOST
from entrypoints.http.input import read_query
from entrypoints.http.paging import ListQuery
from entrypoints.http.words import words_of

BOARD: Final = "/tasks"
STATUSES: Final = {TaskStatus.TODO: "To do", TaskStatus.IN_PROGRESS: "In progress", TaskStatus.DONE: "Done"}
"""What people call them, in the order in which tasks go through them."""
PRIORITIES: Final = {TaskPriority.LOW: "Low", TaskPriority.MEDIUM: "Medium", TaskPriority.HIGH: "High"}
MOVES: Final = {
    TaskStatus.TODO: ((TaskStatus.IN_PROGRESS, "Start"), (TaskStatus.DONE, "Done")),
    TaskStatus.IN_PROGRESS: ((TaskStatus.TODO, "To do"), (TaskStatus.DONE, "Done")),
    TaskStatus.DONE: ((TaskStatus.TODO, "To do"), (TaskStatus.IN_PROGRESS, "In progress")),
}
"""Where a task can go from where it is, and what the buttons say."""

_DONE_SHOWN: Final = 20
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST: Final = 10**15


class BoardSort(StrEnum):
    """What cards are sorted by; those in the last column always by when they were changed, newest first."""

    DEADLINE = "deadline"
    NEWEST = "newest"
    PRIORITY = "priority"


WORDS: Final[Mapping[str, Mapping[Any, object]]] = {
    "moves": MOVES,
    "priorities": PRIORITIES,
    "sorts": {BoardSort.DEADLINE: "Deadline", BoardSort.NEWEST: "Newest", BoardSort.PRIORITY: "Priority"},
    "statuses": STATUSES,
}
"""What templates call all of these."""

_SORTS: Final = {
    BoardSort.DEADLINE: (TaskSort.DEADLINE, False),
    BoardSort.NEWEST: (TaskSort.CREATED_AT, True),
    BoardSort.PRIORITY: (TaskSort.PRIORITY, True),
}


class BoardQuery(ListQuery, frozen=True):
    """The filters as they stand in the address. A form sends them all; those that say nothing are left alone."""

    q: Annotated[str, Meta(max_length=200)] = ""
    priority: str = ""
    assignee: str = ""
    overdue: str = ""
    sort: str = ""
    status: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """What its reader wants to see.

    Attributes:
        q: words to look for, as they were typed.
        words: the same, folded.
        priority: of what priority; any where None.
        assignee: `me`, `nobody`, a user's id in digits, or nothing for anyone's.
        is_overdue: whether only what is overdue.
        sort: in what order.
        status: of what status, in lists; any where None.
    """

    q: str = ""
    words: tuple[str, ...] = ()
    priority: TaskPriority | None = None
    assignee: str = ""
    is_overdue: bool = False
    sort: BoardSort = BoardSort.DEADLINE
    status: TaskStatus | None = None

    @property
    def is_narrowed(self) -> bool:
        """Whether anything may be left out."""
        return bool(self.words or self.priority or self.assignee or self.is_overdue or self.status)

    def path(self, page: str = BOARD, status: TaskStatus | None = None) -> str:
        """Return the address of this view on a page, of this status where that page knows statuses."""
        given = {
            "q": self.q,
            "priority": self.priority,
            "assignee": self.assignee,
            "overdue": "true" if self.is_overdue else "",
            "sort": "" if self.sort is BoardSort.DEADLINE else self.sort,
            "status": status,
        }
        query = urlencode({name: value for name, value in given.items() if value})
        return f"{page}?{query}" if query else page

    def wanted(self, actor: User, at: datetime, status: TaskStatus | None) -> TaskFilter:
        """Return which tasks these are, for this reader and at this moment."""
        return TaskFilter(
            statuses=frozenset({status} if status else ()),
            priorities=frozenset({self.priority} if self.priority else ()),
            assignee_id=self._assignee_id(actor),
            is_unassigned=self.assignee == "nobody",
            overdue_at=at if self.is_overdue else None,
            words=self.words,
        )

    def order(self, status: TaskStatus | None) -> tuple[TaskSort, bool]:
        """Return what these are sorted by, and whether downwards."""
        return (TaskSort.UPDATED_AT, True) if status is TaskStatus.DONE else _SORTS[self.sort]

    def started(self, actor: User) -> tuple[TaskPriority, int | None]:
        """Return the priority and the assignee of a new task that shall stand in this view, as far as may be."""
        assignee_id = self._assignee_id(actor)
        return self.priority or TaskPriority.MEDIUM, assignee_id if may_assign(actor, assignee_id) else None

    def rank(self, task: Task) -> tuple[int, int]:
        """Return what a script places a card by within its column, the least first: as `order` has it."""
        if task.status is TaskStatus.DONE:
            return -_milliseconds(task.updated_at), -task.id
        match self.sort:
            case BoardSort.DEADLINE:
                return _LAST if task.deadline is None else _milliseconds(task.deadline), task.id
            case BoardSort.NEWEST:
                return -_milliseconds(task.created_at), -task.id
            case BoardSort.PRIORITY:
                return -list(TaskPriority).index(task.priority), -task.id

    def _assignee_id(self, actor: User) -> int | None:
        if self.assignee == "me":
            return actor.id
        return int(self.assignee) if self.assignee.isdecimal() else None


def read_view(request: Request[Any, Any, Any]) -> View:
    """Return what the address asks for; filters that mean nothing are taken for none.

    Raises:
        Invalid: the text to look for is too long, has too many words, or is none.
    """
    query = read_query(request, BoardQuery)
    return View(
        q=query.q.strip(),
        words=words_of(query.q),
        priority=TaskPriority(query.priority) if query.priority in set(TaskPriority) else None,
        assignee=query.assignee if query.assignee in {"me", "nobody"} or _is_id(query.assignee) else "",
        is_overdue=query.overdue == "true",
        sort=BoardSort(query.sort) if query.sort in set(BoardSort) else BoardSort.DEADLINE,
        status=TaskStatus(query.status) if query.status in set(TaskStatus) else None,
    )


@dataclass(frozen=True, slots=True)
class Card:
    """A task as its reader sees it.

    Attributes:
        task: the task.
        creator: what its creator is called.
        assignee: what the one who does it is called; None where that is nobody.
        is_overdue: whether it is.
        may_change: whether the reader may change it.
        rank: as `View.rank` has it, in two numbers.
    """

    task: Task
    creator: str
    assignee: str | None
    is_overdue: bool
    may_change: bool
    rank: str

    @classmethod
    def of(cls, task: Task, view: View, actor: User, names: Mapping[int, str], at: datetime) -> "Card":
        """Return the card of a task, for this reader and at this moment."""
        return cls(
            task,
            creator=names[task.creator_id],
            assignee=None if task.assignee_id is None else names[task.assignee_id],
            is_overdue=task.is_overdue(at),
            may_change=may_change_task(actor, task),
            rank=" ".join(map(str, view.rank(task))),
        )


@dataclass(frozen=True, slots=True)
class Column:
    """The tasks of one status: the first of them as cards, and how many there are."""

    status: TaskStatus
    cards: tuple[Card, ...]
    total: int


async def read_columns(
    view: View, actor: User, *, at: datetime, list_tasks: ListTasks, name_users: NameUsers
) -> tuple[Column, ...]:
    """Return the columns of the board as this view shows it."""
    pages = {
        status: await _column(
            view, actor, status, _DONE_SHOWN if status is TaskStatus.DONE else LIMIT_MOST, at, list_tasks
        )
        for status in STATUSES
    }
    names = await name_users(user_ids=people_of(task for page in pages.values() for task in page.items))
    return tuple(
        Column(status, tuple(Card.of(task, view, actor, names, at) for task in page.items), page.total or 0)
        for status, page in pages.items()
    )


async def count_columns(view: View, actor: User, *, at: datetime, list_tasks: ListTasks) -> dict[TaskStatus, int]:
    """Return how many tasks there are in each column as this view shows it."""
    pages = {status: await _column(view, actor, status, 1, at, list_tasks) for status in STATUSES}
    return {status: page.total or 0 for status, page in pages.items()}


def people_of(tasks: Iterable[Task]) -> frozenset[int]:
    """Return the ids of all who made or do one of the tasks."""
    return frozenset(each for task in tasks for each in (task.creator_id, task.assignee_id) if each is not None)


async def _column(
    view: View, actor: User, status: TaskStatus, limit: int, at: datetime, list_tasks: ListTasks
) -> Page[Task]:
    sort, descending = view.order(status)
    return await list_tasks(
        actor,
        wanted=view.wanted(actor, at, status),
        request=PageRequest(sort, descending=descending, limit=limit, number=1),
    )


def _milliseconds(moment: datetime) -> int:
    # A script's numbers hold no more digits than that.
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 20 and 0 < int(text) <= ID_MOST
