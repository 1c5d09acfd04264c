"""Tasks in the hands of someone who reads pages and sends forms. Needs the fixture `service`."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

import httpx
import pytest

from domain.tasks import Task, TaskChanges, TaskStatus
from domain.users import Role
from tests.contracts.http_service import Service
from tests.contracts.web_browser import Reader, csrf_of, field, signed_in, tags
from tests.contracts.web_dashboard import account_of, texts
from tests.contracts.web_injection import SCRIPTS

BOARD = "/tasks"
LIST = f"{BOARD}/list"

_numbers = count(1)


async def someone(service: Service) -> Reader:
    """Give somebody whose name does not matter an account, and sign them in at a browser."""
    return await signed_in(service, f"someone-{next(_numbers)}")


async def a_task(service: Service, creator: str, title: str, **fields: Any) -> Task:
    """Give someone a task of their own making."""
    actor = await account_of(service, creator)
    return await service.container.create_task()(actor, title=title, **fields)


async def is_changed(service: Service, task: Task, by: str, changes: TaskChanges) -> Task:
    """Change a task behind the back of whoever has it open."""
    return await service.container.change_task()(await account_of(service, by), task_id=task.id, changes=changes)


async def stored(service: Service, by: str, task: Task) -> Task:
    """Return the task as it is kept."""
    return await service.container.get_task()(await account_of(service, by), task_id=task.id)


async def sends(reader: Reader, path: str, fields: dict[str, str], **headers: str) -> httpx.Response:
    """Send a form that stands on some page of this browser."""
    token = csrf_of(await reader.opens("/tasks/new"))
    return await reader.http.post(path, data={"csrf": token, **fields}, headers=headers)


def path_of(task: Task, action: str = "") -> str:
    """Return the address of a task's page, or of an action on it."""
    return f"{BOARD}/{task.id}{action}"


@pytest.mark.anyio
class TaskFormsContract:
    """Making, changing and deleting a task."""

    async def test_who_may_not_choose_among_all_is_told_who_may(self, service: Service) -> None:
        hint = "Managers and admins give tasks to anyone."
        employee = await signed_in(service, "maia")
        manager = await signed_in(service, "malu", role=Role.MANAGER)
        assert hint in texts(await employee.opens(f"{BOARD}/new"), "p")
        assert hint not in texts(await manager.opens(f"{BOARD}/new"), "p")

    async def test_a_task_is_made_read_changed_and_deleted(self, service: Service) -> None:
        reader = await signed_in(service, "mara")
        me = str((await account_of(service, "mara")).id)
        sent = {
            "title": "Repot the fig",
            "description": "first\r\n\r\n  second",
            "priority": "high",
            "status": "todo",
            "deadline": "2031-02-03T04:05",
            "assigneeId": me,
        }
        made = await sends(reader, BOARD, sent)
        assert made.status_code == 303, made.text
        path = made.headers["location"]
        page = await reader.opens(path)
        assert "first\n\n  second</div>" in page.text
        assert '<time datetime="2031-02-03T04:05:00+00:00">3 February 2031, 04:05 UTC</time>' in page.text
        edit = await reader.opens(f"{path}/edit")
        assert field(edit, "deadline")["value"] == "2031-02-03T04:05"
        assert [text for text in texts(edit, "label") if "Deadline" in text] == ["Deadline (UTC) (optional)"]
        assert {"high", "todo", me} == {each["value"] for _, each in tags(edit, "option") if "selected" in each}
        cleared = {"title": "Repot it", "version": "1", "priority": "low", "status": "done"}
        answer = await sends(reader, path, {**cleared, "description": "", "deadline": "", "assigneeId": ""})
        assert (answer.status_code, answer.headers["location"]) == (303, path)
        page = await reader.opens(path)
        assert "Your changes are saved." in page.text
        assert "No description." in page.text
        assert "Nobody yet" in page.text
        assert (await sends(reader, f"{path}/delete", {"version": "2"})).headers["location"] == BOARD
        assert (await reader.opens(path)).status_code == 404
        assert (await sends(reader, f"{path}/delete", {"version": "2"})).status_code == 404

    async def test_every_fault_stands_beside_its_field_and_the_rest_is_still_there(self, service: Service) -> None:
        reader = await signed_in(service, "nele")
        task = await a_task(service, "nele", "Nele's")
        for path, more in ((BOARD, {}), (path_of(task), {"version": "1"})):
            page = await sends(
                reader,
                path,
                {"title": " ", "description": "kept", "deadline": "tomorrow", "priority": "x", **more},
            )
            assert page.status_code == 422
            for name in ("title", "deadline", "priority"):
                assert field(page, name)["aria-invalid"] == "true"
            assert "\nkept</textarea>" in page.text
            assert field(page, "deadline")["value"] == "tomorrow"
        assert await stored(service, "nele", task) == task

    @pytest.mark.parametrize(
        "deadline",
        ["2026-02-30T10:00", "2026-01-01", "0000-01-01T00:00", "2026-01-01T25:00", "2026-W01-1T10:00", "\0"],
    )
    async def test_a_deadline_that_is_no_moment_is_a_fault(self, service: Service, deadline: str) -> None:
        reader = await someone(service)
        page = await sends(reader, BOARD, {"title": "x", "deadline": deadline})
        assert page.status_code == 422
        assert field(page, "deadline")["aria-invalid"] == "true"

    async def test_a_deadline_finer_than_its_field_survives_a_change_of_the_title(self, service: Service) -> None:
        reader = await signed_in(service, "petra")
        deadline = datetime(2031, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
        task = await a_task(service, "petra", "before", deadline=deadline)
        shown = field(await reader.opens(path_of(task, "/edit")), "deadline")["value"]
        sent = {"title": "after", "version": "1", "deadline": shown}
        assert (await sends(reader, path_of(task), sent)).status_code == 303
        after = await stored(service, "petra", task)
        assert (after.title, after.deadline) == ("after", deadline)

    async def test_who_was_slower_sees_both_versions_and_can_go_on(self, service: Service) -> None:
        reader = await signed_in(service, "quirina")
        task = await a_task(service, "quirina", "as it was")
        (seen,) = [
            each["value"]
            for _, each in tags(await reader.opens(path_of(task, "/edit")), "input")
            if each.get("name") == "seen"
        ]
        theirs = TaskChanges(title="as they want it", status=TaskStatus.DONE)
        await is_changed(service, task, "quirina", theirs)
        sent = {"title": "as I want it", "description": "long work", "version": "1", "seen": seen}
        page = await sends(reader, path_of(task), sent)
        assert page.status_code == 412
        assert field(page, "title")["value"] == "as I want it"
        assert "\nlong work</textarea>" in page.text
        assert texts(page, "dd") == ["as they want it", "Done"]
        assert "done" in {each["value"] for _, each in tags(page, "option") if "selected" in each}
        assert (await stored(service, "quirina", task)).title == "as they want it"
        (version,) = [each["value"] for _, each in tags(page, "input") if each.get("name") == "version"]
        assert (await sends(reader, path_of(task), {**sent, "version": version})).status_code == 303
        assert (await stored(service, "quirina", task)).title == "as I want it"
        await is_changed(service, task, "quirina", TaskChanges(title="once more"))
        assert (await sends(reader, path_of(task, "/delete"), {"version": version})).status_code == 303
        assert "so it was not deleted" in (await reader.opens(path_of(task))).text

    @pytest.mark.parametrize("seen", ["", "{", "[1]", '{"title": 1}', "[" * 10_000])
    async def test_without_what_was_seen_nothing_is_lost_either(self, service: Service, seen: str) -> None:
        name = f"quinn-{next(_numbers)}"
        reader = await signed_in(service, name)
        task = await a_task(service, name, "as it was")
        await is_changed(service, task, name, TaskChanges(title="as they want it"))
        sent = {"title": "as I want it", "version": "1", "seen": seen}
        page = await sends(reader, path_of(task), sent)
        assert page.status_code == 412
        assert field(page, "title")["value"] == "as I want it"
        assert texts(page, "dd")[0] == "as they want it"

    async def test_what_was_written_for_a_task_that_is_gone_can_become_a_new_one(self, service: Service) -> None:
        reader = await signed_in(service, "rosa")
        task = await a_task(service, "rosa", "gone soon")
        await service.container.delete_task()(await account_of(service, "rosa"), task_id=task.id)
        page = await sends(reader, path_of(task), {"title": "long work", "version": "1"})
        assert page.status_code == 404
        assert "deleted meanwhile" in page.text
        assert field(page, "title")["value"] == "long work"

    async def test_only_those_who_may_do_something_see_how_and_can(self, service: Service) -> None:
        creator, other = await signed_in(service, "sina"), await signed_in(service, "tilda")
        boss, theirs = await signed_in(service, "ursa", role=Role.MANAGER), await signed_in(service, "vroni")
        vroni = await account_of(service, "vroni")
        task = await service.container.create_task()(
            await account_of(service, "ursa"), title="given", assignee_id=vroni.id
        )
        for reader, may_change, may_delete in (
            (creator, False, False),
            (other, False, False),
            (theirs, True, False),
            (boss, True, True),
        ):
            page = await reader.opens(path_of(task))
            assert page.status_code == 200
            assert (path_of(task, "/edit") in page.text) is may_change
            assert (path_of(task, "/delete") in page.text) is may_delete
            assert ("may change this task" in page.text) is not may_change
            assert (await reader.opens(path_of(task, "/edit"))).status_code == (200 if may_change else 403)
            sent = {"title": "given", "assigneeId": str(vroni.id), "version": "1"}
            assert (await sends(reader, path_of(task), sent)).status_code == (303 if may_change else 403)
            if not may_delete:
                assert (await sends(reader, path_of(task, "/delete"), {"version": "1"})).status_code == 403
        for path in (BOARD, path_of(task), path_of(task, "/delete"), path_of(task, "/status")):
            forged = await boss.http.post(path, data={"title": "x", "version": "1", "status": "done"})
            assert forged.status_code == 403
        assert await stored(service, "ursa", task) == task

    async def test_managers_give_tasks_to_anyone_and_others_to_themselves(self, service: Service) -> None:
        worker, boss = await signed_in(service, "wanda"), await signed_in(service, "xenia", role=Role.MANAGER)
        wanda, xenia = await account_of(service, "wanda"), await account_of(service, "xenia")
        offered = {each["value"] for _, each in tags(await worker.opens(f"{BOARD}/new"), "option")}
        assert str(wanda.id) in offered
        assert str(xenia.id) not in offered
        refused = await sends(worker, BOARD, {"title": "x", "assigneeId": str(xenia.id)})
        assert refused.status_code == 403
        assert field(refused, "title")["value"] == "x"
        offered = {each["value"] for _, each in tags(await boss.opens(f"{BOARD}/new"), "option")}
        assert {str(wanda.id), str(xenia.id), ""} <= offered
        assert (await sends(boss, BOARD, {"title": "x", "assigneeId": str(wanda.id)})).status_code == 303

    async def test_whatever_is_written_is_markup_nowhere(self, service: Service) -> None:
        reader = await signed_in(service, "yara")
        plain = await a_task(service, "yara", "yara plain", description="plain")
        text = "".join(SCRIPTS)
        evil = await a_task(service, "yara", text[:255], description=text)
        for action in ("", "/edit", "/card"):
            kinds = {name for name, _ in tags(await reader.opens(path_of(plain, action)))}
            page = await reader.opens(path_of(evil, action))
            assert {name for name, _ in tags(page)} == kinds
            assert _foreign(page) == []
        for path in (f"{BOARD}?q=alert(1)", BOARD, LIST):
            assert _foreign(await reader.opens(path)) == []
        for hostile in SCRIPTS:
            searched = await reader.http.get(BOARD, params={"q": hostile, "assignee": hostile, "sort": hostile})
            assert searched.status_code == 200
            assert field(searched, "q")["value"] == hostile.strip()
            assert _foreign(searched) == []
        flashed = await sends(reader, path_of(evil, "/status"), {"status": "done", "version": "1"})
        assert flashed.status_code == 303
        assert _foreign(await reader.opens(BOARD)) == []

    @pytest.mark.parametrize("number", ["0", "-1", "x", "9223372036854775808", "1e3", "%00", "%F0%9F%9A%80"])
    async def test_what_is_no_task_is_not_found(self, service: Service, number: str) -> None:
        reader = await someone(service)
        token = csrf_of(await reader.opens("/tasks/new"))
        for action in ("", "/edit", "/card"):
            assert (await reader.opens(f"{BOARD}/{number}{action}")).status_code == 404
        for action in ("", "/status", "/delete"):
            sent = {"csrf": token, "title": "x", "status": "done", "version": "1"}
            assert (await reader.http.post(f"{BOARD}/{number}{action}", data=sent)).status_code == 404


def _foreign(page: httpx.Response) -> list[tuple[str, dict[str, str]]]:
    """Return the tags that no page of ours has: with handlers, with scripts or pictures from elsewhere."""
    return [
        (name, each)
        for name, each in tags(page)
        if any(attribute.startswith("on") for attribute in each)
        or (name == "script" and not each.get("src", "").startswith("/static/"))
        or (name == "img" and not each["src"].startswith("/static/"))
        or (name == "svg" and each.get("class") != "icon")
    ]
