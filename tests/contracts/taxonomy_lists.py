"""What every repository of platforms or topics owes when it lists them.

Needs the fixture `units_of_work`, which opens units of work on an empty store.
"""

from dataclasses import replace

import pytest

from application.paging import Page, PageRequest, Position
from application.ports.taxonomy import CountedTag, TagSort
from application.ports.unit_of_work import UnitsOfWork
from application.taxonomy import tags_of
from domain.taxonomy import Tag, TagKind
from domain.text import fold
from tests.contracts.sample import NOON, a_kept_cheat, a_kept_tag, a_kept_user, keep

BY_NAME = PageRequest(TagSort.NAME, descending=False)
NAMES = (
    *("banana", "Äpfel", "apfel", "a b", "ab", "a-b", "a_b", "_x", "~", "Zebra", "émile", "emile", "èmile"),
    *("ß", "żaba", "10", "9", "\u0301", "\ue000", "🚀", "中", "Ωmega", "C", "C#", "C++", "F♯", "100%", "\\"),
)


async def _page(
    units_of_work: UnitsOfWork, kind: TagKind, request: PageRequest[TagSort], words: tuple[str, ...] = ()
) -> Page[CountedTag]:
    async with units_of_work() as uow:
        return await tags_of(uow, kind).page(request, words=words)


async def _all(
    units_of_work: UnitsOfWork,
    kind: TagKind,
    request: PageRequest[TagSort] = BY_NAME,
    words: tuple[str, ...] = (),
) -> list[CountedTag]:
    """Follow the cursors to the end."""
    seen: list[CountedTag] = []
    while True:
        page = await _page(units_of_work, kind, request, words)
        assert page.total is None
        seen.extend(page.items)
        if page.next is None:
            return seen
        assert len(page.items) == request.limit
        request = replace(request, after=page.next)


async def _found(units_of_work: UnitsOfWork, kind: TagKind, text: str) -> list[str]:
    words = tuple(fold(text).split())
    return [counted.tag.name for counted in await _all(units_of_work, kind, replace(BY_NAME, limit=2), words)]


async def _many_tags(units_of_work: UnitsOfWork, kind: TagKind) -> list[Tag]:
    return [await a_kept_tag(units_of_work, kind, name) for name in NAMES]


def _in_order(tags: list[Tag], *, descending: bool) -> list[Tag]:
    return sorted(tags, key=lambda tag: (fold(tag.name), tag.id), reverse=descending)


@pytest.mark.anyio
@pytest.mark.parametrize("kind", TagKind)
class TagListContract:
    """Lists hold what is wanted, by name, with the number of cheats under each."""

    @pytest.mark.parametrize("descending", [False, True])
    async def test_cursors_lead_through_the_list_with_each_tag_once(
        self, units_of_work: UnitsOfWork, kind: TagKind, descending: bool
    ) -> None:
        tags = await _many_tags(units_of_work, kind)
        expected = _in_order(tags, descending=descending)
        for limit in (1, 4, len(tags) - 1, len(tags), 100):
            request = PageRequest(TagSort.NAME, descending=descending, limit=limit)
            assert await _all(units_of_work, kind, request) == [CountedTag(tag, 0) for tag in expected]
            position = (await _page(units_of_work, kind, request)).next
            last = expected[limit - 1] if limit < len(tags) else None
            assert position == (last and Position(fold(last.name), last.id))

    @pytest.mark.parametrize("descending", [False, True])
    async def test_numbered_pages_hold_the_same_and_count_the_total(
        self, units_of_work: UnitsOfWork, kind: TagKind, descending: bool
    ) -> None:
        tags = await _many_tags(units_of_work, kind)
        expected = _in_order(tags, descending=descending)
        pages = [
            await _page(
                units_of_work, kind, PageRequest(TagSort.NAME, descending=descending, limit=10, number=number)
            )
            for number in (1, 2, 3, 4, 1_000)
        ]
        names = [[counted.tag for counted in page.items] for page in pages]
        assert names == [expected[:10], expected[10:20], expected[20:], [], []]
        assert {page.total for page in pages} == {len(tags)}
        assert [page.next is not None for page in pages] == [True, True, False, False, False]

    async def test_of_nothing_the_list_is_empty(self, units_of_work: UnitsOfWork, kind: TagKind) -> None:
        assert await _page(units_of_work, kind, BY_NAME) == Page((), None)
        assert await _page(units_of_work, kind, replace(BY_NAME, number=1)) == Page((), None, 0)

    async def test_the_kinds_have_lists_of_their_own(self, units_of_work: UnitsOfWork, kind: TagKind) -> None:
        tags = [Tag.create(id=1, kind=each, name=each.value) for each in TagKind]
        await keep(units_of_work, *tags)
        own = next(tag for tag in tags if tag.kind is kind)
        assert await _all(units_of_work, kind) == [CountedTag(own, 0)]

    async def test_each_counts_the_cheats_that_stand_under_it(
        self, units_of_work: UnitsOfWork, kind: TagKind
    ) -> None:
        owner = await a_kept_user(units_of_work)
        many, one, none = [await a_kept_tag(units_of_work, kind, name) for name in ("many", "one", "none")]
        namesakes = [Tag.create(id=tag.id, kind=each, name=tag.name) for tag in (none, one) for each in TagKind]
        others = [tag for tag in namesakes if tag.kind is not kind]
        await keep(units_of_work, *others)
        await a_kept_cheat(units_of_work, owner, tags=[many, one, *others])
        cheat = await a_kept_cheat(units_of_work, owner, tags=[many, *others])
        await a_kept_cheat(units_of_work, owner, tags=others)
        expected = [CountedTag(many, 2), CountedTag(none, 0), CountedTag(one, 1)]
        assert await _all(units_of_work, kind) == expected
        assert await _all(units_of_work, kind, replace(BY_NAME, limit=1)) == expected
        page = await _page(units_of_work, kind, replace(BY_NAME, number=1), ("one",))
        assert page == Page((CountedTag(none, 0), CountedTag(one, 1)), None, 2)
        async with units_of_work() as uow:
            uow.cheats.save(replace(cheat, platform_ids=(), topic_ids=(), updated_at=NOON, version=2))
            await uow.commit()
        assert await _all(units_of_work, kind) == [
            CountedTag(many, 1),
            CountedTag(none, 0),
            CountedTag(one, 1),
        ]

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("C", ["C", "C#", "C++"]),
            ("c#", ["C#"]),
            ("+", ["C++"]),
            ("Emil", ["émile", "emile", "èmile"]),
            ("APF", ["Äpfel", "apfel"]),
            ("mil em", ["émile", "emile", "èmile"]),
            ("a b", ["a b", "a-b", "a_b", "ab", "banana", "żaba", "Zebra"]),
            ("_", ["_x", "a_b"]),
            ("%", ["100%"]),
            ("0%", ["100%"]),
            ("\\", ["\\"]),
            ("'", []),
            ("a%b", []),
            ("ωMEGA", ["Ωmega"]),
            ("SS", ["ß"]),
            ("🚀", ["🚀"]),
            ("banana" * 2_000, []),
        ],
    )
    async def test_names_are_searched_for_fragments_that_are_plain_text(
        self, units_of_work: UnitsOfWork, kind: TagKind, text: str, found: list[str]
    ) -> None:
        await _many_tags(units_of_work, kind)
        assert await _found(units_of_work, kind, text) == found

    @pytest.mark.parametrize("word", ["\0", "c\0", "\ud800"])
    async def test_what_no_store_can_hold_is_found_nowhere(
        self, units_of_work: UnitsOfWork, kind: TagKind, word: str
    ) -> None:
        await _many_tags(units_of_work, kind)
        assert await _page(units_of_work, kind, BY_NAME, (word,)) == Page((), None)
        assert await _page(units_of_work, kind, replace(BY_NAME, number=1), (word,)) == Page((), None, 0)

    async def test_a_renamed_tag_is_found_and_sorted_by_its_new_name(
        self, units_of_work: UnitsOfWork, kind: TagKind
    ) -> None:
        first, second = [await a_kept_tag(units_of_work, kind, name) for name in ("first", "second")]
        async with units_of_work() as uow:
            tags_of(uow, kind).save(first.rename("Zuletzt"))
            await uow.commit()
        assert await _found(units_of_work, kind, "first") == []
        assert await _found(units_of_work, kind, "zuletzt") == ["Zuletzt"]
        assert [counted.tag.id for counted in await _all(units_of_work, kind)] == [second.id, first.id]
