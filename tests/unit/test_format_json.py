"""JSON files: made for programs."""

import pytest

from domain.portability import ExportedCheat
from entrypoints.formats.json import JSON
from tests.contracts.cheat_files import faults_of, read, read_from

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
        ("", ["file"]),
        ("{}", ["file"]),
        ('[{"title": "T"},\n\n]', ["line 3"]),
        ('[\n{"title": "\udcff"}]', ["line 2"]),
        ("[" * 100_000, ["file"]),
        ('[{"title": "T",\n "notes": NaN}]', ["file"]),
        ("[1,\n {},\n\n null]", ["line 1: cheats[0]", "line 2: cheats[1].title", "line 4: cheats[2]"]),
        (
            '[{"title": 1, "tags": [], "platforms": "x"},\n{"title": "T", "key": "A", "notes": "\\u0000"}]',
            [
                *(f"line 1: cheats[0].{field}" for field in ("tags", "title", "platforms")),
                *(f"line 2: cheats[1].{field}" for field in ("key", "notes")),
            ],
        ),
    ],
)
def test_everything_that_is_wrong_is_named(file: str, places: list[str]) -> None:
    assert list(faults_of(JSON, file.encode(errors="surrogateescape"))) == places


@pytest.mark.parametrize(
    ("file", "message"),
    [
        (b'[\n{"title" "T"}]', "is not JSON: expecting ':' delimiter at character 10"),
        (b'["\xc3\xa9\xff"]', "is not UTF-8: byte 5 of the line is 0xFF; save the file in UTF-8"),
        (b"[NaN]", "holds NaN, which is no JSON"),
        (b"[" * 100_000, "is nested too deeply"),
        (b" \n", "is empty"),
    ],
)
def test_a_file_that_is_no_json_is_told_why(file: bytes, message: str) -> None:
    assert list(faults_of(JSON, file).values()) == [message]


def test_a_cheat_is_placed_in_the_line_where_it_begins() -> None:
    file = f'\ufeff\n[{{"title": "A", "code": "[\\n,{{"}}\n\n, {FILE[2:-3]}]'
    first, second = read(JSON, file)
    assert first.place("title") == "line 2: cheats[0].title"
    assert second.place("code") == "line 4: cheats[1].code"


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (1_001, "have 1 more faults"),
        (1_999, "have 999 more faults"),
        (2_000, "have 1,000 more faults, at least"),
        (5_000, "have 1,000 more faults, at least"),
    ],
)
def test_of_very_many_faults_the_first_thousand_are_named_and_another_thousand_counted(
    wrong: int, told: str
) -> None:
    faults = faults_of(JSON, f"[{','.join(['1'] * wrong)}]")
    assert len(faults) == 1_001
    assert faults["cheats"] == told
