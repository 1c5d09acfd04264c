"""What the HTTP surface owes those who look for tasks."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.users import Role
from tests.contracts.http_service import TASKS, Json, Person, Service, document, faults, items

NONE: set[str] = set()
PAST = "2020-01-01T00:00:00Z"


def titles(tasks: list[Json]) -> list[str]:
    """Return the titles of tasks, in their order."""
    return [task["title"] for task in tasks]


@pytest.fixture(scope="class")
async def team(service: Service, ada: Person, anyio_backend: str) -> dict[str, Person]:
    """Two people and the tasks between them, made in alphabetical order."""
    boss = await service.joins("boss", Role.MANAGER)
    soon = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    await ada.creates_task("alpha", priority="high", deadline=PAST)
    await ada.creates_task("Bravo", status="in_progress", assigneeId=ada.id, deadline=soon)
    await boss.creates_task("charlie", priority="low", status="done", assigneeId=ada.id, deadline=PAST)
    await boss.creates_task("Délta", description="100% of the _plants_ \\ all", assigneeId=boss.id)
    return {"ada": ada, "boss": boss}


@pytest.mark.anyio
class FilteringContract:
    """Which tasks a list holds."""

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("", {"alpha", "Bravo", "charlie", "Délta"}),
            ("status=todo", {"alpha", "Délta"}),
            ("status=pending", {"alpha", "Délta"}),
            ("status=todo,done", {"alpha", "charlie", "Délta"}),
            ("status=todo&status=done", {"alpha", "charlie", "Délta"}),
            ("priority=low,high", {"alpha", "charlie"}),
            ("priority=high&status=done", NONE),
            ("assigneeId=me", {"Bravo", "charlie"}),
            ("creatorId=me", {"alpha", "Bravo"}),
            ("creatorId=me&assigneeId=me", {"Bravo"}),
            ("overdue=true", {"alpha"}),
            ("overdue=false", {"alpha", "Bravo", "charlie", "Délta"}),
            ("deadlineBefore=2020-01-02T00:00:00Z", {"alpha", "charlie"}),
            ("deadlineBefore=2020-01-01T01:00:00%2B01:00", NONE),
            ("deadlineAfter=2020-01-01T00:00:00Z", {"Bravo"}),
            ("deadlineAfter=2019-01-01T00:00:00Z&deadlineBefore=2021-01-01T00:00:00Z", {"alpha", "charlie"}),
            ("q=BRAV", {"Bravo"}),
            ("q=delta", {"Délta"}),
            ("q=de%CC%81lta", {"Délta"}),
            ("q=plants+delta", {"Délta"}),
            ("q=%25", {"Délta"}),
            ("q=_", {"Délta"}),
            ("q=%5C", {"Délta"}),
            ("q=a%25a", NONE),
            ("q=alpha+%7C+bravo", NONE),
            ("q=%26%20!(:*", NONE),
            ("q=" + "+".join(["delta", *"delta", "plants", *"plants"]), {"Délta"}),
            ("q=" + "alpha+" * 30, {"alpha"}),
            ("q=" + "+".join([*"aldepr", *("alpha", "delta", "pra")]), NONE),
            ("q=a+b+c+d+e+f+g+h", NONE),
            ("q=", {"alpha", "Bravo", "charlie", "Délta"}),
            ("utm_source=letter", {"alpha", "Bravo", "charlie", "Délta"}),
            ("status=done&status=", {"charlie"}),
        ],
    )
    async def test_a_list_holds_what_meets_every_condition(
        self, team: dict[str, Person], query: str, expected: set[str]
    ) -> None:
        assert set(titles(await team["ada"].lists(query))) == expected

    async def test_people_are_meant_by_id_or_as_me(self, team: dict[str, Person]) -> None:
        ada, boss = team["ada"], team["boss"]
        for field in ("assigneeId", "creatorId"):
            assert await boss.lists(f"{field}=me") == await ada.lists(f"{field}={boss.id}")
        assert await ada.lists("assigneeId=9223372036854775807") == []

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("status=finished", {"status"}),
            ("status=todo,finished", {"status"}),
            ("priority=urgent", {"priority"}),
            ("assigneeId=you", {"assigneeId"}),
            ("assigneeId=0", {"assigneeId"}),
            ("assigneeId=-1", {"assigneeId"}),
            ("assigneeId=9223372036854775808", {"assigneeId"}),
            ("creatorId=10000000000000000000000", {"creatorId"}),
            ("creatorId=%D9%A1", {"creatorId"}),
            ("assigneeId=1e0", {"assigneeId"}),
            ("assigneeId=1.0", {"assigneeId"}),
            ("assigneeId=", {"assigneeId"}),
            ("overdue=perhaps", {"overdue"}),
            ("deadlineBefore=2026-01-01T00:00:00", {"deadlineBefore"}),
            ("deadlineAfter=tomorrow", {"deadlineAfter"}),
            ("deadlineAfter=1767225600", {"deadlineAfter"}),
            ("deadlineAfter=1e300", {"deadlineAfter"}),
            ("deadlineAfter=nan", {"deadlineAfter"}),
            ("q=%00", {"q"}),
            ("q=" + "x" * 201, {"q"}),
            ("q=a+b+c+d+e+f+g+h+i", {"q"}),
            ("q=" + "+".join("abcdefghijklmnopqrstuvwxyz0123456789"), {"q"}),
            ("sort=creatorId", {"sort"}),
            ("sort=", {"sort"}),
            ("sort=--title", {"sort"}),
            ("sort=title;drop", {"sort"}),
            ("sort=relevance", {"sort"}),
            ("limit=0", {"limit"}),
            ("limit=101", {"limit"}),
            ("limit=-1", {"limit"}),
            ("limit=ten", {"limit"}),
            ("limit=1e1", {"limit"}),
            ("limit=" + "9" * 5000, {"limit"}),
            ("page=0", {"page"}),
            ("page=x", {"page"}),
            ("page=" + "9" * 30, {"page"}),
            ("limit=0&sort=x&status=y&overdue=z&q=%00", {"limit", "sort", "status", "overdue", "q"}),
        ],
    )
    async def test_a_parameter_that_breaks_its_rule_is_refused_by_name(
        self, ada: Person, query: str, expected: set[str]
    ) -> None:
        assert set(faults(await ada.http.get(f"{TASKS}?{query}"))) == expected

    async def test_a_search_for_too_many_words_is_told_how_many_it_may_hold(self, ada: Person) -> None:
        refused = faults(await ada.http.get(f"{TASKS}?q=a+b+c+d+e+f+g+h+i"))
        assert refused == {"q": "may hold at most 8 different words"}

    @pytest.mark.parametrize(
        ("field", "moment", "count"),
        [
            ("deadlineBefore", "0001-01-01T00:00:00%2B23:59", 0),
            ("deadlineBefore", "9999-12-31T23:59:59-23:59", 3),
            ("deadlineAfter", "0001-01-01T00:00:00%2B23:59", 3),
            ("deadlineAfter", "9999-12-31T23:59:59-23:59", 0),
        ],
    )
    async def test_a_time_beyond_the_calendar_in_utc_compares_like_any_other(
        self, team: dict[str, Person], field: str, moment: str, count: int
    ) -> None:
        assert len(await team["ada"].lists(f"{field}={moment}")) == count

    async def test_the_summary_counts_by_every_aspect(self, team: dict[str, Person]) -> None:
        ada, boss = team["ada"], team["boss"]
        assert document(await ada.http.get(f"{TASKS}/summary")) == {
            "total": 4,
            "overdue": 1,
            "byStatus": {"todo": 2, "in_progress": 1, "done": 1},
            "byPriority": {"low": 1, "medium": 2, "high": 1},
            "byAssignee": [
                {"assigneeId": ada.id, "count": 2},
                {"assigneeId": boss.id, "count": 1},
                {"assigneeId": None, "count": 1},
            ],
        }


@pytest.mark.anyio
class SortingContract:
    """In what order a list comes."""

    @pytest.mark.parametrize(
        ("sort", "expected"),
        [
            ("", "Délta charlie Bravo alpha"),
            ("sort=createdAt", "alpha Bravo charlie Délta"),
            ("sort=-createdAt", "Délta charlie Bravo alpha"),
            ("sort=title", "alpha Bravo charlie Délta"),
            ("sort=-title", "Délta charlie Bravo alpha"),
            ("sort=priority", "charlie Bravo Délta alpha"),
            ("sort=-priority", "alpha Délta Bravo charlie"),
            ("sort=deadline", "alpha charlie Bravo Délta"),
            ("sort=-deadline", "Bravo charlie alpha Délta"),
            ("sort=title&sort=-title", "Délta charlie Bravo alpha"),
        ],
    )
    async def test_a_list_comes_in_the_order_asked_for(
        self, team: dict[str, Person], sort: str, expected: str
    ) -> None:
        assert titles(await team["ada"].lists(sort)) == expected.split()

    async def test_what_was_changed_last_is_first_by_change(self, service: Service) -> None:
        person = await service.joins("grace")
        tasks = [await person.creates_task(title) for title in ("one", "two", "three")]
        await person.http.patch(f"{TASKS}/{tasks[0]['id']}", json={"priority": "high"})
        assert titles(await person.lists("creatorId=me&sort=-updatedAt")) == ["one", "three", "two"]
        assert titles(await person.lists("creatorId=me&sort=updatedAt")) == ["two", "three", "one"]

    async def test_the_best_match_is_first_where_no_order_is_asked_for(self, service: Service) -> None:
        person = await service.joins("katherine")
        for title, description in [
            ("plant a tree", None),
            ("buy soil", "for every plant"),
            ("water the plants", None),
        ]:
            await person.creates_task(title, description=description)
        found = await person.lists("creatorId=me&q=plant")
        assert titles(found) == ["plant a tree", "water the plants", "buy soil"]
        newest = await person.lists("creatorId=me&q=plant&sort=-createdAt")
        assert titles(newest) == ["water the plants", "buy soil", "plant a tree"]

    async def test_a_short_word_within_another_counts_in_the_phrase_all_the_same(self, service: Service) -> None:
        person = await service.joins("dorothy")
        for title in ("plant a tree", "a plant, not a tree", "tree or plant"):
            await person.creates_task(title)
        found = await person.lists("creatorId=me&q=plant+a+tree")
        assert titles(found) == ["plant a tree", "tree or plant", "a plant, not a tree"]

    async def test_a_list_is_a_bare_array_without_versions(self, ada: Person) -> None:
        response = await ada.http.get(TASKS)
        assert isinstance(items(response), list)
        assert "etag" not in response.headers
        assert response.headers["cache-control"] == "no-store"
