"""The in-memory store keeps every promise of its ports."""

import pytest

from adapters.memory.store import InMemoryStore
from adapters.memory.unit_of_work import InMemoryUnitsOfWork
from application.ports.unit_of_work import UnitsOfWork
from tests.contracts.sample import a_kept_user, keep
from tests.contracts.sessions import SessionRepositoryContract
from tests.contracts.store import StoreContract
from tests.contracts.task_lists import TaskListContract
from tests.contracts.task_search import TaskSearchContract
from tests.contracts.tasks import TaskRepositoryContract
from tests.contracts.unit_of_work import UnitOfWorkContract
from tests.contracts.users import UserRepositoryContract


@pytest.fixture
def store() -> InMemoryStore:
    return InMemoryStore()


@pytest.fixture
def units_of_work(store: InMemoryStore) -> UnitsOfWork:
    return InMemoryUnitsOfWork(store)


class TestInMemoryStore(StoreContract):
    """The store as a whole."""


class TestInMemoryUnitOfWork(UnitOfWorkContract):
    """The unit of work."""

    async def test_an_id_of_ones_own_making_that_is_in_use_is_a_bug_and_says_so(
        self, units_of_work: UnitsOfWork
    ) -> None:
        user = await a_kept_user(units_of_work)
        with pytest.raises(RuntimeError):
            await keep(units_of_work, user)


class TestInMemoryUsers(UserRepositoryContract):
    """Accounts."""


class TestInMemorySessions(SessionRepositoryContract):
    """Sign-ins."""


class TestInMemoryTasks(TaskRepositoryContract):
    """Tasks one by one."""


class TestInMemoryTaskLists(TaskListContract):
    """Tasks in lists."""


class TestInMemoryTaskSearch(TaskSearchContract):
    """Tasks searched for."""
