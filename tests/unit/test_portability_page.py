"""The page on cheats as files shows files as they are."""

import re
from pathlib import Path

from entrypoints.formats.csv import CSV
from entrypoints.formats.format import Format
from entrypoints.formats.json import JSON
from entrypoints.formats.markdown import MARKDOWN
from tests.contracts.cheat_files import read_from

PAGE = (Path(__file__).parents[2] / "docs" / "portability.md").read_text()


def examples(language: str) -> list[str]:
    """Return what stands in the page's fences of this language."""
    return [
        found[2] for found in re.finditer(rf"^(`{{3,}}){language}\n(.*?)^\1\n", PAGE, re.DOTALL | re.MULTILINE)
    ]


def rewritten(form: Format, file: str) -> str:
    """Return a file as it is exported after it was imported."""
    return form.begin + form.between.join(map(form.text, read_from(form, file))) + form.end


def test_what_it_shows_is_what_is_written() -> None:
    document, enclosed = examples("markdown")
    (table,) = examples("csv")
    (array,) = examples("json")
    assert rewritten(MARKDOWN, document) == document
    assert rewritten(MARKDOWN, enclosed) == f"{MARKDOWN.begin}\n{enclosed}"
    assert rewritten(CSV, table) == table.replace("\n", "\r\n")
    assert rewritten(JSON, array) == array
    assert read_from(MARKDOWN, document) == read_from(JSON, array)
