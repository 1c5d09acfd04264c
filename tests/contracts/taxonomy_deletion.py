"""What every repository of platforms or topics owes when it forgets one.

Needs the fixture `units_of_work`, which opens units of work on an empty store.
"""

from dataclasses import replace

import pytest

from application.ports.unit_of_work import UnitsOfWork
from application.taxonomy import tags_of
from domain.errors import InUse, Invalid, Stale
from domain.taxonomy import Tag, TagKind
from domain.users import User
from tests.contracts.sample import (
    DAY,
    NOON,
    a_cheat,
    a_kept_cheat,
    a_kept_tag,
    a_kept_user,
    keep,
    race,
    stored_cheat,
    stored_tag,
)


def _other(kind: TagKind) -> TagKind:
    return TagKind.TOPIC if kind is TagKind.PLATFORM else TagKind.PLATFORM


async def _remove(units_of_work: UnitsOfWork, tag: Tag, *, unlinking: User | None = None) -> None:
    async with units_of_work() as uow:
        if unlinking is not None:
            tags_of(uow, tag.kind).unlink(tag, actor=unlinking, at=NOON + DAY)
        tags_of(uow, tag.kind).remove(tag)
        await uow.commit()


async def _unlink(units_of_work: UnitsOfWork, tag: Tag, actor: User) -> None:
    async with units_of_work() as uow:
        tags_of(uow, tag.kind).unlink(tag, actor=actor, at=NOON + DAY)
        await uow.commit()


@pytest.mark.anyio
@pytest.mark.parametrize("kind", TagKind)
class TagDeletionContract:
    """Nothing goes that a cheat stands under, and no cheat ever stands under what is gone."""

    async def test_what_a_cheat_stands_under_cannot_go(self, units_of_work: UnitsOfWork, kind: TagKind) -> None:
        owner = await a_kept_user(units_of_work)
        tag = await a_kept_tag(units_of_work, kind)
        cheat = await a_kept_cheat(units_of_work, owner, tags=[tag])
        with pytest.raises(InUse):
            await _remove(units_of_work, tag)
        assert await stored_tag(units_of_work, kind, tag.id) == tag
        async with units_of_work() as uow:
            uow.cheats.remove(cheat)
            tags_of(uow, kind).remove(tag)
            await uow.commit()
        assert await stored_tag(units_of_work, kind, tag.id) is None

    async def test_unlinking_moves_the_cheats_under_it_on_and_no_others(
        self, units_of_work: UnitsOfWork, kind: TagKind
    ) -> None:
        owner = await a_kept_user(units_of_work)
        going, staying = await a_kept_tag(units_of_work, kind), await a_kept_tag(units_of_work, kind)
        namesake = Tag.create(id=going.id, kind=_other(kind), name="namesake")
        await keep(units_of_work, namesake)
        alone = await a_kept_cheat(units_of_work, owner, tags=[going])
        both = await a_kept_cheat(units_of_work, owner, tags=[going, staying, namesake])
        other = await a_kept_cheat(units_of_work, owner, tags=[staying, namesake])
        await _remove(units_of_work, going, unlinking=owner)
        assert await stored_tag(units_of_work, kind, going.id) is None
        for before, tags in ((alone, ()), (both, (staying, namesake))):
            after = a_cheat(before.id, owner, tags=tags)
            assert await stored_cheat(units_of_work, before.id) == replace(after, updated_at=NOON + DAY, version=2)
        assert await stored_cheat(units_of_work, other.id) == other

    async def test_unlinking_without_removing_leaves_the_tag(
        self, units_of_work: UnitsOfWork, kind: TagKind
    ) -> None:
        tag, owner = await a_kept_tag(units_of_work, kind), await a_kept_user(units_of_work)
        await _unlink(units_of_work, tag, owner)
        cheat = await a_kept_cheat(units_of_work, owner, tags=[tag])
        await _unlink(units_of_work, tag, owner)
        after = await stored_cheat(units_of_work, cheat.id)
        assert after is not None
        assert (after.platform_ids, after.topic_ids) == ((), ())
        assert await stored_tag(units_of_work, kind, tag.id) == tag

    async def test_who_read_a_cheat_before_it_was_unlinked_cannot_link_it_again_unawares(
        self, units_of_work: UnitsOfWork, kind: TagKind
    ) -> None:
        tag, owner = await a_kept_tag(units_of_work, kind), await a_kept_user(units_of_work)
        cheat = await a_kept_cheat(units_of_work, owner, tags=[tag])
        await _unlink(units_of_work, tag, owner)
        async with units_of_work() as uow:
            uow.cheats.save(replace(cheat, title="Changed", version=2))
            with pytest.raises(Stale):
                await uow.commit()

    async def test_a_cheat_created_while_its_tag_is_removed_never_dangles(
        self, units_of_work: UnitsOfWork, kind: TagKind
    ) -> None:
        owner = await a_kept_user(units_of_work)
        for _ in range(10):
            tag = await a_kept_tag(units_of_work, kind)
            winners, losers = await race(
                [a_kept_cheat(units_of_work, owner, tags=[tag]), _remove(units_of_work, tag)]
            )
            assert len(winners) == 1
            if await stored_tag(units_of_work, kind, tag.id) is None:
                assert [type(loser) for loser in losers] == [Invalid]
            else:
                assert [type(loser) for loser in losers] == [InUse]

    async def test_whoever_unlinks_and_removes_a_tag_wins_over_those_who_put_cheats_under_it(
        self, units_of_work: UnitsOfWork, kind: TagKind
    ) -> None:
        owner = await a_kept_user(units_of_work)
        for _ in range(10):
            tag = await a_kept_tag(units_of_work, kind)
            await a_kept_cheat(units_of_work, owner, tags=[tag])
            creating = [a_kept_cheat(units_of_work, owner, tags=[tag]) for _ in range(4)]
            _, losers = await race([*creating[:2], _remove(units_of_work, tag, unlinking=owner), *creating[2:]])
            assert {type(loser) for loser in losers} <= {Invalid}
            assert await stored_tag(units_of_work, kind, tag.id) is None

    async def test_several_tags_taken_off_the_same_cheats_at_once_leave_none_behind(
        self, units_of_work: UnitsOfWork, kind: TagKind
    ) -> None:
        owner = await a_kept_user(units_of_work)
        tags = [await a_kept_tag(units_of_work, each) for each in (kind, kind, _other(kind))]
        cheats = [await a_kept_cheat(units_of_work, owner, tags=tags) for _ in range(20)]
        _, losers = await race(_remove(units_of_work, tag, unlinking=owner) for tag in tags)
        assert losers == []
        for cheat in cheats:
            after = await stored_cheat(units_of_work, cheat.id)
            assert after == replace(
                cheat, platform_ids=(), topic_ids=(), updated_at=NOON + DAY, version=1 + len(tags)
            )
