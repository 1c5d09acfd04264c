"""What imports owe their users when something is wrong, or others are at work.

Needs the fixture `units_of_work`, which opens units of work on an empty store.
"""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from adapters.clock.fixed import FixedClock
from adapters.random.keys import RandomKeys
from application.importing import ImportCheats, ImportOutcome
from application.ports.unit_of_work import UnitsOfWork
from application.turns import Turns
from domain.errors import Conflict, Fault, Forbidden, Invalid, NotFound, Unavailable
from domain.portability import ExportedCheat, Record
from domain.taxonomy import TagKind
from domain.users import Role
from tests.contracts.cheat_files import records
from tests.contracts.portability import PORTS, UNDO, an_admin, bag_of, exported, importing, kept
from tests.contracts.sample import DAY, MINUTE, NOON, a_kept_tag, a_kept_user, fields, race


@pytest.mark.anyio
class ImportRefusalContract:
    """All or nothing."""

    async def test_every_fault_of_every_record_is_named(self, units_of_work: UnitsOfWork) -> None:
        ada = await a_kept_user(units_of_work)
        file = records(
            PORTS,
            ExportedCheat("A", " ", "c sharp", ("", "x" * 81), ("a\nb",), "\0", "x" * 100_001),
            replace(PORTS, title="Again"),
            replace(UNDO, key=None),
            replace(UNDO, key=None, code="other"),
            replace(UNDO, platforms=tuple(f"p{n}" for n in range(101))),
        )
        with pytest.raises(Invalid) as refusal:
            await importing(units_of_work)(ada, file)
        assert fields(refusal.value.faults) == [
            *(f"cheats[1].{field}" for field in ("key", "title", "language", "platforms", "platforms", "topics")),
            "cheats[1].notes",
            "cheats[1].code",
            "cheats[2].key",
            "cheats[4].title",
            "cheats[5].platforms",
        ]
        assert "cheats[0].key" in refusal.value.faults[-3].message
        assert await exported(units_of_work) == []

    async def test_what_the_reader_of_the_file_found_comes_with_it(self, units_of_work: UnitsOfWork) -> None:
        ada = await a_kept_user(units_of_work)
        (bad,) = records(ExportedCheat(None, ""))
        broken = Record(None, str, (Fault("line 7", "is broken"),))
        with pytest.raises(Invalid) as refusal:
            await importing(units_of_work)(ada, [broken, bad])
        assert fields(refusal.value.faults) == ["line 7", "cheats[0].title"]

    async def test_a_cheat_of_another_changes_for_managers_and_the_operator_alone(
        self, units_of_work: UnitsOfWork
    ) -> None:
        ada, bob = await a_kept_user(units_of_work), await a_kept_user(units_of_work)
        await an_admin(units_of_work)
        await importing(units_of_work)(ada, records(PORTS, UNDO))
        changed = records(PORTS, replace(UNDO, code="git revert"), ExportedCheat("new", "New"))
        with pytest.raises(Forbidden) as refusal:
            await importing(units_of_work)(bob, changed)
        assert fields(refusal.value.faults) == ["cheats[1].key"]
        assert "cheats[1].key" in refusal.value.detail
        assert await exported(units_of_work) == [PORTS, UNDO]
        manager = replace(bob, role=Role.MANAGER)
        outcome = await importing(units_of_work)(manager, changed)
        assert outcome == ImportOutcome(("New",), (UNDO.title,), unchanged=1)
        assert (await kept(units_of_work, "undo")).owner_id == ada.id
        assert await importing(units_of_work)(None, records(UNDO)) == ImportOutcome(updated=(UNDO.title,))

    async def test_a_cheat_of_another_that_is_the_same_is_no_reason_to_refuse(
        self, units_of_work: UnitsOfWork
    ) -> None:
        ada, bob = await a_kept_user(units_of_work), await a_kept_user(units_of_work)
        await importing(units_of_work)(ada, records(PORTS))
        outcome = await importing(units_of_work)(bob, records(PORTS, UNDO))
        assert (outcome.created, outcome.unchanged) == ((UNDO.title,), 1)

    async def test_a_dry_run_tells_what_would_be_and_changes_nothing(self, units_of_work: UnitsOfWork) -> None:
        ada = await a_kept_user(units_of_work)
        await importing(units_of_work)(ada, records(PORTS, ExportedCheat("x", "X")))
        file = records(replace(PORTS, title="Ports"), ExportedCheat("x", "X"), UNDO)
        before = await exported(units_of_work)
        outcome = await importing(units_of_work)(ada, file, dry_run=True)
        assert outcome == ImportOutcome(
            created=(UNDO.title,),
            updated=("Ports",),
            unchanged=1,
            platforms=("Git",),
            topics=("history", "repair"),
        )
        assert await exported(units_of_work) == before
        async with units_of_work() as uow:
            assert await uow.topics.named(["history"]) == {}
        with pytest.raises(Invalid):
            await importing(units_of_work)(ada, records(ExportedCheat(None, "")), dry_run=True)

    async def test_a_dry_run_takes_no_ids_and_tells_new_tags_from_old(self, units_of_work: UnitsOfWork) -> None:
        ada = await a_kept_user(units_of_work)
        await importing(units_of_work)(ada, records(PORTS))
        file = records(replace(PORTS, platforms=("BSD",)), UNDO)
        async with units_of_work() as uow:
            before = await uow.cheats.next_id(), await uow.platforms.next_id(), await uow.topics.next_id()
        outcome = await importing(units_of_work)(ada, file, dry_run=True)
        assert (outcome.created, outcome.updated) == ((UNDO.title,), (PORTS.title,))
        async with units_of_work() as uow:
            after = await uow.cheats.next_id(), await uow.platforms.next_id(), await uow.topics.next_id()
        assert after == tuple(number + 1 for number in before)

    async def test_people_take_in_a_bounded_number_at_once_and_operators_as_many_as_they_like(
        self, units_of_work: UnitsOfWork, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("application.importing.IMPORTED_MOST", 4)
        ada = await an_admin(units_of_work)
        fits = [ExportedCheat(None, "One", platforms=("Linux",)), ExportedCheat(None, "Two", topics=("Linux",))]
        await importing(units_of_work)(ada, records(*fits))
        file = records(*fits, ExportedCheat(None, "Three"))
        with pytest.raises(Invalid) as refusal:
            await importing(units_of_work)(ada, file)
        assert fields(refusal.value.faults) == ["cheats"]
        assert "at most 4" in refusal.value.faults[0].message
        assert len((await importing(units_of_work)(None, file)).created) == 1

    async def test_people_take_in_a_bounded_number_of_files_at_a_time(self, units_of_work: UnitsOfWork) -> None:
        ada = await an_admin(units_of_work)
        busy = replace(importing(units_of_work), turns=Turns(1, refusal="Later."))
        with busy.turns.taken():
            with pytest.raises(Unavailable, match="Later"):
                await busy(ada, records(PORTS))
            assert (await busy(None, records(PORTS))).created
        assert (await busy(ada, records(UNDO))).created

    async def test_a_file_that_breaks_off_changes_nothing(self, units_of_work: UnitsOfWork) -> None:
        ada = await a_kept_user(units_of_work)

        def broken() -> Iterator[Record]:
            yield from records(PORTS)
            raise RuntimeError("the disk is gone")

        with pytest.raises(RuntimeError):
            await importing(units_of_work)(ada, broken())
        assert await exported(units_of_work) == []

    async def test_a_crash_in_the_middle_changes_nothing(self, units_of_work: UnitsOfWork) -> None:
        ada = await a_kept_user(units_of_work)

        class Exhausted(RandomKeys):
            def next(self) -> str:
                raise RuntimeError("no key is left")

        crashing = ImportCheats(units_of_work, FixedClock(NOON), Exhausted())
        with pytest.raises(RuntimeError):
            await crashing(ada, records(PORTS, replace(UNDO, key=None)))
        assert await exported(units_of_work) == []
        async with units_of_work() as uow:
            assert await uow.platforms.named(["linux", "git"]) == {}


@pytest.mark.anyio
class ImportRaceContract:
    """Others are at work at the same moment."""

    @pytest.mark.parametrize(
        "cheats",
        [
            (PORTS, UNDO),
            (replace(PORTS, key=None), replace(UNDO, key=None)),
            (ExportedCheat(None, PORTS.title), ExportedCheat(None, UNDO.title)),
        ],
        ids=["with keys", "without keys", "with titles alone"],
    )
    async def test_of_several_at_once_one_makes_the_cheats(
        self, units_of_work: UnitsOfWork, cheats: tuple[ExportedCheat, ...]
    ) -> None:
        ada = await a_kept_user(units_of_work)
        file = records(*cheats)
        outcomes, losers = await race(importing(units_of_work)(ada, file) for _ in range(6))
        assert losers == []
        assert sorted(len(outcome.created) for outcome in outcomes) == [0, 0, 0, 0, 0, 2]
        assert [cheat.title for cheat in await exported(units_of_work)] == [PORTS.title, UNDO.title]

    async def test_a_platform_that_someone_makes_at_that_moment_is_taken(self, units_of_work: UnitsOfWork) -> None:
        ada = await a_kept_user(units_of_work)
        for n in range(10):
            name = f"Platform {n}"
            file = records(ExportedCheat(f"k{n}", "T", platforms=(name,)))
            await race([importing(units_of_work)(ada, file), a_kept_tag(units_of_work, TagKind.PLATFORM, name)])
            cheat = await kept(units_of_work, f"k{n}")
            async with units_of_work() as uow:
                found = await uow.platforms.with_ids(cheat.platform_ids)
            assert [tag.name for tag in found.values()] == [name]


@pytest.mark.anyio
class ImportOwnerContract:
    """Whose the operator's new cheats are."""

    async def test_they_are_whose_the_operator_says(self, units_of_work: UnitsOfWork) -> None:
        ada = await a_kept_user(units_of_work)
        await importing(units_of_work)(None, records(PORTS), owner=ada.username.upper())
        assert (await kept(units_of_work, "ports")).owner_id == ada.id
        assert await bag_of(units_of_work, ada) == {PORTS.title}

    async def test_else_they_are_the_first_admins_who_may_act(self, units_of_work: UnitsOfWork) -> None:
        await a_kept_user(units_of_work)
        await an_admin(units_of_work, is_active=False, at=NOON - DAY)
        await an_admin(units_of_work, at=NOON + MINUTE)
        first = await an_admin(units_of_work)
        await importing(units_of_work)(None, records(PORTS))
        assert (await kept(units_of_work, "ports")).owner_id == first.id

    async def test_without_an_admin_there_is_nobody(self, units_of_work: UnitsOfWork) -> None:
        await a_kept_user(units_of_work)
        with pytest.raises(Conflict):
            await importing(units_of_work)(None, records(PORTS))

    async def test_a_name_must_be_that_of_a_user_who_is_not_deleted(self, units_of_work: UnitsOfWork) -> None:
        gone = await an_admin(units_of_work, deleted_at=NOON)
        for name in ("nobody", gone.username):
            with pytest.raises(NotFound):
                await importing(units_of_work)(None, records(PORTS), owner=name)
