"""Lives of tasks: whatever several people do to them in whatever order, a simple model foretells it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from domain.errors import Forbidden, NotFound, Stale
from domain.events import SubjectType
from domain.tasks import Task, TaskChanges, TaskStatus
from domain.users import Role, User
from entrypoints.container import Container
from tests.contracts.http_service import Service
from tests.contracts.lives import Lives, Refusal
from tests.contracts.properties import for_all_lives

# Which of all there are: the rest of the division, so that there always is one.
some = st.integers(0, 23)
people = st.integers(0, 3)


@dataclass
class Foretold:
    """A task as the model has it, with what must stand in the log about it."""

    id: int
    creator: User
    title: str
    assignee: User | None
    status: TaskStatus = TaskStatus.TODO
    version: int = 1
    is_deleted: bool = False
    events: list[str] = field(default_factory=lambda: ["task.created"])


class TaskMachine(Lives):
    """A team at work on its tasks: two employees, a manager and an admin."""

    def __init__(self, container: Container, team: Sequence[User]) -> None:
        super().__init__(container)
        self.team = team
        self.tasks: list[Foretold] = []

    def one(self, number: int) -> Foretold:
        return self.tasks[number % len(self.tasks)]

    def person(self, number: int | None) -> User | None:
        return None if number is None else self.team[number]

    def has_tasks(self) -> bool:
        return bool(self.tasks)

    @rule(who=people, whose=st.none() | people, title=st.sampled_from("abc"))
    def somebody_creates(self, who: int, whose: int | None, title: str) -> None:
        actor, assignee = self.team[who], self.person(whose)
        refusal = None if self.may_assign(actor, assignee) else Forbidden
        assignee_id = None if assignee is None else assignee.id
        task = self.hear(lambda: self.at.create_task()(actor, title=title, assignee_id=assignee_id), refusal)
        if task is not None:
            self.tasks.append(Foretold(task.id, actor, title, assignee))

    @precondition(has_tasks)
    @rule(
        who=people, which=some, title=st.sampled_from("abc"), status=st.sampled_from(TaskStatus),
        behind=st.sampled_from([None, 0, 1]),
    )  # fmt: skip
    def somebody_changes(self, who: int, which: int, title: str, status: TaskStatus, behind: int | None) -> None:
        self.change(self.team[who], self.one(which), behind, title=title, status=status)

    @precondition(has_tasks)
    @rule(who=people, which=some, whose=st.none() | people, behind=st.sampled_from([None, 0, 1]))
    def somebody_assigns(self, who: int, which: int, whose: int | None, behind: int | None) -> None:
        self.change(self.team[who], self.one(which), behind, assignee=self.person(whose))

    def change(self, actor: User, task: Foretold, behind: int | None, **after: Any) -> None:
        """Let somebody make a change, to the version so far behind the present one or to whichever there is."""
        assignee: User | None = after.get("assignee", task.assignee)
        is_given_away = assignee is not task.assignee
        refusal: Refusal = None
        if task.is_deleted:
            refusal = NotFound
        elif not self.may_change(actor, task):
            refusal = Forbidden
        elif behind == 1:
            refusal = Stale
        elif is_given_away and not self.may_assign(actor, assignee):
            refusal = Forbidden
        wanted = {("assignee_id" if name == "assignee" else name): value for name, value in after.items()}
        if "assignee_id" in wanted:
            wanted["assignee_id"] = None if assignee is None else assignee.id
        self.hear(
            lambda: self.at.change_task()(
                actor,
                task_id=task.id,
                changes=TaskChanges(**wanted),
                if_version=None if behind is None else {task.version - behind},
            ),
            refusal,
        )
        if refusal is None and any(getattr(task, name) != value for name, value in after.items()):
            for name, value in after.items():
                setattr(task, name, value)
            task.version += 1
            task.events.append("task.updated")

    @precondition(has_tasks)
    @rule(who=people, which=some, behind=st.sampled_from([None, 0, 1]))
    def somebody_deletes(self, who: int, which: int, behind: int | None) -> None:
        actor, task = self.team[who], self.one(which)
        refusal: Refusal = None
        if task.is_deleted:
            refusal = NotFound
        elif actor is not task.creator and not actor.role.includes(Role.MANAGER):
            refusal = Forbidden
        elif behind == 1:
            refusal = Stale
        version = None if behind is None else {task.version - behind}
        self.hear(lambda: self.at.delete_task()(actor, task_id=task.id, if_version=version), refusal)
        if refusal is None:
            task.is_deleted = True
            task.events.append("task.deleted")

    @precondition(has_tasks)
    @rule(who=people, which=some)
    def somebody_reads(self, who: int, which: int) -> None:
        self.compare(self.team[who], self.one(which))

    def compare(self, reader: User, task: Foretold) -> None:
        """Read a task, which must be as the model has it, or gone."""
        read: Task | None = self.hear(
            lambda: self.at.get_task()(reader, task_id=task.id), NotFound if task.is_deleted else None
        )
        if read is not None:
            assert (read.title, read.status, read.version) == (task.title, task.status, task.version)
            assert read.assignee_id == (None if task.assignee is None else task.assignee.id)

    def teardown(self) -> None:
        """Compare everything with the model: states and versions, and each change's one event."""
        for task in self.tasks:
            self.compare(self.team[0], task)
            assert self.events_of(SubjectType.TASK, task.id) == task.events

    @staticmethod
    def may_assign(actor: User, assignee: User | None) -> bool:
        return assignee in (None, actor) or actor.role.includes(Role.MANAGER)

    @staticmethod
    def may_change(actor: User, task: Foretold) -> bool:
        return actor in (task.creator, task.assignee) or actor.role.includes(Role.MANAGER)


@pytest.mark.anyio
class TaskLivesContract:
    """Tasks, through whatever they live."""

    lives = 60

    async def test_whatever_becomes_of_tasks_was_foretold(self, service: Service) -> None:
        """Only who may changes them, none changes an old version, each change is one version and one event."""
        roles = {"ann": Role.EMPLOYEE, "ben": Role.EMPLOYEE, "meg": Role.MANAGER, "root": Role.ADMIN}
        team = [
            await service.container.create_user()(None, username=name, password="a good password", role=role)
            for name, role in roles.items()
        ]
        await for_all_lives(lambda: TaskMachine(service.container, team), lives=25, steps=30)
