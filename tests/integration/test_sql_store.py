"""The SQL store keeps what every store promises."""

from tests.contracts.events import EventRepositoryContract
from tests.contracts.idempotency import KeptAnswerContract
from tests.contracts.sessions import SessionRepositoryContract
from tests.contracts.store import StoreContract
from tests.contracts.task_lists import TaskListContract
from tests.contracts.task_search import TaskSearchContract
from tests.contracts.tasks import TaskRepositoryContract
from tests.contracts.unit_of_work import UnitOfWorkContract
from tests.contracts.user_lists import UserListContract
from tests.contracts.user_search import UserSearchContract
from tests.contracts.users import UserRepositoryContract


class TestSqlStore(StoreContract):
    """On PostgreSQL."""


class TestSqlUnitOfWork(UnitOfWorkContract):
    """On PostgreSQL."""


class TestSqlUsers(UserRepositoryContract):
    """On PostgreSQL."""


class TestSqlUserLists(UserListContract):
    """On PostgreSQL."""


class TestSqlUserSearch(UserSearchContract):
    """On PostgreSQL."""


class TestSqlSessions(SessionRepositoryContract):
    """On PostgreSQL."""


class TestSqlTasks(TaskRepositoryContract):
    """On PostgreSQL."""


class TestSqlTaskLists(TaskListContract):
    """On PostgreSQL."""


class TestSqlTaskSearch(TaskSearchContract):
    """On PostgreSQL."""


class TestSqlEvents(EventRepositoryContract):
    """On PostgreSQL."""


class TestSqlKeptAnswers(KeptAnswerContract):
    """On PostgreSQL."""
