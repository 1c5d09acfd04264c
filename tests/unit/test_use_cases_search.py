"""What can be done with everything at once: search it."""

from dataclasses import replace

import pytest

from adapters.memory.storage import InMemoryStorage
from application.paging import PageRequest
from application.ports.search import SearchFilter, SearchKind, SearchSort
from application.ports.unit_of_work import UnitsOfWork
from application.search import SearchEverything
from domain.errors import Invalid
from tests.contracts.sample import a_kept_cheat, a_kept_task, a_kept_user, fields

pytestmark = pytest.mark.anyio

REQUEST = PageRequest(SearchSort.RELEVANCE)


@pytest.fixture
def units_of_work() -> UnitsOfWork:
    return InMemoryStorage().unit_of_work


class TestSearchEverything:
    """Anyone signed in may search whatever they may read."""

    async def test_others_tasks_and_cheats_are_found_with_the_piece_of_text_that_shows_why(
        self, units_of_work: UnitsOfWork
    ) -> None:
        ada, bob = await a_kept_user(units_of_work), await a_kept_user(units_of_work)
        await a_kept_task(units_of_work, ada, "Plant a tree", description="Soil & <water>")
        await a_kept_task(units_of_work, ada, "Plant")
        await a_kept_cheat(units_of_work, ada, "Grow", notes="In spring", code="plant(tree)")
        page = await SearchEverything(units_of_work)(bob, wanted=SearchFilter(("plant",)), request=REQUEST)
        assert [(result.hit.kind, result.hit.title, result.snippet) for result in page.items] == [
            (SearchKind.TASK, "Plant", ""),
            (SearchKind.TASK, "Plant a tree", "Soil &amp; &lt;water&gt;"),
            (SearchKind.CHEAT, "Grow", "<mark>plant</mark>(tree)"),
        ]

    async def test_pages_go_on_and_count_as_the_store_says(self, units_of_work: UnitsOfWork) -> None:
        ada = await a_kept_user(units_of_work)
        for number in range(3):
            await a_kept_task(units_of_work, ada, f"Plant {number}")
        search, wanted = SearchEverything(units_of_work), SearchFilter(("plant",))
        first = await search(ada, wanted=wanted, request=replace(REQUEST, limit=2))
        rest = await search(ada, wanted=wanted, request=replace(REQUEST, after=first.next))
        assert [result.hit.title for result in (*first.items, *rest.items)] == ["Plant 2", "Plant 1", "Plant 0"]
        assert (first.total, rest.next) == (None, None)
        assert (await search(ada, wanted=wanted, request=replace(REQUEST, number=1))).total == 3

    async def test_a_search_for_nothing_is_refused(self, units_of_work: UnitsOfWork) -> None:
        ada = await a_kept_user(units_of_work)
        with pytest.raises(Invalid) as refusal:
            await SearchEverything(units_of_work)(ada, wanted=SearchFilter(()), request=REQUEST)
        assert fields(refusal.value.faults) == ["q"]
