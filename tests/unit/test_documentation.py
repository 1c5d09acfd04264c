"""The documentation as a whole: no command untried, no example that does not parse, no link or page astray."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from domain.events import EventType
from entrypoints.cli.main import main
from tests.documented import ELSEWHERE, PAGES, ROOT, text_to_walk
from tests.integration.walks import section
from tests.unit.settings_reading import loading_in
from tests.unit.tests_on_pages import page

FENCED = re.compile(r"^ {0,3}(`{3,})[ \t]*(\w*)[^\n]*\n(.*?)^ {0,3}\1`*[ \t]*$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s#:]+)?(#[^)\s]*)?\)")
OWN_PAGES = sorted(path.name for path in (ROOT / "docs").glob("*.md"))


def blocks(path: str, *languages: str) -> list[str]:
    """Return what stands in the fences of these languages."""
    text = (ROOT / path).read_text(encoding="utf-8")
    return [content for _, language, content in FENCED.findall(text) if language in languages]


@pytest.mark.parametrize(("place", "test"), ELSEWHERE.items(), ids=str)
def test_commands_that_are_tried_elsewhere_are_there_and_have_a_test(
    place: tuple[str, str | None], test: str
) -> None:
    """The list of exceptions holds nothing that is gone."""
    path, heading = place
    text = (ROOT / path).read_text(encoding="utf-8")
    walked = text if heading is None else section(text, heading)
    assert FENCED.search(walked)
    source = (ROOT / test).read_text(encoding="utf-8")
    # Who carries out a whole page names it; what only calls make calls it itself.
    targets = set(re.findall(r"^make \w+$", walked, re.MULTILINE))
    assert heading or Path(path).name in source
    assert test != ".ci/run" or (targets and targets <= {*source.splitlines()})


@pytest.mark.parametrize("path", PAGES)
def test_commands_stand_where_they_are_found(path: str) -> None:
    """Only blocks named `sh`, `console` or `sql` are carried out, so no others hold any that nobody claims."""
    command = re.compile(r"^\s*(\$ |curl |satchel |make )", re.MULTILINE)
    for _, language, block in FENCED.findall(text_to_walk(path)):
        assert language not in {"bash", "shell", "shellsession"}, block
        assert language or not command.search(block), block


@pytest.mark.parametrize("path", PAGES)
def test_examples_parse(path: str) -> None:
    """JSON that leaves nothing out, and Python."""
    for block in blocks(path, "json"):
        if "…" not in block:
            json.loads(block)
    for block in blocks(path, "python"):
        compile(block, path, "exec")


@pytest.mark.skipif(shutil.which("node") is None, reason="There is no node to read JavaScript with.")
@pytest.mark.parametrize("path", [path for path in PAGES if blocks(path, "js")])
def test_scripts_parse(path: str, tmp_path: Path) -> None:
    """All JavaScript of a page at once, each block a module of its own."""
    for number, block in enumerate(blocks(path, "js")):
        module = tmp_path / f"{number}.mjs"
        module.write_text(block)
        checked = subprocess.run(
            ["node", "--check", module], capture_output=True, text=True, check=False  # noqa: S607
        )  # fmt: skip
        assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("path", [*PAGES, "CONTRIBUTING.md"])
def test_links_lead_somewhere(path: str) -> None:
    """Files that are there, and headings that they have."""
    text = FENCED.sub("", (ROOT / path).read_text(encoding="utf-8"))
    for target, anchor in LINK.findall(text):
        file = (ROOT / path).parent / target if target else ROOT / path
        assert file.exists(), target
        if anchor and file.suffix == ".md":
            assert anchor[1:] in anchors(file.read_text(encoding="utf-8")), f"{target}{anchor}"


def anchors(text: str) -> set[str]:
    """Return what links within a page may name."""
    headings = re.findall(r"^#+ (.*)$", FENCED.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", OWN_PAGES)
def test_a_page_is_found_from_the_readme_and_from_the_index(name: str) -> None:
    if name != "index.md":
        assert f"]({name})" in page("index.md")
        assert f"](docs/{name})" in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", OWN_PAGES)
def test_a_page_has_one_title(name: str) -> None:
    assert len(re.findall(r"^# ", FENCED.sub("", page(name)), re.MULTILINE)) == 1
    assert page(name).startswith("# ")


def test_every_type_of_event_is_told() -> None:
    told = set(re.findall(r"`([a-z]+\.[a-z_]+)`", page("events.md").partition("| type | `data` |")[2]))
    assert {*EventType} <= told


def test_every_setting_is_told(tmp_path: Path) -> None:
    told = re.findall(r"^\| `([A-Z_]+)` \|", page("settings.md"), re.MULTILINE)
    assert sorted(told) == sorted(loading_in(tmp_path)().masked())


def test_every_command_is_told() -> None:
    told = re.findall(r"^## satchel (\w+)", page("command-line.md"), re.MULTILINE)
    assert sorted(set(told)) == sorted(main.list_commands(None))  # type: ignore[arg-type] # it needs no context
