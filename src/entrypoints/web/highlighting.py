"""Code in colours: which words of a snippet are keywords, strings, comments, as classes for `static/code.css`.

Pygments splits the code; what becomes of the parts is decided here, and each of them is escaped here. Some of its
patterns take time that grows with the square of the text, so there is a list of languages that were tried on
hostile texts (`tests/unit/test_highlighting.py`), and a bound of length and of time; beyond them code stays plain.
"""

import asyncio
import re
import time
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any, Final, Protocol, cast

from markupsafe import Markup, escape
from pygments.lexers import get_lexer_by_name  # type: ignore[import-untyped]  # the library has no types
from pygments.token import Token  # type: ignore[import-untyped]  # the same

LANGUAGES: Final = (
    *("bash", "batch", "c", "cmake", "cpp", "csharp", "css", "diff", "docker", "elixir", "erlang", "fish", "go"),
    *("graphql", "groovy", "haskell", "hcl", "html", "ini", "java", "javascript", "json", "julia", "kotlin"),
    *("lua", "make", "nginx", "nix", "perl", "php", "powershell", "properties", "protobuf", "python", "r", "ruby"),
    *("rust", "scala", "scss", "sql", "swift", "systemd", "terraform", "toml", "typescript", "vim", "xml", "yaml"),
)
"""What code can be coloured as, by the names that forms suggest."""

CHARACTERS_MOST: Final = 20_000
"""Longer code stays plain."""
LINE_MOST: Final = 1_000
"""Code with a longer line stays plain, too: it is for machines, and where the patterns' worst cases are."""

BLANK_MOST: Final = 30
"""And code with more blank lines in a row: some patterns look through them again from each."""

_ALSO_CALLED: Final = {
    "bash": "sh shell zsh",
    "batch": "bat cmd",
    "cpp": "c++ cxx",
    "csharp": "c# cs",
    "diff": "patch",
    "docker": "dockerfile",
    "elixir": "ex",
    "erlang": "erl",
    "go": "golang",
    "haskell": "hs",
    "html": "htm",
    "javascript": "js jsx mjs",
    "json": "jsonc",
    "julia": "jl",
    "kotlin": "kt",
    "make": "makefile",
    "perl": "pl",
    "powershell": "ps1 pwsh",
    "protobuf": "proto",
    "python": "py python3",
    "ruby": "rb",
    "rust": "rs",
    # Pygments' own lexer for PostgreSQL hands parts on to whatever language the text names.
    "sql": "mysql plpgsql postgres postgresql psql sqlite",
    "terraform": "tf",
    "typescript": "ts tsx",
    "xml": "svg",
    "yaml": "yml",
}
_ALIASES: Final = {alias: name for name, aliases in _ALSO_CALLED.items() for alias in aliases.split()}
_CLASSES: Final[dict[Any, str | None]] = {
    Token: None,
    Token.Comment: "comment",
    Token.Comment.Preproc: "meta",
    Token.Generic.Deleted: "deleted",
    Token.Generic.Heading: "heading",
    Token.Generic.Inserted: "inserted",
    Token.Generic.Prompt: "comment",
    Token.Generic.Subheading: "heading",
    Token.Keyword: "keyword",
    Token.Keyword.Constant: "constant",
    Token.Keyword.Type: "type",
    Token.Literal.Number: "constant",
    Token.Literal.String: "string",
    Token.Literal.String.Escape: "constant",
    Token.Literal.String.Interpol: "constant",
    Token.Name.Attribute: "name",
    Token.Name.Builtin: "type",
    Token.Name.Class: "name",
    Token.Name.Constant: "constant",
    Token.Name.Decorator: "meta",
    Token.Name.Exception: "type",
    Token.Name.Function: "name",
    Token.Name.Tag: "keyword",
    Token.Name.Variable: "variable",
    Token.Operator.Word: "keyword",
}
# What is not seen and yet may mean something else to a compiler or a terminal than to a reader, some by turning
# around how what follows is shown (CVE-2021-42574): controls, what Unicode calls default ignorable, letters that
# look like none. What makes a sign a picture is left alone behind one that can be. A run of the same is one find.
_HIDDEN: Final = re.compile(
    "([\x01-\x08\x0b\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
    "|(?<![#*0-9\u2000-\u33ff\U0001f000-\U0001faff])\ufe0f)\\1*"
)
MARKS_MOST: Final = 500
"""So many marks are warning enough, and more would be markup of megabytes: what comes later is replaced."""
_REPLACEMENT: Final = "\ufffd"
_SECONDS_MOST: Final = 0.1
# Short code is looked at again and again, in lists; the markup of long code would fill the memory.
_REMEMBERED_MOST: Final = 2_000
# One snippet after the other, so that those who send what takes long wait for each other and for nobody else.
_HIGHLIGHTING: Final = ThreadPoolExecutor(max_workers=1, thread_name_prefix="highlighting")


class _Lexer(Protocol):
    def get_tokens_unprocessed(self, text: str) -> Iterable[tuple[int, Any, str]]: ...


async def highlighted(snippets: Sequence[tuple[str, str | None]]) -> list[Markup]:
    """Return `highlight` of each pair of code and language; the requests of others go on meanwhile."""
    return await asyncio.get_running_loop().run_in_executor(
        _HIGHLIGHTING, lambda: [highlight(code, language) for code, language in snippets]
    )


def highlight(code: str, language: str | None, *, marks: int = MARKS_MOST) -> Markup:
    """Return code as HTML to stand in a `<code>` element; its text is the code, to the letter.

    Characters that would not be seen are marked by `code-hidden`, with what to show in their place. Where they are
    too many, the rest of them is replaced by U+FFFD, also in the text.

    Args:
        code: anything at all; nothing about it is trusted.
        language: what its author says it is written in. Where that is nothing we know, or the code is too long, it
            comes back escaped and without colours; where it is too intricate, without colours from there on.
        marks: how many there may be.
    """
    if language is None or canonical(language) not in LANGUAGES or _is_for_machines(code):
        return _marked(escape(code), marks)
    return _marked((_remembered if len(code) <= _REMEMBERED_MOST else _coloured)(code, canonical(language)), marks)


def count_hidden(code: str) -> int:
    """Return how many marks the code needs."""
    return sum(1 for _ in _HIDDEN.finditer(code))


def canonical(language: str) -> str:
    """Return the name in `LANGUAGES` that a language is coloured as; its own where it is not among them."""
    name = language.lower()
    return _ALIASES.get(name, name)


def beginning(code: str, *, lines: int = 8, characters: int = 600) -> str:
    """Return the first lines of code, for a glance at it."""
    return "\n".join(code[:characters].split("\n")[:lines]).rstrip()


def _is_for_machines(code: str) -> bool:
    lines = code.splitlines()
    return (
        len(code) > CHARACTERS_MOST
        or max(map(len, lines), default=0) > LINE_MOST
        or max((len(list(run)) for is_blank, run in groupby(lines, _is_blank) if is_blank), default=0) > BLANK_MOST
    )


def _marked(html: Markup, marks: int) -> Markup:
    left = iter(range(marks))

    def mark(found: re.Match[str]) -> str:
        return _mark(found) if next(left, None) is not None else _REPLACEMENT

    # None of them is in our own markup.
    return Markup(_HIDDEN.sub(mark, html))  # noqa: S704  # it was markup before


def _mark(found: re.Match[str]) -> str:
    number, name = f"U+{ord(found[1]):04X}", unicodedata.name(found[1], "control character").lower()
    label, shown = f"{number} {name}", number
    if (times := len(found[0])) > 1:
        label, shown = f"{label}, {times} times", f"{number} x {times}"
    # Nothing of it has to be escaped.
    return f'<span class="code-hidden" role="img" aria-label="{label}" data-mark="{shown}">{found[0]}</span>'


def _is_blank(line: str) -> bool:
    return not line.strip()


def _coloured(code: str, language: str) -> Markup:
    parts = (
        (kind, "".join(text for _, text in group))
        for kind, group in groupby(_parts(code, language), itemgetter(0))
    )
    return Markup("").join(
        text if kind is None else Markup('<span class="code-{}">{}</span>').format(kind, text)
        for kind, text in parts
    )


_remembered: Final = lru_cache(maxsize=512)(_coloured)


def _parts(code: str, language: str) -> Iterator[tuple[str | None, str]]:
    """Yield the code in its order, each part with its class; what time does not allow for is one part without."""
    # Loaded before the clock starts: that takes long once, and is not the code's fault.
    lexer = _lexer(language)
    end = time.thread_time() + _SECONDS_MOST
    done = 0
    # Some patterns want the end of a line, which the last one need not have.
    for start, token, text in lexer.get_tokens_unprocessed(f"{code}\n"):
        yield _class(token), text[: len(code) - start]
        done = start + len(text)
        if time.thread_time() > end:
            break
    yield None, code[done:]


@cache
def _lexer(language: str) -> _Lexer:
    return cast("_Lexer", get_lexer_by_name(language))


def _class(token: Any) -> str | None:
    while token not in _CLASSES:
        token = token.parent
    return _CLASSES[token]
