"""Cheats as CSV: one a row (RFC 4180), for spreadsheets, which must not take any of it for a formula."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import BinaryIO, Final

from domain.errors import Fault, Invalid, refuse
from domain.portability import ExportedCheat, Record, first_faults
from entrypoints.formats.format import EMPTY, Format
from entrypoints.formats.lines import lines
from entrypoints.http.input import printable

_COLUMNS: Final = ("key", "title", "language", "platforms", "topics", "notes", "code")

# Spreadsheets compute what begins so (OWASP, CSV Injection); an apostrophe in front makes it text. What has
# apostrophes there by itself gets one more, so that taking one away gives back every text as it was.
_FORMULA = re.compile(r"'*(?:\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n])")
_APOSTROPHE = "'"
# What spreadsheets separate cells with where a comma is for decimals, or when told to.
_OTHER_SEPARATORS: Final = {";": "semicolons", "\t": "tabs"}
_SEPARATOR = "; "
_NAME = re.compile(r"(?:\\[\\;]|[^;])+")
_ESCAPED = re.compile(r"\\([\\;])")


def _text(cheat: ExportedCheat) -> str:
    """Return a cheat as a row."""
    return _row(
        (
            cheat.key or "",
            cheat.title,
            cheat.language or "",
            _joined(cheat.platforms),
            _joined(cheat.topics),
            cheat.notes,
            cheat.code,
        )
    )


def _read(file: BinaryIO) -> Iterator[Record]:
    """Yield the records of a table, whose first row names its columns, in any order. Only `title` must be there.

    Raises:
        Invalid: with the line from where on it is not CSV in UTF-8, or with every fault of the first row; or the
            file is empty.
    """
    document = lines(file)
    first = next(document, "")
    _check_separator(first)
    rows = _numbered_rows(chain((first,), document))
    columns = _columns(next(rows)[1])
    for line, row in rows:
        if not any(row):
            continue
        place = partial(_place, _lines_of_cells(columns, row, line), line)
        if len(row) == len(columns):
            cells = {name: _unguarded(cell) for name, cell in zip(columns, row, strict=True)}
            yield Record(_cheat(cells), place)
        else:
            fault = Fault(f"line {line}", f"has {len(row)} cells, and not {len(columns)} like the first row")
            yield Record(None, place, (fault,))


def _check_separator(first: str) -> None:
    """Raise Invalid if there is no first line, or what names the columns in it are other marks than commas."""
    if not first:
        raise Invalid(EMPTY)
    for mark, name in _OTHER_SEPARATORS.items():
        cells = [cell.strip(' "\r\n').lower() for cell in first.split(mark)]
        if len(cells) > 1 and "title" in cells:
            raise Invalid(
                Fault("line 1", f"has {name} between its cells; save the table with commas between them")
            )


def _numbered_rows(document: Iterable[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows with the numbers of the lines that they begin in."""
    rows = csv.reader(document, strict=True)
    line = 1
    try:
        for row in rows:
            yield line, row
            line = rows.line_num + 1
    except csv.Error as error:
        raise Invalid(Fault(f"line {line}", f"is not CSV: {error}")) from None


def _columns(row: Sequence[str]) -> tuple[str, ...]:
    names = tuple(name.strip().lower() for name in row)
    faults = [
        Fault("line 1", f"has a column {printable(name)}, but known are {', '.join(_COLUMNS)}")
        for name in dict.fromkeys(names)
        if name not in _COLUMNS
    ]
    faults += [Fault("line 1", f"has the column {name} twice") for name in _COLUMNS if names.count(name) > 1]
    if "title" not in names:
        faults.append(Fault("line 1", "must name the columns, and one of them must be title"))
    refuse(*first_faults(faults))
    return names


def _cheat(cells: Mapping[str, str]) -> ExportedCheat:
    return ExportedCheat(
        key=cells.get("key") or None,
        title=cells["title"],
        language=cells.get("language") or None,
        platforms=_split(cells.get("platforms", "")),
        topics=_split(cells.get("topics", "")),
        notes=cells.get("notes", ""),
        code=cells.get("code", ""),
    )


def _lines_of_cells(columns: Sequence[str], row: Sequence[str], line: int) -> dict[str, int]:
    begins: dict[str, int] = {}
    for name, cell in zip(columns, row, strict=False):
        begins[name] = line
        line += cell.count("\n")
    return begins


def _place(begins: Mapping[str, int], line: int, field: str) -> str:
    return f"line {begins.get(field, line)}: {field}"


def _row(cells: Sequence[str]) -> str:
    row = io.StringIO()
    csv.writer(row).writerow([_APOSTROPHE + cell if _FORMULA.match(cell) else cell for cell in cells])
    return row.getvalue()


def _unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith(_APOSTROPHE) and _FORMULA.match(cell) else cell


def _joined(names: Iterable[str]) -> str:
    return _SEPARATOR.join(re.sub(r"[\\;]", r"\\\g<0>", name) for name in names)


def _split(cell: str) -> tuple[str, ...]:
    return tuple(_ESCAPED.sub(r"\1", name.strip()) for name in _NAME.findall(cell) if name.strip())


CSV: Final = Format(
    name="csv",
    suffixes=(".csv",),
    media_type="text/csv",
    begin=_row(_COLUMNS),
    text=_text,
    between="",
    end="",
    read=_read,
)
