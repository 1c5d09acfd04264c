"""A streaming replica of the database that is measured, for those who read from one."""

import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from adapters.postgres.account import account_for
from adapters.postgres.binaries import find_binaries
from adapters.postgres.cluster import Cluster
from adapters.postgres.locks import FileLock
from adapters.postgres.postmaster import Postmaster, free_port
from benchmarks.processes import NotStarted

_SECONDS_TO_COPY = 600
_SECONDS_TO_START = 60


@contextmanager
def running_replica(url: str, folder: Path) -> Generator[str]:
    """Yield the URL of a replica that follows the server; it is gone afterwards.

    Args:
        url: of the server.
        folder: where its files are for the time being.

    Raises:
        NotStarted: the server cannot be copied, or the copy does not start.
    """
    with tempfile.TemporaryDirectory(prefix="replica-", dir=folder, ignore_cleanup_errors=True) as directory:
        Path(directory).chmod(0o755)
        data, log, binaries = Path(directory, "postgres"), folder / "replica.log", find_binaries()
        data.mkdir(mode=0o700)
        account = account_for(data, binaries)
        copy = [binaries.program("pg_basebackup"), f"--pgdata={data}", f"--dbname={url}"]
        made = account.run([*copy, "--write-recovery-conf", "--checkpoint=fast"], seconds=_SECONDS_TO_COPY)
        lock = FileLock.acquire(Path(directory, "lock"), patience=0)
        if made.returncode or lock is None:
            raise NotStarted(f"The replica could not be made: {made.stdout}")
        port, cluster = free_port(), Cluster(data, binaries, account, password="")
        server = Postmaster(cluster, port=port, log=log, inherit=lock.fd)
        try:
            if not server.await_ready(time.monotonic() + _SECONDS_TO_START):
                raise NotStarted(f"The replica does not start: {log}")
            parts = urlsplit(url)
            credentials = parts.netloc.rpartition("@")[0]
            yield parts._replace(netloc=f"{credentials}@127.0.0.1:{port}").geturl()
        finally:
            server.stop()
