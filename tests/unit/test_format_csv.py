"""CSV files: made for spreadsheets, which must not compute what is meant as text."""

import csv
from io import StringIO

import pytest

from domain.portability import ExportedCheat
from entrypoints.formats.csv import CSV
from tests.contracts.cheat_files import faults_of, read, read_from

HEADER = "key,title,language,platforms,topics,notes,code\r\n"


def written(*cheats: ExportedCheat) -> str:
    """Return the table of these cheats."""
    return CSV.begin + CSV.between.join(map(CSV.text, cheats)) + CSV.end


class TestWriting:
    """What a table looks like."""

    def test_it_has_a_header_and_a_row_for_each_cheat(self) -> None:
        cheat = ExportedCheat("a1", "Undo", "bash", ("Git",), ("history", "repair"), 'Say "no".\r\nTwice.', "a,b")
        assert written(cheat) == f'{HEADER}a1,Undo,bash,Git,history; repair,"Say ""no"".\r\nTwice.","a,b"\r\n'

    @pytest.mark.parametrize(
        "begin", ["=", "+", "-", "@", "\t", "\r", "\n", " =", "\t\t@", "\uff1d", "'=", "''\t+"]
    )
    @pytest.mark.parametrize("field", ["title", "notes", "code"])
    def test_no_cell_begins_like_a_formula(self, begin: str, field: str) -> None:
        texts = {"title": "T", field: f'{begin}HYPERLINK("http://evil.example")'}
        cheat = ExportedCheat("a", texts["title"], notes=texts.get("notes", ""), code=texts.get("code", ""))
        table = written(cheat)
        (row,) = csv.DictReader(StringIO(table, newline=""))
        assert row[field] == f"'{texts[field]}"
        assert read_from(CSV, table) == [cheat]

    def test_names_cannot_begin_like_a_formula_either(self) -> None:
        cheat = ExportedCheat("a", "T", platforms=("=1+1",), topics=("-x", "@y"))
        assert written(cheat).endswith("a,T,,'=1+1,'-x; @y,,\r\n")
        assert read_from(CSV, written(cheat)) == [cheat]

    @pytest.mark.parametrize("text", ["'quoted'", "'", "''", "it's =", "1=2"])
    def test_all_other_cells_are_left_alone(self, text: str) -> None:
        assert written(ExportedCheat("a", "T", notes=text)).endswith(f",{text},\r\n")

    def test_semicolons_in_names_are_told_from_those_between_them(self) -> None:
        cheat = ExportedCheat("a", "T", platforms=("a;b", "C:\\"), topics=("\\;",))
        assert "T,,a\\;b; C:\\\\,\\\\\\;,," in written(cheat)
        assert read_from(CSV, written(cheat)) == [cheat]


class TestReading:
    """What spreadsheets and people may write."""

    def test_columns_may_stand_in_any_order_and_most_may_be_missing(self) -> None:
        assert read_from(CSV, "Code, TITLE \nls,List\n") == [ExportedCheat(None, "List", code="ls")]

    @pytest.mark.parametrize("end", ["\n", "\r\n"])
    def test_lines_may_end_either_way_and_those_in_cells_are_kept(self, end: str) -> None:
        assert read_from(CSV, f'title,notes{end}T,"a\r\nb\nc\rd"{end}') == [
            ExportedCheat(None, "T", notes="a\r\nb\nc\rd")
        ]

    def test_rows_without_any_content_are_passed_over(self) -> None:
        assert read_from(CSV, "title,code\n\nA,\n,\n\nB,\n") == [
            ExportedCheat(None, "A"),
            ExportedCheat(None, "B"),
        ]

    def test_names_may_be_separated_in_a_hurry(self) -> None:
        assert read_from(CSV, "title,topics\nT,a;b ;; c;\n")[0].topics == ("a", "b", "c")


class TestFaults:
    """What is wrong, and in which line."""

    @pytest.mark.parametrize(
        ("table", "places"),
        [
            ("", ["file"]),
            ("key,code\na,b\n", ["line 1"]),
            ("title;code\na;b\n", ["line 1"]),
            ("title,title\na,b\n", ["line 1"]),
            ("title,code\n\na\nb,c,d\ne,f\n", ["line 3", "line 4"]),
            ('title,code\na,"b\n\nc"\nd\n', ["line 5"]),
            ('title,code\na,b\nc,"d\n', ["line 3"]),
            ('title,code\na\nc,"d"e\n', ["line 2", "line 3"]),
            (f"title,code\na,{'x' * 200_000}\n", ["line 2"]),
        ],
    )
    def test_a_table_that_cannot_be_understood_is_refused(self, table: str, places: list[str]) -> None:
        assert [fault.field for record in read(CSV, table) for fault in record.faults] == places

    @pytest.mark.parametrize(
        ("table", "marks"),
        [("Key;Title\n", "semicolons"), ('"title"\t"code"\r\n', "tabs"), ("code;title;notes", "semicolons")],
    )
    def test_cells_that_are_separated_by_other_marks_than_commas_are_told_so(self, table: str, marks: str) -> None:
        message = f"has {marks} between its cells; save the table with commas between them"
        assert faults_of(CSV, table) == {"line 1": message}

    def test_an_unknown_column_is_named(self) -> None:
        assert "has a column tags" in faults_of(CSV, "title,tags\n")["line 1"]

    def test_a_field_is_placed_in_the_line_where_it_begins(self) -> None:
        (record,) = read(CSV, 'notes,title,code\r\n\r\n"a\r\nb","c\nd",e\r\n')
        assert [record.place(field) for field in ("notes", "title", "code", "key")] == [
            "line 3: notes", "line 4: title", "line 5: code", "line 3: key",
        ]  # fmt: skip
