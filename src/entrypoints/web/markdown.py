"""Markdown as people write it in posts, made into HTML that a page may hold (CommonMark 0.31, tables, strikes).

Two walls stand between an author and a reader: the parser knows no HTML, and what it makes goes through a
sanitiser that knows nothing of the parser. Headings are put in order below those of the page, images become links
to them, and a text that would take long to parse is shown as it was written.
"""

import asyncio
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup

from entrypoints.web.highlighting import CHARACTERS_MOST, MARKS_MOST, count_hidden, highlight

# Long honest texts take half of it. The parser takes linear time for most texts, but there are texts of our
# greatest length that keep it busy for ten seconds.
_STEPS_MOST: Final = 40_000
# They are collected as garbage all at once, for which every other thread has to wait.
_TOKENS_MOST: Final = 30_000
_STEP_OF_SEARCH: Final = 1_000
_LEVELS_MOST: Final = 100
_LOWEST_HEADING: Final = 6
# What is made of longer texts would fill the memory.
_REMEMBERED_MOST: Final = 20_000
_EXCERPT_SOURCE: Final = 1_000
_EXCERPT_MOST: Final = 220
_BLANKS: Final = re.compile(r"\s+")
_CLASSES: Final = {
    "span": re.compile(r"code-[a-z]{1,20}"),
    "code": re.compile(r"language-[A-Za-z0-9.#+_-]{1,40}"),
    "td": re.compile(r"align-(?:left|center|right)"),
    "th": re.compile(r"align-(?:left|center|right)"),
}
_MARKS: Final = {
    "role": re.compile("img"),
    "aria-label": re.compile(r"U\+[0-9A-F]{4,6} [a-z0-9 -]{1,80}(?:, [0-9]{1,6} times)?"),
    "data-mark": re.compile(r"U\+[0-9A-F]{4,6}(?: x [0-9]{1,6})?"),
}
# One text after the other, so that those who send what takes long wait for each other and for nobody else.
_RENDERING: Final = ThreadPoolExecutor(max_workers=1, thread_name_prefix="markdown")
# Whoever reads does not wait for those who write.
_PREVIEWING: Final = ThreadPoolExecutor(max_workers=1, thread_name_prefix="preview")


async def rendered(text: str) -> Markup:
    """Return `to_html` of a text; the requests of others go on meanwhile."""
    return await asyncio.get_running_loop().run_in_executor(_RENDERING, to_html, text)


async def previewed(text: str, *, top: int) -> Markup:
    """Return `to_html` of what somebody is still writing; nobody who reads waits for it."""
    return await asyncio.get_running_loop().run_in_executor(_PREVIEWING, to_html, text, top)


async def excerpts(texts: Sequence[str]) -> list[str]:
    """Return the `excerpt` of each text; the requests of others go on meanwhile."""
    return await asyncio.get_running_loop().run_in_executor(_RENDERING, lambda: list(map(excerpt, texts)))


def to_html(text: str, top: int = 2) -> Markup:
    """Return a text in Markdown as HTML that is safe in a page.

    Args:
        text: as its author wrote it; nothing about it is trusted.
        top: the level that its highest headings get; below the heading that it stands under.
    """
    return (_remembered if len(text) <= _REMEMBERED_MOST else _set)(text, top)


def _set(text: str, top: int) -> Markup:
    try:
        html = _PARSER.render(text, {"work": _Work(), "top": top})
    except _TooIntricateError:
        return Markup('<p class="plain-note">{}</p>\n<pre class="plain" tabindex="0">{}</pre>').format(
            "This text is too intricate to be set as Markdown, so here it is as it was written.",
            highlight(text, None),
        )
    return Markup(_SANITISER.clean(html))  # noqa: S704  # this is where text becomes safe


_remembered: Final = lru_cache(maxsize=64)(_set)


@lru_cache(maxsize=512)
def excerpt(text: str) -> str:
    """Return how a text begins, as plain text of one line: its first paragraphs without headings and code."""
    try:
        tokens = _PARSER.parse(text[:_EXCERPT_SOURCE], {"work": _Work(), "top": 2})
    except _TooIntricateError:
        tokens = []
    words = _BLANKS.sub(" ", " ".join(_paragraphs(tokens))).strip()
    if len(words) <= _EXCERPT_MOST:
        return words
    whole, _, _ = words[:_EXCERPT_MOST].rpartition(" ")
    return f"{whole or words[:_EXCERPT_MOST]}…"


class _TooIntricateError(Exception):
    """Parsing takes more steps, or nests deeper, than any text needs that is meant to be read."""


@dataclass(slots=True)
class _Work:
    """How much a text has cost so far.

    Attributes:
        steps: what the parser has tried.
        coloured: how many characters of code were coloured.
        marked: how many marks stand for what would not be seen in code.
    """

    steps: int = 0
    coloured: int = 0
    marked: int = 0

    def take(self, steps: int = 1) -> None:
        self.steps += steps
        if self.steps > _STEPS_MOST:
            raise _TooIntricateError

    def colour(self, code: str, language: str) -> Markup:
        """Return code in colours, as long as that is little enough in the whole text."""
        self.coloured += len(code)
        return self.show(code, language if self.coloured <= CHARACTERS_MOST else None)

    def show(self, code: str, language: str | None = None) -> Markup:
        """Return code with marks, of which there are not too many in the whole text."""
        left = max(0, MARKS_MOST - self.marked)
        self.marked += count_hidden(code)
        return highlight(code, language, marks=left)


def _count_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Take part as a rule that never fits: it sees every try of the parser's."""
    state.env["work"].take()
    if len(state.tokens) > _TOKENS_MOST:
        raise _TooIntricateError
    return False


def _count_inline(state: StateInline, silent: bool) -> bool:
    # Behind each bracket the end of a link is looked for, to the end of the paragraph.
    distance = state.posMax - state.pos if state.src[state.pos] == "[" else 0
    state.env["work"].take(1 + distance // _STEP_OF_SEARCH)
    return False


def _arrange(state: StateCore) -> None:
    """Put headings in order, name alignments by class instead of style, and make links of images."""
    outline: list[str] = []
    for token in state.tokens:
        if token.type == "heading_open":
            while outline and outline[-1] >= token.tag:
                outline.pop()
            outline.append(token.tag)
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(state.env['top'] + len(outline) - 1, _LOWEST_HEADING)}"
        elif token.type in {"th_open", "td_open"} and (style := token.attrs.pop("style", None)):
            token.attrSet("class", f"align-{str(style).rpartition(':')[2]}")
        elif token.children:
            token.children = list(_with_linked_images(token.children))
    if any(child.level > _LEVELS_MOST for token in state.tokens for child in token.children or ()):
        raise _TooIntricateError


def _with_linked_images(tokens: Sequence[Token]) -> Iterator[Token]:
    """Yield the tokens, with a link to each image in its place, or its description where a link is around it.

    Loading an image would tell a stranger's server who reads the post; the pages' policy forbids it, too.
    """
    is_in_link = False
    for token in tokens:
        if token.type in {"link_open", "link_close"}:
            is_in_link = token.type == "link_open"
        if token.type != "image":
            yield token
            continue
        address = str(token.attrs.get("src", ""))
        text = Token("text", "", 0, level=token.level, content=_plain(token.children or ()) or address)
        if is_in_link:
            yield text
        else:
            yield Token("link_open", "a", 1, attrs={"href": address}, level=token.level)
            yield text
            yield Token("link_close", "a", -1, level=token.level)


def _paragraphs(tokens: Sequence[Token]) -> Iterator[str]:
    heading = False
    for token in tokens:
        heading = token.type == "heading_open" or (heading and token.type != "heading_close")
        if token.type == "inline" and not heading:
            yield _plain(token.children or ())


def _plain(tokens: Sequence[Token]) -> str:
    return "".join(" " if token.type.endswith("break") else token.content for token in tokens)


def _scrolling_table(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    tag = renderer.renderToken(tokens, index, options, env)
    return f"<div>{tag}" if tokens[index].nesting == 1 else f"{tag}</div>\n"


def _code(_: RendererHTML, tokens: Sequence[Token], index: int, __: OptionsDict, env: EnvType) -> str:
    language, *_rest = tokens[index].info.split(maxsplit=1) or [""]
    code = env["work"].colour(tokens[index].content, language)
    return Markup('<pre><code class="language-{}">{}</code></pre>\n').format(language, code)


def _plain_code(_: RendererHTML, tokens: Sequence[Token], index: int, __: OptionsDict, env: EnvType) -> str:
    code = Markup("<code>{}</code>").format(env["work"].show(tokens[index].content))
    return code if tokens[index].type == "code_inline" else Markup("<pre>{}</pre>\n").format(code)


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": _LEVELS_MOST}).enable(
        ["table", "strikethrough"]
    )
    parser.block.ruler.before(
        "table", "work", _count_block, {"alt": ["paragraph", "reference", "blockquote", "list"]}
    )
    parser.inline.ruler.before("text", "work", _count_inline)
    parser.core.ruler.push("arrange", _arrange)
    parser.add_render_rule("fence", _code)
    parser.add_render_rule("code_inline", _plain_code)
    parser.add_render_rule("code_block", _plain_code)
    parser.add_render_rule("table_open", _scrolling_table)
    parser.add_render_rule("table_close", _scrolling_table)
    return parser


def _allowed(tag: str, attribute: str, value: str) -> str | None:
    """Return an attribute's value where it may stay."""
    if attribute == "class":
        return value if _CLASSES[tag].fullmatch(value) else None
    if tag == "span":
        return value if _MARKS[attribute].fullmatch(value) else None
    return value


_PARSER: Final = _parser()
_SANITISER: Final = nh3.Cleaner(
    tags={
        *("p", "br", "hr", "h2", "h3", "h4", "h5", "h6", "em", "strong", "s", "a", "code", "pre", "blockquote"),
        *("ul", "ol", "li", "div", "span", "table", "thead", "tbody", "tr", "th", "td"),
    },
    attributes={
        "a": {"href", "title"},
        "ol": {"start"},
        **{tag: {"class"} for tag in _CLASSES},
        "span": {"class", *_MARKS},
    },
    attribute_filter=_allowed,
    # What is too wide scrolls by itself, which the keyboard can do only where it can go.
    set_tag_attribute_values={
        "div": {"tabindex": "0", "role": "group", "aria-label": "Table"},
        "pre": {"tabindex": "0"},
    },
    url_schemes={"http", "https", "mailto"},
    link_rel="nofollow noopener noreferrer",
)
