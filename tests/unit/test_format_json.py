"""JSON files: made for programs."""

import pytest

from domain.portability import ExportedCheat
from entrypoints.formats.json import JSON
from tests.contracts.cheat_files import faults_of, read_from

CHEAT = ExportedCheat("a1", "Undo „it“", "bash", ("Git",), (), "Line 1\nLine 2", "git reset")
FILE = """\
[
  {
    "key": "a1",
    "title": "Undo „it“",
    "language": "bash",
    "platforms": [
      "Git"
    ],
    "topics": [],
    "notes": "Line 1\\nLine 2",
    "code": "git reset"
  }
]
"""


def test_it_is_an_array_with_a_member_a_line() -> None:
    assert JSON.begin + JSON.text(CHEAT) + JSON.end == FILE
    assert read_from(JSON, FILE) == [CHEAT]


def test_only_a_title_must_be_there() -> None:
    assert read_from(JSON, '[{"title": "T"}, {"title": "U", "key": null, "language": null}]') == [
        ExportedCheat(None, "T"),
        ExportedCheat(None, "U"),
    ]


@pytest.mark.parametrize(
    ("file", "places"),
    [
        ("", ["line 1"]),
        ("{}", ["body"]),
        ('[{"title": "T"},\n\n]', ["line 3"]),
        ('[\n{"title": "\udcff"}]', ["line 2"]),
        ("[" * 100_000, ["file"]),
        ("[1, {}, null]", ["cheats[0]", "cheats[1].title", "cheats[2]"]),
        (
            '[{"title": 1, "tags": [], "platforms": "x"}, {"title": "T", "key": "A", "notes": "\\u0000"}]',
            ["cheats[0].tags", "cheats[0].title", "cheats[0].platforms", "cheats[1].key", "cheats[1].notes"],
        ),
    ],
)
def test_everything_that_is_wrong_is_named(file: str, places: list[str]) -> None:
    assert list(faults_of(JSON, file.encode(errors="surrogateescape"))) == places


def test_of_very_many_faults_the_first_thousand_are_named_and_the_others_counted() -> None:
    faults = faults_of(JSON, f"[{','.join(['1'] * 5_000)}]")
    assert len(faults) == 1_001
    assert faults["cheats"] == "have 4,000 more faults"
