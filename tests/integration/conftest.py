"""What integration tests share: a PostgreSQL, databases on it, and the command line."""

from collections.abc import AsyncGenerator, Generator
from pathlib import Path
from typing import Protocol

import psycopg
import pytest
from psycopg import sql

from adapters.sql import migration
from adapters.sql.store import SqlStore
from adapters.sql.tables import metadata
from application.ports.unit_of_work import UnitsOfWork
from tests.integration.cli_processes import Run, Serve, calling_in, running_in, serving_in
from tests.integration.postgresql import Server, database_name, new_database, running_server

_SERVER = pytest.StashKey[Server]()
_NAMES = pytest.StashKey[set[str]]()
_TOLD = "postgresql"


class _Worker(Protocol):
    """A process that runs some of the tests, as pytest-xdist, which brings no types, tells of it."""

    config: pytest.Config


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Let the process that started this one know which PostgreSQL it was, where tests run in several."""
    server = session.config.stash.get(_SERVER, None)
    output: dict[str, object] | None = getattr(session.config, "workeroutput", None)
    if server is not None and output is not None:
        output[_TOLD] = _name(server)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: _Worker) -> None:
    """Take in what a process tells at its end; one that crashed tells nothing."""
    if (name := getattr(node, "workeroutput", {}).get(_TOLD)) is not None:
        node.config.stash.setdefault(_NAMES, set()).add(name)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say which PostgreSQL it was."""
    server = config.stash.get(_SERVER, None)
    for name in config.stash.get(_NAMES, set[str]()) if server is None else {_name(server)}:
        terminalreporter.write_line(name)


def _name(server: Server) -> str:
    return f"PostgreSQL {server.version}: {server.kind}"


@pytest.fixture(scope="session")
def postgresql(pytestconfig: pytest.Config) -> Generator[Server]:
    """A running server on which databases can be created."""
    with running_server() as server:
        pytestconfig.stash[_SERVER] = server
        if server.kind != "TEST_DATABASE_URL":
            _spare_the_disk(server)
        yield server


def _spare_the_disk(server: Server) -> None:
    # Nobody will miss these data after a power cut, and most of a commit is waiting for the disk. Commits still
    # outlive the server's processes.
    with psycopg.connect(server.url, autocommit=True) as connection:
        for name in ("fsync", "full_page_writes"):
            connection.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(name)))
        connection.execute("SELECT pg_reload_conf()")


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
    delete = [
        sql.SQL("DELETE FROM {}").format(sql.Identifier(table.name)) for table in reversed(metadata.sorted_tables)
    ]
    # The log of events only grows, for everyone but who may switch that off.
    guard = sql.SQL("ALTER TABLE events {} TRIGGER only_grows")
    connection.execute(
        sql.SQL("; ").join([guard.format(sql.SQL("DISABLE")), *delete, guard.format(sql.SQL("ENABLE"))])
    )
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


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs a command of `satchel` as a process of its own."""
    return running_in(tmp_path)


@pytest.fixture
def call(tmp_path: Path) -> Run:
    """Runs a command of `satchel` within this process, which is quicker."""
    return calling_in(tmp_path)


@pytest.fixture
def serve(tmp_path: Path) -> Generator[Serve]:
    """Starts `satchel serve`; it ends with the test."""
    with serving_in(tmp_path) as serve:
        yield serve
