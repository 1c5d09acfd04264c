"""The README's walks, carried out to the letter."""

import re
import shlex
import shutil
import subprocess
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.cli_processes import running_in
from tests.integration.http_server import running_server

README = Path(__file__).parents[2] / "README.md"
HEADINGS = ("## A walk through the API", "## Let people in", "## Keep what you know", "## Tell everyone")
BASE_URL = "http://127.0.0.1:8080"
BASH = shutil.which("bash") or "/bin/bash"
_SECONDS = 120

_FENCED = re.compile(r"^ {0,3}(`{3,})[ \t]*(\w*)[^\n]*\n(.*?)^ {0,3}\1`*[ \t]*$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Step:
    """A block of commands, and the output that the README shows beneath it, if any."""

    commands: str
    expected: str | None


def section(text: str, heading: str) -> str:
    """Return what stands between a heading and the next of its rank or above; `#` within a fence is none."""
    fences = [match.span() for match in _FENCED.finditer(text)]
    starts = [
        match
        for match in re.finditer(r"^#{1,2} .*$", text, re.MULTILINE)
        if not any(start <= match.start() < end for start, end in fences)
    ]
    for match, following in zip(starts, [*starts[1:], None], strict=True):
        if match[0].strip() == heading:
            return text[match.end() : following.start() if following else len(text)]
    raise AssertionError(f"There is no section {heading!r}.")


def steps(text: str) -> list[Step]:
    """Return the steps of a walk-through: its `sh` blocks, each with the output block that follows it."""
    found: list[Step] = []
    for match in _FENCED.finditer(text):
        language, content = match[2], match[3]
        if language == "sh":
            found.append(Step(content, None))
        elif language in {"text", "json", "console", "http"}:
            assert found, "Output is shown before any command."
            assert found[-1].expected is None, "Two blocks of output follow one block of commands."
            found[-1] = Step(found[-1].commands, content)
    return found


def script(walk: list[Step], outputs: Path) -> str:
    """Return one shell script of all steps; each writes what it says into a file named by its number."""
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


@pytest.fixture
def address(database_url: str, tmp_path: Path) -> Generator[str]:
    """Where a server that has just been started listens."""
    for tool in ("bash", "curl"):
        if shutil.which(tool) is None:
            pytest.skip(f"The walk-through wants {tool}, and this machine has none.")
    directory = tmp_path / "server"
    directory.mkdir()
    seeded = running_in(directory)("seed", "--demo", DATABASE_URL=database_url)
    assert seeded.returncode == 0, seeded.stderr
    with running_server(directory, {"DATABASE_URL": database_url}) as address:
        yield address


def test_the_walks_do_what_they_say(address: str, tmp_path: Path) -> None:
    """One after the other, every command succeeds, and prints what the README shows."""
    for heading in HEADINGS:
        walk = steps(section(README.read_text(encoding="utf-8"), heading).replace(BASE_URL, address))
        assert walk, "The walk holds no commands."
        assert any(step.expected for step in walk), "The walk shows no output."
        outputs = tmp_path / heading.strip("# ")
        outputs.mkdir()
        finished = subprocess.run(
            [BASH, "-s"],
            input=script(walk, outputs),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        reached = int((outputs / "reached").read_text())
        assert finished.returncode == 0, f"{walk[reached].commands}\n{finished.stderr}"
        for number, step in enumerate(walk):
            actual = (outputs / str(number)).read_text()
            if step.expected is not None:
                assert matches(step.expected, actual), (
                    f"{step.commands}\nsays\n{actual}\ninstead of\n{step.expected}"
                )


class TestExtraction:
    """How the walk-through is found in the README."""

    TEXT = """# Title
```sh
elsewhere
```
## Walk
First:
```sh
# a comment, no heading
A=1
echo "$A"
```
```text
1
```
Then:

```sh
echo "{\\"id\\": $A}"
```

```json
{"id": …}
```
### Further
```sh
true
```
## Next
```sh
elsewhere
```
"""

    def test_steps_come_in_order_with_their_output(self) -> None:
        walk = steps(section(self.TEXT, "## Walk"))
        assert [step.expected for step in walk] == ["1\n", '{"id": …}\n', None]
        assert walk[0].commands.splitlines() == ["# a comment, no heading", "A=1", 'echo "$A"']

    def test_steps_share_their_variables(self, tmp_path: Path) -> None:
        walk = steps(section(self.TEXT, "## Walk"))
        subprocess.run([BASH, "-s"], input=script(walk, tmp_path), text=True, check=True)
        assert [(tmp_path / str(number)).read_text() for number in range(3)] == ["1\n", '{"id": 1}\n', ""]

    def test_a_section_that_is_not_there_is_an_error(self) -> None:
        with pytest.raises(AssertionError, match="no section"):
            section(self.TEXT, "## Missing")

    def test_a_command_that_fails_ends_the_walk(self, tmp_path: Path) -> None:
        walk = [Step("false\n", None), Step("echo on\n", None)]
        ended = subprocess.run([BASH, "-s"], input=script(walk, tmp_path), text=True, check=False)
        assert ended.returncode != 0
        assert (tmp_path / "reached").read_text() == "0"

    @pytest.mark.parametrize(
        ("expected", "actual", "is_match"),
        [
            ("a\n", "a", True),
            ("a … c", "a b\nb c", True),
            ("…", "", True),
            ("HTTP/1.1 200 OK", "HTTP/1.1 200 OK\r\n", True),
            ("a.c", "abc", False),
            ("a", "a b", False),
        ],
    )
    def test_an_ellipsis_stands_for_anything(self, expected: str, actual: str, is_match: bool) -> None:
        assert matches(expected, actual) is is_match
