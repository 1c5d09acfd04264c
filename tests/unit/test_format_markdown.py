"""Markdown files: made for people to read, to write and to keep under version control."""

import pytest

from domain.portability import ExportedCheat
from entrypoints.formats.markdown import MARKDOWN
from tests.contracts.cheat_files import faults_of, read, read_from

DOCUMENT = """\
# Cheats

## Undo the last commit
<!-- key: 3k9x0qz7m2v5h8c1 -->

- Platforms: Git
- Topics: history, repair

What was committed stays in the working tree.

```bash
git reset --soft HEAD~1
```

## Which process holds a file?

- Language: text

`lsof` knows, and **fuser** too.
"""
CHEATS = [
    ExportedCheat(
        key="3k9x0qz7m2v5h8c1",
        title="Undo the last commit",
        language="bash",
        platforms=("Git",),
        topics=("history", "repair"),
        notes="What was committed stays in the working tree.",
        code="git reset --soft HEAD~1",
    ),
    ExportedCheat(
        key=None,
        title="Which process holds a file?",
        language="text",
        notes="`lsof` knows, and **fuser** too.",
    ),
]


def written(*cheats: ExportedCheat) -> str:
    """Return the document of these cheats."""
    return MARKDOWN.begin + MARKDOWN.between.join(map(MARKDOWN.text, cheats)) + MARKDOWN.end


class TestWriting:
    """What a document looks like."""

    def test_it_is_a_plain_document_where_texts_are_plain(self) -> None:
        assert written(*CHEATS) == DOCUMENT

    def test_a_fence_is_longer_than_any_in_the_code(self) -> None:
        assert "\n`````markdown\n````\nx\n````\n`````\n" in written(
            ExportedCheat("a", "T", "markdown", code="````\nx\n````")
        )

    @pytest.mark.parametrize(
        "notes",
        [
            "# Top", "text\n## Section", "```\ncode\n```", "see:\n   ~~~\n", "<!-- hidden -->", "- Topics: none",
            "- Tags: a", "* **Tip**: b", " + Platforms : c", "- Tip:d", "text\n- Language: c",
            "text\n\n  * topic:", " ", "\n", "\ntext", "text\n", "text\n\n", "#", "  \n",
        ],
    )  # fmt: skip
    def test_notes_that_could_be_taken_for_something_else_are_enclosed(self, notes: str) -> None:
        assert f"\n\n<!-- notes -->\n{notes}\n<!-- /notes -->\n" in written(ExportedCheat("a", "T", notes=notes))

    @pytest.mark.parametrize(
        "notes",
        [
            "### Small heading",
            "- a list\n- of two",
            "1 < 2",
            "`# not`",
            "#tag",
            "text  \nbroken",
            "a\r\nb",
            "Heading\n=======\n\nOther\n-----\ntext",
            "---\ntext",
            "- https://a.example",
            "* C:\\temp",
            "- localhost:80",
            "- `-t`: TCP",
            "Tip:\n- Tags: a",
            "    - Topics: code",
        ],
    )
    def test_all_other_notes_stand_as_they_are(self, notes: str) -> None:
        cheat = ExportedCheat(None, "T", notes=notes)
        assert written(cheat).endswith(f"## T\n\n{notes}\n")
        assert read_from(MARKDOWN, written(cheat)) == [cheat]

    @pytest.mark.parametrize("repeated", ["_", "*", "-", " ", "a"])
    def test_notes_of_any_length_are_told_apart_in_one_go(self, repeated: str) -> None:
        cheat = ExportedCheat(None, "T", notes=f"- a{repeated * 99_000}.")
        assert read_from(MARKDOWN, written(cheat)) == [cheat]

    def test_what_encloses_notes_differs_from_all_lines_of_theirs(self) -> None:
        notes = "<!-- /notes -->\n<!-- /notes 2 -->"
        assert f"<!-- notes 3 -->\n{notes}\n<!-- /notes 3 -->\n" in written(ExportedCheat("a", "T", notes=notes))

    @pytest.mark.parametrize(
        ("title", "heading"),
        [
            ("C#", "## C#"), ("Use #", r"## Use \#"), (r"C:\temp", r"## C:\\temp"), ("a\nb", "## a&#10;b"),
            (" x\t", "## &#32;x&#9;"), ("<b>", r"## \<b>"), ("1 < 2", "## 1 < 2"), ("&#10;", r"## \&#10;"),
            ("*.log & _x_", "## *.log & _x_"), ("a\u2028b", "## a&#8232;b"),
        ],
    )  # fmt: skip
    def test_a_title_is_one_line_that_shows_it(self, title: str, heading: str) -> None:
        assert f"\n{heading}\n" in written(ExportedCheat("a", title))

    def test_commas_in_names_are_told_from_those_between_them(self) -> None:
        cheat = ExportedCheat("a", "T", platforms=("Bash, POSIX", "C:\\"), topics=("x;y",))
        assert "- Platforms: Bash\\, POSIX, C:\\\\\n- Topics: x;y\n" in written(cheat)


class TestReading:
    """What people may write."""

    def test_a_document_is_read(self) -> None:
        assert read_from(MARKDOWN, DOCUMENT) == CHEATS

    @pytest.mark.parametrize("end", ["\r\n", "\n"])
    def test_lines_may_end_as_windows_ends_them(self, end: str) -> None:
        assert read_from(MARKDOWN, DOCUMENT.replace("\n", end)) == CHEATS

    def test_the_end_of_the_last_line_may_be_missing(self) -> None:
        assert read_from(MARKDOWN, DOCUMENT.removesuffix("\n")) == CHEATS

    def test_what_stands_before_the_first_cheat_is_for_readers(self) -> None:
        introduced = DOCUMENT.replace("# Cheats\n", "# What we know\n\nSee also:\n\n```\n## Not a cheat\n```\n")
        assert read_from(MARKDOWN, introduced) == CHEATS

    @pytest.mark.parametrize("blanks", ["", "\n", "\n\n\n", "\n  \n"])
    def test_any_number_of_blank_lines_may_stand_between_the_parts(self, blanks: str) -> None:
        document = f"## T{blanks}\n* topic: a{blanks}\nText.{blanks}\n\n~~~ sql x\nSELECT 1\n~~~{blanks}\n"
        assert read_from(MARKDOWN, document) == [
            ExportedCheat(None, "T", "sql", topics=("a",), notes="Text.", code="SELECT 1")
        ]

    def test_the_last_fence_is_the_code_and_those_before_belong_to_the_notes(self) -> None:
        document = "## T\nFirst:\n```\n## one\n```\nThen:\n\n```\ntwo\n```\n"
        (cheat,) = read_from(MARKDOWN, document)
        assert (cheat.notes, cheat.code) == ("First:\n```\n## one\n```\nThen:", "two")

    def test_a_cheat_may_be_a_title_and_nothing_else(self) -> None:
        assert read_from(MARKDOWN, "## One\n## Two ##\n") == [
            ExportedCheat(None, "One"),
            ExportedCheat(None, "Two"),
        ]

    def test_an_export_may_hold_no_cheats(self) -> None:
        assert read_from(MARKDOWN, "# Cheats\n") == []


class TestFaults:
    """What is wrong, and in which line."""

    @pytest.mark.parametrize(
        ("document", "places"),
        [
            ("## T\n\n```\ncode\n", ["line 3: code"]),
            ("## T\n<!-- notes -->\ntext\n## U\n", ["line 2: notes"]),
            ("## T\n```\ncode\n```\n\n\nmore\n", ["line 7: code"]),
            ("## T\n<!-- notes -->\ntext\n<!-- /notes -->\n\nmore\n", ["line 6: notes"]),
            ("## T\ntext\n<!-- notes -->\ntext\n<!-- /notes -->\n", ["line 3: notes"]),
            ("## T\ntext\n# Part two\n## U\n", ["line 3: notes"]),
            ("## T\n- Topics: a\n- Topic: b\n<!-- key: a -->\n<!-- key: b -->", ["line 3: topics", "line 5: key"]),
            ("## T\n- Language: c\n```d\nx\n```\n", ["line 3: language"]),
            ("## T\n- Language: c\n  - d\n* e\n\n- f\n", ["line 3", "line 4"]),
            ("## T\n- a\n- Topic: b\n\nText\n\n - Platforms: c\n", ["line 3: topics", "line 7: platforms"]),
            ("Undo a commit:\n\n    git reset\n", ["line 1"]),
            ("# Undo a commit\n", ["line 1"]),
            ("", ["file"]),
            ("\n \n", ["file"]),
        ],
    )  # fmt: skip
    def test_a_document_that_cannot_be_understood_is_refused(self, document: str, places: list[str]) -> None:
        assert list(faults_of(MARKDOWN, document)) == places

    @pytest.mark.parametrize(
        ("item", "name"), [("- Platfrom: Linux", "Platfrom"), ("* Tags:a", "Tags"), ("  + **OS** :", "**OS**")]
    )
    def test_an_entry_that_is_not_known_is_named_and_those_around_it_are_read(self, item: str, name: str) -> None:
        (record,) = read(MARKDOWN, f"## T\n- Topics: a\n{item}\n\n- Platforms: b\n\nText\n")
        assert record.cheat == ExportedCheat(None, "T", platforms=("b",), topics=("a",), notes="Text")
        (fault,) = record.faults
        assert fault.field == "line 3"
        assert fault.message.startswith(f"has an entry {name}, but known are Platforms, Topics and Language;")

    def test_every_section_is_read_whatever_is_wrong_in_others(self) -> None:
        document = "## T\ntext\n# Part\n\n## U\n- topic: a\n- topic: b\n"
        assert list(faults_of(MARKDOWN, document)) == ["line 3: notes", "line 7: topics"]

    def test_a_field_is_placed_in_the_line_where_it_begins(self) -> None:
        first, second = read(MARKDOWN, DOCUMENT)
        fields = ("title", "key", "platforms", "topics", "notes", "code", "language")
        assert [first.place(field) for field in fields] == [
            f"line {line}: {field}" for line, field in zip((3, 4, 6, 7, 9, 12, 11), fields, strict=True)
        ]
        assert second.place("language") == "line 17: language"
        assert second.place("code") == "line 15: code"
