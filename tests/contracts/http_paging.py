"""What the HTTP surface owes those who read long lists."""

import base64
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.contracts.http_service import TASKS, Json, Person, Service, faults, items, links, serving


async def walk(person: Person, target: str) -> list[list[Json]]:
    """Return every page from this one on, following the links to the next."""
    pages: list[list[Json]] = []
    while True:
        response = await person.http.get(target)
        assert response.status_code == 200, response.text
        pages.append(items(response))
        assert len(pages) < 100
        if "next" not in links(response):
            return pages
        target = links(response)["next"]


async def next_of(person: Person, target: str) -> str:
    """Return the target of a page's link to the next."""
    return links(await person.http.get(target))["next"]


def cursor_of(target: str) -> str:
    """Return the cursor in a link."""
    return parse_qs(urlsplit(target).query)["cursor"][0]


@pytest.fixture(scope="class")
async def reader(service: Service, ada: Person, anyio_backend: str) -> Person:
    """Someone with a list of twenty-five tasks, many of them alike."""
    deadlines = [None, "2026-03-01T12:00:00Z", "2026-03-02T12:00:00Z"]
    for number in range(25):
        await ada.creates_task(
            f"Plant {number // 3:02}",
            priority=("low", "medium", "high")[number % 3],
            deadline=deadlines[number % 3],
            description="été & hiver",
        )
    return ada


@pytest.mark.anyio
class KeysetContract:
    """Reading on from a cursor."""

    @pytest.mark.parametrize("limit", [1, 7, 24, 25, 26])
    async def test_following_the_links_shows_everything_once(self, reader: Person, limit: int) -> None:
        pages = await walk(reader, f"{TASKS}?limit={limit}")
        seen = [task["id"] for page in pages for task in page]
        assert seen == sorted(seen, reverse=True)
        assert len(seen) == 25
        assert [len(page) for page in pages[:-1]] == [limit] * (len(pages) - 1)
        assert pages[-1]

    @pytest.mark.parametrize("sort", ["createdAt", "updatedAt", "deadline", "priority", "title"])
    @pytest.mark.parametrize("sign", ["", "-"])
    async def test_every_order_is_the_same_in_pages_as_in_one(self, reader: Person, sort: str, sign: str) -> None:
        whole = await reader.lists(f"limit=100&sort={sign}{sort}")
        pages = await walk(reader, f"{TASKS}?limit=4&sort={sign}{sort}")
        assert [task for page in pages for task in page] == whole

    async def test_a_search_is_the_same_in_pages_as_in_one(self, reader: Person) -> None:
        whole = await reader.lists("limit=100&q=plant+%C3%A9t%C3%A9")
        pages = await walk(reader, f"{TASKS}?limit=4&q=plant+%C3%A9t%C3%A9")
        assert len(whole) == 25
        assert [task for page in pages for task in page] == whole

    async def test_twenty_is_a_page_where_nothing_else_is_said(self, reader: Person) -> None:
        assert [len(page) for page in await walk(reader, TASKS)] == [20, 5]

    async def test_a_link_keeps_the_filters_and_the_order(self, reader: Person) -> None:
        target = await next_of(reader, f"{TASKS}?limit=3&priority=low,high&q=%C3%A9t%C3%A9+%26&sort=title")
        kept = parse_qs(urlsplit(target).query)
        assert {name: kept[name] for name in ("limit", "priority", "q", "sort")} == {
            "limit": ["3"],
            "priority": ["low,high"],
            "q": ["été &"],
            "sort": ["title"],
        }

    async def test_links_name_the_current_prefix_whichever_was_asked(self, reader: Person) -> None:
        assert (await next_of(reader, "/api/tasks?limit=3")).startswith(f"{TASKS}?")

    async def test_the_size_of_a_page_may_change_on_the_way(self, reader: Person) -> None:
        cursor = cursor_of(await next_of(reader, f"{TASKS}?limit=3"))
        assert len(await reader.lists(f"limit=10&cursor={cursor}")) == 10

    async def test_no_total_is_counted_unasked(self, reader: Person) -> None:
        response = await reader.http.get(f"{TASKS}?limit=3")
        assert "x-total-count" not in response.headers
        assert set(links(response)) == {"next"}

    async def test_a_list_read_on_shows_no_task_twice_though_more_come_in(self, service: Service) -> None:
        person = await service.joins("writer")
        for number in range(4):
            await person.creates_task(f"old {number}")
        target = await next_of(person, f"{TASKS}?creatorId=me&limit=2")
        await person.creates_task("new")
        rest = [task["title"] for page in await walk(person, target) for task in page]
        assert rest == ["old 1", "old 0"]

    @pytest.mark.parametrize("place", [0, 10, 30, -1])
    async def test_a_cursor_with_a_changed_letter_is_refused(self, reader: Person, place: int) -> None:
        cursor = cursor_of(await next_of(reader, f"{TASKS}?limit=3"))
        letters = list(cursor)
        letters[place] = "A" if letters[place] != "A" else "B"
        assert set(faults(await reader.http.get(f"{TASKS}?cursor={''.join(letters)}"))) == {"cursor"}

    @pytest.mark.parametrize("length", [0, 1, 5, 16, 22, -2, -1])
    async def test_a_cursor_cut_short_is_refused(self, reader: Person, length: int) -> None:
        cursor = cursor_of(await next_of(reader, f"{TASKS}?limit=3"))[:length]
        assert set(faults(await reader.http.get(f"{TASKS}?cursor={cursor}"))) == {"cursor"}

    @pytest.mark.parametrize(
        "cursor",
        ["garbage", "%00", "%FF", "=", "====", "..", "é", "A" * 16_384, "A" * 16_385, "MTIz", "%20"],
    )
    async def test_what_never_was_a_cursor_is_refused(self, reader: Person, cursor: str) -> None:
        assert set(faults(await reader.http.get(f"{TASKS}?cursor={cursor}"))) == {"cursor"}

    async def test_a_cursor_is_spelled_in_one_way_only(self, reader: Person) -> None:
        cursor = cursor_of(await next_of(reader, f"{TASKS}?limit=3"))
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        for other in (f"{cursor}=", f"{cursor}==", f"{cursor}%0A", base64.urlsafe_b64encode(raw + b"x").decode()):
            assert set(faults(await reader.http.get(f"{TASKS}?cursor={other}"))) == {"cursor"}

    @pytest.mark.parametrize("query", ["sort=title", "status=todo", "q=plant", "creatorId=me", "overdue=true"])
    async def test_a_cursor_serves_the_list_it_came_from_alone(self, reader: Person, query: str) -> None:
        cursor = cursor_of(await next_of(reader, f"{TASKS}?limit=3"))
        assert set(faults(await reader.http.get(f"{TASKS}?{query}&cursor={cursor}"))) == {"cursor"}

    async def test_a_cursor_of_another_installation_is_refused(
        self, reader: Person, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        other_key = {"SECRET_KEY": "another key of another installation"}
        async with serving(tmp_path_factory.mktemp("elsewhere"), other_key) as elsewhere:
            stranger = await elsewhere.joins("stranger")
            for number in range(3):
                await stranger.creates_task(f"theirs {number}")
            foreign = cursor_of(await next_of(stranger, f"{TASKS}?limit=1"))
        assert set(faults(await reader.http.get(f"{TASKS}?cursor={foreign}"))) == {"cursor"}


@pytest.mark.anyio
class PageModeContract:
    """Reading pages by number."""

    async def test_a_page_tells_the_total_and_its_neighbours(self, reader: Person) -> None:
        response = await reader.http.get(f"{TASKS}?limit=10&page=2&sort=title")
        assert response.headers["x-total-count"] == "25"
        assert len(items(response)) == 10
        assert {relation: parse_qs(urlsplit(target).query) for relation, target in links(response).items()} == {
            relation: {"limit": ["10"], "sort": ["title"], "page": [number]}
            for relation, number in (("first", "1"), ("prev", "1"), ("next", "3"), ("last", "3"))
        }

    async def test_the_first_page_has_none_before_it(self, reader: Person) -> None:
        assert set(links(await reader.http.get(f"{TASKS}?limit=10&page=1"))) == {"first", "next", "last"}

    async def test_the_last_page_has_none_after_it(self, reader: Person) -> None:
        response = await reader.http.get(f"{TASKS}?limit=10&page=3")
        assert len(items(response)) == 5
        assert set(links(response)) == {"first", "prev", "last"}

    async def test_a_page_behind_the_last_is_empty_and_leads_back(self, reader: Person) -> None:
        response = await reader.http.get(f"{TASKS}?limit=10&page=9")
        assert items(response) == []
        assert links(response)["prev"].endswith("page=3")
        assert "next" not in links(response)

    async def test_an_empty_list_has_one_page(self, reader: Person) -> None:
        response = await reader.http.get(f"{TASKS}?page=1&q=nothing-like-this")
        assert (items(response), response.headers["x-total-count"]) == ([], "0")
        assert set(links(response)) == {"first", "last"}

    async def test_pages_and_cursors_show_the_same_list(self, reader: Person) -> None:
        by_page = [task for number in (1, 2, 3) for task in await reader.lists(f"limit=10&page={number}")]
        by_cursor = [task for page in await walk(reader, f"{TASKS}?limit=10") for task in page]
        assert by_page == by_cursor

    @pytest.mark.parametrize(("limit", "deepest"), [(100, 100), (20, 500), (1, 10_000), (3, 3333)])
    async def test_a_page_too_deep_is_refused_with_advice(self, reader: Person, limit: int, deepest: int) -> None:
        assert (await reader.http.get(f"{TASKS}?limit={limit}&page={deepest}")).status_code == 200
        refused = faults(await reader.http.get(f"{TASKS}?limit={limit}&page={deepest + 1}"))
        assert set(refused) == {"page"}
        assert "Link" in refused["page"]

    async def test_a_page_and_a_cursor_do_not_go_together(self, reader: Person) -> None:
        target = await next_of(reader, f"{TASKS}?limit=3")
        assert set(faults(await reader.http.get(f"{target}&page=1"))) == {"page"}

    async def test_links_repeat_no_parameter_that_means_nothing(self, reader: Person) -> None:
        response = await reader.http.get(f"{TASKS}?limit=10&page=1&utm_source=x&sort=title")
        assert all("utm_source" not in target for target in links(response).values())
