"""Cheats as JSON: an array of objects, one member a line (RFC 8259)."""

import codecs
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Annotated, BinaryIO, Final

import msgspec
from msgspec import Meta

from domain.cheats import (
    CODE_MOST,
    LANGUAGE_MOST,
    NOTES_MOST,
    TAGS_MOST,
    TITLE_MOST,
    code_faults,
    key_faults,
    language_faults,
    notes_faults,
    title_faults,
)
from domain.errors import Fault, Invalid
from domain.portability import ExportedCheat, Record, names_faults
from entrypoints.formats.format import Format
from entrypoints.formats.json_places import Elements, syntax_fault
from entrypoints.http.arrays import decode_array
from entrypoints.http.input import Body, Refusal, Rules

_INDENT = 2

Names = Annotated[
    tuple[str, ...],
    Meta(
        description=f"At most {TAGS_MOST} names; those that do not exist are made.", examples=[["Linux", "macOS"]]
    ),
]

_RULES: Rules = {
    "key": key_faults,
    "title": title_faults,
    "language": language_faults,
    "platforms": partial(names_faults, "platforms"),
    "topics": partial(names_faults, "topics"),
    "notes": notes_faults,
    "code": code_faults,
}


class CheatRecord(Body, kw_only=True):
    """A cheat as files carry it: without what belongs to one installation."""

    rules = _RULES

    key: (
        Annotated[
            str,
            Meta(
                description="What the cheat is known by everywhere: 1 to 32 lower-case letters and digits.",
                examples=["3k9x0qz7m2v5h8c1"],
            ),
        ]
        | None
    ) = None
    title: Annotated[str, Meta(min_length=1, max_length=TITLE_MOST, examples=["List open ports"])]
    language: Annotated[str, Meta(max_length=LANGUAGE_MOST, examples=["bash"])] | None = None
    platforms: Names = ()
    topics: Names = ()
    notes: Annotated[str, Meta(max_length=NOTES_MOST)] = ""
    code: Annotated[str, Meta(max_length=CODE_MOST)] = ""

    def record(self, n: int) -> Record:
        """Return it as the record with this number, from 0, of its array."""
        cheat = ExportedCheat(
            key=self.key,
            title=self.title,
            language=self.language,
            platforms=self.platforms,
            topics=self.topics,
            notes=self.notes,
            code=self.code,
        )
        return Record(cheat, partial(_place, n))


def _text(cheat: ExportedCheat) -> str:
    """Return a cheat as an element of the array."""
    element = msgspec.json.format(msgspec.json.encode(cheat), indent=_INDENT).decode()
    return f"\n{element}".replace("\n", "\n" + " " * _INDENT)


def _read(file: BinaryIO) -> Iterator[Record]:
    """Yield the records of an array.

    Raises:
        Invalid: with every member of every element that is missing, unknown or against its rules; or with the line
            where the file stops being JSON in UTF-8.
    """
    body = file.read().removeprefix(codecs.BOM_UTF8)
    elements = Elements(body)
    try:
        records = decode_array(body, CheatRecord)
    except Refusal:
        raise Invalid(syntax_fault(body)) from None
    except Invalid as error:
        raise Invalid(*(Fault(elements.located(fault.field), fault.message) for fault in error.faults)) from None
    for n, record in enumerate(records):
        found = record.record(n)
        yield replace(found, place=partial(_line_and_place, elements, found))


def _line_and_place(elements: Elements, record: Record, field: str) -> str:
    return elements.located(record.place(field))


def _place(n: int, field: str) -> str:
    return f"cheats[{n}].{field}"


JSON: Final = Format(
    name="json",
    suffixes=(".json",),
    media_type="application/json",
    begin="[",
    text=_text,
    between=",",
    end="\n]\n",
    read=_read,
)
