"""Walks: the commands of a page, carried out in one shell in the page's order, and held to the output it shows."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.integration.cli_processes import PATIENCE, await_that, environment, lives

BASH = shutil.which("bash") or "/bin/bash"
ROOT = Path(__file__).parents[2]
# What a terminal asks, and nothing asks where standard input is a file.
_ASKED = re.compile(r"^(Password|Repeat for confirmation):\n", re.MULTILINE)
_FENCED = re.compile(r"^ {0,3}(`{3,})[ \t]*(\w*)[^\n]*\n(.*?)^ {0,3}\1`*[ \t]*$", re.DOTALL | re.MULTILINE)
_SERVES = re.compile(r"(make run|satchel serve)\b")
_REFUSED = re.compile(r"\AError:|^FAIL ", re.MULTILINE)
_FOLLOWS = re.compile(r"curl -\w*N")


@dataclass(frozen=True)
class Step:
    """A block of commands, and the output that the page shows right beneath it, if any."""

    commands: str
    expected: str | None = None
    language: str = "sh"

    @property
    def fails(self) -> bool:
        """Whether the page shows that it is refused."""
        return self.language == "console" and _REFUSED.search(self.expected or "") is not None

    @property
    def goes_on(self) -> bool:
        """Whether it does not end by itself: the service, or a stream. Such a block holds nothing else."""
        return self.serves or _FOLLOWS.search(self.commands) is not None

    @property
    def serves(self) -> bool:
        """Whether it starts the service."""
        return _SERVES.search(self.commands) is not None


def steps(text: str) -> list[Step]:
    """Return the steps of a walk: `sh` and `sql` blocks, `console` blocks line by line, and their output."""
    found: list[Step] = []
    end = -1
    for match in _FENCED.finditer(text):
        language, content = match[2], match[3]
        follows = end >= 0 and not text[end : match.start()].strip()
        end = -1
        if language in {"sh", "sql"}:
            found.append(Step(content, language=language))
            end = match.end()
        elif language == "console":
            found += _dialogue(content)
        elif language in {"text", "json", "http"} and follows:
            found[-1] = Step(found[-1].commands, content, found[-1].language)
    return found


def _dialogue(content: str) -> Iterator[Step]:
    """Yield what stands behind each `$`, with what is below it."""
    for part in re.split(r"^\$ ", content, flags=re.MULTILINE)[1:]:
        commands, _, output = part.partition("\n")
        yield Step(commands, _ASKED.sub("", output) or None, "console")


def section(text: str, heading: str) -> str:
    """Return what stands between a heading and the next of its rank or above; `#` within a fence is none."""
    start, end = _span(text, heading)
    return text[start:end].partition("\n")[2]


def without_section(text: str, heading: str) -> str:
    """Return a page without a section."""
    start, end = _span(text, heading)
    return text[:start] + text[end:]


def _span(text: str, heading: str) -> tuple[int, int]:
    fences = [match.span() for match in _FENCED.finditer(text)]
    headings = [
        match
        for match in re.finditer(r"^(#+) .*$", text, re.MULTILINE)
        if not any(start <= match.start() < end for start, end in fences)
    ]
    for place, match in enumerate(headings):
        if match[0].strip() == heading:
            rest = (each.start() for each in headings[place + 1 :] if len(each[1]) <= len(match[1]))
            return match.start(), next(rest, len(text))
    raise AssertionError(f"There is no section {heading!r}.")


def script(walk: list[Step], outputs: Path) -> str:
    """Return one shell script of all steps, for a shell elsewhere; each writes into a file named by its number."""
    lines = ["set -e -u -o pipefail"]
    for number, step in enumerate(walk):
        # A group, not a subshell: variables that a step sets are there for those after it.
        target = shlex.quote(str(outputs / str(number)))
        lines += [f"printf %s {number} > {shlex.quote(str(outputs / 'reached'))}"]
        lines += ["{", step.commands.rstrip("\n"), f"}} > {target}"]
    return "\n".join(lines) + "\n"


def matches(expected: str, actual: str) -> bool:
    """Tell whether output is what was expected: `…` stands for anything, and blanks at line ends for nothing."""

    def trimmed(text: str) -> str:
        return "\n".join(line.rstrip() for line in text.replace("\r", "").strip().splitlines())

    pattern = ".*?".join(re.escape(part) for part in trimmed(expected).split("…"))
    return re.fullmatch(pattern, trimmed(actual), re.DOTALL) is not None


class Shell:
    """A shell in which steps are carried out, one after the other; variables that one sets are there for the next.

    `satchel` and `.venv/bin/satchel` are there, `make` finds the Makefile, and whatever asks for a password is
    told the same one.

    Args:
        folder: its working directory.
        program: `satchel`.
        address: where a service that it starts is to listen.
        variables: what its environment holds beyond PATH, HOME and the like.
    """

    def __init__(self, folder: Path, program: Path, address: str, variables: dict[str, str]) -> None:
        self._folder, self._address = folder, address
        self._files = folder / ".steps"
        self._files.mkdir()
        (self._files / "answers").write_text("correct horse battery staple\n")
        _furnish(folder, program)
        known = environment(variables)
        places = [str(folder / ".venv" / "bin"), str(Path(sys.executable).parent), "/usr/local/bin", known["PATH"]]
        known |= {"PATH": ":".join(places), "HOME": str(folder)}
        self._process = subprocess.Popen(
            [BASH, "--norc", "-s"], stdin=subprocess.PIPE, cwd=folder, env=known, text=True, start_new_session=True
        )
        self._going_on: dict[int, tuple[Step, Path]] = {}
        self._taken = 0
        self._tell("set -e -u -o pipefail")

    def take(self, step: Step) -> None:
        """Carry a step out, and fail unless it succeeds and says what the page shows."""
        self._taken += 1
        place = self._files / str(self._taken)
        place.write_text(step.commands)
        script, answers = shlex.quote(str(place)), shlex.quote(str(self._files / "answers"))
        # A dialogue shows what a terminal shows, standard error included.
        errors = "2>&1" if step.language == "console" else f"2> {script}.err"
        output = f"< {answers} > {script}.out {errors}"
        done = Path(f"{place}.done")
        if step.goes_on:
            # A job of its own, so that it can be ended with all that it started.
            self._tell(f"set -m; ( . {script} ) {output} & echo $! > {script}.pid; set +m; touch {script}.done")
        elif step.fails:
            self._tell(f"if . {script} {output}; then exit 1; fi; touch {script}.done")
        else:
            self._tell(f". {script} {output}; touch {script}.done")
        await_that(lambda: done.exists() or self._process.poll() is not None)
        assert done.exists(), f"{step.commands}\n{_read(place, 'out')}{_read(place, 'err')}"
        if step.goes_on:
            pid = int(_read(place, "pid"))
            self._going_on[pid] = (step, place)
            self._await_beginning(pid, step, place)
        elif step.expected is not None:
            _check(step, _read(place, "out"))

    def _await_beginning(self, pid: int, step: Step, place: Path) -> None:
        begins: Callable[[], object] = self._is_ready if step.serves else lambda: _read(place, "out")
        await_that(lambda: begins() or not lives(pid))
        assert lives(pid), f"{step.commands}\n{_read(place, 'out')}{_read(place, 'err')}"

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self._address}/health/ready", timeout=PATIENCE) as answer:  # noqa: S310
                return bool(answer.status == 200)
        except OSError:
            return False

    def close(self, *, checked: bool) -> None:
        """End what goes on, if wanted after it said what the page shows, and the shell itself."""
        try:
            for step, place in self._going_on.values() if checked else ():
                if step.expected is not None and not step.serves:
                    _await_output(step, place)
        finally:
            for pid in reversed(self._going_on):
                os.killpg(pid, signal.SIGTERM)
                _await_end(pid)
            assert self._process.stdin is not None
            self._process.stdin.close()
            self._process.wait(PATIENCE)
        for step, place in self._going_on.values() if checked else ():
            if step.expected is not None and step.serves:
                _check(step, _read(place, "out"))

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        try:
            print(line, file=self._process.stdin, flush=True)
        except BrokenPipeError as ended:
            raise AssertionError("The shell has ended.") from ended


def _furnish(folder: Path, program: Path) -> None:
    """Make a folder look like a checkout in which all is installed, to `make` as well."""
    (folder / "Makefile").symlink_to(ROOT / "Makefile")
    for name in ("pyproject.toml", "requirements/runtime.txt", "requirements/dev.txt"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).touch()
        os.utime(folder / name, (0, 0))
    (folder / ".venv" / "bin").mkdir(parents=True)
    (folder / ".venv" / "bin" / "satchel").symlink_to(program)
    for name in (".dev", ".runtime"):
        (folder / ".venv" / name).touch()


def _read(place: Path, suffix: str) -> str:
    path = Path(f"{place}.{suffix}")
    return path.read_text(errors="replace") if path.exists() else ""


def _await_end(pid: int) -> None:
    await_that(lambda: not lives(pid))


def _check(step: Step, actual: str) -> None:
    assert step.expected is not None
    assert matches(step.expected, actual), f"{step.commands}\nsays\n{actual}\ninstead of\n{step.expected}"


def _await_output(step: Step, place: Path) -> None:
    """Wait until a stream has told what the page shows."""
    assert step.expected is not None
    deadline = time.monotonic() + PATIENCE / 6
    while time.monotonic() < deadline and not matches(step.expected, _read(place, "out")):
        time.sleep(0.05)
    _check(step, _read(place, "out"))


def walk(text: str, folder: Path, program: Path, address: str, database_url: str) -> None:
    """Carry out all commands of a page, whose placeholders are replaced already.

    A page that shows how PostgreSQL is prepared gets Satchel's own. All others get the one of the tests, which
    spares them that.
    """
    found = steps(text)
    variables = {
        "PORT": address.rpartition(":")[2],
        # In production the address would be kept for a while, for a load balancer's sake.
        "SHUTDOWN_DELAY_SECONDS": "0",
    }
    if not any("Preparing PostgreSQL" in (step.expected or "") for step in found):
        variables["DATABASE_URL"] = database_url
    shell = Shell(folder, program, address, variables)
    done = False
    try:
        for step in found:
            if step.language == "sql":
                with psycopg.connect(database_url, autocommit=True) as connection:
                    connection.execute(step.commands.encode())
            else:
                shell.take(step)
        done = True
    finally:
        shell.close(checked=done)
