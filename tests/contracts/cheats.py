"""What every repository of cheats owes when it keeps them.

Needs the fixture `units_of_work`, which opens units of work on an empty store.
"""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given

from application.ports.unit_of_work import UnitsOfWork
from domain.cheats import TAGS_MOST, Cheat, CheatChanges
from domain.errors import Invalid, NotFound, Stale, Taken
from domain.taxonomy import Tag, TagKind
from tests.contracts import hostile
from tests.contracts.sample import (
    GREATEST_ID,
    NOON,
    a_cheat,
    a_kept_cheat,
    a_kept_tag,
    a_kept_user,
    a_user,
    fields,
    keep,
    race,
    stored_cheat,
    stored_tag,
)


async def _save(units_of_work: UnitsOfWork, cheat: Cheat) -> Cheat:
    async with units_of_work() as uow:
        uow.cheats.save(cheat)
        await uow.commit()
    return cheat


async def _remove(units_of_work: UnitsOfWork, cheat: Cheat) -> None:
    async with units_of_work() as uow:
        uow.cheats.remove(cheat)
        await uow.commit()


def _tags(ids: range) -> list[Tag]:
    return [Tag.create(id=number, kind=kind, name=f"{kind} {number}") for number in ids for kind in TagKind]


@pytest.mark.anyio
class CheatRepositoryContract:
    """Cheats come back as they were kept, and nobody overwrites what they have not read."""

    @hostile.settings
    @given(drawn=hostile.cheats(), next_state=hostile.cheats())
    async def test_every_field_reads_back_as_it_was_added_and_as_it_was_saved(
        self, units_of_work: UnitsOfWork, drawn: Cheat, next_state: Cheat
    ) -> None:
        owner = await a_kept_user(units_of_work)
        platforms = [await a_kept_tag(units_of_work, TagKind.PLATFORM) for _ in range(3)]
        topics = [await a_kept_tag(units_of_work, TagKind.TOPIC) for _ in range(2)]
        async with units_of_work() as uow:
            cheat_id = await uow.cheats.next_id()
            added = replace(
                drawn,
                id=cheat_id,
                key=f"k{cheat_id}",
                owner_id=owner.id,
                platform_ids=(platforms[0].id, platforms[2].id),
                topic_ids=(topics[0].id,),
            )
            uow.cheats.add(added)
            await uow.commit()
        assert await stored_cheat(units_of_work, cheat_id) == added
        saved = replace(
            next_state,
            id=cheat_id,
            key=added.key,
            owner_id=owner.id,
            platform_ids=(platforms[1].id, platforms[2].id),
            topic_ids=(topics[0].id, topics[1].id),
            created_at=added.created_at,
            version=added.version + 1,
        )
        await _save(units_of_work, saved)
        assert await stored_cheat(units_of_work, cheat_id) == saved

    @pytest.mark.parametrize("text", hostile.TEXTS)
    async def test_any_text_reads_back_unchanged(self, units_of_work: UnitsOfWork, text: str) -> None:
        owner = await a_kept_user(units_of_work)
        cheat = replace(a_cheat(1, owner), title=text, notes=text, code=text)
        await keep(units_of_work, cheat)
        assert await stored_cheat(units_of_work, 1) == cheat

    @pytest.mark.parametrize("title", hostile.LONGEST_CHEAT_TITLES)
    async def test_the_longest_texts_fit(self, units_of_work: UnitsOfWork, title: str) -> None:
        owner = await a_kept_user(units_of_work)
        cheat = a_cheat(
            1,
            owner,
            title,
            key="z" * 32,
            notes=hostile.LONGEST_NOTES,
            code=hostile.LONGEST_CODE,
            language="c" * 40,
        )
        await keep(units_of_work, cheat)
        assert await stored_cheat(units_of_work, 1) == cheat

    @pytest.mark.parametrize("moment", hostile.MOMENTS)
    async def test_any_moment_reads_back_to_the_microsecond_and_in_utc(
        self, units_of_work: UnitsOfWork, moment: datetime
    ) -> None:
        owner = await a_kept_user(units_of_work)
        await keep(units_of_work, a_cheat(1, owner, at=moment))
        cheat = await stored_cheat(units_of_work, 1)
        assert cheat is not None
        for read in (cheat.created_at, cheat.updated_at):
            assert read == moment
            assert read.utcoffset() == timedelta(0)

    async def test_the_greatest_ids_fit(self, units_of_work: UnitsOfWork) -> None:
        owner = a_user(GREATEST_ID)
        tags = _tags(range(GREATEST_ID, GREATEST_ID + 1))
        cheat = a_cheat(GREATEST_ID, owner, tags=tags)
        await keep(units_of_work, owner, *tags, cheat)
        assert await stored_cheat(units_of_work, GREATEST_ID) == cheat

    async def test_a_cheat_stands_under_as_many_tags_as_it_may(self, units_of_work: UnitsOfWork) -> None:
        owner = await a_kept_user(units_of_work)
        tags = _tags(range(1, TAGS_MOST + 2))
        first, next_ = tags[: 2 * TAGS_MOST], tags[2:]
        await keep(units_of_work, *tags)
        cheat = await a_kept_cheat(units_of_work, owner, tags=first[::-1])
        assert await stored_cheat(units_of_work, cheat.id) == cheat
        moved = a_cheat(cheat.id, owner, tags=next_)
        await _save(units_of_work, replace(moved, version=2))
        assert await stored_cheat(units_of_work, cheat.id) == replace(moved, version=2)

    async def test_the_language_and_the_tags_can_be_cleared(self, units_of_work: UnitsOfWork) -> None:
        owner = await a_kept_user(units_of_work)
        tags = [await a_kept_tag(units_of_work, kind) for kind in TagKind]
        cheat = await a_kept_cheat(units_of_work, owner, language="bash", tags=tags)
        cleared = cheat.change(CheatChanges(language=None, platform_ids=(), topic_ids=()), at=NOON)
        await _save(units_of_work, cleared)
        assert await stored_cheat(units_of_work, cheat.id) == cleared

    async def test_an_unknown_id_is_no_cheat(self, units_of_work: UnitsOfWork) -> None:
        await a_kept_cheat(units_of_work, await a_kept_user(units_of_work))
        for unknown in (GREATEST_ID, 0, -1):
            assert await stored_cheat(units_of_work, unknown) is None

    async def test_a_removed_cheat_is_gone_and_its_id_with_it(self, units_of_work: UnitsOfWork) -> None:
        owner = await a_kept_user(units_of_work)
        tags = [await a_kept_tag(units_of_work, kind) for kind in TagKind]
        cheat = await a_kept_cheat(units_of_work, owner, key="same", tags=tags)
        await _remove(units_of_work, cheat)
        assert await stored_cheat(units_of_work, cheat.id) is None
        assert (await a_kept_cheat(units_of_work, owner, key="same")).id != cheat.id
        assert [await stored_tag(units_of_work, tag.kind, tag.id) for tag in tags] == tags

    async def test_an_owner_who_does_not_exist_is_refused(self, units_of_work: UnitsOfWork) -> None:
        with pytest.raises(NotFound):
            await keep(units_of_work, a_cheat(1, a_user(GREATEST_ID)))
        assert await stored_cheat(units_of_work, 1) is None

    @pytest.mark.parametrize(("kind", "field"), [(TagKind.PLATFORM, "platformIds"), (TagKind.TOPIC, "topicIds")])
    async def test_a_tag_that_does_not_exist_is_refused_at_birth_and_later_by_its_fields_name(
        self, units_of_work: UnitsOfWork, kind: TagKind, field: str
    ) -> None:
        owner = await a_kept_user(units_of_work)
        known, unknown = await a_kept_tag(units_of_work, kind), Tag.create(id=GREATEST_ID, kind=kind, name="none")
        with pytest.raises(Invalid) as refusal:
            await keep(units_of_work, a_cheat(1, owner, tags=[known, unknown]))
        assert fields(refusal.value.faults) == [field]
        assert await stored_cheat(units_of_work, 1) is None
        cheat = await a_kept_cheat(units_of_work, owner, tags=[known])
        with pytest.raises(Invalid) as refusal:
            await _save(units_of_work, replace(a_cheat(cheat.id, owner, tags=[unknown]), version=2))
        assert fields(refusal.value.faults) == [field]
        assert await stored_cheat(units_of_work, cheat.id) == cheat

    async def test_new_tags_and_a_cheat_under_them_are_kept_in_one_unit(self, units_of_work: UnitsOfWork) -> None:
        owner = await a_kept_user(units_of_work)
        tags = _tags(range(1, 4))
        cheat = a_cheat(1, owner, tags=tags)
        await keep(units_of_work, *tags, cheat)
        assert await stored_cheat(units_of_work, 1) == cheat

    async def test_when_the_last_change_fails_nothing_of_the_unit_is_kept(
        self, units_of_work: UnitsOfWork
    ) -> None:
        owner = await a_kept_user(units_of_work)
        old = await a_kept_tag(units_of_work, TagKind.TOPIC)
        cheat = await a_kept_cheat(units_of_work, owner, tags=[old])
        new = Tag.create(id=1, kind=TagKind.PLATFORM, name="new")
        async with units_of_work() as uow:
            uow.platforms.add(new)
            uow.cheats.save(replace(a_cheat(cheat.id, owner, tags=[new]), version=2))
            uow.cheats.put_in_bag(cheat.id, user_id=owner.id)
            uow.topics.remove(old)
            uow.cheats.add(a_cheat(GREATEST_ID, owner, key=cheat.key))
            with pytest.raises(Taken):
                await uow.commit()
        assert await stored_tag(units_of_work, TagKind.PLATFORM, 1) is None
        assert await stored_tag(units_of_work, TagKind.TOPIC, old.id) == old
        async with units_of_work() as uow:
            seen = await uow.cheats.get(cheat.id, viewer_id=owner.id)
        assert seen is not None
        assert (seen.cheat, seen.in_bag) == (cheat, False)

    async def test_what_has_moved_on_or_is_gone_is_stale(self, units_of_work: UnitsOfWork) -> None:
        owner = await a_kept_user(units_of_work)
        tag = await a_kept_tag(units_of_work, TagKind.PLATFORM)
        cheat = await a_kept_cheat(units_of_work, owner)
        for version in (1, 3):
            with pytest.raises(Stale):
                await _save(units_of_work, replace(a_cheat(cheat.id, owner, tags=[tag]), version=version))
        assert await stored_cheat(units_of_work, cheat.id) == cheat
        changed = await _save(units_of_work, cheat.change(CheatChanges(title="Changed"), at=NOON))
        with pytest.raises(Stale):
            await _remove(units_of_work, cheat)
        assert await stored_cheat(units_of_work, cheat.id) == changed
        await _remove(units_of_work, changed)
        again = changed.change(CheatChanges(title="Back again"), at=NOON)
        for attempt in (_remove(units_of_work, changed), _save(units_of_work, again)):
            with pytest.raises(Stale):
                await attempt
        assert await stored_cheat(units_of_work, cheat.id) is None

    async def test_of_two_units_at_one_cheat_one_is_kept_whole_with_its_tags(
        self, units_of_work: UnitsOfWork
    ) -> None:
        owner = await a_kept_user(units_of_work)
        tags = [await a_kept_tag(units_of_work, TagKind.PLATFORM) for _ in range(3)]
        for _ in range(10):
            cheat = await a_kept_cheat(units_of_work, owner, tags=tags[:1])
            states = [replace(a_cheat(cheat.id, owner, tag.name, tags=[tag]), version=2) for tag in tags[1:]]
            winners, losers = await race(_save(units_of_work, state) for state in states)
            assert [type(loser) for loser in losers] == [Stale]
            assert [await stored_cheat(units_of_work, cheat.id)] == winners

    async def test_of_twenty_racing_removals_exactly_one_wins(self, units_of_work: UnitsOfWork) -> None:
        cheat = await a_kept_cheat(units_of_work, await a_kept_user(units_of_work))
        winners, losers = await race(_remove(units_of_work, cheat) for _ in range(20))
        assert len(winners) == 1
        assert {type(loser) for loser in losers} == {Stale}

    async def test_no_id_is_given_twice(self, units_of_work: UnitsOfWork) -> None:
        async def next_id() -> int:
            async with units_of_work() as uow:
                return await uow.cheats.next_id()

        ids = await asyncio.gather(*(next_id() for _ in range(200)))
        assert len(set(ids)) == 200
        assert min(ids) >= 1
