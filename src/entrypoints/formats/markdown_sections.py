"""The shape of a Markdown document of cheats: sections, and in them text, fences and enclosed notes."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum

FENCE = re.compile(r" {0,3}(?:(`{3,})([^`]*)|(~{3,})(.*))")
"""What opens a fence, with the language and more behind the marks (CommonMark 0.31, section 4.5)."""

_HEADING = re.compile(r"##(?:[ \t](.*))?")
_NOTES = re.compile(r"<!-- notes( \d+)? -->\s*")


class Kind(Enum):
    """What a block is."""

    TEXT = "text"
    FENCE = "fence"
    NOTES = "notes"


@dataclass(slots=True)
class Block:
    """Lines that belong together.

    Attributes:
        kind: what they are.
        number: the first line's in the document, from 1.
        lines: without what ends them; of a fence and of notes, the first opens and the last closes it.
        is_open: whether the line is missing that closes it.
    """

    kind: Kind
    number: int
    lines: list[str]
    is_open: bool = False

    @property
    def content(self) -> str:
        """What a fence holds, or the comments around notes."""
        return "\n".join(self.lines[1:-1])

    @property
    def is_blank(self) -> bool:
        """Whether there is nothing to see in it."""
        return not any(map(str.strip, self.lines))

    @property
    def first_visible(self) -> int:
        """The number of the first line that is not blank, if there is one."""
        return next((number for number, line in enumerate(self.lines, self.number) if line.strip()), self.number)


@dataclass(frozen=True, slots=True)
class Section:
    """What stands under a heading of the second level, or, without a title, before the first of them."""

    title: str
    number: int
    blocks: list[Block] = field(default_factory=list[Block])


def sections(lines: Iterable[str]) -> Iterator[Section]:
    """Yield the sections of a document; the first is what comes before all headings, and may hold nothing."""
    section = Section("", 1)
    closes: Callable[[str], object] = bool
    for number, line in enumerate(lines, 1):
        block = section.blocks[-1] if section.blocks else None
        if block is not None and block.is_open:
            block.lines.append(line)
            block.is_open = not closes(line)
        elif heading := _HEADING.fullmatch(line):
            yield section
            section = Section(_without_closing(heading[1] or ""), number)
        elif opening := FENCE.fullmatch(line):
            mark: str = opening[1] or opening[3]
            closes = re.compile(rf" {{0,3}}{mark[0]}{{{len(mark)},}}[ \t]*").fullmatch
            section.blocks.append(Block(Kind.FENCE, number, [line], is_open=True))
        elif comment := _NOTES.fullmatch(line):
            closes = end_of_notes(comment[1] or "").__eq__
            section.blocks.append(Block(Kind.NOTES, number, [line], is_open=True))
        elif block is not None and block.kind is Kind.TEXT:
            block.lines.append(line)
        else:
            section.blocks.append(Block(Kind.TEXT, number, [line]))
    yield section


def end_of_notes(number: str) -> str:
    """Return the comment that closes notes, with the number, if any, of the one that opens them."""
    return f"<!-- /notes{number} -->"


def _without_closing(title: str) -> str:
    # Hashes after a blank at the end of a heading are decoration (CommonMark 0.31, section 4.2).
    title = title.strip(" \t")
    bare = title.rstrip("#")
    return bare.rstrip(" \t") if not bare or bare[-1] in " \t" else title
