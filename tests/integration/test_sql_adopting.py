"""The data of older services on PostgreSQL."""

import psycopg
import pytest

from adapters.clock.fixed import FixedClock
from adapters.reflection.service import ReflectedService
from application.adopting.adopt import AdoptOlderService
from application.adopting.findings import Findings
from application.ports.older_services import Kind, OwnNames
from application.ports.unit_of_work import UnitsOfWork
from tests.contracts import adopting, older_services
from tests.contracts.adopting import PASSWORDS
from tests.contracts.sample import NOON
from tests.integration.postgresql import Server, new_database


class TestAdopting(adopting.AdoptingContract):
    """On PostgreSQL."""


@pytest.mark.anyio
async def test_an_older_service_on_postgresql_gives_the_same_and_is_left_as_it_is(
    units_of_work: UnitsOfWork, postgresql: Server
) -> None:
    with new_database(postgresql) as url:
        older = url.replace("postgresql://", "postgresql+psycopg://")
        older_services.task_manager(older)
        adopt = AdoptOlderService(units_of_work, PASSWORDS, FixedClock(NOON))
        adoption = await adopt(ReflectedService(url, OwnNames()), owner="erik")
        with psycopg.connect(url) as connection:
            (left,) = connection.execute("SELECT count(*) FROM tasks").fetchone() or (0,)
    assert adoption.findings == Findings(added=adoption.findings.added)
    assert (adoption.findings.added[Kind.USERS], adoption.findings.added[Kind.TASKS]) == (2, left)
