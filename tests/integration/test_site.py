"""The documentation as a site: it is made without a warning, complete, and asks nothing of other machines."""

import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from entrypoints.http.problem_kinds import KINDS
from handbook.operations import operations
from tests.documented import ROOT

MKDOCS = ROOT / ".venv-docs" / "bin" / "mkdocs"
# What a browser fetches by itself.
FETCHED = {"img": "src", "script": "src", "link": "href", "iframe": "src", "source": "src"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, as `make docs` makes it."""
    if not MKDOCS.exists():
        reason = "There is no .venv-docs, so no site can be made: make docs."
        if os.environ.get("REQUIRE_DOCS"):
            pytest.fail(reason)
        pytest.skip(reason)
    into = tmp_path_factory.mktemp("docs")
    made = subprocess.run(
        [sys.executable, "-m", "handbook", "--into", into, "--mkdocs", MKDOCS],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    assert "WARNING" not in made.stderr
    return into / "site"


class Fetches(HTMLParser):
    """What a page makes a browser fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag fetches; where it only says what is related, nothing is."""
        attributes = dict(attrs)
        if tag in FETCHED and attributes.get("rel") not in {"canonical", "prev", "next"}:
            self.found.append(attributes.get(FETCHED[tag]) or "")


def test_nothing_comes_from_elsewhere(site: Path) -> None:
    for page in site.rglob("*.html"):
        fetches = Fetches()
        fetches.feed(page.read_text(encoding="utf-8"))
        assert not [place for place in fetches.found if re.match(r"[a-z]+:(?!image/)|//", place)], page
    for style in site.rglob("*.css"):
        assert not re.search(r"url\(['\"]?(https?:)?//|@import", style.read_text(encoding="utf-8")), style


def test_the_search_knows_every_page_and_what_is_made_of_the_code(site: Path) -> None:
    entries = json.loads((site / "search" / "search_index.json").read_text(encoding="utf-8"))["docs"]
    pages = {entry["location"].partition("#")[0] for entry in entries}
    assert {path.stem for path in (ROOT / "docs").glob("*.md")} <= {Path(page).stem for page in pages}
    titles = " ".join(entry["title"] for entry in entries)
    for operation in operations():
        assert f"{operation.method} {operation.path}" in titles
    for slug in KINDS:
        assert slug in titles
    text = " ".join(entry["text"] for entry in entries)
    for word in ("Idempotency-Key", "PgBouncer", "RATE_LIMIT_REQUESTS", "--dry-run", "whsec_"):
        assert word in text
