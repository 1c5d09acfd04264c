"""What exports and imports owe their users, whatever the store.

Needs the fixture `units_of_work`, which opens units of work on an empty store.
"""

from dataclasses import replace
from datetime import datetime

import pytest

from adapters.clock.fixed import FixedClock
from adapters.random.keys import RandomKeys
from application.importing import ImportCheats, ImportOutcome
from application.portability import CountCheats, ExportCheats
from application.ports.cheats import CheatFilter
from application.ports.unit_of_work import UnitOfWork, UnitsOfWork
from domain.cheats import Cheat
from domain.portability import ExportedCheat
from domain.taxonomy import TagKind
from domain.users import Role, User
from tests.contracts.cheat_files import records
from tests.contracts.sample import (
    DAY,
    NOON,
    a_kept_cheat,
    a_kept_tag,
    a_kept_user,
    a_user,
    keep,
)

ALL = CheatFilter()
PORTS = ExportedCheat("ports", "List open ports", "bash", ("Linux",), ("network",), "As root.", "ss -tlnp")
UNDO = ExportedCheat("undo", "Undo the last commit", None, ("Git",), ("history", "repair"), "", "git reset HEAD~1")


def importing(units_of_work: UnitsOfWork) -> ImportCheats:
    """Return the use case, a day after all that is there."""
    return ImportCheats(units_of_work, FixedClock(NOON + DAY), RandomKeys())


async def exported(units_of_work: UnitsOfWork, wanted: CheatFilter = ALL) -> list[ExportedCheat]:
    """Return everything that an export holds."""
    return [cheat async for cheat in ExportCheats(units_of_work)(None, wanted=wanted)]


async def kept(units_of_work: UnitsOfWork, key: str) -> Cheat:
    """Return the cheat of this key."""
    async with units_of_work() as uow:
        return (await uow.cheats.with_keys([key]))[key]


async def bag_of(units_of_work: UnitsOfWork, user: User) -> set[str]:
    """Return the titles of what is in someone's bag."""
    return {cheat.title for cheat in await exported(units_of_work, CheatFilter(in_bag_of=user.id))}


async def an_admin(
    units_of_work: UnitsOfWork, *, at: datetime = NOON, is_active: bool = True, deleted_at: datetime | None = None
) -> User:
    """Return an admin who is in the store."""
    async with units_of_work() as uow:
        user = a_user(await uow.users.next_id(), at=at)
    admin = replace(user, role=Role.ADMIN, is_active=is_active, deleted_at=deleted_at)
    await keep(units_of_work, admin)
    return admin


@pytest.mark.anyio
class ExportContract:
    """What an export holds."""

    async def test_it_holds_what_is_true_of_a_cheat_everywhere(self, units_of_work: UnitsOfWork) -> None:
        owner = await a_kept_user(units_of_work)
        tags = [
            await a_kept_tag(units_of_work, kind, name)
            for kind, name in (
                (TagKind.PLATFORM, "macOS"), (TagKind.PLATFORM, "Linux"), (TagKind.TOPIC, "network"),
            )
        ]  # fmt: skip
        await a_kept_cheat(units_of_work, owner, "Ports", key="a1", notes="N", code="C", language="sh", tags=tags)
        await a_kept_cheat(units_of_work, owner, "Zero", key="a0")
        assert await exported(units_of_work) == [
            ExportedCheat("a1", "Ports", "sh", ("Linux", "macOS"), ("network",), "N", "C"),
            ExportedCheat("a0", "Zero"),
        ]

    async def test_cheats_come_by_title_as_folded_and_then_by_key(self, units_of_work: UnitsOfWork) -> None:
        owner = await a_kept_user(units_of_work)
        for key, title in (("d", "b"), ("c", "É"), ("b", "e"), ("a", "B"), ("0", "f"), ("z", "\u00e9")):
            await a_kept_cheat(units_of_work, owner, title, key=key)
        assert [cheat.key for cheat in await exported(units_of_work)] == ["a", "d", "b", "c", "z", "0"]

    async def test_only_what_is_wanted_is_exported_and_counted(self, units_of_work: UnitsOfWork) -> None:
        ada, bob = await a_kept_user(units_of_work), await a_kept_user(units_of_work)
        await a_kept_cheat(units_of_work, ada, "Ada's")
        await a_kept_cheat(units_of_work, bob, "Bob's")
        wanted = CheatFilter(owner_id=ada.id)
        assert [cheat.title for cheat in await exported(units_of_work, wanted)] == ["Ada's"]
        assert await CountCheats(units_of_work)(ada, wanted=wanted) == 1
        assert await CountCheats(units_of_work)(None, wanted=ALL) == 2

    async def test_it_reads_on_only_when_more_is_asked_for(self, units_of_work: UnitsOfWork) -> None:
        owner = await a_kept_user(units_of_work)
        await importing(units_of_work)(owner, records(*(ExportedCheat(None, f"{n:03}") for n in range(250))))
        opened = 0

        def counted() -> UnitOfWork:
            nonlocal opened
            opened += 1
            return units_of_work()

        titles: list[str] = []
        pages: list[int] = []
        async for cheat in ExportCheats(counted)(None, wanted=ALL):
            titles.append(cheat.title)
            pages.append(opened)
        assert titles == [f"{n:03}" for n in range(250)]
        assert pages == [1] * 100 + [2] * 100 + [3] * 50

    async def test_what_others_change_meanwhile_does_not_disturb_it(self, units_of_work: UnitsOfWork) -> None:
        owner = await a_kept_user(units_of_work)
        await importing(units_of_work)(owner, records(*(ExportedCheat(f"k{n}", f"{n:03}") for n in range(150))))
        export = ExportCheats(units_of_work)(None, wanted=ALL)
        seen = [(await anext(export)).title]
        for key in ("k0", "k99", "k120"):
            gone = await kept(units_of_work, key)
            async with units_of_work() as uow:
                uow.cheats.remove(gone)
                await uow.commit()
        await a_kept_cheat(units_of_work, owner, "0995")
        seen += [cheat.title async for cheat in export]
        assert seen == sorted({f"{n:03}" for n in range(150)} - {"120"} | {"0995"})


@pytest.mark.anyio
class ImportContract:
    """What becomes of the cheats in a file."""

    async def test_new_ones_are_the_importers_own_and_in_their_bag(self, units_of_work: UnitsOfWork) -> None:
        ada = await a_kept_user(units_of_work)
        outcome = await importing(units_of_work)(ada, records(PORTS, UNDO))
        assert outcome == ImportOutcome(
            created=(PORTS.title, UNDO.title), platforms=("Linux", "Git"), topics=("network", "history", "repair")
        )
        assert await exported(units_of_work) == [PORTS, UNDO]
        assert (await kept(units_of_work, "ports")).owner_id == ada.id
        assert await bag_of(units_of_work, ada) == {PORTS.title, UNDO.title}

    async def test_one_without_a_key_is_given_one(self, units_of_work: UnitsOfWork) -> None:
        ada = await a_kept_user(units_of_work)
        await importing(units_of_work)(ada, records(replace(PORTS, key=None), replace(UNDO, key=None)))
        first, second = await exported(units_of_work)
        assert first.key
        assert second.key
        assert first.key != second.key

    @pytest.mark.parametrize("cheats", [(PORTS, UNDO), (replace(PORTS, key=None), replace(UNDO, key=None))])
    async def test_the_same_again_changes_nothing(
        self, units_of_work: UnitsOfWork, cheats: tuple[ExportedCheat, ...]
    ) -> None:
        ada = await a_kept_user(units_of_work)
        await importing(units_of_work)(ada, records(*cheats))
        before = await exported(units_of_work)
        keys = [cheat.key or "" for cheat in before]
        states = [await kept(units_of_work, key) for key in keys]
        assert await importing(units_of_work)(ada, records(*cheats)) == ImportOutcome(unchanged=2)
        assert await importing(units_of_work)(ada, records(*before)) == ImportOutcome(unchanged=2)
        assert [await kept(units_of_work, key) for key in keys] == states

    async def test_what_is_known_by_its_key_becomes_what_the_file_says(self, units_of_work: UnitsOfWork) -> None:
        ada = await a_kept_user(units_of_work)
        await importing(units_of_work)(ada, records(PORTS, UNDO))
        before = await kept(units_of_work, "ports")
        other = ExportedCheat("ports", "Ports", "fish", ("macOS", "Linux"), (), "n", "c")
        outcome = await importing(units_of_work)(ada, records(other, UNDO))
        assert outcome == ImportOutcome(updated=("Ports",), unchanged=1, platforms=("macOS",))
        assert (await exported(units_of_work))[0] == replace(other, platforms=("Linux", "macOS"))
        after = await kept(units_of_work, "ports")
        assert (after.id, after.owner_id, after.version) == (before.id, ada.id, before.version + 1)

    async def test_what_the_file_does_not_hold_stays(self, units_of_work: UnitsOfWork) -> None:
        ada = await a_kept_user(units_of_work)
        await importing(units_of_work)(ada, records(PORTS))
        await importing(units_of_work)(ada, records(UNDO))
        assert await exported(units_of_work) == [PORTS, UNDO]

    async def test_without_a_key_ones_own_of_the_same_title_is_meant(self, units_of_work: UnitsOfWork) -> None:
        ada, bob = await a_kept_user(units_of_work), await a_kept_user(units_of_work)
        await a_kept_cheat(units_of_work, bob, "Ports", key="bobs")
        await a_kept_cheat(units_of_work, ada, "Ports", key="adas")
        await a_kept_cheat(units_of_work, ada, "ports", key="other")
        outcome = await importing(units_of_work)(ada, records(ExportedCheat(None, "Ports", code="ss")))
        assert outcome == ImportOutcome(updated=("Ports",))
        assert (await kept(units_of_work, "adas")).code == "ss"

    async def test_where_several_have_that_title_one_is_made_unless_it_is_there(
        self, units_of_work: UnitsOfWork
    ) -> None:
        ada = await a_kept_user(units_of_work)
        await a_kept_cheat(units_of_work, ada, "Ports", code="lsof")
        await a_kept_cheat(units_of_work, ada, "Ports", code="netstat")
        file = records(ExportedCheat(None, "Ports", code="ss"))
        assert await importing(units_of_work)(ada, file) == ImportOutcome(created=("Ports",))
        assert await importing(units_of_work)(ada, file) == ImportOutcome(unchanged=1)

    async def test_what_a_file_holds_under_a_key_is_not_meant_by_a_title_too(
        self, units_of_work: UnitsOfWork
    ) -> None:
        ada = await a_kept_user(units_of_work)
        await importing(units_of_work)(ada, records(PORTS))
        twin = replace(PORTS, key=None, code="lsof")
        outcome = await importing(units_of_work)(ada, records(PORTS, twin))
        assert outcome == ImportOutcome(created=(PORTS.title,), unchanged=1)
        assert await importing(units_of_work)(ada, records(PORTS, twin)) == ImportOutcome(unchanged=2)

    async def test_texts_are_the_same_in_any_form_that_unicode_knows(self, units_of_work: UnitsOfWork) -> None:
        ada = await a_kept_user(units_of_work)
        composed = ExportedCheat(None, "Caf\u00e9", platforms=("Fa\u00e7ade",), notes="\u00e9")
        decomposed = ExportedCheat(None, "Cafe\u0301", platforms=(" Fac\u0327ade",), notes="e\u0301")
        await importing(units_of_work)(ada, records(composed))
        assert await importing(units_of_work)(ada, records(decomposed)) == ImportOutcome(unchanged=1)

    async def test_platforms_and_topics_are_found_regardless_of_case_and_keep_their_spelling(
        self, units_of_work: UnitsOfWork
    ) -> None:
        ada = await a_kept_user(units_of_work)
        linux = await a_kept_tag(units_of_work, TagKind.PLATFORM, "Linux")
        cheat = replace(PORTS, platforms=("LINUX", "linux ", "macos"), topics=("Linux",))
        again = replace(UNDO, platforms=("MacOS",), topics=())
        await importing(units_of_work)(ada, records(cheat, again))
        first, second = await exported(units_of_work)
        assert (first.platforms, first.topics) == (("Linux", "macos"), ("Linux",))
        assert second.platforms == ("macos",)
        assert linux.id in (await kept(units_of_work, "ports")).platform_ids

    async def test_thousands_are_taken_in_at_once(self, units_of_work: UnitsOfWork) -> None:
        ada = await a_kept_user(units_of_work)
        cheats = [
            ExportedCheat(f"k{n}" if n % 2 else None, f"Cheat {n}", topics=(f"topic {n % 700}",))
            for n in range(2_500)
        ]
        outcome = await importing(units_of_work)(ada, records(*cheats))
        assert outcome == ImportOutcome(
            created=tuple(cheat.title for cheat in cheats), topics=tuple(f"topic {n}" for n in range(700))
        )
        assert await importing(units_of_work)(ada, records(*cheats)) == ImportOutcome(unchanged=2_500)
