"""What can be done with tasks."""

from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime

from application.concurrency import again_while_stale
from application.idempotency import Keep
from application.paging import Page, PageRequest
from application.ports.clock import Clock
from application.ports.tasks import TaskFilter, TaskSort, TaskSummary
from application.ports.unit_of_work import UnitOfWork, UnitsOfWork
from domain.access import may_assign, may_change_task, may_delete_task
from domain.changes import ABSENT
from domain.errors import Fault, Forbidden, Invalid, NotFound, Stale
from domain.history import task_created, task_deleted, task_updated
from domain.tasks import Task, TaskChanges, TaskPriority, TaskStatus
from domain.users import User


@dataclass(frozen=True, slots=True)
class CreateTask:
    """Anyone signed in may create a task, for themselves or for nobody; managers and admins for anyone."""

    units_of_work: UnitsOfWork
    clock: Clock

    async def __call__(
        self,
        actor: User,
        *,
        title: str,
        description: str | None = None,
        priority: TaskPriority = TaskPriority.MEDIUM,
        status: TaskStatus = TaskStatus.TODO,
        deadline: datetime | None = None,
        assignee_id: int | None = None,
        keep: Keep[Task] | None = None,
    ) -> Task:
        """Keep a new task of the actor's and return it.

        Raises:
            Invalid: with every field that breaks its rule, or an assignee who is no active user.
            Forbidden: the assignee is another, and the actor is neither manager nor admin.
        """
        async with self.units_of_work() as uow:
            task = Task.create(
                id=await uow.tasks.next_id(),
                creator_id=actor.id,
                title=title,
                description=description,
                priority=priority,
                status=status,
                deadline=deadline,
                assignee_id=assignee_id,
                at=self.clock.now(),
            )
            await _check_assignment(actor, assignee_id, uow)
            uow.tasks.add(task)
            uow.events.add(task_created(task, actor=actor))
            if keep is not None:
                uow.kept_answers.add(keep(task))
            await uow.commit()
            return task


@dataclass(frozen=True, slots=True)
class GetTask:
    """Anyone signed in may read any task."""

    units_of_work: UnitsOfWork

    async def __call__(self, actor: User, *, task_id: int) -> Task:
        """Return the task.

        Raises:
            NotFound: there is none.
        """
        async with self.units_of_work() as uow:
            return await _existing(task_id, uow)


@dataclass(frozen=True, slots=True)
class ListTasks:
    """Anyone signed in may list all tasks."""

    units_of_work: UnitsOfWork

    async def __call__(self, actor: User, *, wanted: TaskFilter, request: PageRequest[TaskSort]) -> Page[Task]:
        """Return a page of the tasks that are wanted."""
        async with self.units_of_work() as uow:
            return await uow.tasks.page(wanted, request)


@dataclass(frozen=True, slots=True)
class SummariseTasks:
    """Anyone signed in may see how the team's tasks stand."""

    units_of_work: UnitsOfWork
    clock: Clock

    async def __call__(self, actor: User) -> TaskSummary:
        """Return counts over all tasks, as of now."""
        async with self.units_of_work() as uow:
            return await uow.tasks.summary(self.clock.now())


@dataclass(frozen=True, slots=True)
class ChangeTask:
    """A task's creator and assignee, managers and admins may change it."""

    units_of_work: UnitsOfWork
    clock: Clock

    async def __call__(
        self, actor: User, *, task_id: int, changes: TaskChanges, if_version: Container[int] | None = None
    ) -> Task:
        """Keep the changes and return the task as it is then.

        With `if_version` the change holds only if the task's version is among these; without it, it is made
        on top of whatever others changed meanwhile.

        Raises:
            NotFound: there is no such task.
            Forbidden: the task is not the actor's to change, or to give to this assignee.
            Stale: its version is none of `if_version`.
            Invalid: with every field that breaks its rule, or an assignee who is no active user.
        """

        async def attempt() -> Task:
            async with self.units_of_work() as uow:
                before = await _existing(task_id, uow)
                check_may_change_task(actor, before)
                _check_version(before, if_version)
                after = before.change(changes, at=self.clock.now())
                if after.assignee_id != before.assignee_id and changes.assignee_id is not ABSENT:
                    await _check_assignment(actor, after.assignee_id, uow)
                if after is not before:
                    uow.tasks.save(after)
                    uow.events.add(task_updated(before, after, actor=actor))
                    await uow.commit()
                return after

        return await again_while_stale(attempt) if if_version is None else await attempt()


@dataclass(frozen=True, slots=True)
class DeleteTask:
    """A task's creator, managers and admins may delete it."""

    units_of_work: UnitsOfWork
    clock: Clock

    async def __call__(self, actor: User, *, task_id: int, if_version: Container[int] | None = None) -> None:
        """Forget the task.

        Raises:
            NotFound: there is no such task.
            Forbidden: the task is not the actor's to delete.
            Stale: its version is none of `if_version`.
        """

        async def attempt() -> None:
            async with self.units_of_work() as uow:
                task = await _existing(task_id, uow)
                if not may_delete_task(actor, task):
                    raise Forbidden("Only a task's creator, managers and admins may delete it.")
                _check_version(task, if_version)
                uow.tasks.remove(task)
                uow.events.add(task_deleted(task, actor=actor, at=self.clock.now()))
                await uow.commit()

        return await again_while_stale(attempt) if if_version is None else await attempt()


def check_may_change_task(actor: User, task: Task) -> None:
    """Do nothing if the actor may change the task.

    Raises:
        Forbidden: they may not.
    """
    if not may_change_task(actor, task):
        raise Forbidden("Only a task's creator, its assignee, managers and admins may change it.")


async def _existing(task_id: int, uow: UnitOfWork) -> Task:
    task = await uow.tasks.get(task_id)
    if task is None:
        raise NotFound(f"There is no task {task_id}.")
    return task


def _check_version(task: Task, if_version: Container[int] | None) -> None:
    if if_version is not None and task.version not in if_version:
        raise Stale


async def _check_assignment(actor: User, assignee_id: int | None, uow: UnitOfWork) -> None:
    if not may_assign(actor, assignee_id):
        raise Forbidden("You may give a task to yourself or to nobody; managers and admins give it to anyone.")
    if assignee_id is None or assignee_id == actor.id:
        return
    assignee = await uow.users.get(assignee_id)
    if assignee is None or not assignee.may_enter:
        raise Invalid(Fault("assigneeId", "must be the id of an active user, or null for nobody"))
