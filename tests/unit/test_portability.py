"""Exports and imports on the in-memory store, and whole files from one installation to another."""

import pytest
from hypothesis import strategies as st

from adapters.memory.storage import InMemoryStorage
from adapters.random.keys import RandomKeys
from application.importing import ImportOutcome
from application.portability import ExportCheats
from application.ports.unit_of_work import UnitsOfWork
from domain.cheats import key_faults
from domain.portability import ExportedCheat, file_faults
from entrypoints.formats.catalogue import FORMATS
from entrypoints.formats.format import Format
from tests.contracts import import_refusals, portability
from tests.contracts.cheat_files import exported_cheats, read, records
from tests.contracts.portability import ALL, importing
from tests.contracts.properties import for_all
from tests.contracts.sample import a_kept_user


@pytest.fixture
def units_of_work() -> UnitsOfWork:
    return InMemoryStorage().unit_of_work


class TestExport(portability.ExportContract):
    """In memory."""


class TestImport(portability.ImportContract):
    """In memory."""


class TestImportRefusal(import_refusals.ImportRefusalContract):
    """In memory."""


class TestImportRaces(import_refusals.ImportRaceContract):
    """In memory."""


class TestImportOwner(import_refusals.ImportOwnerContract):
    """In memory."""


async def exported_file(units_of_work: UnitsOfWork, form: Format) -> bytes:
    """Return the file of everything."""
    return b"".join([piece async for piece in form.written(ExportCheats(units_of_work)(None, wanted=ALL))])


@pytest.mark.anyio
@pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS)
async def test_what_another_installation_takes_in_it_gives_out_again_byte_for_byte(form: Format) -> None:
    async def travels(cheats: list[ExportedCheat]) -> None:
        here, there = InMemoryStorage().unit_of_work, InMemoryStorage().unit_of_work
        await importing(here)(await a_kept_user(here), records(*cheats))
        file = await exported_file(here, form)
        reader = await a_kept_user(there)
        created = await importing(there)(reader, read(form, file))
        assert (len(created.created), created.updated, created.unchanged) == (len(cheats), (), 0)
        assert await exported_file(there, form) == file
        assert await importing(there)(reader, read(form, file)) == ImportOutcome(unchanged=len(cheats))

    files = st.lists(exported_cheats(), max_size=4).filter(lambda cheats: not list(file_faults(records(*cheats))))
    await for_all(files, travels, examples=100)


def test_random_keys_are_keys_and_differ() -> None:
    keys = [RandomKeys().next() for _ in range(1_000)]
    assert not [fault for key in keys for fault in key_faults(key)]
    assert len(set(keys)) == len(keys)
