"""What every repository of cheats owes those who know them by key or title, as imports do.

Needs the fixture `units_of_work`, which opens units of work on an empty store.
"""

import pytest

from application.ports.unit_of_work import UnitsOfWork
from domain.errors import Taken
from domain.taxonomy import TagKind
from tests.contracts.sample import (
    GREATEST_ID,
    MINUTE,
    NOON,
    a_cheat,
    a_kept_cheat,
    a_kept_tag,
    a_kept_user,
    fields,
    keep,
    race,
)


@pytest.mark.anyio
class CheatKeyContract:
    """Each key belongs to one cheat; a title may be that of many."""

    async def test_a_key_belongs_to_one_cheat(self, units_of_work: UnitsOfWork) -> None:
        owner = await a_kept_user(units_of_work)
        cheat = await a_kept_cheat(units_of_work, owner, key="abc")
        with pytest.raises(Taken) as refusal:
            await a_kept_cheat(units_of_work, owner, key="abc")
        assert fields(refusal.value.faults) == ["key"]
        async with units_of_work() as uow:
            assert await uow.cheats.with_keys(["abc"]) == {"abc": cheat}

    async def test_of_twenty_racing_cheats_of_one_key_exactly_one_is_kept(
        self, units_of_work: UnitsOfWork
    ) -> None:
        owner = await a_kept_user(units_of_work)
        winners, losers = await race(a_kept_cheat(units_of_work, owner, key="abc") for _ in range(20))
        async with units_of_work() as uow:
            assert list((await uow.cheats.with_keys(["abc"])).values()) == winners
        assert {type(loser) for loser in losers} == {Taken}

    async def test_cheats_are_found_by_their_keys(self, units_of_work: UnitsOfWork) -> None:
        owner = await a_kept_user(units_of_work)
        tags = [await a_kept_tag(units_of_work, kind) for kind in (*TagKind, *TagKind)]
        one = await a_kept_cheat(units_of_work, owner, key="one", tags=tags)
        two = await a_kept_cheat(units_of_work, owner, key="two")
        await a_kept_cheat(units_of_work, owner, key="three")
        async with units_of_work() as uow:
            found = await uow.cheats.with_keys(["two", "one", "one", "ONE", "four", ""])
            assert found == {"one": one, "two": two}
            assert await uow.cheats.with_keys([]) == {}

    async def test_thousands_are_kept_at_once_and_found_by_their_keys(self, units_of_work: UnitsOfWork) -> None:
        owner = await a_kept_user(units_of_work)
        tags = [await a_kept_tag(units_of_work, kind) for kind in (*TagKind, *TagKind)]
        cheats = [a_cheat(number, owner, tags=tags[: number % 5]) for number in range(1, 3_001)]
        await keep(units_of_work, *cheats)
        async with units_of_work() as uow:
            found = await uow.cheats.with_keys(f"k{number}" for number in range(70_000))
        assert found == {cheat.key: cheat for cheat in cheats}

    async def test_ones_own_cheats_are_found_by_title_to_the_letter_the_oldest_first(
        self, units_of_work: UnitsOfWork
    ) -> None:
        ada, bob = await a_kept_user(units_of_work), await a_kept_user(units_of_work)
        tag = await a_kept_tag(units_of_work, TagKind.TOPIC)
        newer = await a_kept_cheat(units_of_work, ada, "Café", at=NOON + MINUTE)
        older = await a_kept_cheat(units_of_work, ada, "Café", tags=[tag])
        twin = await a_kept_cheat(units_of_work, ada, "Café")
        hostile_one = await a_kept_cheat(units_of_work, ada, "'; %_\\\"")
        for owner, title in ((ada, "café"), (ada, "Cafe"), (ada, "Café "), (bob, "Café")):
            await a_kept_cheat(units_of_work, owner, title)
        async with units_of_work() as uow:
            found = await uow.cheats.titled(["Café", "Café", "'; %_\\\"", "Tea"], owner_id=ada.id)
            assert found == {"Café": (older, twin, newer), "'; %_\\\"": (hostile_one,)}
            assert await uow.cheats.titled([], owner_id=ada.id) == {}
            assert await uow.cheats.titled(["Café"], owner_id=GREATEST_ID) == {}
