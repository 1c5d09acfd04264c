"""The data of older services in the in-memory store."""

import pytest

from adapters.memory.store import InMemoryStore
from adapters.memory.unit_of_work import InMemoryUnitsOfWork
from application.ports.unit_of_work import UnitsOfWork
from tests.contracts import adopting


@pytest.fixture
def units_of_work() -> UnitsOfWork:
    return InMemoryUnitsOfWork(InMemoryStore())


class TestAdopting(adopting.AdoptingContract):
    """In memory."""
