r"""Cheats as Markdown: a document for people (CommonMark 0.31), which git shows well and an editor changes easily.

    # Cheats

    ## Undo the last commit
    <!-- key: 3k9x0qz7m2v5h8c1 -->

    - Platforms: Git
    - Topics: history, repair

    What was committed stays in the working tree.

    ```bash
    git reset --soft HEAD~1
    ```

Notes in which anything could be taken for something else stand as they are between two comments, `<!-- notes -->`
and `<!-- /notes -->`, with a number in both where the notes hold such a line themselves. What comes before the
first cheat is for readers alone.
"""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from itertools import chain, count
from typing import BinaryIO, Final

from domain.errors import Fault, Invalid
from domain.portability import ExportedCheat, Record
from entrypoints.formats.format import EMPTY, Format
from entrypoints.formats.lines import lines
from entrypoints.formats.markdown_sections import FENCE, Block, Kind, Section, end_of_notes, sections
from entrypoints.http.input import printable

_KEY = re.compile(r"<!-- key:(.*)-->\s*")
_ENTRY = re.compile(r" {0,3}[-*+][ \t]+(platform|topic|language)s?[ \t]*:(.*)", re.IGNORECASE)
# An item that begins with a word and a colon, which is no address, path or time.
_OTHER_ENTRY = re.compile(r" {0,3}[-*+][ \t]+([*_]*+[^\W\d_][\w-]*+[*_]*+)[ \t]*+:(?![/\\:\d])")
_CONTINUES_LIST = re.compile(r"[ \t]+\S|[-*+][ \t]")
_TITLE = re.compile(r"#(?:[ \t].*)?")
# What makes a line of notes more than a line of text, here or for whoever shows the document.
_STRUCTURE = re.compile(r"\s*(?:`{3}|~{3})|#{1,2}(?:\s|\Z)|.*<!--")
_ENCLOSE = "put the notes between the lines <!-- notes --> and <!-- /notes -->"
_FIELDS = {"platform": "platforms", "topic": "topics", "language": "language"}
_ENTRIES = "Platforms, Topics and Language"
_BEGIN = "# Cheats"

# In titles and names, a backslash takes its meaning from the mark that follows, and a number stands for a
# character that has no place in a line, or not at its ends.
_SPECIAL = re.compile(
    r"(\\|<(?=[A-Za-z/!?])|&(?=#)|(?<![^ \t])#(?=#*\Z))|[\x00-\x1f\x7f-\x9f\u2028\u2029]|\A\s|\s\Z"
)
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])|&#([0-9]{1,7});")
_NAME = re.compile(r"(?:\\[\\,]|[^,])+")
_LAST_CODE_POINT = 0x10FFFF


def _text(cheat: ExportedCheat) -> str:
    """Return a cheat as a section."""
    items = {
        "Platforms": _joined(cheat.platforms),
        "Topics": _joined(cheat.topics),
        # Where there is code, its fence says the language.
        "Language": "" if cheat.code else cheat.language,
    }
    blocks = (
        f"## {_inline(cheat.title)}\n" + (f"<!-- key: {cheat.key} -->\n" if cheat.key else ""),
        "".join(f"- {name}: {value}\n" for name, value in items.items() if value),
        _notes(cheat.notes),
        _fence(cheat.code, cheat.language or ""),
    )
    return "".join(f"\n{block}" for block in blocks if block)


def _read(file: BinaryIO) -> Iterator[Record]:
    r"""Yield the records of a document. If its first line ends with `\r\n`, that is how its lines end.

    Raises:
        Invalid: with the line from where on it is not UTF-8; or it holds no cheats and is no export.
    """
    found = sections(_without_ends(lines(file)))
    preamble = next(found)
    first = next(found, None)
    if first is None:
        visible = [line for block in preamble.blocks for line in block.lines if line.strip()]
        if not visible:
            raise Invalid(EMPTY)
        if visible != [_BEGIN]:
            raise Invalid(Fault("line 1", "is not followed by any cheat; each begins with its title: ## Title"))
        return
    for section in chain((first,), found):
        yield _SectionReader(section).record()


class _SectionReader:
    """Reads one section, and takes down what is wrong with it."""

    def __init__(self, section: Section) -> None:
        self._blocks = section.blocks
        self._found = {"title": _plain(section.title)}
        self._places = {"title": section.number}
        self._faults: list[Fault] = []

    def record(self) -> Record:
        """Return what the section holds."""
        self._read_head()
        self._read_enclosed_notes()
        self._read_code()
        self._read_notes()
        found = self._found
        cheat = ExportedCheat(
            key=found.get("key"),
            title=found["title"],
            language=found.get("language") or None,
            platforms=_split(found.get("platforms", "")),
            topics=_split(found.get("topics", "")),
            notes=found.get("notes", ""),
            code=found.get("code", ""),
        )
        return Record(cheat, partial(_place, self._places), tuple(self._faults))

    def _read_head(self) -> None:
        """Take the key and the list off the top; what looks like an entry of the list is none of the notes."""
        if not self._blocks or (head := self._blocks[0]).kind is not Kind.TEXT:
            return
        is_below_entry = False
        for read, line in enumerate(head.lines):
            number = head.number + read
            if key := _KEY.fullmatch(line):
                self._find("key", key[1].strip(), number)
                is_below_entry = False
            elif entry := _ENTRY.fullmatch(line):
                self._find(_FIELDS[entry[1].lower()], entry[2].strip(), number)
                is_below_entry = True
            elif other := _OTHER_ENTRY.match(line):
                self._blame_entry(printable(other[1]), number)
            elif is_below_entry and _CONTINUES_LIST.match(line):
                message = "is in the list but no entry of it; an entry is one line, and a blank line ends the list"
                self._faults.append(Fault(f"line {number}", message))
            elif not line.strip():
                is_below_entry = False
            else:
                self._blocks[0] = Block(Kind.TEXT, number, head.lines[read:])
                return
        del self._blocks[0]

    def _read_enclosed_notes(self) -> None:
        """Take notes between comments off the top."""
        if self._blocks and (notes := self._blocks[0]).kind is Kind.NOTES:
            del self._blocks[0]
            self._find("notes", notes.content, notes.number + 1)
            if notes.is_open:
                self._blame("notes", notes.number, "are not closed: the comment <!-- /notes --> is missing")

    def _read_code(self) -> None:
        """Take the last fence off the bottom."""
        while self._blocks and self._blocks[-1].is_blank:
            self._blocks.pop()
        if self._blocks and (fence := self._blocks[-1]).kind is Kind.FENCE:
            del self._blocks[-1]
            self._find("code", fence.content, fence.number + 1)
            if fence.is_open:
                self._blame("code", fence.number, "is not closed: the fence has no end")
            opening = FENCE.fullmatch(fence.lines[0])
            if opening and (words := (opening[2] or opening[4] or "").split()):
                self._find("language", words[0], fence.number)

    def _read_notes(self) -> None:
        """Take what remains between head and code."""
        while self._blocks and self._blocks[0].is_blank:
            del self._blocks[0]
        if not self._blocks:
            return
        if "code" not in self._found and any(block.kind is Kind.FENCE for block in self._blocks):
            self._blame(
                "code", self._blocks[-1].first_visible, f"must come last; if it is part of the notes, {_ENCLOSE}"
            )
        elif "notes" in self._found:
            self._blame("notes", self._blocks[0].first_visible, "must stand between the comments altogether")
        else:
            self._check_plain_notes()
            written = [line for block in self._blocks for line in block.lines]
            visible = [n for n, line in enumerate(written) if line.strip()]
            notes = "\n".join(written[visible[0] : visible[-1] + 1])
            self._find("notes", notes, self._blocks[0].first_visible)

    def _check_plain_notes(self) -> None:
        for block in self._blocks:
            if block.kind is Kind.NOTES:
                self._blame("notes", block.number, "must stand between the comments altogether")
            elif block.kind is Kind.TEXT:
                for number, line in enumerate(block.lines, block.number):
                    if _TITLE.fullmatch(line):
                        self._blame("notes", number, f"must not hold a heading like this; {_ENCLOSE}")
                    elif entry := _ENTRY.fullmatch(line):
                        message = f"must stand above the notes; if this is part of them, {_ENCLOSE}"
                        self._blame(_FIELDS[entry[1].lower()], number, message)

    def _find(self, field: str, value: str, number: int) -> None:
        if field in self._found:
            self._blame(field, number, "is given twice")
        else:
            self._found[field] = value
            self._places[field] = number

    def _blame_entry(self, name: str, number: int) -> None:
        message = f"has an entry {name}, but known are {_ENTRIES}; if it is part of the notes, {_ENCLOSE}"
        self._faults.append(Fault(f"line {number}", message))

    def _blame(self, field: str, number: int, message: str) -> None:
        self._faults.append(Fault(f"line {number}: {field}", message))


def _place(places: Mapping[str, int], field: str) -> str:
    return f"line {places.get(field, places['title'])}: {field}"


def _without_ends(document: Iterator[str]) -> Iterator[str]:
    end = ""
    for number, line in enumerate(document):
        if number == 0 and line.endswith("\r\n"):
            end = "\r"
        yield line.removesuffix("\n").removesuffix(end)


def _notes(notes: str) -> str:
    if not notes:
        return ""
    written = notes.split("\n")
    is_plain = written[0].strip() and written[-1].strip() and not _OTHER_ENTRY.match(written[0])
    if is_plain and not any(_STRUCTURE.match(line) or _ENTRY.fullmatch(line) for line in written):
        return f"{notes}\n"
    taken = frozenset(written)
    numbers = chain(("",), map(" {}".format, count(2)))
    number = next(number for number in numbers if end_of_notes(number) not in taken)
    return f"<!-- notes{number} -->\n{notes}\n{end_of_notes(number)}\n"


def _fence(code: str, language: str) -> str:
    if not code:
        return ""
    fence = "`" * max([3, *(len(run) + 1 for run in re.findall("`+", code))])
    return f"{fence}{language}\n{code}\n{fence}\n"


def _joined(names: tuple[str, ...]) -> str:
    return ", ".join(_inline(name).replace(",", r"\,") for name in names)


def _split(names: str) -> tuple[str, ...]:
    return tuple(_plain(name) for name in _NAME.findall(names) if name.strip())


def _inline(text: str) -> str:
    return _SPECIAL.sub(lambda mark: f"\\{mark[0]}" if mark[1] else f"&#{ord(mark[0])};", text)


def _plain(inline: str) -> str:
    return _ESCAPED.sub(_meant, inline.strip())


def _meant(escaped: re.Match[str]) -> str:
    if escaped[1]:
        return escaped[1]
    number = int(escaped[2])
    return chr(number) if number <= _LAST_CODE_POINT else escaped[0]


MARKDOWN: Final = Format(
    name="markdown",
    suffixes=(".md", ".markdown"),
    media_type="text/markdown",
    begin=f"{_BEGIN}\n",
    text=_text,
    between="",
    end="",
    read=_read,
)
