"""What someone finds when they come in. Needs the fixture `service`."""

import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from domain.tasks import Task
from domain.users import Role, User
from entrypoints.web.dashboard import agendas
from tests.contracts.http_service import PASSWORD, Service
from tests.contracts.web_browser import LOGIN, Reader, at_a_browser, signed_in, tags
from tests.contracts.web_injection import SCRIPTS

DASHBOARD = "/dashboard"
PARTS = f"{DASHBOARD}/parts"


async def account_of(service: Service, username: str) -> User:
    """Return someone's account."""
    return await service.container.find_user()(username=username)


async def gets_task(service: Service, user: User, title: str, deadline: datetime | None = None) -> int:
    """Give someone a task and return its id."""
    task = await service.container.create_task()(user, title=title, deadline=deadline, assignee_id=user.id)
    return task.id


def texts(page: httpx.Response, tag: str) -> list[str]:
    """Return what stands in the elements of this kind, without markup."""
    found = re.findall(rf"<{tag}\b[^>]*>(.*?)</{tag}>", page.text, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]*>", "", text).split()) for text in found]


def part(page: httpx.Response, name: str) -> str:
    """Return the text of one part of the dashboard."""
    return page.text.partition(f'id="part-{name}"')[2].partition("data-part")[2].partition("data-part")[0]


@pytest.mark.anyio
class DashboardContract:
    """`/dashboard`."""

    async def test_one_lands_there_after_signing_in_and_comes_back_to_it(self, service: Service) -> None:
        reader = await signed_in(service, "dag")
        assert (await reader.http.get(LOGIN)).headers["location"] == DASHBOARD
        assert "Hello, dag" in texts(await reader.opens(DASHBOARD), "h1")

    @pytest.mark.parametrize("path", [DASHBOARD, PARTS])
    async def test_who_is_not_signed_in_is_asked_to(self, service: Service, path: str) -> None:
        answer = await at_a_browser(service).http.get(path)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith(LOGIN)

    async def test_whoever_is_new_is_told_what_to_do(self, service: Service) -> None:
        page = await (await signed_in(service, "dorte")).opens(DASHBOARD)
        assert "Nothing is waiting for you" in part(page, "tasks")
        assert "Your bag is empty" in part(page, "bag")
        links = {each["href"] for _, each in tags(page, "a")}
        assert {"/tasks", "/tasks/new", "/cheats", "/cheats/new", "/posts/new"} <= links

    async def test_my_open_tasks_stand_by_deadline_and_those_of_others_do_not(self, service: Service) -> None:
        reader = await signed_in(service, "dan")
        me, now = await account_of(service, "dan"), service.container.clock().now()
        other = await service.joins("dennis")
        await other.creates_task("Not mine", assigneeId=other.id)
        await gets_task(service, me, "Some time")
        await gets_task(service, me, "Far away", now + timedelta(days=30))
        await gets_task(service, me, "Soon", now + timedelta(days=2))
        await gets_task(service, me, "Too late", now - timedelta(days=2))
        page = await reader.opens(DASHBOARD)
        assert texts(page, "h3") == ["Overdue 1", "Within seven days 1", "Later 1", "Without a deadline 1"]
        mine = part(page, "tasks")
        found = [mine.index(title) for title in ("Too late", "Soon", "Far away", "Some time")]
        assert found == sorted(found)
        assert "Not mine" not in mine
        assert "1 overdue" in mine

    async def test_what_is_due_is_told_by_the_days_of_utc(self, service: Service) -> None:
        now, instant = datetime(2026, 3, 1, 12, tzinfo=UTC), timedelta(microseconds=1)
        midnight = datetime(2026, 3, 2, tzinfo=UTC)
        in_a_week = midnight + timedelta(days=6)
        deadlines = [now - instant, now, midnight - instant, midnight, in_a_week - instant, in_a_week, None]
        tasks = [Task.create(id=1, creator_id=1, title="Due", deadline=each, at=now) for each in deadlines]
        assert [(agenda.title, len(agenda.tasks)) for agenda in agendas(tasks, now=now)] == [
            ("Overdue", 1),
            ("Today", 2),
            ("Within seven days", 2),
            ("Later", 1),
            ("Without a deadline", 1),
        ]

    async def test_a_task_is_done_from_here_and_one_comes_back(self, service: Service) -> None:
        reader = await signed_in(service, "dina")
        task_id = await gets_task(service, await account_of(service, "dina"), "Nearly there")
        form = {"status": "done", "version": "1", "next": DASHBOARD}
        answer = await reader.sends(f"/tasks/{task_id}/status", form, form_at=DASHBOARD)
        assert (answer.status_code, answer.headers["location"]) == (303, DASHBOARD)
        assert "Nearly there" not in part(await reader.opens(DASHBOARD), "tasks")

    async def test_the_chart_is_a_table_that_says_the_same(self, service: Service) -> None:
        reader = await signed_in(service, "doris")
        for number in range(2):
            await gets_task(service, await account_of(service, "doris"), f"Counted {number}")
        team = part(await reader.opens(DASHBOARD), "team")
        rows = re.findall(r'<th scope="row">(.*?)</th>.*?<span class="bar-count">(.*?)</span>', team, re.DOTALL)
        assert ("doris", "2") in rows
        summary = await service.container.summarise_tasks()(await account_of(service, "doris"))
        counted = {re.sub(r"<[^>]*>", "", label): int(count) for label, count in rows}
        assert counted["To do"] == summary.by_status[next(iter(summary.by_status))]
        assert {"To do", "In progress", "Done"} <= set(counted)
        drawings = [each for name, each in tags(await reader.opens(DASHBOARD), "svg") if name == "svg"]
        assert all(each.get("aria-hidden") == "true" for each in drawings)

    async def test_a_status_in_the_chart_leads_to_its_tasks(self, service: Service) -> None:
        reader = await signed_in(service, "dida")
        await gets_task(service, await account_of(service, "dida"), "Listed")
        page = await reader.opens(DASHBOARD)
        links = [each["href"] for _, each in tags(page, "a") if each.get("id", "").startswith("chart-")]
        assert links == [f"/tasks/list?status={status}" for status in ("todo", "in_progress", "done")]

    async def test_my_bag_and_the_newest_posts_stand_there(self, service: Service) -> None:
        reader = await signed_in(service, "dora")
        me = await account_of(service, "dora")
        await service.container.create_cheat()(me, title="Undo a commit", code="git reset HEAD~1\n")
        await service.container.create_post()(
            me, title="We moved", content="To the third floor.", is_published=True
        )
        await service.container.create_post()(me, title="A secret draft", content="Not for anyone yet.")
        page = await reader.opens(DASHBOARD)
        assert "Undo a commit" in part(page, "bag")
        assert "git reset HEAD~1" in part(page, "bag")
        assert "We moved" in part(page, "posts")
        assert "A secret draft" not in page.text

    async def test_admins_let_newcomers_in_from_here_and_nobody_else_sees_them(self, service: Service) -> None:
        boss, other = await signed_in(service, "dea", role=Role.ADMIN), await signed_in(service, "dirk")
        await service.container.create_user()(None, username="waiting-dunja", password=PASSWORD, is_approved=False)
        newcomer = await account_of(service, "waiting-dunja")
        assert "waiting-dunja" not in (await other.opens(DASHBOARD)).text
        newcomers = part(await boss.opens(DASHBOARD), "newcomers")
        assert "waiting-dunja" in newcomers
        assert 'name="version" value="1"' in newcomers
        path = f"/admin/users/{newcomer.id}/approve"
        answer = await boss.sends(path, {"next": DASHBOARD, "version": "1"}, form_at=DASHBOARD)
        assert (answer.status_code, answer.headers["location"]) == (303, DASHBOARD)
        assert "Waiting for approval" not in (await boss.opens(DASHBOARD)).text
        assert (await account_of(service, "waiting-dunja")).is_approved

    async def test_its_script_gets_the_parts_as_they_are_now_and_leaves_messages_alone(
        self, service: Service
    ) -> None:
        reader = await signed_in(service, "ditte")
        task_id = await gets_task(service, await account_of(service, "ditte"), "Told of")
        form = {"status": "in_progress", "version": "1", "next": DASHBOARD}
        await reader.sends(f"/tasks/{task_id}/status", form, form_at=DASHBOARD)
        parts = await reader.opens(PARTS)
        assert "<html" not in parts.text
        assert "in progress" in part(parts, "tasks")
        ids = [each["id"] for _, each in tags(parts) if "data-part" in each]
        whole = await reader.opens(DASHBOARD)
        assert ids == [each["id"] for _, each in tags(whole) if "data-part" in each]
        assert "moved" in whole.text

    async def test_it_follows_from_before_it_was_read(self, service: Service) -> None:
        reader = await signed_in(service, "dyveke")
        place = await service.container.find_place()()
        (state,) = [each for _, each in tags(await reader.opens(DASHBOARD)) if "data-live" in each]
        assert state["role"] == "status"
        assert int(state["data-live"].removeprefix("/live?after=")) >= place

    @pytest.mark.parametrize("text", SCRIPTS)
    async def test_nothing_that_anyone_wrote_becomes_markup(self, service: Service, text: str) -> None:
        reader = await self._hostile(service)
        me = await account_of(service, "dolores")
        await gets_task(service, me, text)
        await service.container.create_cheat()(me, title=text, code=text)
        await service.container.create_post()(me, title=text, content=text * 3, is_published=True)
        page = await reader.opens(DASHBOARD)
        written = [each for name, each in tags(page) if name == "script" and "src" not in each]
        attributes = {attribute for _, each in tags(page) for attribute in each}
        assert written == []
        assert not {name for name in attributes if name.startswith("on")}
        assert not {name for name, each in tags(page, "img") if each.get("src") == "x"}

    async def _hostile(self, service: Service) -> Reader:
        reader = at_a_browser(service)
        if (await reader.signs_in("dolores")).status_code != 303:
            return await signed_in(service, "dolores")
        return reader
