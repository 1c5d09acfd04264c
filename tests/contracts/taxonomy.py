"""What every repository of platforms or topics owes when it keeps them.

Needs the fixture `units_of_work`, which opens units of work on an empty store.
"""

import asyncio
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.ports.unit_of_work import UnitsOfWork
from application.taxonomy import tags_of
from domain.errors import Stale, Taken
from domain.taxonomy import NAME_MOST, Tag, TagKind, name_key
from tests.contracts import hostile
from tests.contracts.sample import (
    GREATEST_ID,
    a_kept_tag,
    fields,
    keep,
    race,
    stored_tag,
)


def _other(kind: TagKind) -> TagKind:
    return TagKind.TOPIC if kind is TagKind.PLATFORM else TagKind.PLATFORM


async def _save(units_of_work: UnitsOfWork, tag: Tag) -> Tag:
    async with units_of_work() as uow:
        tags_of(uow, tag.kind).save(tag)
        await uow.commit()
    return tag


async def _remove(units_of_work: UnitsOfWork, tag: Tag) -> None:
    async with units_of_work() as uow:
        tags_of(uow, tag.kind).remove(tag)
        await uow.commit()


def _named(id: int, kind: TagKind, name: str) -> Tag:
    # Past the rules, as some other writer of the database might write it.
    return replace(Tag.create(id=id, kind=kind, name="x"), name=name)


@pytest.mark.anyio
@pytest.mark.parametrize("kind", TagKind)
class TagRepositoryContract:
    """Tags come back as they were kept, and each name is there once, however it is written."""

    @hostile.settings
    @given(data=st.data())
    async def test_every_field_reads_back_as_it_was_added_and_as_it_was_saved(
        self, units_of_work: UnitsOfWork, kind: TagKind, data: st.DataObject
    ) -> None:
        async with units_of_work() as uow:
            tag_id = await tags_of(uow, kind).next_id()
        added, saved = (data.draw(hostile.tags(kind)) for _ in range(2))
        added = replace(added, id=tag_id, name=f"{tag_id} {added.name}"[:NAME_MOST])
        saved = replace(saved, id=tag_id, name=f"{tag_id} {saved.name}"[:NAME_MOST], version=added.version + 1)
        await keep(units_of_work, added)
        assert await stored_tag(units_of_work, kind, tag_id) == added
        await _save(units_of_work, saved)
        assert await stored_tag(units_of_work, kind, tag_id) == saved

    @pytest.mark.parametrize("name", hostile.TEXTS)
    async def test_any_name_reads_back_unchanged(
        self, units_of_work: UnitsOfWork, kind: TagKind, name: str
    ) -> None:
        tag = _named(1, kind, name)
        await keep(units_of_work, tag)
        async with units_of_work() as uow:
            tags = tags_of(uow, kind)
            assert await tags.get(1) == tag
            assert await tags.named([name_key(name)]) == {name_key(name): tag}

    @pytest.mark.parametrize("name", hostile.LONGEST_NAMES)
    async def test_the_longest_names_fit(self, units_of_work: UnitsOfWork, kind: TagKind, name: str) -> None:
        tag = Tag.create(id=GREATEST_ID, kind=kind, name=name)
        await keep(units_of_work, tag)
        assert await stored_tag(units_of_work, kind, GREATEST_ID) == tag

    async def test_tags_are_found_by_id_and_by_name(self, units_of_work: UnitsOfWork, kind: TagKind) -> None:
        linux, bsd, _ = [await a_kept_tag(units_of_work, kind, name) for name in ("Linux", "BSD", "macOS")]
        await a_kept_tag(units_of_work, _other(kind), "Windows")
        async with units_of_work() as uow:
            tags = tags_of(uow, kind)
            assert await tags.existing([linux.id, bsd.id, linux.id, 0, -1, GREATEST_ID]) == {linux.id, bsd.id}
            assert await tags.with_ids([bsd.id, 0, GREATEST_ID, linux.id]) == {bsd.id: bsd, linux.id: linux}
            assert await tags.named(["linux", "bsd", "windows", "Linux", ""]) == {"linux": linux, "bsd": bsd}

    async def test_of_nothing_nothing_is_found(self, units_of_work: UnitsOfWork, kind: TagKind) -> None:
        await a_kept_tag(units_of_work, kind)
        async with units_of_work() as uow:
            tags = tags_of(uow, kind)
            assert await tags.existing([]) == frozenset()
            assert await tags.with_ids([]) == {}
            assert await tags.named([]) == {}
            assert [await tags.get(unknown) for unknown in (0, -1, GREATEST_ID)] == [None, None, None]

    async def test_thousands_are_found_at_once(self, units_of_work: UnitsOfWork, kind: TagKind) -> None:
        tags = [Tag.create(id=number, kind=kind, name=f"Tag {number}") for number in range(1, 3_001)]
        await keep(units_of_work, *tags)
        async with units_of_work() as uow:
            found = await tags_of(uow, kind).named(name_key(tag.name) for tag in tags)
            assert found == {name_key(tag.name): tag for tag in tags}
            assert await tags_of(uow, kind).with_ids(range(70_000)) == {tag.id: tag for tag in tags}
            assert len(await tags_of(uow, kind).existing(range(70_000))) == 3_000

    @pytest.mark.parametrize(
        ("name", "same"),
        [
            ("Linux", "LINUX"),
            ("Linux", "\u00a0linux\t"),
            ("macOS server", "MacOS   Server"),
            ("Straße", "STRASSE"),
            ("ﬁles", "files"),
            ("Bash", "\uff22\uff41\uff53\uff48"),
            ("Café", "CAFE\u0301"),
            ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ],
    )
    async def test_a_name_that_differs_by_case_blanks_or_width_only_is_taken(
        self, units_of_work: UnitsOfWork, kind: TagKind, name: str, same: str
    ) -> None:
        first = await a_kept_tag(units_of_work, kind, name)
        second = await a_kept_tag(units_of_work, kind, "Something else")
        async with units_of_work() as uow:
            newcomer = _named(await tags_of(uow, kind).next_id(), kind, same)
        with pytest.raises(Taken) as refusal:
            await keep(units_of_work, newcomer)
        assert fields(refusal.value.faults) == ["name"]
        with pytest.raises(Taken):
            await _save(units_of_work, replace(second, name=same, version=2))
        assert await stored_tag(units_of_work, kind, newcomer.id) is None
        assert await stored_tag(units_of_work, kind, second.id) == second
        renamed = await _save(units_of_work, replace(first, name=same, version=2))
        assert await stored_tag(units_of_work, kind, first.id) == renamed

    @pytest.mark.parametrize("names", [("cafe", "café"), ("c", "c#", "c++"), ("a b", "ab", "a-b"), ("ø", "o")])
    async def test_names_that_read_differently_are_different(
        self, units_of_work: UnitsOfWork, kind: TagKind, names: tuple[str, ...]
    ) -> None:
        tags = [await a_kept_tag(units_of_work, kind, name) for name in names]
        async with units_of_work() as uow:
            found = await tags_of(uow, kind).named(map(name_key, names))
        assert found == {name_key(tag.name): tag for tag in tags}
        assert len(found) == len(names)

    async def test_a_platform_and_a_topic_may_have_one_name_and_one_id(
        self, units_of_work: UnitsOfWork, kind: TagKind
    ) -> None:
        tag, namesake = Tag.create(id=1, kind=kind, name="git"), Tag.create(id=1, kind=_other(kind), name="git")
        await keep(units_of_work, tag, namesake)
        await _remove(units_of_work, namesake)
        assert await stored_tag(units_of_work, kind, 1) == tag

    async def test_a_name_let_go_may_be_taken_within_the_same_unit(
        self, units_of_work: UnitsOfWork, kind: TagKind
    ) -> None:
        one, two, three = [await a_kept_tag(units_of_work, kind, name) for name in ("one", "two", "three")]
        async with units_of_work() as uow:
            tags = tags_of(uow, kind)
            newcomer = Tag.create(id=await tags.next_id(), kind=kind, name="Three")
            tags.save(one.rename("spare"))
            tags.save(two.rename("one"))
            tags.remove(three)
            tags.add(newcomer)
            await uow.commit()
        async with units_of_work() as uow:
            found = await tags_of(uow, kind).named(["spare", "one", "two", "three"])
        assert {key: tag.id for key, tag in found.items()} == {
            "spare": one.id,
            "one": two.id,
            "three": newcomer.id,
        }

    async def test_of_twenty_racing_newcomers_of_one_name_exactly_one_is_kept(
        self, units_of_work: UnitsOfWork, kind: TagKind
    ) -> None:
        names = ("Linux", "LINUX", " linux", "\uff2cinux")
        winners, losers = await race(a_kept_tag(units_of_work, kind, names[number % 4]) for number in range(20))
        async with units_of_work() as uow:
            assert list((await tags_of(uow, kind).named(["linux"])).values()) == winners
        assert {type(loser) for loser in losers} == {Taken}

    async def test_what_has_moved_on_or_is_gone_is_stale(self, units_of_work: UnitsOfWork, kind: TagKind) -> None:
        tag = await a_kept_tag(units_of_work, kind, "before")
        for version in (1, 3):
            with pytest.raises(Stale):
                await _save(units_of_work, replace(tag, name="too late", version=version))
        renamed = await _save(units_of_work, tag.rename("after"))
        with pytest.raises(Stale):
            await _remove(units_of_work, tag)
        assert await stored_tag(units_of_work, kind, tag.id) == renamed
        await _remove(units_of_work, renamed)
        for attempt in (_remove(units_of_work, renamed), _save(units_of_work, renamed.rename("back"))):
            with pytest.raises(Stale):
                await attempt
        assert await stored_tag(units_of_work, kind, tag.id) is None

    async def test_of_twenty_racing_renamings_exactly_one_is_kept(
        self, units_of_work: UnitsOfWork, kind: TagKind
    ) -> None:
        tag = await a_kept_tag(units_of_work, kind, "before")
        winners, losers = await race(_save(units_of_work, tag.rename(f"after {number}")) for number in range(20))
        assert [await stored_tag(units_of_work, kind, tag.id)] == winners
        assert {type(loser) for loser in losers} == {Stale}

    async def test_no_id_is_given_twice(self, units_of_work: UnitsOfWork, kind: TagKind) -> None:
        async def next_id() -> int:
            async with units_of_work() as uow:
                return await tags_of(uow, kind).next_id()

        ids = await asyncio.gather(*(next_id() for _ in range(200)))
        assert len(set(ids)) == 200
        assert min(ids) >= 1
