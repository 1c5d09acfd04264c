"""Satchel's embedded PostgreSQL, begun afresh, with the same settings for every contender."""

import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from adapters.postgres.binaries import find_binaries
from adapters.postgres.server import EmbeddedPostgres
from benchmarks import rows
from benchmarks.processes import run_to_end, satchel_environment, satchel_program

# All contenders are up at the same time, each with a pool of its own.
_CONNECTIONS = 300


@dataclass(frozen=True, slots=True)
class Database:
    """A running server with Satchel's schema and rows.

    Attributes:
        url: `postgresql://…`, as the role that owns everything.
        pid: of the postmaster, the parent of all processes of the server.
        version: such as 18.6.
        pgbench: the program, if it is installed beside the server.
    """

    url: str
    pid: int
    version: str
    pgbench: Path | None


@contextmanager
def running_database(folder: Path, *, tasks: int) -> Generator[Database]:
    """Yield a database with so many tasks; it is gone afterwards.

    Args:
        folder: where its files are for the time being; on the disk that is to be measured.
        tasks: how many, the ids from 1 upwards.
    """
    with tempfile.TemporaryDirectory(prefix="database-", dir=folder, ignore_cleanup_errors=True) as directory:
        # Whoever runs the server, if that is not us, has to get in.
        Path(directory).chmod(0o755)
        server = EmbeddedPostgres(Path(directory))
        try:
            _allow_connections(server.start())
            server.stop()
            url = server.start()
            run_to_end([satchel_program(), "migrate"], satchel_environment(url), folder=folder)
            rows.fill(url, tasks=tasks)
            yield _database(url, Path(directory))
        finally:
            server.stop()


def _allow_connections(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("ALTER SYSTEM SET max_connections = {}").format(_CONNECTIONS))


def _database(url: str, directory: Path) -> Database:
    pgbench = find_binaries().directory / "pgbench"
    # PostgreSQL manual, section 19.1: the first line is the process id of the postmaster.
    pid = int((directory / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])
    with psycopg.connect(url) as connection:
        version = connection.info.parameter_status("server_version") or "unknown"
    return Database(url, pid, version, pgbench if pgbench.exists() else None)
