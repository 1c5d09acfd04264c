"""What someone finds when they come in: what they have to do, what they carry, and how the team stands."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final

from litestar import Controller, Response, get
from litestar.di import NamedDependency, Provide
from litestar.params import SkipValidation

from application.cheats import ListCheats
from application.events import FindPlace
from application.paging import PageRequest
from application.ports.cheats import CheatFilter, CheatSort
from application.ports.clock import Clock
from application.ports.posts import AuthoredPost, PostFilter, PostSort
from application.ports.tasks import TaskFilter, TaskSort, TaskSummary
from application.ports.users import UserSort
from application.posts import ListPosts
from application.tasks import ListTasks, SummariseTasks
from application.users import ListUsers, NameUsers
from domain.access import may_administer
from domain.cheats import Cheat
from domain.tasks import Task, TaskStatus
from domain.users import User, UserStatus
from entrypoints.web.answers import fragment, page
from entrypoints.web.board import STATUSES
from entrypoints.web.browser import Browser

_OPEN: Final = frozenset({TaskStatus.TODO, TaskStatus.IN_PROGRESS})
_TASKS_MOST: Final = 25
_SHOWN_MOST: Final = 5
_PEOPLE_MOST: Final = 8


@dataclass(frozen=True, slots=True)
class Agenda:
    """Tasks that are due in the same stretch of time, the first due first."""

    title: str
    tasks: tuple[Task, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart.

    Attributes:
        label: what is counted.
        count: how many there are.
        percent: its length, of that of the longest.
        look: how it is drawn, so that bars differ by more than a colour.
    """

    label: str
    count: int
    percent: float
    look: str


@dataclass(frozen=True, slots=True)
class Dashboard:
    """All that it shows; its template calls it `dashboard`.

    Attributes:
        place: behind which there is news to it.
        agendas: the open tasks of its reader.
        has_more_tasks: whether there are more than these.
        overdue: how many of these should be done by now.
        cheats: the newest in the bag of its reader.
        posts: the newest that are published.
        summary: how many tasks the whole team has.
        by_status: the same as a chart.
        by_person: the same as a chart, of those with most tasks.
        newcomers: to admins, those who have waited longest to be let in.
    """

    place: int
    agendas: tuple[Agenda, ...]
    has_more_tasks: bool
    overdue: int
    cheats: tuple[Cheat, ...]
    posts: tuple[AuthoredPost, ...]
    summary: TaskSummary
    by_status: tuple[Bar, ...]
    by_person: tuple[Bar, ...]
    newcomers: tuple[User, ...]


async def read_dashboard(
    browser: NamedDependency[SkipValidation[Browser]],
    clock: NamedDependency[SkipValidation[Clock]],
    find_place: NamedDependency[SkipValidation[FindPlace]],
    list_tasks: NamedDependency[SkipValidation[ListTasks]],
    list_cheats: NamedDependency[SkipValidation[ListCheats]],
    list_posts: NamedDependency[SkipValidation[ListPosts]],
    list_users: NamedDependency[SkipValidation[ListUsers]],
    name_users: NamedDependency[SkipValidation[NameUsers]],
    summarise_tasks: NamedDependency[SkipValidation[SummariseTasks]],
) -> Dashboard:
    """Return the dashboard of whoever asks for it.

    Raises:
        Unauthenticated: nobody is signed in.
    """
    user, now = browser.signed_in().user, clock.now()
    # Before all else: what happens meanwhile is news, whether it is in what is read or not.
    place = await find_place()
    tasks = await list_tasks(
        user,
        wanted=TaskFilter(statuses=_OPEN, assignee_id=user.id),
        request=PageRequest(TaskSort.DEADLINE, descending=False, limit=_TASKS_MOST),
    )
    cheats = await list_cheats(
        user,
        wanted=CheatFilter(in_bag_of=user.id),
        request=PageRequest(CheatSort.CREATED_AT, limit=_SHOWN_MOST),
    )
    posts = await list_posts(
        user, wanted=PostFilter(is_published=True), request=PageRequest(PostSort.CREATED_AT, limit=_SHOWN_MOST)
    )
    newcomers: tuple[User, ...] = ()
    if may_administer(user):
        oldest = PageRequest(UserSort.CREATED_AT, descending=False, limit=_SHOWN_MOST)
        newcomers = (await list_users(user, request=oldest, status=UserStatus.PENDING)).items
    summary = await summarise_tasks(user)
    most = [user_id for user_id, _ in summary.by_assignee[:_PEOPLE_MOST] if user_id is not None]
    names = await name_users(user_ids=most)
    return Dashboard(
        place=place,
        agendas=agendas(tasks.items, now=now),
        has_more_tasks=tasks.next is not None,
        overdue=sum(task.is_overdue(now) for task in tasks.items),
        cheats=tuple(seen.cheat for seen in cheats.items),
        posts=posts.items,
        summary=summary,
        by_status=bars((label, summary.by_status[status], status) for status, label in STATUSES.items()),
        by_person=bars(_people(summary.by_assignee, names)),
        newcomers=newcomers,
    )


class DashboardController(Controller):
    """`/dashboard`."""

    path = "/dashboard"
    dependencies = {"dashboard": Provide(read_dashboard)}  # noqa: RUF012  # as Litestar has it

    @get()
    async def show_dashboard(
        self,
        browser: NamedDependency[SkipValidation[Browser]],
        dashboard: NamedDependency[SkipValidation[Dashboard]],
    ) -> Response[str]:
        """Show it."""
        return page(browser, "dashboard/index.html", dashboard=dashboard)

    @get("/parts")
    async def renew_dashboard(
        self,
        browser: NamedDependency[SkipValidation[Browser]],
        dashboard: NamedDependency[SkipValidation[Dashboard]],
    ) -> Response[str]:
        """Return what of it changes while it is open, for its script."""
        return fragment(browser, "dashboard/parts.html", dashboard=dashboard)


def agendas(tasks: Iterable[Task], *, now: datetime) -> tuple[Agenda, ...]:
    """Return open tasks, sorted by deadline, by when they are due; days are those of UTC."""
    tomorrow = datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), time(), tzinfo=UTC)
    next_week = tomorrow + timedelta(days=6)
    due: dict[str, list[Task]] = {}
    for task in tasks:
        match task.deadline:
            case None:
                title = "Without a deadline"
            case deadline if deadline < now:
                title = "Overdue"
            case deadline if deadline < tomorrow:
                title = "Today"
            case deadline if deadline < next_week:
                title = "Within seven days"
            case _:
                title = "Later"
        due.setdefault(title, []).append(task)
    return tuple(Agenda(title, tuple(tasks)) for title, tasks in due.items())


def bars(counts: Iterable[tuple[str, int, str]]) -> tuple[Bar, ...]:
    """Return the bars of one chart, from the label, the count and the look of each."""
    drawn = tuple(counts)
    longest = max((count for _, count, _ in drawn), default=0) or 1
    return tuple(Bar(label, count, round(100 * count / longest, 1), look) for label, count, look in drawn)


def _people(counts: Sequence[tuple[int | None, int]], names: Mapping[int, str]) -> Iterator[tuple[str, int, str]]:
    """Yield what `bars` takes: those whose names are known, and the rest together."""
    shown = [(user_id, count) for user_id, count in counts if user_id is None or user_id in names]
    for user_id, count in shown:
        yield "Nobody" if user_id is None else names[user_id], count, "plain"
    if others := len(counts) - len(shown):
        yield f"{others:,} more", sum(count for _, count in counts) - sum(count for _, count in shown), "plain"
