"""A PostgreSQL of a test's own, for doing to it what happens to servers: always at one address."""

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from adapters.postgres.account import account_for
from adapters.postgres.binaries import find_binaries
from adapters.postgres.cluster import DATABASE, USER, open_cluster
from adapters.postgres.locks import FileLock
from adapters.postgres.postmaster import Postmaster, free_port, recorded_pid
from adapters.sql import migration
from tests.integration.cli_processes import PATIENCE, children


class OwnPostgres:
    """The server; `url` leads to its database whenever it runs."""

    def __init__(self, directory: Path) -> None:
        lock = FileLock.acquire(directory / "lock", patience=0)
        assert lock is not None
        self._lock = lock
        self._log = directory / "log"
        self._port = free_port()
        self._cluster = open_cluster(directory, find_binaries(), inherit=lock.fd, report=lambda _: None)
        self.url = f"postgresql://{USER}:{self._cluster.password}@127.0.0.1:{self._port}/{DATABASE}"
        self._postmaster: Postmaster | None = None

    def start(self) -> None:
        """Start it, recovery included, and wait until it takes connections."""
        self._postmaster = Postmaster(self._cluster, port=self._port, log=self._log, inherit=self._lock.fd)
        assert self._postmaster.await_ready(time.monotonic() + PATIENCE), self._postmaster.said()

    def stop(self) -> None:
        """Stop it as an operator does: fast, which ends every connection."""
        if self._postmaster is not None:
            self._postmaster.stop()
            self._postmaster = None

    def kill(self) -> None:
        """End all its processes at once, as a power cut does."""
        self._send_all(signal.SIGKILL)
        self.stop()

    def freeze(self) -> None:
        """Let it take everything and answer nothing."""
        self._send_all(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._send_all(signal.SIGCONT)

    def copy_into(self, directory: Path) -> None:
        """Make a replica of it there, while it runs, that follows it once it is started."""
        target = directory / "postgres"
        target.mkdir(mode=0o700)
        shutil.copy(self._cluster.directory.with_name("postgres.password"), directory)
        made = account_for(target, self._cluster.binaries).run(
            [
                self._cluster.binaries.program("pg_basebackup"),
                f"--pgdata={target}",
                f"--dbname={self.url}",
                "--write-recovery-conf",
                "--checkpoint=fast",
                "--no-sync",
            ],
            seconds=PATIENCE,
            inherit=[self._lock.fd],
        )
        assert made.returncode == 0, made.stdout

    def _send_all(self, number: signal.Signals) -> None:
        server = recorded_pid(self._cluster.directory)
        assert server is not None
        # The one that would start others goes first.
        for pid in (server, *children(server)):
            with suppress(ProcessLookupError):
                os.kill(pid, number)


@contextmanager
def own_replica(primary: OwnPostgres) -> Generator[OwnPostgres]:
    """Yield a streaming replica that takes connections, for reading alone; it is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="satchel-test-", ignore_cleanup_errors=True) as directory:
        primary.copy_into(Path(directory))
        server = OwnPostgres(Path(directory))
        try:
            server.start()
            yield server
        finally:
            server.stop()


@contextmanager
def own_postgresql() -> Generator[OwnPostgres]:
    """Yield a running one with the schema; it is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="satchel-test-", ignore_cleanup_errors=True) as directory:
        server = OwnPostgres(Path(directory))
        try:
            server.start()
            migration.upgrade(server.url)
            yield server
        finally:
            server.stop()
