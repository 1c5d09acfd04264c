"""docs/coming-from.md lists the names by which the data of older services is recognised."""

import re
from pathlib import Path

import pytest

from adapters.reflection.names import COLUMNS, TABLES
from application.adopting.written import PRIORITIES, STATUSES
from application.ports.older_services import Kind

PAGE = (Path(__file__).parents[2] / "docs" / "coming-from.md").read_text(encoding="utf-8")
RECOGNISED = PAGE.partition("### What is recognised")[2].partition("### Names of your own")[0]


def row(name: str) -> str:
    """Return what stands beside a name."""
    match = re.search(rf"^\| [^|]*`{re.escape(name)}`[^|]* \| (.*) \|$", RECOGNISED, re.MULTILINE)
    assert match is not None, f"{name} is not on the page."
    return match[1]


@pytest.mark.parametrize("kind", Kind)
def test_every_table_stands_there_with_all_its_names_in_order(kind: Kind) -> None:
    assert row(kind).split(", ") == list(TABLES[kind])


@pytest.mark.parametrize(
    ("kind", "field"), [(kind, field) for kind, fields in COLUMNS.items() for field in fields if len(fields) > 2]
)
def test_every_field_stands_there_with_all_its_names(kind: Kind, field: str) -> None:
    text = row(field if field in {"id", "created_at", "updated_at"} else f"{kind}.{field}")
    if text.startswith("as `cheats.owner`"):
        text += f", {row('cheats.owner')}"
    assert set(COLUMNS[kind][field]) <= set(re.findall(r"\w+", text))


def test_every_word_for_a_status_or_priority_stands_there() -> None:
    assert set(STATUSES) <= set(re.findall(r"\w+", row("tasks.status")))
    assert set(PRIORITIES) <= set(re.findall(r"\w+", row("tasks.priority")))
