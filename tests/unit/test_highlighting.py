"""Code in colours: every letter of it is still there, none of it is markup, what is intricate stays plain."""

import asyncio
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import escape

from application.demo.cheats import DEMO_CHEATS
from entrypoints.web.highlighting import (
    BLANK_MOST,
    CHARACTERS_MOST,
    LANGUAGES,
    LINE_MOST,
    MARKS_MOST,
    beginning,
    canonical,
    highlight,
    highlighted,
)
from tests.contracts.hostile import TEXTS
from tests.contracts.web_injection import SCRIPTS

MARK = {"class", "role", "aria-label", "data-mark"}
# Of what the languages were tried on, what took longest in one long line: minutes, the first one.
INTRICATE = [("ini", "x = { "), ("c", "{"), ("cpp", "a{"), ("csharp", "^"), ("erlang", "\\"), ("elixir", '"')]


class _Markup(HTMLParser):
    """Reads HTML as browsers do."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.tags: list[tuple[str, tuple[tuple[str, str | None], ...]]] = []
        # As plain text: slices of markup would be escaped once more.
        self.feed(str(html))
        self.close()

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(attrs)))


def _check(code: str, language: str | None) -> None:
    shown = _Markup(highlight(code, language))
    assert shown.text == code
    for tag, attributes in shown.tags:
        assert tag == "span"
        value = dict(attributes)["class"]
        assert value is not None
        assert set(dict(attributes)) == ({"class"} if value != "code-hidden" else MARK)
        assert value.removeprefix("code-").isalpha()


@pytest.mark.parametrize("language", ["c", "cpp", "hcl", "terraform"])
@pytest.mark.parametrize("blank", ["\n", " \n", "\t\r\n", "\f\n"])
def test_code_with_many_blank_lines_in_a_row_stays_plain(language: str, blank: str) -> None:
    """Some patterns take time that grows with the square of their number, and nothing can interrupt them."""
    code = f"int a;{blank * (BLANK_MOST + 2)}int b;"
    assert highlight(code, language) == escape(code)
    few = f"int a;\n{blank * 3}int b;"
    assert highlight(few, "c") != escape(few)


@pytest.mark.parametrize("language", ["c", None, "nonsense"])
@pytest.mark.parametrize(
    ("hidden", "name"),
    [
        ("\u202e", "U+202E right-to-left override"),
        ("\u2066", "U+2066 left-to-right isolate"),
        ("\u200b", "U+200B zero width space"),
        ("\u3164", "U+3164 hangul filler"),
        ("\ufeff", "U+FEFF zero width no-break space"),
        ("\x1b", "U+001B control character"),
        ("\x9b", "U+009B control character"),
        ("\u2028", "U+2028 line separator"),
        ("\ufe0f", "U+FE0F variation selector-16"),
        ("\U000e0041", "U+E0041 tag latin capital letter a"),
        ("\U000e0100", "U+E0100 variation selector-17"),
    ],
)
def test_what_would_not_be_seen_in_code_is_marked_and_copied_as_it_is(
    language: str | None, hidden: str, name: str
) -> None:
    code = f"/* {hidden} if (admin) */ begin();\n"
    _check(code, language)
    (mark,) = [
        dict(attributes) for _, attributes in _Markup(highlight(code, language)).tags if len(attributes) > 1
    ]
    assert mark == {"class": "code-hidden", "role": "img", "aria-label": name, "data-mark": name.partition(" ")[0]}


def test_a_run_of_the_same_is_one_mark() -> None:
    html = highlight("a" + "\u200b" * 3, None)
    assert 'aria-label="U+200B zero width space, 3 times" data-mark="U+200B x 3"' in html
    assert html.count("\u200b") == 3


def test_marks_are_bounded_and_what_comes_later_is_replaced() -> None:
    """The text is not the code's any more then, but nothing in it is unseen."""
    html = highlight("a\u200b" * (MARKS_MOST + 2), None)
    assert len(_Markup(html).tags) == html.count("\u200b") == MARKS_MOST
    assert html.endswith("a\ufffda\ufffd")


@pytest.mark.parametrize("text", ["\u2714\ufe0f", "\U0001f9f3\ufe0f", "1\ufe0f\u20e3", "a\tb\r\nc\x0c"])
def test_pictures_and_blanks_are_left_alone(text: str) -> None:
    assert highlight(text, None) == escape(text)


def test_every_suggested_language_is_coloured() -> None:
    for language in LANGUAGES:
        assert canonical(language) == language
        _check("x = '<a>' # b\n", language)


@pytest.mark.parametrize(
    ("alias", "language"), [("PY", "python"), ("c++", "cpp"), ("psql", "sql"), ("yml", "yaml")]
)
def test_other_names_of_a_language_mean_the_same(alias: str, language: str) -> None:
    code = "select 'a' -- b\n"
    assert highlight(code, alias) == highlight(code, language)


def test_the_parts_of_code_are_told_apart() -> None:
    shown = highlight("def f():  # why\n    return 'a'", "python")
    assert '<span class="code-keyword">def</span>' in shown
    assert '<span class="code-name">f</span>' in shown
    assert '<span class="code-comment"># why</span>' in shown


def test_a_comment_at_the_very_end_is_one() -> None:
    assert highlight("ls # all", "bash").endswith('<span class="code-comment"># all</span>')


@pytest.mark.parametrize(
    "language", [None, "", "nothing-known", "../../etc", "<script>", "__class__", "python\0", "é"]
)
@pytest.mark.parametrize("code", SCRIPTS)
def test_code_of_no_language_we_know_is_escaped_and_plain(code: str, language: str | None) -> None:
    shown = _Markup(highlight(code, language))
    assert {dict(attributes)["class"] for _, attributes in shown.tags} <= {"code-hidden"}
    assert shown.text == code


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_in_code_is_markup(language: str) -> None:
    for text in (*SCRIPTS, *TEXTS):
        if "\r" not in text:
            _check(text, language)
            _check(f'a = "{text}\n{text}', language)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300), st.sampled_from(LANGUAGES))
def test_whatever_the_code_it_comes_back_to_the_letter(code: str, language: str) -> None:
    code = code.replace("\r", "").replace("\0", "")
    _check(code, language)


def test_the_code_of_the_demo_comes_back_to_the_letter() -> None:
    for cheat in DEMO_CHEATS:
        _check(cheat.code, cheat.language)


def test_what_is_too_long_or_has_too_long_a_line_stays_plain() -> None:
    for code in ("x = 1\n" * CHARACTERS_MOST, "x = 1;" * LINE_MOST):
        assert highlight(code, "python") == code
    assert highlight("x = 1\n" * (CHARACTERS_MOST // 6), "python") != "x = 1\n" * (CHARACTERS_MOST // 6)


@pytest.mark.parametrize(("language", "piece"), INTRICATE)
def test_one_long_line_of_what_takes_long_is_not_even_tried(language: str, piece: str) -> None:
    line = piece * LINE_MOST * 2
    assert highlight(line, language) == escape(line)
    _check(f"{line[:LINE_MOST]}\n{line[:LINE_MOST]}", language)


def test_what_there_is_no_time_for_stays_plain_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("entrypoints.web.highlighting._SECONDS_MOST", 0)
    code = "return 1 # once\n" * 200
    shown = _Markup(highlight(code, "python"))
    assert shown.text == code
    assert len(shown.tags) < 200


@pytest.mark.anyio
async def test_others_go_on_while_code_is_coloured() -> None:
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    going = asyncio.create_task(others())
    code = ("x = [f'{a}' for a in b] # c\n" * CHARACTERS_MOST)[:CHARACTERS_MOST]
    (shown,) = await highlighted([(code, "python")])
    going.cancel()
    assert _Markup(shown).text == code
    assert turns > 1


def test_a_glance_is_the_first_lines() -> None:
    assert beginning("a\nb\n") == "a\nb"
    assert beginning("\n".join("abcdefghij")) == "a\nb\nc\nd\ne\nf\ng\nh"
    assert beginning("x" * 5000) == "x" * 600
