"""What every repository of cheats owes when it lists them.

Needs the fixture `units_of_work`, which opens units of work on an empty store.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import cycle

import pytest
from hypothesis import strategies as st

from application.paging import Page, PageRequest
from application.ports.cheats import CheatFilter, CheatSort, SeenCheat
from application.ports.unit_of_work import UnitsOfWork
from domain.cheats import Cheat
from domain.taxonomy import Tag, TagKind
from domain.text import fold, starts
from domain.users import User
from tests.contracts.properties import for_all
from tests.contracts.sample import (
    FIRST_MOMENT,
    GREATEST_ID,
    LAST_MOMENT,
    NOON,
    a_cheat,
    a_kept_tag,
    a_kept_user,
    keep,
)

TICK = timedelta(microseconds=1)
EVERYTHING = CheatFilter()
TITLES = (
    *("banana", "Äpfel", "apfel", "APFEL", "a b", "ab", "a-b", "a_b", "_x", "~", "Zebra", "émile", "emil"),
    *("ß", "ss", "żaba", "10", "9", "\u0301", "\ue000", "🚀", "中", "Ωmega", "ωmega", " blank", "A", "á"),
    *("a" * 200, "a" * 199 + "b", "ﬃ" * 100 + "x", "ﬃ" * 100 + "y", "ﬃ" * 100 + "X"),
)
# What a Python list would be sorted by.
SORT_VALUES: dict[CheatSort, Callable[[Cheat], tuple[str | datetime, str | int]]] = {
    CheatSort.CREATED_AT: lambda cheat: (cheat.created_at, cheat.id),
    CheatSort.UPDATED_AT: lambda cheat: (cheat.updated_at, cheat.id),
    CheatSort.TITLE: lambda cheat: (fold(cheat.title), cheat.id),
    CheatSort.KEY: lambda cheat: (fold(cheat.title), cheat.key),
}
EVERY_ORDER = [(sort, descending) for sort in SORT_VALUES for descending in (False, True)]


async def _page(
    units_of_work: UnitsOfWork,
    request: PageRequest[CheatSort],
    wanted: CheatFilter = EVERYTHING,
    viewer_id: int | None = None,
) -> Page[SeenCheat]:
    async with units_of_work() as uow:
        return await uow.cheats.page(wanted, request, viewer_id=viewer_id)


async def _all(
    units_of_work: UnitsOfWork,
    request: PageRequest[CheatSort],
    wanted: CheatFilter = EVERYTHING,
    viewer_id: int | None = None,
) -> list[SeenCheat]:
    """Follow the cursors to the end."""
    seen: list[SeenCheat] = []
    while True:
        page = await _page(units_of_work, request, wanted, viewer_id)
        assert page.total is None
        seen.extend(page.items)
        if page.next is None:
            return seen
        assert len(page.items) == request.limit
        request = replace(request, after=page.next)


def _seen_by_nobody(cheats: list[Cheat]) -> list[SeenCheat]:
    return [SeenCheat(cheat, in_bag=False) for cheat in cheats]


def _in_order(cheats: list[Cheat], sort: CheatSort, *, descending: bool) -> list[Cheat]:
    return sorted(cheats, key=SORT_VALUES[sort], reverse=descending)


@dataclass(frozen=True, slots=True)
class Library:
    """Cheats that tie and differ in every field, in no order, and what they stand under."""

    users: list[User]
    platforms: list[Tag]
    topics: list[Tag]
    cheats: list[Cheat]
    bags: set[tuple[int, int]]

    def wanted(self, wanted: CheatFilter) -> list[Cheat]:
        """Return the cheats that meet every condition, found by looking at each."""
        found = self.cheats
        found = [cheat for cheat in found if wanted.platform_ids <= set(cheat.platform_ids)]
        found = [cheat for cheat in found if wanted.topic_ids <= set(cheat.topic_ids)]
        if wanted.owner_id is not None:
            found = [cheat for cheat in found if cheat.owner_id == wanted.owner_id]
        if wanted.in_bag_of is not None:
            found = [cheat for cheat in found if (wanted.in_bag_of, cheat.id) in self.bags]
        return [cheat for cheat in found if all(_holds(cheat, word) for word in wanted.words)]

    def filters(self) -> st.SearchStrategy[CheatFilter]:
        """Filters of any conditions, many of which some cheat meets."""
        ids = st.none() | st.sampled_from([user.id for user in self.users] + [GREATEST_ID])
        return st.builds(
            CheatFilter,
            platform_ids=_some_ids(self.platforms),
            topic_ids=_some_ids(self.topics),
            owner_id=ids,
            in_bag_of=ids,
            words=st.just(())
            | st.lists(st.sampled_from(["a", "ap", "fel", "pfe", "b", "-", "9"]), max_size=2).map(tuple),
        )


def _some_ids(tags: list[Tag]) -> st.SearchStrategy[frozenset[int]]:
    return st.frozensets(st.sampled_from([tag.id for tag in tags] + [GREATEST_ID]), max_size=3)


def _holds(cheat: Cheat, word: str) -> bool:
    text = "\n".join(map(fold, (cheat.title, cheat.notes, cheat.code)))
    return word in (text if len(word) > 2 else starts(text))


async def _library(units_of_work: UnitsOfWork) -> Library:
    users = [await a_kept_user(units_of_work) for _ in range(3)]
    platforms = [await a_kept_tag(units_of_work, TagKind.PLATFORM) for _ in range(3)]
    topics = [await a_kept_tag(units_of_work, TagKind.TOPIC) for _ in range(3)]
    owners, ticks = cycle(users[:2]), cycle([3, 1, 2, 1, 0])
    cheats: list[Cheat] = []
    bags: set[tuple[int, int]] = set()
    async with units_of_work() as uow:
        for number, title in enumerate(TITLES):
            cheat_id = await uow.cheats.next_id()
            # Each combination of tags turns up, and keys are in an order of their own.
            tags = [tag for bit, tag in enumerate(platforms + topics) if (number * 37 % 64) >> bit & 1]
            key = f"{number * 17 % len(TITLES):02}"
            cheat = a_cheat(cheat_id, next(owners), title, key=key, tags=tags, at=NOON + next(ticks) * TICK)
            cheats.append(replace(cheat, updated_at=NOON + next(ticks) * TICK))
            uow.cheats.add(cheats[-1])
            for place, user in enumerate(users):
                if (number >> place) % 2:
                    uow.cheats.put_in_bag(cheat_id, user_id=user.id)
                    bags.add((user.id, cheat_id))
        await uow.commit()
    return Library(users, platforms, topics, cheats, bags)


@pytest.mark.anyio
class CheatListContract:
    """Lists hold what is wanted, in the order wanted, and cursors lead through all of it."""

    @pytest.mark.parametrize(("sort", "descending"), EVERY_ORDER)
    async def test_cursors_lead_through_every_order_with_each_cheat_once(
        self, units_of_work: UnitsOfWork, sort: CheatSort, descending: bool
    ) -> None:
        cheats = (await _library(units_of_work)).cheats
        expected = _seen_by_nobody(_in_order(cheats, sort, descending=descending))
        for limit in (1, 4, len(cheats) - 1, len(cheats), 100):
            request = PageRequest(sort, descending=descending, limit=limit)
            assert await _all(units_of_work, request) == expected

    @pytest.mark.parametrize(("sort", "descending"), EVERY_ORDER)
    async def test_each_cheat_comes_once_also_when_others_come_and_go_meanwhile(
        self, units_of_work: UnitsOfWork, sort: CheatSort, descending: bool
    ) -> None:
        library = await _library(units_of_work)
        newcomers = [
            a_cheat(0, library.users[0], title, key=key, at=at)
            for title, key, at in (
                ("!", "0", FIRST_MOMENT),
                ("apfel", "m", NOON),
                ("\U0010ffff", "z", LAST_MOMENT),
            )
        ]
        request = PageRequest(sort, descending=descending, limit=5)
        seen: list[Cheat] = []
        while True:
            page = await _page(units_of_work, request)
            seen.extend(each.cheat for each in page.items)
            if page.next is None:
                break
            async with units_of_work() as uow:
                # Only for a while, or a walk towards the end that they are added to would have none.
                for newcomer in newcomers if len(seen) <= 20 else ():
                    cheat_id = await uow.cheats.next_id()
                    uow.cheats.add(replace(newcomer, id=cheat_id, key=f"{newcomer.key}{cheat_id}"))
                # The row that the cursor stands on may go, without leading the reader astray.
                uow.cheats.remove(seen[-1])
                await uow.commit()
            request = replace(request, after=page.next)
        ids = [cheat.id for cheat in seen]
        assert len(ids) == len(set(ids))
        assert {cheat.id for cheat in library.cheats} <= set(ids)

    @pytest.mark.parametrize(("sort", "descending"), EVERY_ORDER)
    async def test_a_position_is_that_of_the_last_row(
        self, units_of_work: UnitsOfWork, sort: CheatSort, descending: bool
    ) -> None:
        cheats = (await _library(units_of_work)).cheats
        for limit in (1, 10, 20):
            position = (await _page(units_of_work, PageRequest(sort, descending=descending, limit=limit))).next
            last = _in_order(cheats, sort, descending=descending)[limit - 1]
            assert position is not None
            assert position.id == last.id
            # By key, how title and key are put together is the store's own affair.
            assert sort is CheatSort.KEY or position.value == SORT_VALUES[sort](last)[0]

    @pytest.mark.parametrize(("sort", "descending"), EVERY_ORDER)
    async def test_numbered_pages_hold_the_same_and_count_the_total(
        self, units_of_work: UnitsOfWork, sort: CheatSort, descending: bool
    ) -> None:
        cheats = (await _library(units_of_work)).cheats
        expected = _seen_by_nobody(_in_order(cheats, sort, descending=descending))
        request = PageRequest(sort, descending=descending, limit=12, number=1)
        pages = [await _page(units_of_work, replace(request, number=number)) for number in (1, 2, 3, 4)]
        assert [list(page.items) for page in pages] == [expected[:12], expected[12:24], expected[24:], []]
        assert {page.total for page in pages} == {len(cheats)}
        assert [page.next is not None for page in pages] == [True, True, False, False]
        onwards = PageRequest(sort, descending=descending, limit=12, after=pages[0].next)
        assert (await _page(units_of_work, onwards)).items == pages[1].items

    async def test_an_empty_store_has_empty_pages(self, units_of_work: UnitsOfWork) -> None:
        for sort in CheatSort:
            assert await _page(units_of_work, PageRequest(sort)) == Page((), None)
            assert await _page(units_of_work, PageRequest(sort, number=1)) == Page((), None, 0)

    async def test_the_deepest_page_is_empty_and_still_counts(self, units_of_work: UnitsOfWork) -> None:
        library = await _library(units_of_work)
        request = PageRequest(CheatSort.CREATED_AT)
        page = await _page(units_of_work, replace(request, number=request.deepest_number))
        assert page == Page((), None, len(library.cheats))

    async def test_cheats_must_stand_under_all_the_platforms_and_topics_asked_for(
        self, units_of_work: UnitsOfWork
    ) -> None:
        owner = await a_kept_user(units_of_work)
        linux, bsd = [await a_kept_tag(units_of_work, TagKind.PLATFORM) for _ in range(2)]
        # The same ids as the platforms' on purpose.
        git = Tag.create(id=linux.id, kind=TagKind.TOPIC, name="git")
        both, one, neither = (
            a_cheat(number, owner, tags=tags)
            for number, tags in ((1, [linux, bsd, git]), (2, [linux]), (3, list[Tag]()))
        )
        await keep(units_of_work, git, both, one, neither)
        for wanted, expected in (
            (CheatFilter(platform_ids=frozenset({linux.id})), [both, one]),
            (CheatFilter(platform_ids=frozenset({linux.id, bsd.id})), [both]),
            (CheatFilter(topic_ids=frozenset({git.id})), [both]),
            (CheatFilter(topic_ids=frozenset({bsd.id})), []),
            (CheatFilter(platform_ids=frozenset({linux.id, GREATEST_ID})), []),
            (EVERYTHING, [both, one, neither]),
        ):
            request = PageRequest(CheatSort.CREATED_AT, descending=False)
            assert await _all(units_of_work, request, wanted) == _seen_by_nobody(expected)

    async def test_every_combination_of_conditions_orders_and_pages_holds_what_looking_at_each_finds(
        self, units_of_work: UnitsOfWork
    ) -> None:
        library = await _library(units_of_work)
        viewers = st.none() | st.sampled_from([user.id for user in library.users] + [GREATEST_ID])
        found_sizes: set[int] = set()

        async def examine(drawn: tuple[CheatFilter, tuple[CheatSort, bool], int, int | None]) -> None:
            wanted, (sort, descending), limit, viewer_id = drawn
            expected = [
                SeenCheat(cheat, (viewer_id, cheat.id) in library.bags)
                for cheat in _in_order(library.wanted(wanted), sort, descending=descending)
            ]
            found_sizes.add(len(expected))
            request = PageRequest(sort, descending=descending, limit=limit)
            assert await _all(units_of_work, request, wanted, viewer_id) == expected
            page = await _page(units_of_work, replace(request, number=2), wanted, viewer_id)
            assert list(page.items) == expected[limit : 2 * limit]
            assert page.total == len(expected)

        combinations = st.tuples(
            library.filters(), st.sampled_from(EVERY_ORDER), st.sampled_from([1, 3, 100]), viewers
        )
        await for_all(combinations, examine, examples=150)
        # Else it would prove little.
        assert len(found_sizes) > 5
