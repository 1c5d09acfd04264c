"""The embedded server as the service sees it: start, a URL, stop."""

import os
import time
import weakref
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from adapters.postgres.binaries import Binaries, find_binaries
from adapters.postgres.cluster import DATABASE, USER, Cluster, open_cluster
from adapters.postgres.errors import EmbeddedPostgresError, last_lines
from adapters.postgres.guard import Guard
from adapters.postgres.locks import FileLock, read_note
from adapters.postgres.postmaster import STOPPING, Postmaster, free_port, recorded_pid

__all__ = ["EmbeddedPostgres", "EmbeddedPostgresError", "running_url"]

_OWNER_LOCK = "postgres.lock"
_SERVER_LOCK = "postgres.running"
# Readers of the lock try it for an instant; an owner must not take one of them for another owner.
_SECONDS_TO_OWN = 0.5
_PORT_TAKEN = "could not create any TCP/IP sockets"
_SERVED_BY_ANOTHER = 'lock file "postmaster.pid" already exists'


class EmbeddedPostgres:
    """One PostgreSQL server of Satchel's own, kept in `<data_dir>/postgres`.

    Two locks in DATA_DIR say who lives: `postgres.lock` is held by the service that owns the server and carries
    the URL, `postgres.running` by the server's own processes. The kernel releases both, whatever happens.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        binaries: Callable[[], Binaries] = find_binaries,
        report: Callable[[str], None] = lambda _: None,
        seconds_to_start: float = 60.0,
    ) -> None:
        """Remember what to start; nothing is touched yet.

        Args:
            data_dir: the service's DATA_DIR; made if it is missing.
            binaries: finds PostgreSQL's programs.
            report: told, in a sentence, about what takes longer than usual.
            seconds_to_start: how long a server may take to be ready, crash recovery included.
        """
        self._data_dir = data_dir.absolute()
        self._binaries = binaries
        self._report = report
        self._seconds_to_start = seconds_to_start
        self._ownership: FileLock | None = None
        self._server_lock: FileLock | None = None
        self._postmaster: Postmaster | None = None
        self._cluster: Cluster | None = None
        self._guard: Guard | None = None
        self._url: str | None = None
        forget = weakref.WeakMethod(self._forget)
        os.register_at_fork(after_in_child=lambda: (method := forget()) and method())

    def start(self) -> str:
        """Become the owner of DATA_DIR's server, start it and wait until it takes connections.

        Returns:
            `postgresql://satchel:<password>@127.0.0.1:<port>/satchel`; the same again when it runs already.

        Raises:
            EmbeddedPostgresError: it cannot be had; nothing is left running.
        """
        if self._url is not None:
            return self._url
        binaries = self._binaries()
        try:
            self._data_dir.mkdir(parents=True, exist_ok=True)
            self._ownership = self._become_owner()
            self._server_lock = self._end_predecessor()
            cluster = open_cluster(self._data_dir, binaries, inherit=self._server_lock.fd, report=self._report)
            self._cluster = cluster
            self._postmaster = self._serve(cluster, self._server_lock)
            address = f"127.0.0.1:{self._postmaster.port}"
            self._url = f"postgresql://{USER}:{cluster.password}@{address}/{DATABASE}"
            self._ownership.note(f"{os.getpid()}\n{self._url}\n")
        except OSError as fault:
            self.stop()
            raise EmbeddedPostgresError(
                f"Satchel cannot keep its PostgreSQL in {self._data_dir}: {fault}.\n"
                "Make DATA_DIR a folder that Satchel may write to, on a disk with room, or set DATABASE_URL."
            ) from fault
        except BaseException:
            self.stop()
            raise
        return self._url

    def guard(self, give_up: Callable[[str], None]) -> None:
        """From now on start the server again, under the same URL, whenever it ends by itself.

        Args:
            give_up: told why, by another thread, once it has ended too often in too short a time.
        """
        cluster, lock, postmaster = self._cluster, self._server_lock, self._postmaster
        if cluster is None or lock is None or postmaster is None:
            return

        def start_again() -> Postmaster:
            return Postmaster(cluster, port=postmaster.port, log=self._log, inherit=lock.fd)

        self._guard = Guard(postmaster, start_again, report=self._report, give_up=give_up)

    def stop(self) -> None:
        """End the server and let go of DATA_DIR; nothing happens when it does not run."""
        self._url = None
        if self._guard is not None:
            self._guard.stop()
            self._postmaster = self._guard.postmaster
            self._guard = None
        try:
            if self._postmaster is not None:
                self._postmaster.stop()
        finally:
            self._postmaster = None
            self._drop_locks()

    def _become_owner(self) -> FileLock:
        path = self._data_dir / _OWNER_LOCK
        lock = FileLock.acquire(path, patience=_SECONDS_TO_OWN)
        if lock is None:
            pid = (read_note(path) or "").partition("\n")[0]
            raise EmbeddedPostgresError(
                f"Another Satchel{f' (process {pid})' if pid else ''} is using {self._data_dir}.\n"
                "Stop it first, or give this one a DATA_DIR of its own."
            )
        lock.note(f"{os.getpid()}\n")
        return lock

    def _end_predecessor(self) -> FileLock:
        """Wait until no process of an earlier owner's server is left, and see to it that this comes to pass."""
        path = self._data_dir / _SERVER_LOCK
        lock = FileLock.acquire(path, patience=0)
        for request, patience in STOPPING:
            if lock is not None:
                return lock
            pid = recorded_pid(self._data_dir / "postgres")
            if pid is not None:
                with suppress(ProcessLookupError):
                    os.kill(pid, request)
            lock = FileLock.acquire(path, patience=patience)
        if lock is not None:
            return lock
        pid = recorded_pid(self._data_dir / "postgres")
        raise EmbeddedPostgresError(
            f"A PostgreSQL of an earlier Satchel (process {pid or 'unknown'}) still uses {self._data_dir}\n"
            "and does not end. End that process and start again."
        )

    @property
    def _log(self) -> Path:
        return self._data_dir / "postgres.log"

    def _serve(self, cluster: Cluster, lock: FileLock) -> Postmaster:
        log = self._log
        if log.exists():
            log.replace(log.with_name("postgres.log.1"))
        deadline = time.monotonic() + self._seconds_to_start
        while True:
            postmaster = Postmaster(cluster, port=free_port(), log=log, inherit=lock.fd)
            # Known before the wait, so that whatever interrupts it stops the server as well.
            self._postmaster = postmaster
            if postmaster.await_ready(deadline):
                return postmaster
            ended, said = postmaster.ended, postmaster.said()
            postmaster.stop()
            if ended and _PORT_TAKEN in said and time.monotonic() < deadline:
                continue
            raise EmbeddedPostgresError(self._why_not(cluster, ended=ended, said=said, log=log))

    def _why_not(self, cluster: Cluster, *, ended: bool, said: str, log: Path) -> str:
        if _SERVED_BY_ANOTHER in said:
            problem = (
                f"Process {recorded_pid(cluster.directory)} seems to serve {cluster.directory} already, and it\n"
                "was not started by Satchel. Stop it first:\n"
                f"    {cluster.binaries.program('pg_ctl')} stop -D {cluster.directory}\n"
            )
        elif ended:
            problem = f"PostgreSQL {cluster.binaries.major} does not start on {cluster.directory}.\n"
        else:
            problem = (
                f"PostgreSQL {cluster.binaries.major} on {cluster.directory} was not ready within "
                f"{self._seconds_to_start:g} seconds, so it was stopped.\n"
            )
        if not said.strip():
            return f"{problem}It could not even write to its log, {log}. Is the disk full?"
        return f"{problem}The end of its log, {log}:\n{last_lines(said)}"

    def _drop_locks(self) -> None:
        if self._server_lock is not None:
            self._server_lock.drop()
        if self._ownership is not None:
            self._ownership.drop()
        self._server_lock = self._ownership = None

    def _forget(self) -> None:
        """In a forked child: the server is the parent's, and so is its end."""
        if (postmaster := self._guard.postmaster if self._guard else self._postmaster) is not None:
            postmaster.forget()
        self._postmaster = self._guard = self._url = None
        self._drop_locks()


def running_url(data_dir: Path) -> str | None:
    """The URL of the server that a running Satchel owns in this DATA_DIR, for commands beside the service.

    Returns:
        The URL, or None when no Satchel runs there or its server is not ready yet.

    Raises:
        EmbeddedPostgresError: one may run there, but it belongs to another user.
    """
    try:
        note = read_note(data_dir / _OWNER_LOCK)
    except OSError as fault:
        raise EmbeddedPostgresError(
            f"Satchel cannot tell whether it runs in {data_dir}: {fault}.\n"
            "Run this command as the user that runs `satchel serve`."
        ) from fault
    _, _, url = (note or "").partition("\n")
    return url.strip() or None
