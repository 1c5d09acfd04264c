"""The page on backups leads back to any moment, by PostgreSQL's own continuous archiving."""

import os
import re
import shlex
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from adapters.postgres.account import account_for
from adapters.postgres.binaries import find_binaries
from adapters.postgres.postmaster import free_port
from tests.documented import ROOT
from tests.integration.cli_processes import PATIENCE, await_that
from tests.integration.own_postgresql import OwnPostgres
from tests.integration.walks import BASH, section

PAGE = section((ROOT / "docs" / "backup.md").read_text(encoding="utf-8"), "## To any moment")
CONFIGURATION, MAKE, GO_BACK = re.findall(r"^```(?:ini|shell)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


class Machine:
    """The server's, on which its administrator works."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._binaries = folder, find_binaries()
        self.data = folder / "postgres"
        self.account = account_for(folder, self._binaries)
        for directory in (folder / "archive" / "wal", self.data):
            directory.mkdir(parents=True, mode=0o700)
            self.account.own(directory)
        self.account.own(folder / "archive")

    def at_home(self, text: str) -> str:
        """Return a text of the page with the archive where it is here."""
        return text.replace("/archive/", f"{self._folder}/archive/")

    def does(self, commands: str, url: str, **variables: str) -> None:
        """Do what the page says, to the letter but for places."""
        where = conninfo_to_dict(url)
        known = {f"PG{name.upper()}": str(where[name]) for name in ("user", "password", "host", "port")}
        known |= {
            "PATH": f"{self._binaries.directory}:{os.environ['PATH']}",
            "PGDATA": str(self.data),
            **variables,
        }
        told = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in known.items())
        # A server that it leaves running holds what it was started with.
        output = self._folder / "archive" / "output"
        script = f"{told}exec > {output} 2>&1\nset -eu\n{self.at_home(commands)}"
        done = self.account.run([BASH, "-s"], feed=script, seconds=PATIENCE)
        assert done.returncode == 0, output.read_text()


@contextmanager
def archiving(machine: Machine, folder: Path) -> Generator[str]:
    """Yield the URL of a server that keeps its write-ahead log as the page says."""
    server = OwnPostgres(folder)
    try:
        with (folder / "postgres" / "postgresql.auto.conf").open("a") as file:
            file.write(machine.at_home(CONFIGURATION))
        server.start()
        yield server.url
    finally:
        server.stop()


@pytest.mark.skipif(find_binaries().major < 18, reason="pg_verifybackup reads no tar files before PostgreSQL 18.")
def test_what_was_lost_by_accident_comes_back_and_what_came_later_does_not() -> None:
    with tempfile.TemporaryDirectory(prefix="satchel-test-", ignore_cleanup_errors=True) as directory:
        Path(directory).chmod(0o755)
        first, second = (Path(directory) / name for name in ("first", "second"))
        for folder in (first, second):
            folder.mkdir(mode=0o755)
        machine = Machine(second)
        with archiving(machine, first) as url, psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE TABLE kept (word text)")
            machine.does(MAKE, url)
            connection.execute("INSERT INTO kept VALUES ('before')")
            moment = connection.execute("SELECT now()::text").fetchall()[0][0]
            connection.execute("DELETE FROM kept")
            connection.execute("SELECT pg_switch_wal()")
        (base,) = (second / "archive").glob("base-*")
        there = urlsplit(url)._replace(netloc=f"{urlsplit(url).netloc.rpartition(':')[0]}:{free_port()}").geturl()
        back = GO_BACK.replace("base-2026-01-31", base.name).replace("2026-01-31 16:59:30+00", moment)
        try:
            machine.does(back, there)
            await_that(lambda: found(there) is not None)
            assert found(there) == [("before",)]
        finally:
            machine.does("pg_ctl stop --mode=immediate", there)


def found(url: str) -> list[tuple[str]] | None:
    """Return what is kept, or nothing while the server does not take connections."""
    try:
        with psycopg.connect(url) as connection:
            return connection.execute("SELECT word FROM kept").fetchall()
    except psycopg.OperationalError:
        return None
