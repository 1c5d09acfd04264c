"""What integration tests share: a PostgreSQL, databases on it, the command line, and the service."""

import shutil
import stat
import tempfile
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from pathlib import Path
from typing import Protocol

import psycopg
import pytest
from psycopg import sql

from adapters.postgres.binaries import find_binaries
from adapters.postgres.server import EmbeddedPostgres
from adapters.sql import migration
from adapters.sql.store import SqlStore
from application.ports.unit_of_work import UnitsOfWork
from tests.contracts.http_service import Person, Service, serving, variables_of
from tests.integration.cli_processes import Run, Serve, calling_in, running_in, serving_in
from tests.integration.embedded_support import Owner, copy, copy_wheel, eventually, is_served, write
from tests.integration.emptied_database import EmptiedDatabase, emptied_database
from tests.integration.postgresql import Server, database_name, new_database, running_server
from tests.integration.warm_satchel import warm_satchel

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
            _spare_trouble(server)
        yield server


def _spare_trouble(server: Server) -> None:
    with psycopg.connect(server.url, autocommit=True) as connection:
        # Nobody will miss these data after a power cut, and most of a commit is waiting for the disk. Commits
        # still outlive the server's processes.
        for name in ("fsync", "full_page_writes"):
            connection.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(name)))
        connection.execute("SELECT pg_reload_conf()")
        # Each of thousands of connections hashes the password as often as its verifier asks for; that is theirs to
        # say since PostgreSQL 16.
        connection.execute("SELECT set_config(name, '1', false) FROM pg_settings WHERE name = 'scram_iterations'")
        connection.execute(
            sql.SQL("ALTER ROLE {} PASSWORD {}").format(
                sql.Identifier(connection.info.user), sql.Literal(connection.info.password)
            )
        )


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
def _shared_database(postgresql: Server, _template: str) -> Generator[EmptiedDatabase]:
    with emptied_database(postgresql, template=_template) as database:
        yield database


@pytest.fixture(scope="session")
def _service_database(postgresql: Server, _template: str) -> Generator[EmptiedDatabase]:
    with emptied_database(postgresql, template=_template) as database:
        yield database


@pytest.fixture(scope="module")
async def _open_store(_shared_database: EmptiedDatabase, anyio_backend: str) -> AsyncGenerator[SqlStore]:
    store = SqlStore(_shared_database.url, pool_size=8)
    await store.open()
    yield store
    await store.close()


@pytest.fixture
def store(_open_store: SqlStore, _shared_database: EmptiedDatabase) -> SqlStore:
    """An open store, empty; the tests of a module share its connections, and what is prepared on them."""
    _shared_database.empty()
    return _open_store


@pytest.fixture
def units_of_work(store: SqlStore) -> UnitsOfWork:
    """How to open a unit of work on the store."""
    return store.unit_of_work


@pytest.fixture
async def others_units_of_work(_shared_database: EmptiedDatabase) -> AsyncGenerator[UnitsOfWork]:
    """How another instance of the service opens one on the same database."""
    other = SqlStore(_shared_database.url, pool_size=8)
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


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Generator[Path]:
    """`satchel`, quickly, for what calls it by itself."""
    with warm_satchel(tmp_path_factory.mktemp("program")) as path:
        yield path


@pytest.fixture
def serve(tmp_path: Path) -> Generator[Serve]:
    """Starts `satchel serve`; it ends with the test."""
    with serving_in(tmp_path) as serve:
        yield serve


@pytest.fixture(scope="class")
async def service(
    request: pytest.FixtureRequest,
    anyio_backend: str,
    _service_database: EmptiedDatabase,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncGenerator[Service]:
    """Satchel on an empty database, one for each class; its attribute `variables` adds to the settings."""
    _service_database.empty()
    settings = {"DATABASE_URL": _service_database.url, **variables_of(request)}
    async with serving(tmp_path_factory.mktemp("satchel"), settings) as running:
        yield running


@pytest.fixture(scope="class")
async def ada(service: Service, anyio_backend: str) -> AsyncGenerator[Person]:
    """Someone signed in."""
    person = await service.joins("ada")
    async with person.http:
        yield person


@pytest.fixture(scope="session")
def _used_data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A DATA_DIR that has been started and stopped once and holds one note."""
    data_dir = tmp_path_factory.mktemp("prepared")
    server = EmbeddedPostgres(data_dir)
    try:
        write(server.start(), "first")
    finally:
        server.stop()
    return data_dir


@pytest.fixture
def data_dir(_used_data_dir: Path, tmp_path: Path) -> Iterator[Path]:
    """A DATA_DIR of the test's own that has been used before."""
    yield copy(_used_data_dir, tmp_path / "data")
    # Some 40 MB each, which pytest would keep and the disk would be busy writing.
    shutil.rmtree(tmp_path / "data")


@pytest.fixture
def embedded() -> Iterator[Callable[[Path], EmbeddedPostgres]]:
    """Makes embedded servers in this process and stops them in the end."""
    made: list[EmbeddedPostgres] = []

    def make(data_dir: Path) -> EmbeddedPostgres:
        made.append(EmbeddedPostgres(data_dir))
        return made[-1]

    yield make
    for server in made:
        server.stop()


@pytest.fixture
def owner() -> Iterator[Callable[..., Owner]]:
    """Makes owner processes and kills what is left of them, and waits for their servers to be gone."""
    made: list[Owner] = []

    def make(data_dir: Path, *options: str) -> Owner:
        made.append(Owner(data_dir, *options))
        return made[-1]

    yield make
    for process in made:
        process.kill()
    eventually(lambda: not any(is_served(process.data_dir) for process in made))


@pytest.fixture
def public_dir() -> Iterator[Path]:
    """A folder that every user may enter, unlike pytest's own."""
    path = Path(tempfile.mkdtemp(prefix="satchel-test-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def public_binaries(public_dir: Path) -> Path:
    """Binaries that every user may run."""
    directory = find_binaries().directory
    if all(folder.stat().st_mode & stat.S_IXOTH for folder in directory.parents):
        return directory
    return copy_wheel(public_dir / "wheel")
