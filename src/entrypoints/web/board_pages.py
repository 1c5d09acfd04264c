"""The task board in a browser, its cards for scripts, and the same tasks as a list."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypedDict

from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, SkipValidation

from application.events import FindPlace
from application.ports.clock import Clock
from application.tasks import ChangeTask, CreateTask, GetTask, ListTasks
from application.users import ListUsers, NameUsers
from domain.errors import Stale
from domain.tasks import Task, TaskChanges
from domain.users import User
from entrypoints.http.input import path_id, read_query
from entrypoints.http.paging import Cursors, page_request
from entrypoints.web.answers import fragment, page, see_other
from entrypoints.web.board import (
    BOARD,
    STATUSES,
    WORDS,
    BoardQuery,
    Card,
    Column,
    View,
    count_columns,
    people_of,
    read_columns,
    read_view,
)
from entrypoints.web.browser import Browser
from entrypoints.web.cookies import CookieJar, Flash, FlashKind
from entrypoints.web.forms import empty_form, read_form
from entrypoints.web.lists import pager
from entrypoints.web.redirects import local_path
from entrypoints.web.task_forms import MoveForm, QuickForm, assignees

_BOARD = "tasks/board.html"


class _Shown(TypedDict):
    """What the template of the board needs, but for the form on it."""

    columns: tuple[Column, ...]
    people: tuple[User, ...]
    place: int
    view: View
    words: Mapping[str, Mapping[Any, object]]


class BoardController(Controller):
    """`/tasks`: all of them at a glance."""

    path = BOARD

    @get()
    async def show_board(
        self,
        request: Request[Any, Any, Any],
        browser: NamedDependency[SkipValidation[Browser]],
        list_tasks: NamedDependency[SkipValidation[ListTasks]],
        list_users: NamedDependency[SkipValidation[ListUsers]],
        name_users: NamedDependency[SkipValidation[NameUsers]],
        find_place: NamedDependency[SkipValidation[FindPlace]],
        clock: NamedDependency[SkipValidation[Clock]],
    ) -> Response[Any]:
        """Show the tasks in a column for each status."""
        actor, view = browser.signed_in().user, read_view(request)
        view = replace(view, status=None)
        shown = await _board(actor, view, list_tasks, list_users, name_users, find_place, clock)
        return page(
            browser,
            _BOARD,
            # A script that asks for the board with other filters shows their short address.
            headers={"HX-Push-Url": view.path()} if "hx-request" in request.headers else None,
            form=empty_form(QuickForm),
            **shown,
        )

    @post("/quick", status_code=303)
    async def add(
        self,
        request: Request[Any, Any, Any],
        browser: NamedDependency[SkipValidation[Browser]],
        cookie_jar: NamedDependency[SkipValidation[CookieJar]],
        create_task: NamedDependency[SkipValidation[CreateTask]],
        list_tasks: NamedDependency[SkipValidation[ListTasks]],
        list_users: NamedDependency[SkipValidation[ListUsers]],
        name_users: NamedDependency[SkipValidation[NameUsers]],
        find_place: NamedDependency[SkipValidation[FindPlace]],
        clock: NamedDependency[SkipValidation[Clock]],
    ) -> Response[Any]:
        """Keep a new task of which there is only a title, such as this view shows; scripts get its card."""
        actor, view = browser.signed_in().user, replace(read_view(request), status=None)
        if is_scripted := "hx-request" in request.headers:
            form = read_form(request, QuickForm, "tasks/quick.html", view=view)
        else:
            shown = await _board(actor, view, list_tasks, list_users, name_users, find_place, clock)
            form = read_form(request, QuickForm, _BOARD, **shown)
        priority, assignee_id = view.started(actor)
        task = await create_task(actor, title=form.title, priority=priority, assignee_id=assignee_id)
        if is_scripted:
            return await _card(request, browser, task, name_users, clock)
        told = f"“{task.title[:80]}” is on the board."
        if not view.wanted(actor, clock.now(), None).includes(task):
            told += " These filters leave it out."
        # To the field, for the next one.
        return see_other(f"{view.path()}#title", cookies=[cookie_jar.flash(Flash(told))])

    @get("/list", opt={"query": BoardQuery})
    async def show_list(
        self,
        request: Request[Any, Any, Any],
        browser: NamedDependency[SkipValidation[Browser]],
        list_tasks: NamedDependency[SkipValidation[ListTasks]],
        list_users: NamedDependency[SkipValidation[ListUsers]],
        name_users: NamedDependency[SkipValidation[NameUsers]],
        cursors: NamedDependency[SkipValidation[Cursors]],
        clock: NamedDependency[SkipValidation[Clock]],
    ) -> Response[Any]:
        """Show the tasks one below the other, a page at a time: what the columns of the board leave out, too."""
        actor, view, now = browser.signed_in().user, read_view(request), clock.now()
        sort, descending = view.order(view.status)
        asked = page_request(request, read_query(request, BoardQuery), cursors, sort=sort, descending=descending)
        found = await list_tasks(actor, wanted=view.wanted(actor, now, view.status), request=asked)
        names = await name_users(user_ids=people_of(found.items))
        return page(
            browser,
            "tasks/list.html",
            cards=[Card.of(task, view, actor, names, now) for task in found.items],
            pager=pager(request, found, cursors),
            people=await assignees(actor, list_users),
            view=view,
            words=WORDS,
        )

    @get("/counts")
    async def count(
        self,
        request: Request[Any, Any, Any],
        browser: NamedDependency[SkipValidation[Browser]],
        list_tasks: NamedDependency[SkipValidation[ListTasks]],
        clock: NamedDependency[SkipValidation[Clock]],
    ) -> Response[dict[str, int]]:
        """Return how many tasks each column of a view holds, as JSON for the board's script."""
        actor = browser.signed_in().user
        counts = await count_columns(
            replace(read_view(request), status=None), actor, at=clock.now(), list_tasks=list_tasks
        )
        return Response(
            {status.value: count for status, count in counts.items()}, headers={"Cache-Control": "no-store"}
        )

    @get("/{task_id:str}/card")
    async def show_card(
        self,
        request: Request[Any, Any, Any],
        task_id: FromPath[str],
        browser: NamedDependency[SkipValidation[Browser]],
        get_task: NamedDependency[SkipValidation[GetTask]],
        name_users: NamedDependency[SkipValidation[NameUsers]],
        clock: NamedDependency[SkipValidation[Clock]],
    ) -> Response[Any]:
        """Return a task's card for the board's script; 204 without one where the view leaves the task out.

        Raises:
            NotFound: there is no such task.
        """
        actor = browser.signed_in().user
        task = await get_task(actor, task_id=path_id(task_id, "task"))
        return await _card(request, browser, task, name_users, clock)

    @post("/{task_id:str}/status", status_code=303)
    async def move(
        self,
        request: Request[Any, Any, Any],
        task_id: FromPath[str],
        browser: NamedDependency[SkipValidation[Browser]],
        cookie_jar: NamedDependency[SkipValidation[CookieJar]],
        get_task: NamedDependency[SkipValidation[GetTask]],
        change_task: NamedDependency[SkipValidation[ChangeTask]],
        name_users: NamedDependency[SkipValidation[NameUsers]],
        clock: NamedDependency[SkipValidation[Clock]],
    ) -> Response[Any]:
        """Move a task to another column, if nobody changed it since; scripts get its card as it is then.

        Raises:
            NotFound: there is no such task.
            Forbidden: it is not the mover's to change.
        """
        actor, number = browser.signed_in().user, path_id(task_id, "task")
        form = read_form(request, MoveForm)
        is_stale = False
        try:
            task = await change_task(
                actor, task_id=number, changes=TaskChanges(status=form.status), if_version={form.version}
            )
        except Stale:
            is_stale, task = True, await get_task(actor, task_id=number)
        if "hx-request" in request.headers:
            return await _card(request, browser, task, name_users, clock, is_stale=is_stale)
        title, where = task.title[:80], STATUSES[task.status]
        told = Flash(f"“{title}” moved to “{where}”.")
        if is_stale:
            told = Flash(
                f"Someone changed “{title}” meanwhile, so it was not moved. It is in “{where}” now.",
                FlashKind.FAILED,
            )
        return see_other(local_path(form.next or BOARD), cookies=[cookie_jar.flash(told)])


async def _board(
    actor: User,
    view: View,
    list_tasks: ListTasks,
    list_users: ListUsers,
    name_users: NameUsers,
    find_place: FindPlace,
    clock: Clock,
) -> _Shown:
    place = await find_place()
    return {
        "columns": await read_columns(view, actor, at=clock.now(), list_tasks=list_tasks, name_users=name_users),
        "people": await assignees(actor, list_users),
        "place": place,
        "view": view,
        "words": WORDS,
    }


async def _card(
    request: Request[Any, Any, Any],
    browser: Browser,
    task: Task,
    name_users: NameUsers,
    clock: Clock,
    *,
    is_stale: bool = False,
) -> Response[Any]:
    """Return a task's card: 412 where someone else was faster; 204 without it where the view leaves it out."""
    actor, view, now = browser.signed_in().user, replace(read_view(request), status=None), clock.now()
    if not is_stale and not view.wanted(actor, now, None).includes(task):
        return Response(None, status_code=204, headers={"Cache-Control": "no-store"})
    names = await name_users(user_ids=people_of([task]))
    card = Card.of(task, view, actor, names, now)
    return fragment(
        browser,
        "tasks/card.html",
        status=412 if is_stale else 200,
        card=card,
        is_stale=is_stale,
        view=view,
        words=WORDS,
    )
