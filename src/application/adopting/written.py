"""The tasks and posts of an older service: what has an author and a time, and is known again by both."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from application.adopting.fields import Fields
from application.adopting.intake import Intake, latest
from application.adopting.owners import Owners
from application.paging import LIMIT_MOST, PageRequest
from application.ports.older_services import Kind, OldData
from application.ports.posts import PostFilter, PostSort
from application.ports.tasks import TaskFilter, TaskSort
from application.ports.unit_of_work import UnitOfWork
from domain.errors import Invalid, refuse
from domain.history import post_created, task_created
from domain.posts import Post
from domain.tasks import Task, TaskPriority, TaskStatus
from domain.users import User

STATUSES: Final[Mapping[str, TaskStatus]] = {
    **dict.fromkeys(("todo", "to_do", "pending", "open", "new", "not_started"), TaskStatus.TODO),
    **dict.fromkeys(("in_progress", "inprogress", "doing", "started"), TaskStatus.IN_PROGRESS),
    **dict.fromkeys(("done", "completed", "complete", "finished", "closed"), TaskStatus.DONE),
}
PRIORITIES: Final[Mapping[str, TaskPriority]] = {
    "low": TaskPriority.LOW,
    **dict.fromkeys(("medium", "normal"), TaskPriority.MEDIUM),
    **dict.fromkeys(("high", "urgent"), TaskPriority.HIGH),
}


@dataclass(frozen=True, slots=True)
class Remembered:
    """What is here already of those who own the older service's rows, each to be recognised once.

    Attributes:
        timed: by owner, title and time of creation.
        titled: by owner and title, for rows that do not say when they were created.
    """

    timed: Counter[tuple[int, str, datetime]] = field(default_factory=Counter[tuple[int, str, datetime]])
    titled: Counter[tuple[int, str]] = field(default_factory=Counter[tuple[int, str]])

    @property
    def total(self) -> int:
        """How many they are."""
        return self.titled.total()

    def copy(self) -> "Remembered":
        """Return another from which to take."""
        return Remembered(Counter(self.timed), Counter(self.titled))

    def add(self, owner_id: int, title: str, created_at: datetime) -> None:
        """Remember one that is here."""
        self.timed[owner_id, title, created_at] += 1
        self.titled[owner_id, title] += 1

    def take(self, owner_id: int, title: str, created_at: datetime | None) -> bool:
        """Tell whether one like this is here that no other row was taken for."""
        if not self.titled[owner_id, title]:
            return False
        if created_at is not None:
            if not self.timed[owner_id, title, created_at]:
                return False
            self.timed[owner_id, title, created_at] -= 1
        self.titled[owner_id, title] -= 1
        return True


async def tasks_here(creators: Iterable[User], uow: UnitOfWork) -> Remembered:
    """Return the tasks that these users created."""
    here = Remembered()
    for creator in creators:
        wanted, request = TaskFilter(creator_id=creator.id), PageRequest(TaskSort.CREATED_AT, limit=LIMIT_MOST)
        while True:
            page = await uow.tasks.page(wanted, request)
            for task in page.items:
                here.add(creator.id, task.title, task.created_at)
            if page.next is None:
                break
            request = replace(request, after=page.next)
    return here


async def posts_here(authors: Iterable[User], uow: UnitOfWork) -> Remembered:
    """Return the posts that these users wrote, drafts included."""
    here = Remembered()
    for author in authors:
        wanted, request = PostFilter(author_id=author.id), PageRequest(PostSort.CREATED_AT, limit=LIMIT_MOST)
        while True:
            page = await uow.posts.page(wanted, request, viewer=author)
            for found in page.items:
                here.add(author.id, found.post.title, found.post.created_at)
            if page.next is None:
                break
            request = replace(request, after=page.next)
    return here


async def count_here(people: Iterable[User], uow: UnitOfWork) -> int:
    """Return how many tasks and posts these people created."""
    total = 0
    for person in people:
        tasks = await uow.tasks.page(
            TaskFilter(creator_id=person.id), PageRequest(TaskSort.CREATED_AT, limit=1, number=1)
        )
        posts = await uow.posts.page(
            PostFilter(author_id=person.id), PageRequest(PostSort.CREATED_AT, limit=1, number=1), viewer=person
        )
        total += (tasks.total or 0) + (posts.total or 0)
    return total


async def collect_tasks(data: OldData, owners: Owners, here: Remembered, intake: Intake) -> None:
    """Collect the tasks that are not here yet."""
    findings, made = intake.findings, list[Task]()
    for row in data.of(Kind.TASKS):
        fields = Fields(row)
        creator, assignee = owners.owner(fields, "creator"), owners.named(fields, "assignee")
        is_done = fields.flag("is_done", default=False)
        status = fields.choice("status", STATUSES, TaskStatus.DONE if is_done else TaskStatus.TODO)
        created_at, updated_at = fields.moment("created_at"), fields.moment("updated_at")
        try:
            task = Task.create(
                id=0,
                creator_id=0 if creator is None else creator.id,
                title=fields.text("title"),
                description=fields.text("description") or None,
                priority=fields.choice("priority", PRIORITIES, TaskPriority.MEDIUM),
                status=status,
                deadline=fields.moment("deadline", is_end=True),
                assignee_id=None if assignee is None else assignee.id,
                at=created_at or intake.at,
            )
            refuse(*fields.faults)
        except Invalid as error:
            findings.refuse(Kind.TASKS, row, dict.fromkeys((*fields.faults, *error.faults)))
            continue
        if here.take(task.creator_id, task.title, created_at):
            findings.known[Kind.TASKS] += 1
        else:
            task_id = await intake.next_id(intake.uow.tasks)
            made.append(replace(task, id=task_id, updated_at=latest(task.created_at, updated_at)))
    for task in made:
        intake.uow.tasks.add(task)
    intake.tell(task_created(task, actor=None) for task in made)
    findings.added[Kind.TASKS] += len(made)


async def collect_posts(data: OldData, owners: Owners, here: Remembered, intake: Intake) -> None:
    """Collect the posts that are not here yet; they are published unless it says that they are not."""
    findings, made = intake.findings, list[Post]()
    for row in data.of(Kind.POSTS):
        fields = Fields(row)
        author = owners.owner(fields, "author")
        created_at, updated_at = fields.moment("created_at"), fields.moment("updated_at")
        try:
            post = Post.create(
                id=0,
                author_id=0 if author is None else author.id,
                title=fields.text("title"),
                content=fields.text("content"),
                is_published=fields.flag("is_published", default=True),
                at=created_at or intake.at,
            )
            refuse(*fields.faults)
        except Invalid as error:
            findings.refuse(Kind.POSTS, row, dict.fromkeys((*fields.faults, *error.faults)))
            continue
        if here.take(post.author_id, post.title, created_at):
            findings.known[Kind.POSTS] += 1
        else:
            post_id = await intake.next_id(intake.uow.posts)
            made.append(replace(post, id=post_id, updated_at=latest(post.created_at, updated_at)))
    for post in made:
        intake.uow.posts.add(post)
    intake.tell(post_created(post, actor=None) for post in made)
    findings.added[Kind.POSTS] += len(made)
