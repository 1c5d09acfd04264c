"""The demo in the in-memory store, and that its snippets are code."""

import ast
import json
import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest

from adapters.memory.storage import InMemoryStorage
from application.demo.cheats import DEMO_CHEATS
from application.ports.unit_of_work import UnitsOfWork
from domain.cheats import Cheat
from tests.contracts.demo import DemoContract, kept_cheats, seed_demo

_SECONDS = 60

Kept = dict[str, Cheat]


@pytest.fixture
def units_of_work() -> UnitsOfWork:
    return InMemoryStorage().unit_of_work


class TestInMemoryDemo(DemoContract):
    """In memory."""


@pytest.fixture(scope="module")
async def kept(anyio_backend: str) -> Kept:
    """The cheats of the demo as they are kept, by key."""
    units_of_work = InMemoryStorage().unit_of_work
    await seed_demo(units_of_work)()
    return {seen.cheat.key: seen.cheat for seen in await kept_cheats(units_of_work)}


def _keys(language: str) -> list[str]:
    return [demo.key for demo in DEMO_CHEATS if demo.language == language]


def _program(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"This machine has no {name}.")
    return path


@pytest.mark.parametrize("key", [demo.key for demo in DEMO_CHEATS])
def test_cheats_are_kept_in_the_form_that_readers_see(kept: Kept, key: str) -> None:
    """Notes are a paragraph of whole sentences, code begins at the margin."""
    cheat = kept[key]
    assert 40 <= len(cheat.notes) <= 500
    assert "\n" not in cheat.notes
    assert cheat.notes.endswith((".", "?"))
    assert not cheat.title.endswith(".")
    assert cheat.code == cheat.code.strip()
    assert all(line == line.rstrip() for line in cheat.code.splitlines())


@pytest.mark.parametrize("key", _keys("bash"))
def test_shell_snippets_parse(kept: Kept, key: str) -> None:
    parsed = subprocess.run(
        [_program("bash"), "-n"],
        input=kept[key].code,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    assert (parsed.returncode, parsed.stderr) == (0, "")


@pytest.mark.parametrize("key", _keys("javascript"))
def test_javascript_snippets_parse(kept: Kept, key: str, tmp_path: Path) -> None:
    script = tmp_path / "snippet.mjs"
    script.write_text(kept[key].code, encoding="utf-8")
    parsed = subprocess.run(
        [_program("node"), "--check", script], capture_output=True, text=True, timeout=_SECONDS, check=False
    )
    assert (parsed.returncode, parsed.stderr) == (0, "")


@pytest.mark.parametrize("key", _keys("python"))
def test_python_snippets_run(kept: Kept, key: str, tmp_path: Path) -> None:
    """They also print what their comments promise."""
    code = kept[key].code
    ast.parse(code)
    ran = subprocess.run(
        [sys.executable, "-X", "utf8", "-W", "error", "-c", code],
        capture_output=True, text=True, cwd=tmp_path, timeout=_SECONDS, check=False,
    )  # fmt: skip
    assert (ran.returncode, ran.stderr) == (0, "")
    promised = [
        line.split("#")[1].strip() for line in code.splitlines() if line.startswith("print(") and "#" in line
    ]
    assert [line for line in ran.stdout.splitlines() if line in promised] == promised


@pytest.mark.parametrize("key", _keys("json"))
def test_json_snippets_load(kept: Kept, key: str) -> None:
    assert json.loads(kept[key].code)


@pytest.mark.parametrize("key", _keys("ini"))
def test_unit_files_have_sections_and_nothing_twice(kept: Kept, key: str) -> None:
    parser = ConfigParser(interpolation=None)
    parser.read_string(kept[key].code)
    assert {"Unit", "Install"} < set(parser.sections())
