"""The task board in the hands of someone who reads pages and sends forms. Needs the fixture `service`."""

import re
from datetime import UTC, datetime
from itertools import count

import httpx
import pytest

from application.paging import PageRequest
from application.ports.tasks import TaskFilter, TaskSort
from domain.tasks import TaskChanges, TaskPriority, TaskStatus
from domain.users import Role
from tests.contracts.http_service import Service
from tests.contracts.web_browser import LOGIN, at_a_browser, field, signed_in, tags
from tests.contracts.web_dashboard import account_of, texts
from tests.contracts.web_tasks import BOARD, LIST, a_task, is_changed, path_of, sends, someone, stored

SCRIPTED = {"HX-Request": "true"}
numbers = count(1)


def cards(page: httpx.Response) -> dict[str, list[str]]:
    """Return the titles on the board, by the column that they stand in."""
    columns = re.split(r'data-column="(\w+)"', page.text)[1:]
    return {
        status: re.findall(r"<h3>\s*<a[^>]*>(.*?)</a>", text)
        for status, text in zip(columns[::2], columns[1::2], strict=True)
    }


@pytest.mark.anyio
class BoardContract:
    """`/tasks`: all tasks at a glance."""

    async def test_each_task_stands_in_the_column_of_its_status_with_all_there_is_to_know(
        self, service: Service
    ) -> None:
        reader = await signed_in(service, "berta")
        mine = (await account_of(service, "berta")).id
        past = datetime(2020, 2, 3, 4, 5, tzinfo=UTC)
        await a_task(service, "berta", "berta late", deadline=past, assignee_id=mine)
        await a_task(service, "berta", "berta now", status=TaskStatus.IN_PROGRESS)
        await a_task(service, "berta", "berta over", status=TaskStatus.DONE, deadline=past)
        page = await reader.opens(f"{BOARD}?q=berta")
        assert cards(page) == {"todo": ["berta late"], "in_progress": ["berta now"], "done": ["berta over"]}
        late, now, over = (texts(page, "li")[each] for each in range(3))
        assert "Overdue 3 February 2020, 04:05 UTC" in late
        assert "berta · by berta" in late
        assert "Medium priority" in late
        assert "Nobody yet" in now
        assert "Overdue" not in now + over
        assert [text.split()[-2] for text in texts(page, "h2")] == ["1", "1", "1"]

    async def test_filters_narrow_the_columns_and_their_counts_and_stay_filled_in(self, service: Service) -> None:
        reader = await signed_in(service, "carla")
        me = await account_of(service, "carla")
        await a_task(service, "carla", "carla mine", assignee_id=me.id, priority=TaskPriority.HIGH)
        await a_task(service, "carla", "carla free", deadline=datetime(2020, 1, 1, tzinfo=UTC))
        for query, found in (
            ("assignee=me", ["carla mine"]),
            (f"assignee={me.id}", ["carla mine"]),
            ("assignee=nobody", ["carla free"]),
            ("priority=high", ["carla mine"]),
            ("overdue=true", ["carla free"]),
            ("sort=newest", ["carla free", "carla mine"]),
            ("sort=priority", ["carla mine", "carla free"]),
            ("sort=deadline&priority=&assignee=&status=", ["carla free", "carla mine"]),
        ):
            page = await reader.opens(f"{BOARD}?q=carla&{query}")
            assert cards(page)["todo"] == found, query
            assert texts(page, "h2")[0] == f"To do {len(found)} tasks"
            counts = await reader.http.get(f"{BOARD}/counts?q=carla&{query}")
            assert counts.json() == {"todo": len(found), "in_progress": 0, "done": 0}
        page = await reader.opens(f"{BOARD}?q=carla&assignee=nobody&priority=low")
        assert field(page, "q")["value"] == "carla"
        chosen = {each["value"] for _, each in tags(page, "option") if "selected" in each}
        assert chosen == {"nobody", "low", "deadline"}
        assert "No task fits" in page.text

    @pytest.mark.parametrize("path", [BOARD, LIST])
    async def test_whatever_is_filtered_can_be_shown_whole_again(self, service: Service, path: str) -> None:
        reader = await someone(service)
        for query in ("q=x", "assignee=me", "priority=low", "overdue=true"):
            page = await reader.opens(f"{path}?{query}")
            assert f'<a href="{path}">Clear filters</a>' in page.text
        assert "Clear filters" not in (await reader.opens(f"{path}?sort=newest")).text

    @pytest.mark.parametrize(
        "query",
        ["priority=x", "assignee=-1", "assignee=99999999999999999999", "assignee=٣", "sort=id", "overdue=1"],
    )
    async def test_filters_that_mean_nothing_are_left_alone(self, service: Service, query: str) -> None:
        reader = await someone(service)
        assert (await reader.opens(f"{BOARD}?{query}")).status_code == 200
        assert (await reader.opens(f"{LIST}?{query}")).status_code == 200

    @pytest.mark.parametrize("query", ["q=%00", "q=a+b+c+d+e+f+g+h+i", f"q={'a' * 201}"])
    async def test_what_cannot_be_looked_for_is_said_to_be(self, service: Service, query: str) -> None:
        reader = await someone(service)
        for path in (BOARD, LIST, f"{BOARD}/counts"):
            assert (await reader.opens(f"{path}?{query}")).status_code == 422

    @pytest.mark.parametrize(
        "path",
        [BOARD, LIST, f"{BOARD}/counts", f"{BOARD}/new", f"{BOARD}/1", f"{BOARD}/1/edit", f"{BOARD}/1/card"],
    )
    async def test_who_is_not_signed_in_is_asked_to(self, service: Service, path: str) -> None:
        answer = await at_a_browser(service).http.get(path)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith(LOGIN)

    async def test_the_list_leads_through_what_the_columns_leave_out(self, service: Service) -> None:
        reader = await signed_in(service, "dora")
        for number in range(25):
            await a_task(service, "dora", f"dora {number}", status=TaskStatus.DONE)
        board = await reader.opens(f"{BOARD}?q=dora")
        assert len(cards(board)["done"]) == 20
        (rest,) = [each["href"] for _, each in tags(board, "a") if "status=done" in each["href"]]
        first = await reader.opens(rest)
        (more,) = [each["href"] for _, each in tags(first, "a") if each.get("rel") == "next"]
        second = await reader.opens(more)
        titles = {text for page in (first, second) for text in texts(page, "td") if text.startswith("dora ")}
        assert len(titles) == 25
        assert (await reader.opens(f"{LIST}?cursor=nonsense")).status_code == 422

    async def test_a_script_gets_the_short_address_of_what_it_shows(self, service: Service) -> None:
        reader = await someone(service)
        page = await reader.http.get(f"{BOARD}?q=&priority=high&assignee=&sort=deadline", headers=SCRIPTED)
        assert page.headers["hx-push-url"] == "/tasks?priority=high"


@pytest.mark.anyio
class MovingCardsContract:
    """From one column to the next, by buttons."""

    async def test_a_button_moves_the_card_and_leads_back_to_the_same_view(self, service: Service) -> None:
        reader = await signed_in(service, "emma")
        await a_task(service, "emma", "emma's task")
        for text, column in (
            ("Start", "in_progress"),
            ("Done", "done"),
            ("To do", "todo"),
        ):
            page = await reader.opens(f"{BOARD}?q=emma")
            given = {each.get("name"): each.get("value", "") for _, each in tags(page, "input")}
            (status,) = [
                each["value"]
                for each, label in zip(
                    [each for _, each in tags(page, "button") if each.get("name") == "status"],
                    [label for label in texts(page, "button") if label.endswith(": emma&#39;s task")],
                    strict=True,
                )
                if label.startswith(f"{text}:")
            ]
            (action,) = [each["action"] for _, each in tags(page, "form") if each["action"].endswith("/status")]
            sent = {name: given[name] for name in ("csrf", "version", "next") if name}
            answer = await reader.http.post(action, data={**sent, "status": status})
            assert (answer.status_code, answer.headers["location"]) == (303, f"{BOARD}?q=emma")
            page = await reader.opens(answer.headers["location"])
            assert cards(page)[column] == ["emma&#39;s task"]
            assert "moved to “" in page.text

    async def test_a_card_that_someone_else_has_changed_stays_where_it_is_now(self, service: Service) -> None:
        reader = await signed_in(service, "fina")
        task = await a_task(service, "fina", "fina's")
        after = await is_changed(service, task, "fina", TaskChanges(status=TaskStatus.DONE))
        sent = {"status": "in_progress", "version": "1", "next": BOARD}
        answer = await sends(reader, path_of(task, "/status"), sent)
        assert answer.headers["location"] == BOARD
        assert "meanwhile, so it was not moved. It is in “Done” now." in (await reader.opens(BOARD)).text
        scripted = await sends(reader, path_of(task, "/status"), sent, **SCRIPTED)
        assert scripted.status_code == 412
        assert 'data-status="done"' in scripted.text
        assert "Someone changed this meanwhile." in scripted.text
        assert await stored(service, "fina", task) == after

    async def test_a_script_gets_the_card_or_learns_that_the_view_leaves_it_out(self, service: Service) -> None:
        reader = await signed_in(service, "gina")
        task = await a_task(service, "gina", "gina's", deadline=datetime(2020, 1, 1, tzinfo=UTC))
        card = await reader.opens(path_of(task, "/card"))
        ((_, item),) = tags(card, "li")
        assert (item["data-id"], item["data-version"], item["data-status"]) == (str(task.id), "1", "todo")
        assert "<html" not in card.text
        for query, status in (("overdue=true", 200), ("q=gin", 200), ("q=other", 204), ("priority=low", 204)):
            assert (await reader.http.get(f"{path_of(task, '/card')}?{query}")).status_code == status
        sent = {"status": "done", "version": "1"}
        moved = await sends(reader, f"{path_of(task, '/status')}?overdue=true", sent, **SCRIPTED)
        assert moved.status_code == 204
        assert (await stored(service, "gina", task)).status is TaskStatus.DONE
        assert (await reader.opens(f"{BOARD}/{2**62}/card")).status_code == 404

    async def test_only_those_who_may_move_a_card_have_buttons_for_it(self, service: Service) -> None:
        await signed_in(service, "hanna")
        task = await a_task(service, "hanna", "hanna's")
        other, manager = await signed_in(service, "ines"), await signed_in(service, "jana", role=Role.MANAGER)
        action = path_of(task, "/status")
        assert action not in (await other.opens(BOARD)).text
        assert action in (await manager.opens(BOARD)).text
        sent = {"status": "done", "version": "1"}
        assert (await sends(other, action, sent)).status_code == 403
        assert (await manager.http.post(action, data=sent)).status_code == 403
        assert (await stored(service, "hanna", task)).status is TaskStatus.TODO
        assert (await sends(manager, action, sent)).status_code == 303

    @pytest.mark.parametrize(
        "sent",
        [
            {},
            {"status": "done"},
            {"status": "x", "version": "1"},
            {"status": "done", "version": "x"},
            {"version": "0"},
        ],
    )
    async def test_what_is_no_move_moves_nothing(self, service: Service, sent: dict[str, str]) -> None:
        name = f"kira-{next(numbers)}"
        reader = await signed_in(service, name)
        task = await a_task(service, name, "kira's")
        assert (await sends(reader, path_of(task, "/status"), sent)).status_code == 422
        assert await stored(service, name, task) == task

    async def test_one_comes_back_to_pages_of_this_site_alone(self, service: Service) -> None:
        reader = await signed_in(service, "lena")
        task = await a_task(service, "lena", "lena's")
        sent = {"status": "done", "version": "1", "next": "//evil.example"}
        answer = await sends(reader, path_of(task, "/status"), sent)
        assert "evil" not in answer.headers["location"]


@pytest.mark.anyio
class QuickTasksContract:
    """Tasks written down by their titles alone, at the head of the first column."""

    async def test_a_title_is_enough_and_the_next_one_can_follow_in_the_same_view(self, service: Service) -> None:
        reader = await signed_in(service, "malin")
        (action,) = [
            each["action"]
            for _, each in tags(await reader.opens(f"{BOARD}?q=malin&sort=newest"), "form")
            if "/quick" in each["action"]
        ]
        for title in ("malin one", "malin two"):
            answer = await sends(reader, action, {"title": title})
            assert (answer.status_code, answer.headers["location"]) == (303, f"{BOARD}?q=malin&sort=newest#title")
        page = await reader.opens(f"{BOARD}?q=malin&sort=newest")
        assert cards(page)["todo"] == ["malin two", "malin one"]
        assert "“malin two” is on the board." in page.text
        assert "leave it out" not in page.text

    async def test_a_new_task_is_such_as_the_filters_ask_for_as_far_as_one_may(self, service: Service) -> None:
        reader, boss = await signed_in(service, "merle"), await signed_in(service, "milva", role=Role.MANAGER)
        merle, milva = await account_of(service, "merle"), await account_of(service, "milva")
        for who, query, assignee, is_left_out in (
            (reader, "assignee=me&priority=high", merle.id, False),
            (reader, "assignee=nobody&priority=high", None, False),
            (reader, f"assignee={milva.id}&priority=high", None, True),
            (boss, f"assignee={merle.id}&priority=high", merle.id, False),
            (boss, "overdue=true&priority=high", None, True),
        ):
            title = f"quick {next(numbers)}"
            answer = await sends(who, f"{BOARD}/quick?{query}", {"title": title})
            page = await who.opens(answer.headers["location"])
            assert (title in cards(page)["todo"]) is not is_left_out
            assert ("These filters leave it out." in page.text) is is_left_out
            (task,) = (
                await service.container.list_tasks()(
                    milva,
                    wanted=TaskFilter(words=tuple(title.split())),
                    request=PageRequest(TaskSort.CREATED_AT, descending=True, limit=1),
                )
            ).items
            assert (task.assignee_id, task.priority) == (assignee, TaskPriority.HIGH)

    @pytest.mark.parametrize("title", ["", "  ", "x" * 256, "a\0b"])
    async def test_a_fault_stands_beside_the_field_which_keeps_its_text(
        self, service: Service, title: str
    ) -> None:
        reader = await someone(service)
        page = await sends(reader, f"{BOARD}/quick?sort=newest", {"title": title})
        assert page.status_code == 422
        assert field(page, "title")["aria-invalid"] == "true"
        assert field(page, "title")["value"] == title.replace("\0", "\ufffd")
        assert [text for text in texts(page, "p") if text.startswith("Title ")]
        assert "<h1>Tasks</h1>" in page.text
        scripted = await sends(reader, f"{BOARD}/quick", {"title": title}, **SCRIPTED)
        assert scripted.status_code == 422
        assert "<html" not in scripted.text
        assert [text for text in texts(scripted, "p") if text.startswith("Title ")]

    async def test_a_script_gets_the_card_or_learns_that_the_view_leaves_it_out(self, service: Service) -> None:
        reader = await someone(service)
        made = await sends(reader, f"{BOARD}/quick", {"title": "scripted"}, **SCRIPTED)
        assert made.status_code == 200
        assert 'data-status="todo"' in made.text
        left_out = await sends(reader, f"{BOARD}/quick?q=other", {"title": "scripted"}, **SCRIPTED)
        assert left_out.status_code == 204

    async def test_nobody_else_can_send_it(self, service: Service) -> None:
        reader = await someone(service)
        assert (await reader.http.post(f"{BOARD}/quick", data={"title": "x"})).status_code == 403
