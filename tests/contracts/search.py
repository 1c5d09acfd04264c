"""What every repository of searches owes.

Needs the fixture `units_of_work`, which opens units of work on an empty store.
"""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.paging import PageRequest, Position
from application.ports.cheats import CheatFilter, CheatSort
from application.ports.posts import PostFilter, PostSort
from application.ports.search import SearchFilter, SearchHit, SearchKind, SearchSort
from application.ports.tasks import TaskFilter, TaskSort
from application.ports.unit_of_work import UnitsOfWork
from domain.text import fold, normalised
from domain.users import Role, User
from tests.contracts.hostile import LONGEST_CODE, LONGEST_DESCRIPTION, LONGEST_NOTES, TEXTS, settings
from tests.contracts.post_sample import a_kept_post
from tests.contracts.sample import (
    DAY,
    GREATEST_ID,
    NOON,
    a_cheat,
    a_kept_cheat,
    a_kept_task,
    a_kept_user,
    a_task,
    a_user,
    keep,
)

BEST_FIRST = PageRequest(SearchSort.RELEVANCE)
# Has written nothing.
NOBODY = a_user(GREATEST_ID)


async def found(
    units_of_work: UnitsOfWork,
    text: str,
    *kinds: SearchKind,
    request: PageRequest[SearchSort] = BEST_FIRST,
    viewer: User = NOBODY,
) -> list[SearchHit]:
    """Return everything that a search of this viewer's finds, read page by page."""
    wanted = SearchFilter(tuple(fold(text).split()), frozenset(kinds))
    hits: list[SearchHit] = []
    while True:
        async with units_of_work() as uow:
            page = await uow.search.page(wanted, request, viewer=viewer)
        hits.extend(page.items)
        assert len(page.items) <= request.limit
        assert page.total is None
        if page.next is None:
            return hits
        request = replace(request, after=page.next)


def named(hits: list[SearchHit]) -> list[str]:
    """Return the kinds and titles of hits, in their order."""
    return [f"{hit.kind} {hit.title}" for hit in hits]


@pytest.mark.anyio
class SearchContract:
    """Searching finds what the lists of each kind find, in one order."""

    async def test_a_hit_is_all_there_is_to_say_of_it(self, units_of_work: UnitsOfWork) -> None:
        ada = await a_kept_user(units_of_work)
        task = await a_kept_task(units_of_work, ada, "Plant a Tree", description="With\nsoil")
        bare = await a_kept_task(units_of_work, ada, "Buy plants", at=NOON - DAY)
        cheat = await a_kept_cheat(units_of_work, ada, "Café", notes="A plant", code="plant()", at=NOON + DAY)
        post = await a_kept_post(units_of_work, ada, "Garden", content="We have a new plant.")
        assert await found(units_of_work, "plant") == [
            SearchHit(SearchKind.TASK, task.id, "Plant a Tree", ("With\nsoil",), 3, NOON),
            SearchHit(SearchKind.TASK, bare.id, "Buy plants", ("",), 2, NOON - DAY),
            SearchHit(SearchKind.CHEAT, cheat.id, "Café", ("A plant", "plant()"), 0, NOON + DAY),
            SearchHit(SearchKind.POST, post.id, "Garden", ("We have a new plant.",), 0, NOON),
        ]

    async def test_nothing_is_found_where_there_is_nothing(self, units_of_work: UnitsOfWork) -> None:
        assert await found(units_of_work, "plant") == []

    @pytest.mark.parametrize(
        ("kinds", "expected"),
        [
            ((), ["task plant", "post plant", "cheat plant"]),
            ((SearchKind.TASK,), ["task plant"]),
            ((SearchKind.CHEAT,), ["cheat plant"]),
            ((SearchKind.POST,), ["post plant"]),
            ((SearchKind.TASK, SearchKind.CHEAT), ["task plant", "cheat plant"]),
            ((SearchKind.POST, SearchKind.CHEAT), ["post plant", "cheat plant"]),
        ],
    )
    async def test_only_the_kinds_that_are_wanted_are_found(
        self, units_of_work: UnitsOfWork, kinds: tuple[SearchKind, ...], expected: list[str]
    ) -> None:
        ada = await a_kept_user(units_of_work)
        await a_kept_cheat(units_of_work, ada, "plant")
        await a_kept_task(units_of_work, ada, "plant")
        await a_kept_post(units_of_work, ada, "plant")
        assert named(await found(units_of_work, "plant", *kinds)) == expected

    async def test_drafts_are_found_by_their_authors_and_by_admins(self, units_of_work: UnitsOfWork) -> None:
        ada, bob = await a_kept_user(units_of_work), await a_kept_user(units_of_work)
        await a_kept_post(units_of_work, ada, "plants: a draft", is_published=False)
        await a_kept_post(units_of_work, bob, "plants: a post")
        for viewer in (bob, replace(bob, role=Role.MANAGER), NOBODY):
            assert named(await found(units_of_work, "plants", viewer=viewer)) == ["post plants: a post"]
        for viewer in (ada, replace(bob, role=Role.ADMIN)):
            assert len(await found(units_of_work, "plants", viewer=viewer)) == 2

    async def test_every_word_must_be_somewhere_in_one_thing(self, units_of_work: UnitsOfWork) -> None:
        ada = await a_kept_user(units_of_work)
        await a_kept_task(units_of_work, ada, "plant", description="a TREE")
        await a_kept_task(units_of_work, ada, "plant")
        await a_kept_cheat(units_of_work, ada, "plant", code="tree")
        await a_kept_cheat(units_of_work, ada, "tree", notes="shrub")
        assert named(await found(units_of_work, "tree plant")) == ["task plant", "cheat plant"]

    async def test_what_has_one_or_two_letters_is_looked_for_as_in_the_lists(
        self, units_of_work: UnitsOfWork
    ) -> None:
        ada = await a_kept_user(units_of_work)
        await a_kept_task(units_of_work, ada, "a transplanted tree")
        await a_kept_cheat(units_of_work, ada, "a transplanted tree")
        await a_kept_cheat(units_of_work, ada, "C# for trees")
        assert named(await found(units_of_work, "ns")) == ["task a transplanted tree"]
        assert named(await found(units_of_work, "c#")) == ["cheat C# for trees"]
        assert named(await found(units_of_work, "plant tr a")) == [
            "task a transplanted tree",
            "cheat a transplanted tree",
        ]

    @pytest.fixture
    async def full_of_letters(self, units_of_work: UnitsOfWork) -> UnitsOfWork:
        """How to open a unit of work on a store where nearly any short word is found somewhere."""
        ada = await a_kept_user(units_of_work)
        for title in ("ab c#", "abc cab", "a%b_c\\", "'a' ßab", "bac %", "c", "b ab\\b"):
            await a_kept_task(units_of_work, ada, title, description="cba # b%")
            await a_kept_task(units_of_work, ada, "b", description=title)
            await a_kept_post(units_of_work, ada, f"bbb {title}", content=f"{title} in a bag")
            await a_kept_cheat(units_of_work, ada, title, code="cba # b%")
            await a_kept_cheat(units_of_work, ada, "b", notes=title)
        return units_of_work

    @settings
    @given(text=st.lists(st.text("abc#%_\\'ß", min_size=1, max_size=3), min_size=1, max_size=3).map(" ".join))
    async def test_a_search_finds_what_the_lists_find(self, full_of_letters: UnitsOfWork, text: str) -> None:
        words = tuple(fold(text).split())
        async with full_of_letters() as uow:
            tasks = await uow.tasks.page(TaskFilter(words=words), PageRequest(TaskSort.CREATED_AT))
            cheats = await uow.cheats.page(
                CheatFilter(words=words), PageRequest(CheatSort.CREATED_AT), viewer_id=None
            )
            posts = await uow.posts.page(PostFilter(words=words), PageRequest(PostSort.CREATED_AT), viewer=NOBODY)
        expected = [(SearchKind.TASK, task.id) for task in tasks.items]
        expected += [(SearchKind.CHEAT, seen.cheat.id) for seen in cheats.items]
        expected += [(SearchKind.POST, each.post.id) for each in posts.items]
        hits = await found(full_of_letters, text)
        assert sorted((hit.kind, hit.id) for hit in hits) == sorted(expected)

    async def test_what_was_changed_is_found_as_it_is_now_and_what_was_removed_no_more(
        self, units_of_work: UnitsOfWork
    ) -> None:
        ada = await a_kept_user(units_of_work)
        task = await a_kept_task(units_of_work, ada, "old task")
        cheat = await a_kept_cheat(units_of_work, ada, "old cheat")
        gone = await a_kept_cheat(units_of_work, ada, "new, and gone")
        async with units_of_work() as uow:
            uow.tasks.save(replace(task, title="new task", version=2))
            uow.cheats.save(replace(cheat, code="new code", version=2))
            uow.cheats.remove(gone)
            await uow.commit()
        assert named(await found(units_of_work, "new")) == ["task new task", "cheat old cheat"]
        assert named(await found(units_of_work, "old")) == ["cheat old cheat"]

    @pytest.mark.parametrize("text", TEXTS)
    async def test_any_text_comes_back_as_it_was_kept(self, units_of_work: UnitsOfWork, text: str) -> None:
        ada = await a_kept_user(units_of_work)
        text = f"{normalised(text)} needle"
        await a_kept_task(units_of_work, ada, text, description=text)
        await a_kept_cheat(units_of_work, ada, text, notes=text, code=text)
        assert [(hit.title, hit.texts) for hit in await found(units_of_work, "needle")] == [
            (text, (text,)),
            (text, (text, text)),
        ]
        assert len(await found(units_of_work, text)) == (2 if fold(text).split() else 0)

    async def test_the_longest_texts_come_back_too(self, units_of_work: UnitsOfWork) -> None:
        ada = await a_kept_user(units_of_work)
        await a_kept_task(units_of_work, ada, "longest", description=LONGEST_DESCRIPTION)
        await a_kept_cheat(units_of_work, ada, "longest", notes=LONGEST_NOTES, code=LONGEST_CODE)
        assert [hit.texts for hit in await found(units_of_work, "longest")] == [
            (normalised(LONGEST_DESCRIPTION),),
            (normalised(LONGEST_NOTES), normalised(LONGEST_CODE)),
        ]

    @pytest.mark.parametrize("word", ["\0", "a\0b", "\ud800", "x" * 100_000])
    async def test_what_no_text_can_hold_is_found_nowhere(self, units_of_work: UnitsOfWork, word: str) -> None:
        await a_kept_cheat(units_of_work, await a_kept_user(units_of_work), "abc")
        for number in (None, 1):
            async with units_of_work() as uow:
                page = await uow.search.page(
                    SearchFilter((word,)), PageRequest(SearchSort.RELEVANCE, number=number), viewer=NOBODY
                )
            assert (page.items, page.next, page.total) == ((), None, None if number is None else 0)


@pytest.mark.anyio
class SearchOrderContract:
    """The best match is first; of equal ones what changed last, then by kind and id; pages cut this order."""

    async def test_a_hit_is_the_better_the_more_of_the_words_its_title_holds(
        self, units_of_work: UnitsOfWork
    ) -> None:
        ada = await a_kept_user(units_of_work)
        for title, text in (
            ("A tree", "plant"),
            ("A tree to plant", ""),
            ("Please plánt a tree", ""),
            ("PLANT A TREE", ""),
        ):
            await a_kept_cheat(units_of_work, ada, f"{title} (cheat)", notes=text)
            await a_kept_task(units_of_work, ada, f"{title} (task)", description=text)
        hits = await found(units_of_work, "plant a tree")
        assert [(hit.title, hit.score) for hit in hits] == [
            ("PLANT A TREE (task)", 1.0),
            ("PLANT A TREE (cheat)", 1.0),
            ("Please plánt a tree (task)", 0.75),
            ("Please plánt a tree (cheat)", 0.75),
            ("A tree to plant (task)", 0.5),
            ("A tree to plant (cheat)", 0.5),
            ("A tree (task)", 0.25),
            ("A tree (cheat)", 0.25),
        ]

    @pytest.fixture
    async def expected(self, units_of_work: UnitsOfWork) -> list[tuple[str, SearchKind, int]]:
        """What a search for a plant finds, the best first: many that are equally good, or changed at one time."""
        ada = await a_kept_user(units_of_work)
        moments = (NOON, NOON - timedelta(microseconds=1), NOON + DAY, NOON.replace(year=1), NOON)
        places: list[tuple[int, object, SearchKind, int]] = []
        for relevance, title in ((3, "plant"), (2, "a plant"), (0, "tree")):
            for at in moments:
                async with units_of_work() as uow:
                    task = a_task(await uow.tasks.next_id(), ada, title, description="plant", at=at)
                    cheat = a_cheat(await uow.cheats.next_id(), ada, title, code="plant", at=at)
                await keep(units_of_work, task, cheat)
                places += [
                    (relevance, at, SearchKind.TASK, task.id),
                    (relevance, at, SearchKind.CHEAT, cheat.id),
                ]
        titles = {3: "plant", 2: "a plant", 0: "tree"}
        return [(titles[place[0]], place[2], place[3]) for place in sorted(places, reverse=True)]

    @pytest.mark.parametrize("limit", [1, 7, 30, 100])
    @pytest.mark.parametrize("descending", [True, False])
    async def test_every_hit_is_met_once_and_in_order_however_the_pages_are_cut(
        self,
        units_of_work: UnitsOfWork,
        expected: list[tuple[str, SearchKind, int]],
        limit: int,
        descending: bool,
    ) -> None:
        request = PageRequest(SearchSort.RELEVANCE, descending=descending, limit=limit)
        hits = await found(units_of_work, "plant", request=request)
        assert [(hit.title, hit.kind, hit.id) for hit in hits] == (expected if descending else expected[::-1])

    async def test_pages_by_number_are_the_same_and_count_all(
        self, units_of_work: UnitsOfWork, expected: list[tuple[str, SearchKind, int]]
    ) -> None:
        hits: list[SearchHit] = []
        for number in (1, 2, 3, 4, 5):
            async with units_of_work() as uow:
                page = await uow.search.page(
                    SearchFilter(("plant",)),
                    PageRequest(SearchSort.RELEVANCE, limit=8, number=number),
                    viewer=NOBODY,
                )
            assert page.total == len(expected) == 30
            hits.extend(page.items)
        assert [(hit.title, hit.kind, hit.id) for hit in hits] == expected

    async def test_a_list_goes_on_from_where_a_hit_was_though_it_is_gone(self, units_of_work: UnitsOfWork) -> None:
        ada = await a_kept_user(units_of_work)
        cheats = [await a_kept_cheat(units_of_work, ada, f"plant {number}") for number in range(3)]
        request = PageRequest(SearchSort.RELEVANCE, limit=2)
        async with units_of_work() as uow:
            page = await uow.search.page(SearchFilter(("plant",)), request, viewer=ada)
            assert isinstance(page.next, Position)
            uow.cheats.remove(cheats[1])
            await uow.commit()
        assert named(await found(units_of_work, "plant", request=replace(request, after=page.next))) == [
            "cheat plant 0"
        ]
