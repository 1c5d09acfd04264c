"""The pages on clients and on the front end show the examples as they are."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "docs" / name for name in ("clients.md", "front-end.md")]
EXCERPTS = [
    pytest.param(code, id=f"{page.name}: {code.splitlines()[0]}")
    for page in PAGES
    for code in re.findall(r"^```(?:typescript|tsx|python)\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE)
]
SOURCES = [
    path.read_text()
    for pattern in ("typescript/*.ts", "python/*.py", "front-end/*.ts", "front-end/src/*.ts*")
    for path in (ROOT / "examples").glob(pattern)
]


@pytest.mark.parametrize("excerpt", EXCERPTS)
def test_an_excerpt_is_what_an_example_says(excerpt: str) -> None:
    assert any(excerpt in source for source in SOURCES)


@pytest.mark.parametrize("folder", ["typescript", "front-end"])
def test_a_lock_names_no_registry(folder: str) -> None:
    """What was installed here is to be had elsewhere."""
    lock = (ROOT / "examples" / folder / "package-lock.json").read_text()
    assert '"integrity"' in lock
    assert '"resolved"' not in lock
