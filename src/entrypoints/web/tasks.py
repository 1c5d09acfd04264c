"""Single tasks in a browser, with their forms."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, SkipValidation

from application.events import FindPlace
from application.ports.clock import Clock
from application.tasks import ChangeTask, CreateTask, DeleteTask, GetTask, check_may_change_task
from application.users import ListUsers, NameUsers
from domain.access import may_assign, may_change_task, may_delete_task
from domain.changes import ABSENT
from domain.errors import NotFound, Stale
from domain.tasks import Task, TaskChanges
from domain.users import User
from entrypoints.http.input import path_id
from entrypoints.web.answers import page, see_other
from entrypoints.web.board import BOARD, PRIORITIES, STATUSES, WORDS, people_of
from entrypoints.web.browser import Browser
from entrypoints.web.cookies import CookieJar, Flash, FlashKind
from entrypoints.web.forms import VersionForm, empty_form, read_form
from entrypoints.web.task_forms import (
    ChangeForm,
    TaskForm,
    assignees,
    merged_form,
    moved_on,
    new_form,
    shown_deadline,
    task_form,
)

_NEW, _EDIT = "tasks/new.html", "tasks/edit.html"
_GONE: Final = "This task was deleted meanwhile. What you wrote is still here: you can save it as a new task."
_STALE: Final = (
    "Someone changed this task while you had it open, so nothing was saved. What you wrote is still here: look at "
    "what they changed, then save again."
)


class TaskPageController(Controller):
    """`/tasks/{id}`: each by itself, and the forms that it is made and changed with."""

    path = BOARD

    @get("/new")
    async def show_new(
        self,
        browser: NamedDependency[SkipValidation[Browser]],
        list_users: NamedDependency[SkipValidation[ListUsers]],
        name_users: NamedDependency[SkipValidation[NameUsers]],
    ) -> Response[str]:
        """Show the form for a new task."""
        actor = browser.signed_in().user
        choices = await _choices(actor, None, list_users, name_users)
        form = empty_form(TaskForm, priority="medium", status="todo")
        return page(browser, _NEW, form=form, people=choices, words=WORDS)

    @post(status_code=303)
    async def create(
        self,
        request: Request[Any, Any, Any],
        browser: NamedDependency[SkipValidation[Browser]],
        cookie_jar: NamedDependency[SkipValidation[CookieJar]],
        create_task: NamedDependency[SkipValidation[CreateTask]],
        list_users: NamedDependency[SkipValidation[ListUsers]],
        name_users: NamedDependency[SkipValidation[NameUsers]],
    ) -> Response[Any]:
        """Keep a new task and show it."""
        actor = browser.signed_in().user
        choices = await _choices(actor, None, list_users, name_users)
        form = read_form(request, TaskForm, _NEW, people=choices, words=WORDS)
        task = await create_task(
            actor,
            title=form.title,
            description=form.description,
            priority=form.priority,
            status=form.status,
            deadline=form.moment(),
            assignee_id=form.assignee_id,
        )
        return see_other(_path(task), cookies=[cookie_jar.flash(Flash("The task is on the board."))])

    @get("/{task_id:str}")
    async def show(
        self,
        task_id: FromPath[str],
        browser: NamedDependency[SkipValidation[Browser]],
        get_task: NamedDependency[SkipValidation[GetTask]],
        name_users: NamedDependency[SkipValidation[NameUsers]],
        find_place: NamedDependency[SkipValidation[FindPlace]],
        clock: NamedDependency[SkipValidation[Clock]],
    ) -> Response[str]:
        """Show all of a task.

        Raises:
            NotFound: there is no such task.
        """
        actor, place = browser.signed_in().user, await find_place()
        task = await get_task(actor, task_id=path_id(task_id, "task"))
        return page(
            browser,
            "tasks/task.html",
            place=place,
            task=task,
            names=await name_users(user_ids=people_of([task])),
            is_overdue=task.is_overdue(clock.now()),
            may_change=may_change_task(actor, task),
            may_delete=may_delete_task(actor, task),
            words=WORDS,
        )

    @get("/{task_id:str}/edit")
    async def show_edit(
        self,
        task_id: FromPath[str],
        browser: NamedDependency[SkipValidation[Browser]],
        get_task: NamedDependency[SkipValidation[GetTask]],
        list_users: NamedDependency[SkipValidation[ListUsers]],
        name_users: NamedDependency[SkipValidation[NameUsers]],
        find_place: NamedDependency[SkipValidation[FindPlace]],
    ) -> Response[str]:
        """Show the form that a task is changed with.

        Raises:
            NotFound: there is no such task.
            Forbidden: it is not the reader's to change.
        """
        actor, place = browser.signed_in().user, await find_place()
        task = await get_task(actor, task_id=path_id(task_id, "task"))
        check_may_change_task(actor, task)
        choices = await _choices(actor, task, list_users, name_users)
        return page(
            browser, _EDIT, form=task_form(task), task=task, people=choices, place=place, meanwhile=(), words=WORDS
        )

    @post("/{task_id:str}", status_code=303)
    async def change(
        self,
        request: Request[Any, Any, Any],
        task_id: FromPath[str],
        browser: NamedDependency[SkipValidation[Browser]],
        cookie_jar: NamedDependency[SkipValidation[CookieJar]],
        get_task: NamedDependency[SkipValidation[GetTask]],
        change_task: NamedDependency[SkipValidation[ChangeTask]],
        list_users: NamedDependency[SkipValidation[ListUsers]],
        name_users: NamedDependency[SkipValidation[NameUsers]],
        find_place: NamedDependency[SkipValidation[FindPlace]],
    ) -> Response[Any]:
        """Keep a task as the form has it, if nobody changed it since; else show both versions."""
        actor, number = browser.signed_in().user, path_id(task_id, "task")
        place = await find_place()
        try:
            task = await get_task(actor, task_id=number)
        except NotFound:
            choices = await _choices(actor, None, list_users, name_users)
            form = read_form(request, TaskForm, _NEW, people=choices, words=WORDS)
            filled = replace(new_form(form), message=_GONE)
            return page(browser, _NEW, status=404, form=filled, people=choices, words=WORDS)
        choices = await _choices(actor, task, list_users, name_users)
        wanted = read_form(
            request, ChangeForm, _EDIT, task=task, people=choices, place=place, meanwhile=(), words=WORDS
        )
        is_same_deadline = (wanted.deadline or "") == shown_deadline(task)
        try:
            changed = await change_task(
                actor,
                task_id=number,
                changes=TaskChanges(
                    title=wanted.title,
                    description=wanted.description,
                    priority=wanted.priority,
                    status=wanted.status,
                    # The field holds minutes; what other programs have set may be finer.
                    deadline=ABSENT if is_same_deadline else wanted.moment(),
                    assignee_id=wanted.assignee_id,
                ),
                if_version={wanted.version},
            )
        except Stale:
            task = await get_task(actor, task_id=number)
            choices = await _choices(actor, task, list_users, name_users)
            return page(
                browser,
                _EDIT,
                status=412,
                form=replace(merged_form(wanted, task), message=_STALE),
                task=task,
                people=choices,
                place=place,
                meanwhile=_shown(task, moved_on(wanted, task), dict(choices)),
                words=WORDS,
            )
        return see_other(_path(changed), cookies=[cookie_jar.flash(Flash("Your changes are saved."))])

    @post("/{task_id:str}/delete", status_code=303)
    async def delete(
        self,
        request: Request[Any, Any, Any],
        task_id: FromPath[str],
        browser: NamedDependency[SkipValidation[Browser]],
        cookie_jar: NamedDependency[SkipValidation[CookieJar]],
        delete_task: NamedDependency[SkipValidation[DeleteTask]],
    ) -> Response[Any]:
        """Delete a task for good, if nobody changed it since.

        Raises:
            NotFound: there is no such task.
            Forbidden: it is not the reader's to delete.
        """
        actor, number = browser.signed_in().user, path_id(task_id, "task")
        form = read_form(request, VersionForm)
        try:
            await delete_task(actor, task_id=number, if_version={form.version})
        except Stale:
            told = Flash("Someone changed this task meanwhile, so it was not deleted.", FlashKind.FAILED)
            return see_other(f"{BOARD}/{number}", cookies=[cookie_jar.flash(told)])
        return see_other(BOARD, cookies=[cookie_jar.flash(Flash("The task is deleted."))])


def _path(task: Task) -> str:
    return f"{BOARD}/{task.id}"


async def _choices(
    actor: User, task: Task | None, list_users: ListUsers, name_users: NameUsers
) -> list[tuple[str, str]]:
    """Return whom the reader may give a task to, as the options of a field: id and name, nobody first."""
    others = [
        each for each in await assignees(actor, list_users) if each.id != actor.id and may_assign(actor, each.id)
    ]
    choices = [
        ("", "Nobody yet"),
        (str(actor.id), f"{actor.username} (you)"),
        *((str(each.id), each.username) for each in others),
    ]
    if task is not None and task.assignee_id is not None and str(task.assignee_id) not in dict(choices):
        names = await name_users(user_ids=[task.assignee_id])
        choices.append((str(task.assignee_id), names[task.assignee_id]))
    return choices


def _shown(task: Task, names: Iterable[str], people: Mapping[str, str]) -> list[tuple[str, str | datetime]]:
    """Return fields of a task for people to read: each one's label, and what it holds."""
    texts: dict[str, str | datetime] = {
        "title": task.title,
        "description": task.description or "None",
        "status": STATUSES[task.status],
        "priority": PRIORITIES[task.priority],
        "assigneeId": people[str(task.assignee_id or "")],
        "deadline": task.deadline or "None",
    }
    return [(TaskForm.labels[name], texts[name]) for name in names]
