"""Cheats as files hold them: made up for tests, written and read."""

from collections.abc import AsyncGenerator, Iterable
from functools import partial
from io import BytesIO
from unicodedata import category

from hypothesis import strategies as st

from domain.cheats import TITLE_MOST
from domain.portability import ExportedCheat, Record
from domain.taxonomy import NAME_MOST, name_key
from domain.text import normalised
from entrypoints.formats.format import Format
from tests.contracts.hostile import TEXTS

# What means something to one of the formats, wherever it stands.
_FRAGMENTS = (
    *("\n", "\n\n", "\r\n", "\r", "\t", " ", "    ", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u3000", "\ufeff"),
    *(
        "#",
        "##",
        " #",
        "# ",
        "## ",
        "### x",
        "---",
        "===",
        "- ",
        "> ",
        "1. ",
        "|",
        "*",
        "_",
        "[x](y)",
        "<b>",
        "-->",
    ),
    *("```", "````", "~~~", "```bash", "`", "<!--", "<!-- notes -->", "<!-- /notes -->", "<!-- /notes 2 -->"),
    *(
        "<!-- key: a -->",
        "- Platforms: x",
        "- topic: a, b",
        "- Platfrom: x",
        "  - Topics : a\n",
        "* **Tags:** b",
        "- see https://a.example\n",
        "\n===\n",
        "x\n---\n",
        "- Language: c",
        "&#10;",
        "&amp;",
        "&",
        "\\",
        "\\n",
        "\\,",
    ),
    *(",", ";", '"', '""', "'", "''", "=", "+", "-", "@", "\uff1d", "{", "}", "null", "é", "e\u0301", "🚀", "x"),
    *TEXTS,
)
_text = st.lists(st.sampled_from(_FRAGMENTS) | st.text(max_size=3), max_size=12).map(
    lambda parts: normalised("".join(mark for mark in "".join(parts) if mark != "\0" and category(mark) != "Cs"))
)
_name = _text.map(lambda text: _one_line(text)[:NAME_MOST].strip()).filter(bool)
_names = st.lists(_name, max_size=3, unique_by=name_key).map(tuple)


def _one_line(text: str) -> str:
    return normalised("".join(mark for mark in text if category(mark) != "Cc").strip())


def exported_cheats() -> st.SearchStrategy[ExportedCheat]:
    """Cheats with all that the formats must not stumble over, with keys and without."""
    return st.builds(
        ExportedCheat,
        key=st.none() | st.from_regex("[a-z0-9]{1,32}", fullmatch=True),
        title=_text.map(lambda text: text[:TITLE_MOST]).filter(str.strip),
        language=st.none() | st.from_regex(r"[a-z0-9.#+_-]{1,40}", fullmatch=True),
        platforms=_names,
        topics=_names,
        notes=_text,
        code=_text,
    )


def records(*cheats: ExportedCheat) -> list[Record]:
    """Return the records of a file that holds these cheats."""
    return [Record(cheat, partial(_place, n)) for n, cheat in enumerate(cheats)]


async def file_of(form: Format, cheats: Iterable[ExportedCheat]) -> bytes:
    """Return the whole file of these cheats."""

    async def each() -> AsyncGenerator[ExportedCheat]:
        for cheat in cheats:
            yield cheat

    return b"".join([piece async for piece in form.written(each())])


def read_from(form: Format, file: str | bytes) -> list[ExportedCheat]:
    """Return the cheats of a file that has no faults."""
    found = read(form, file)
    assert not [fault for record in found for fault in record.faults]
    return [record.cheat for record in found if record.cheat is not None]


def read(form: Format, file: str | bytes) -> list[Record]:
    """Return all records of a file."""
    return list(form.records(BytesIO(file if isinstance(file, bytes) else file.encode())))


def faults_of(form: Format, file: str | bytes) -> dict[str, str]:
    """Return what is wrong with how a file is written, by place."""
    return {fault.field: fault.message for record in read(form, file) for fault in record.faults}


def _place(n: int, field: str) -> str:
    return f"cheats[{n}].{field}"
