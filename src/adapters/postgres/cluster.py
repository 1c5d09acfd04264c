"""The data directory of the embedded server (a "cluster", in PostgreSQL's words): made once, then checked."""

import os
import secrets
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from adapters.postgres.account import Account, account_for
from adapters.postgres.binaries import Binaries
from adapters.postgres.errors import EmbeddedPostgresError, last_lines

DATABASE = "satchel"
USER = "satchel"
_SECONDS_TO_CREATE = 120
_PASSWORD_BYTES = 32


@dataclass(frozen=True, slots=True)
class Cluster:
    """A data directory that is ready to be served.

    Attributes:
        directory: the data directory itself.
        binaries: the programs of its version.
        account: who runs them.
        password: of the database user `satchel`.
    """

    directory: Path
    binaries: Binaries
    account: Account
    password: str


def open_cluster(data_dir: Path, binaries: Binaries, *, inherit: int, report: Callable[[str], None]) -> Cluster:
    """The cluster in `<data_dir>/postgres`, made if there is none yet.

    Args:
        data_dir: absolute path of the service's DATA_DIR, which exists.
        binaries: the programs to make and serve it with.
        inherit: descriptor of a lock that every program started here holds as long as it lives.
        report: told, in a sentence, when a cluster has to be made.

    Raises:
        EmbeddedPostgresError: the directory is of another major version, is no data directory, or cannot be made.
        OSError: the file system refuses.
    """
    directory = data_dir / "postgres"
    password_file = data_dir / "postgres.password"
    if not directory.exists() or not any(directory.iterdir()):
        report(f"Preparing PostgreSQL {binaries.major} in {directory} (first start)")
        return _create(directory, password_file, binaries, inherit)
    _check_version(directory, binaries)
    account = account_for(directory, binaries)
    if password_file.exists():
        return Cluster(directory, binaries, account, password_file.read_text())
    password = secrets.token_urlsafe(_PASSWORD_BYTES)
    _execute(f"ALTER ROLE {USER} PASSWORD '{password}'", directory, binaries, account, inherit)
    _keep_secret(password, password_file)
    return Cluster(directory, binaries, account, password)


def _check_version(directory: Path, binaries: Binaries) -> None:
    try:
        version = (directory / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        raise EmbeddedPostgresError(
            f"{directory} is not a data directory of PostgreSQL, and it is not empty. Satchel leaves it alone:\n"
            "move it aside and start again, or choose another DATA_DIR."
        ) from None
    if version != str(binaries.major):
        raise EmbeddedPostgresError(
            f"{directory} was made by PostgreSQL {version}, but Satchel found PostgreSQL {binaries.major}, which\n"
            f"cannot read it, in {binaries.directory}. Nothing was changed.\n"
            f"To keep the data, install PostgreSQL {version} again; or dump them with it (pg_dump), move the\n"
            "directory aside, start Satchel and load the dump. To begin afresh, move the directory aside."
        )


def _create(directory: Path, password_file: Path, binaries: Binaries, inherit: int) -> Cluster:
    """Make a cluster under another name and rename it when it is whole: an interruption leaves no half of one."""
    staging = directory.with_name(f"{directory.name}.new")
    if staging.exists():
        shutil.rmtree(staging)
    staging.mkdir(mode=0o700)
    account = account_for(staging, binaries)
    account.require_name()
    password = secrets.token_urlsafe(_PASSWORD_BYTES)
    _keep_secret(password, password_file)
    account.own(password_file)
    _run(
        [
            binaries.program("initdb"),
            f"--pgdata={staging}",
            f"--username={USER}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
        ],
        account,
        inherit=inherit,
    )
    _execute(f"CREATE DATABASE {DATABASE}", staging, binaries, account, inherit)
    staging.rename(directory)
    _sync(directory.parent)
    return Cluster(directory, binaries, account, password)


def _execute(statement: str, directory: Path, binaries: Binaries, account: Account, inherit: int) -> None:
    """Run one statement on a cluster that nobody serves, without a client or a port."""
    single = [binaries.program("postgres"), "--single", "-c", "exit_on_error=on", "-D", str(directory), "postgres"]
    _run(single, account, feed=f"{statement}\n", inherit=inherit)


def _run(command: list[str], account: Account, *, feed: str = "", inherit: int) -> None:
    try:
        ended = account.run(command, feed=feed, seconds=_SECONDS_TO_CREATE, inherit=[inherit])
    except subprocess.TimeoutExpired:
        raise EmbeddedPostgresError(
            f"PostgreSQL could not be prepared: {command[0]} took more than {_SECONDS_TO_CREATE} seconds.\n"
            "Is the disk of DATA_DIR very slow? Starting again is safe."
        ) from None
    if ended.returncode:
        raise EmbeddedPostgresError(
            "PostgreSQL could not be prepared. Starting again is safe once this is put right:\n"
            f"{last_lines(ended.stdout)}\n(said by {command[0]})"
        )


def _keep_secret(secret: str, path: Path) -> None:
    """Write a file for its owner's eyes alone, whole or not at all."""
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600, exist_ok=False)
    with draft.open("w", encoding="utf-8") as file:
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    _sync(path.parent)


def _sync(directory: Path) -> None:
    """Make renames in a directory survive a power cut."""
    fd = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
