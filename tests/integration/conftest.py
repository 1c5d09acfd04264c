"""The PostgreSQL that integration tests share, and databases on it."""

from collections.abc import AsyncGenerator, Generator

import psycopg
import pytest
from psycopg import sql

from adapters.sql import migration
from adapters.sql.store import SqlStore
from adapters.sql.tables import metadata
from application.ports.unit_of_work import UnitsOfWork
from tests.integration.postgresql import Server, database_name, new_database, running_server

_SERVER = pytest.StashKey[Server]()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say which PostgreSQL it was."""
    server = config.stash.get(_SERVER, None)
    if server is not None:
        terminalreporter.write_line(f"PostgreSQL {server.version}: {server.kind}")


@pytest.fixture(scope="session")
def postgresql(pytestconfig: pytest.Config) -> Generator[Server]:
    """A running server on which databases can be created."""
    with running_server() as server:
        pytestconfig.stash[_SERVER] = server
        yield server


@pytest.fixture(scope="session")
def postgresql_url(postgresql: Server) -> str:
    """The URL of a database to connect to for creating others; nothing is written to it."""
    return postgresql.url


@pytest.fixture(scope="session")
def _template(postgresql: Server) -> Generator[str]:
    with new_database(postgresql) as url:
        migration.upgrade(url)
        yield database_name(url)


@pytest.fixture
def empty_database_url(postgresql: Server) -> Generator[str]:
    """A database without any schema, for this test alone."""
    with new_database(postgresql) as url:
        yield url


@pytest.fixture
def database_url(postgresql: Server, _template: str) -> Generator[str]:
    """A migrated, empty database for this test alone."""
    with new_database(postgresql, template=_template) as url:
        yield url


@pytest.fixture(scope="module")
def module_database_url(postgresql: Server, _template: str) -> Generator[str]:
    """A migrated, empty database that the tests of one module share."""
    with new_database(postgresql, template=_template) as url:
        yield url


@pytest.fixture(scope="session")
def _shared_database(postgresql: Server, _template: str) -> Generator[tuple[str, psycopg.Connection]]:
    with (
        new_database(postgresql, template=_template) as url,
        psycopg.connect(url, autocommit=True, application_name="tests") as connection,
    ):
        yield url, connection


@pytest.fixture
async def store(_shared_database: tuple[str, psycopg.Connection]) -> AsyncGenerator[SqlStore]:
    """An open store, empty; its database is emptied before each test, which is quicker than a new one."""
    url, connection = _shared_database
    for table in reversed(metadata.sorted_tables):
        connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table.name)))
    store = SqlStore(url, pool_size=8)
    await store.open()
    yield store
    await store.close()


@pytest.fixture
def units_of_work(store: SqlStore) -> UnitsOfWork:
    """How to open a unit of work on the store."""
    return store.unit_of_work


@pytest.fixture
async def others_units_of_work(_shared_database: tuple[str, psycopg.Connection]) -> AsyncGenerator[UnitsOfWork]:
    """How another instance of the service opens one on the same database."""
    other = SqlStore(_shared_database[0], pool_size=8)
    yield other.unit_of_work
    await other.close()
