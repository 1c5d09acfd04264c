"""Tasks over HTTP."""

from typing import Any

import msgspec
from litestar import Controller, HttpMethod, Request, Response, delete, get, post, route
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody, SkipValidation

from application.auth import Identity
from application.ports.clock import Clock
from application.ports.tasks import TaskFilter, TaskSort, TaskSummary
from application.tasks import ChangeTask, CreateTask, DeleteTask, GetTask, ListTasks, SummariseTasks
from domain.tasks import Task, TaskChanges, TaskStatus
from domain.users import User
from entrypoints.http.answers import Answer
from entrypoints.http.conditional import etag, expected_versions, versioned
from entrypoints.http.idempotency import Once
from entrypoints.http.input import path_id, read_query, set_fields
from entrypoints.http.paging import Cursors, page_headers, page_request
from entrypoints.http.task_structs import (
    StatusIn,
    SummaryByAssigneeOut,
    TaskChangesIn,
    TaskIn,
    TaskOut,
    TaskQuery,
    TaskSummaryOut,
)
from entrypoints.http.words import words_of

_SORTS = {
    "createdAt": TaskSort.CREATED_AT,
    "updatedAt": TaskSort.UPDATED_AT,
    "deadline": TaskSort.DEADLINE,
    "priority": TaskSort.PRIORITY,
    "title": TaskSort.TITLE,
}


def _query(request: Request[Any, Any, Any]) -> TaskQuery:
    return read_query(request, TaskQuery)


class TaskController(Controller):
    """`/tasks`."""

    path = "/tasks"
    tags = ("Tasks",)

    @get(
        summary="List tasks",
        dependencies={"task_query": Provide(_query, sync_to_thread=False)},
        opt={"query": TaskQuery},
    )
    async def list_tasks(
        self,
        request: Request[Any, Any, Any],
        identity: NamedDependency[SkipValidation[Identity]],
        task_query: NamedDependency[SkipValidation[TaskQuery]],
        list_tasks: NamedDependency[SkipValidation[ListTasks]],
        cursors: NamedDependency[SkipValidation[Cursors]],
        clock: NamedDependency[SkipValidation[Clock]],
    ) -> Response[tuple[TaskOut, ...]]:
        """Return the tasks that meet every condition, a page at a time."""
        wanted = _wanted(task_query, identity.user, clock)
        asked = page_request(
            request,
            task_query,
            cursors,
            sort=_sort(task_query, wanted),
            descending=_descending(task_query),
        )
        page = await list_tasks(identity.user, wanted=wanted, request=asked)
        return Answer(
            msgspec.convert(page.items, tuple[TaskOut, ...], from_attributes=True),
            headers=page_headers(request, asked, page, cursors),
        )

    @post(summary="Create a task")
    async def create_task(
        self,
        request: Request[Any, Any, Any],
        data: JSONBody[TaskIn],
        identity: NamedDependency[SkipValidation[Identity]],
        create_task: NamedDependency[SkipValidation[CreateTask]],
        once: NamedDependency[SkipValidation[Once]],
    ) -> Response[TaskOut]:
        """Create a task for oneself or for nobody yet; managers and admins give it to anyone."""
        return await once(
            request,
            lambda keep: create_task(
                identity.user,
                title=data.title,
                description=data.description,
                priority=data.priority,
                status=_status(data.status),
                deadline=data.deadline,
                assignee_id=data.assignee_id,
                keep=keep,
            ),
            _created,
        )

    @get("/summary", summary="Count tasks")
    async def summarise_tasks(
        self,
        identity: NamedDependency[SkipValidation[Identity]],
        summarise_tasks: NamedDependency[SkipValidation[SummariseTasks]],
    ) -> TaskSummaryOut:
        """Return how many tasks there are by status, by priority and by assignee, and how many are overdue."""
        return _summary_out(await summarise_tasks(identity.user))

    @get("/{task_id:str}", summary="Read a task")
    async def get_task(
        self,
        request: Request[Any, Any, Any],
        task_id: FromPath[str],
        identity: NamedDependency[SkipValidation[Identity]],
        get_task: NamedDependency[SkipValidation[GetTask]],
    ) -> Response[TaskOut | None]:
        """Return a task; with If-None-Match only if it has changed."""
        task = await get_task(identity.user, task_id=path_id(task_id, "task"))
        return versioned(request, _task_out(task), task.version)

    @route(
        "/{task_id:str}",
        http_method=[HttpMethod.PATCH, HttpMethod.PUT],
        summary="Change a task",
    )
    async def change_task(
        self,
        request: Request[Any, Any, Any],
        task_id: FromPath[str],
        data: JSONBody[TaskChangesIn],
        identity: NamedDependency[SkipValidation[Identity]],
        change_task: NamedDependency[SkipValidation[ChangeTask]],
    ) -> Response[TaskOut]:
        """Change the fields that are sent and no others; PUT and PATCH mean the same.

        With If-Match the change is made only to the version that was read.
        """
        fields = set_fields(data)
        if "status" in fields:
            fields["status"] = _status(fields["status"])
        task = await change_task(
            identity.user,
            task_id=path_id(task_id, "task"),
            changes=TaskChanges(**fields),
            if_version=expected_versions(request),
        )
        return Answer(_task_out(task), headers={"ETag": etag(task.version)})

    @delete("/{task_id:str}", summary="Delete a task")
    async def delete_task(
        self,
        request: Request[Any, Any, Any],
        task_id: FromPath[str],
        identity: NamedDependency[SkipValidation[Identity]],
        delete_task: NamedDependency[SkipValidation[DeleteTask]],
    ) -> None:
        """Delete a task for good."""
        await delete_task(identity.user, task_id=path_id(task_id, "task"), if_version=expected_versions(request))


def _created(task: Task) -> Answer[TaskOut]:
    return Answer(
        _task_out(task),
        status_code=201,
        headers={"Location": f"/api/v1/tasks/{task.id}", "ETag": etag(task.version)},
    )


def _task_out(task: Task) -> TaskOut:
    return msgspec.convert(task, TaskOut, from_attributes=True)


def _summary_out(summary: TaskSummary) -> TaskSummaryOut:
    return TaskSummaryOut(
        total=summary.total,
        overdue=summary.overdue,
        by_status=summary.by_status,
        by_priority=summary.by_priority,
        by_assignee=tuple(SummaryByAssigneeOut(*counted) for counted in summary.by_assignee),
    )


def _status(given: StatusIn) -> TaskStatus:
    return TaskStatus.TODO if given == "pending" else TaskStatus(given)


def _wanted(query: TaskQuery, actor: User, clock: Clock) -> TaskFilter:
    return TaskFilter(
        statuses=frozenset(_status(given) for given in query.status),
        priorities=frozenset(query.priority),
        assignee_id=actor.id if query.assignee_id == "me" else query.assignee_id,
        creator_id=actor.id if query.creator_id == "me" else query.creator_id,
        deadline_before=query.deadline_before,
        deadline_after=query.deadline_after,
        overdue_at=clock.now() if query.overdue else None,
        words=words_of(query.q),
    )


def _sort(query: TaskQuery, wanted: TaskFilter) -> TaskSort:
    if query.sort is None:
        return TaskSort.RELEVANCE if wanted.words else TaskSort.CREATED_AT
    return _SORTS[query.sort.removeprefix("-")]


def _descending(query: TaskQuery) -> bool:
    return query.sort is None or query.sort.startswith("-")
