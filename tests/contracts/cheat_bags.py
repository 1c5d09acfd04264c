"""What every repository of cheats owes the bags that they are in.

Needs the fixture `units_of_work`, which opens units of work on an empty store.
"""

import pytest

from application.paging import Page, PageRequest
from application.ports.cheats import CheatFilter, CheatSort, SeenCheat
from application.ports.unit_of_work import UnitsOfWork
from domain.cheats import Cheat, CheatChanges
from domain.errors import NotFound, Stale
from domain.users import User
from tests.contracts.sample import (
    GREATEST_ID,
    NOON,
    a_cheat,
    a_kept_cheat,
    a_kept_user,
    a_user,
    race,
    stored_cheat,
)


async def _put(units_of_work: UnitsOfWork, cheat: Cheat, user: User) -> None:
    async with units_of_work() as uow:
        uow.cheats.put_in_bag(cheat.id, user_id=user.id)
        await uow.commit()


async def _take_out(units_of_work: UnitsOfWork, cheat: Cheat, user: User) -> None:
    async with units_of_work() as uow:
        uow.cheats.take_out_of_bag(cheat.id, user_id=user.id)
        await uow.commit()


async def _bag(units_of_work: UnitsOfWork, user: User) -> list[Cheat]:
    """Return what the user's bag holds, the oldest first, after asking for each of it alone."""
    request = PageRequest(CheatSort.CREATED_AT, descending=False)
    async with units_of_work() as uow:
        page = await uow.cheats.page(CheatFilter(in_bag_of=user.id), request, viewer_id=user.id)
        for seen in page.items:
            assert seen.in_bag
            assert await uow.cheats.get(seen.cheat.id, viewer_id=user.id) == seen
    return [seen.cheat for seen in page.items]


@pytest.mark.anyio
class CheatBagContract:
    """Everyone has a bag of their own, and being in one changes nothing about a cheat."""

    async def test_a_bag_holds_what_was_put_in_and_not_taken_out(self, units_of_work: UnitsOfWork) -> None:
        ada, bob = await a_kept_user(units_of_work), await a_kept_user(units_of_work)
        cheats = [await a_kept_cheat(units_of_work, owner) for owner in (ada, bob, ada)]
        assert await _bag(units_of_work, ada) == []
        for cheat in cheats:
            await _put(units_of_work, cheat, ada)
        await _put(units_of_work, cheats[1], bob)
        await _take_out(units_of_work, cheats[1], ada)
        assert await _bag(units_of_work, ada) == [cheats[0], cheats[2]]
        assert await _bag(units_of_work, bob) == [cheats[1]]

    async def test_putting_in_and_taking_out_twice_is_as_good_as_once(self, units_of_work: UnitsOfWork) -> None:
        user = await a_kept_user(units_of_work)
        cheat = await a_kept_cheat(units_of_work, user)
        for _ in range(2):
            await _put(units_of_work, cheat, user)
            assert await _bag(units_of_work, user) == [cheat]
        for _ in range(2):
            await _take_out(units_of_work, cheat, user)
            assert await _bag(units_of_work, user) == []

    async def test_within_one_unit_the_last_word_counts(self, units_of_work: UnitsOfWork) -> None:
        user = await a_kept_user(units_of_work)
        async with units_of_work() as uow:
            stays, goes = a_cheat(1, user), a_cheat(2, user)
            for cheat in (stays, goes):
                uow.cheats.add(cheat)
                uow.cheats.put_in_bag(cheat.id, user_id=user.id)
                uow.cheats.take_out_of_bag(cheat.id, user_id=user.id)
            uow.cheats.put_in_bag(stays.id, user_id=user.id)
            uow.cheats.put_in_bag(stays.id, user_id=user.id)
            await uow.commit()
        assert await _bag(units_of_work, user) == [stays]

    async def test_twenty_at_once_put_in_and_take_out_without_getting_in_each_others_way(
        self, units_of_work: UnitsOfWork
    ) -> None:
        user = await a_kept_user(units_of_work)
        cheat = await a_kept_cheat(units_of_work, user)
        for change, expected in ((_put, [cheat]), (_take_out, [])):
            _, losers = await race(change(units_of_work, cheat, user) for _ in range(20))
            assert losers == []
            assert await _bag(units_of_work, user) == expected

    async def test_no_unknown_cheat_goes_into_a_bag_and_no_cheat_into_an_unknown_bag(
        self, units_of_work: UnitsOfWork
    ) -> None:
        user = await a_kept_user(units_of_work)
        cheat = await a_kept_cheat(units_of_work, user)
        with pytest.raises(NotFound):
            await _put(units_of_work, a_cheat(GREATEST_ID, user), user)
        with pytest.raises(NotFound):
            await _put(units_of_work, cheat, a_user(GREATEST_ID))
        await _take_out(units_of_work, a_cheat(GREATEST_ID, user), a_user(GREATEST_ID))
        assert await _bag(units_of_work, user) == []

    async def test_a_cheat_in_a_bag_is_still_the_same_and_changes_there(self, units_of_work: UnitsOfWork) -> None:
        user = await a_kept_user(units_of_work)
        cheat = await a_kept_cheat(units_of_work, user)
        await _put(units_of_work, cheat, user)
        assert await stored_cheat(units_of_work, cheat.id) == cheat
        changed = cheat.change(CheatChanges(title="Changed"), at=NOON)
        async with units_of_work() as uow:
            uow.cheats.save(changed)
            await uow.commit()
        assert await _bag(units_of_work, user) == [changed]

    async def test_who_looks_sees_their_own_bag(self, units_of_work: UnitsOfWork) -> None:
        ada, bob = await a_kept_user(units_of_work), await a_kept_user(units_of_work)
        cheat = await a_kept_cheat(units_of_work, bob)
        await _put(units_of_work, cheat, ada)
        everything, request = CheatFilter(), PageRequest(CheatSort.CREATED_AT)
        async with units_of_work() as uow:
            for viewer, in_bag in ((ada, True), (bob, False), (a_user(GREATEST_ID), False)):
                seen = SeenCheat(cheat, in_bag)
                assert await uow.cheats.get(cheat.id, viewer_id=viewer.id) == seen
                assert await uow.cheats.page(everything, request, viewer_id=viewer.id) == Page((seen,), None)
            nobodys = await uow.cheats.page(everything, request, viewer_id=None)
            assert nobodys == Page((SeenCheat(cheat, in_bag=False),), None)
            adas_as_bob_sees_it = await uow.cheats.page(CheatFilter(in_bag_of=ada.id), request, viewer_id=bob.id)
            assert adas_as_bob_sees_it == Page((SeenCheat(cheat, in_bag=False),), None)

    async def test_a_removed_cheat_is_out_of_every_bag(self, units_of_work: UnitsOfWork) -> None:
        ada, bob = await a_kept_user(units_of_work), await a_kept_user(units_of_work)
        goes, stays = await a_kept_cheat(units_of_work, ada), await a_kept_cheat(units_of_work, ada)
        for cheat in (goes, stays):
            for user in (ada, bob):
                await _put(units_of_work, cheat, user)
        async with units_of_work() as uow:
            uow.cheats.remove(goes)
            await uow.commit()
        async with units_of_work() as uow:
            # An id comes back only in a test, which shows that no bag has remembered it.
            uow.cheats.add(goes)
            await uow.commit()
        assert await _bag(units_of_work, ada) == await _bag(units_of_work, bob) == [stays]

    async def test_a_cheat_put_into_a_bag_while_it_is_removed_is_not_left_there(
        self, units_of_work: UnitsOfWork
    ) -> None:
        user = await a_kept_user(units_of_work)

        async def remove(cheat: Cheat) -> None:
            async with units_of_work() as uow:
                uow.cheats.remove(cheat)
                await uow.commit()

        for _ in range(10):
            cheat = await a_kept_cheat(units_of_work, user)
            _, losers = await race([_put(units_of_work, cheat, user), remove(cheat)])
            assert [type(loser) for loser in losers] in ([], [NotFound])
            assert await _bag(units_of_work, user) == []

    async def test_when_the_unit_fails_the_bag_is_as_before(self, units_of_work: UnitsOfWork) -> None:
        user = await a_kept_user(units_of_work)
        inside, outside = await a_kept_cheat(units_of_work, user), await a_kept_cheat(units_of_work, user)
        await _put(units_of_work, inside, user)
        async with units_of_work() as uow:
            uow.cheats.take_out_of_bag(inside.id, user_id=user.id)
            uow.cheats.put_in_bag(outside.id, user_id=user.id)
            uow.cheats.save(inside)
            with pytest.raises(Stale):
                await uow.commit()
        assert await _bag(units_of_work, user) == [inside]
