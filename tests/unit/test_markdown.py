"""What becomes of Markdown, and that nothing an author writes can become anything else."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from domain.posts import CONTENT_MOST
from entrypoints.web.highlighting import MARKS_MOST
from entrypoints.web.markdown import excerpt, to_html
from tests.unit.markdown_attacks import ATTACKS, HOSTILE, JOINTS

BARE = {
    *("p", "br", "hr", "em", "strong", "s", "blockquote", "ul", "li"),
    *("h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr"),
}
ALLOWED: dict[str, set[str]] = {
    **{tag: set() for tag in BARE},
    **{tag: {"class"} for tag in ("th", "td", "code", "p")},
    "span": {"class", "role", "aria-label", "data-mark"},
    "a": {"href", "title", "rel"},
    "ol": {"start"},
    "pre": {"tabindex", "class"},
    "div": {"tabindex", "role", "aria-label"},
}
SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
CLASSES = re.compile(r"language-[A-Za-z0-9.#+_-]{1,40}|align-(?:left|center|right)|plain|plain-note|code-[a-z]+")


class _Checking(HTMLParser):
    """Fails at anything that may not be in a page."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ALLOWED, tag
        for name, value in attrs:
            assert name in ALLOWED[tag], (tag, name)
            if name == "href":
                assert value is not None
                # As a browser reads it: without control characters, and blanks around it.
                read = re.sub(r"[\t\n\r]", "", value.strip("".join(map(chr, range(33)))))
                scheme = SCHEME.match(read)
                assert scheme is None or scheme[1].lower() in {"http", "https", "mailto"}, value
            if name == "class":
                assert value is not None
                assert CLASSES.fullmatch(value), value
        if tag == "a":
            assert ("rel", "nofollow noopener noreferrer") in attrs

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(decl)

    def handle_pi(self, data: str) -> None:
        raise AssertionError(data)

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(data)


def check(text: str) -> str:
    """Check that what becomes of a text may be in a page, and return it."""
    html = str(to_html(text))
    parser = _Checking()
    parser.feed(html)
    parser.close()
    return html


class TestSafety:
    """Whatever is written, only what is allowed comes out."""

    @pytest.mark.parametrize("attack", ATTACKS)
    def test_no_known_attack_comes_through(self, attack: str) -> None:
        for text in (attack, f"> {attack}", f"- {attack}", f"# {attack}", f"**{attack}**", f"a\n\n{attack}\n\nb"):
            check(text)

    def test_attacks_joined_to_each_other_do_not_come_through_either(self) -> None:
        check("\n\n".join(ATTACKS))
        check("".join(ATTACKS))
        check("\n".join(f"> {'> ' * (number % 5)}{attack}" for number, attack in enumerate(ATTACKS)))

    @settings(max_examples=150, deadline=None)
    @given(
        st.lists(
            st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
            | st.sampled_from(ATTACKS)
            | st.sampled_from(JOINTS),
            max_size=25,
        ).map("".join)
    )
    @example("```language-x onload\n```")
    @example("[a]: <javascript:x>\n[a]")
    def test_any_text_gives_allowed_markup_alone(self, text: str) -> None:
        check(text)
        assert "\n" not in excerpt(text)

    def test_markup_of_the_author_is_shown_as_they_typed_it(self) -> None:
        assert check("a <b>bold</b> claim") == "<p>a &lt;b&gt;bold&lt;/b&gt; claim</p>\n"


class TestSetting:
    """What an honest author gets."""

    def test_headings_stand_in_order_below_that_of_the_page(self) -> None:
        text = "### First\n\n###### Deep\n\n# Last\n\n## Below\n\n" + "\n\n".join(
            f"{'#' * level} x" for level in range(2, 7)
        )
        levels = [int(level) for level in re.findall(r"<h(\d)>", check(text))]
        assert levels == [2, 3, 2, 3, 3, 4, 5, 6, 6]
        assert str(to_html("# First", 3)).startswith("<h3>")

    def test_an_image_becomes_a_link_to_it_and_is_not_loaded(self) -> None:
        html = check("![A *cat*](https://e.example/cat.png) and ![](https://e.example/b.png)")
        assert re.findall(r'<a href="([^"]*)"[^>]*>([^<]*)</a>', html) == [
            ("https://e.example/cat.png", "A cat"),
            ("https://e.example/b.png", "https://e.example/b.png"),
        ]
        badge = check("[![Build](https://e.example/badge.svg)](https://e.example/ci)")
        assert re.findall(r'<a href="([^"]*)"[^>]*>([^<]*)</a>', badge) == [("https://e.example/ci", "Build")]

    def test_a_table_scrolls_by_itself_and_keeps_its_alignment(self) -> None:
        html = check("| a | b |\n|:--|--:|\n| 1 | 2 |")
        assert re.search(r'<div (?=[^>]*tabindex="0")(?=[^>]*aria-label="Table")[^>]*><table>', html)
        assert '<td class="align-right">2</td>' in html
        assert "style" not in html

    def test_code_names_its_language_and_no_other_class(self) -> None:
        assert '<code class="language-c++">' in check("```c++ {.site-header}\nx\n```")
        assert "<code>x" in check("```\nx\n```")
        assert "<code>x" in check("```site-header/menu\nx\n```")

    def test_code_of_a_known_language_is_coloured_as_long_as_that_is_little(self) -> None:
        # The first code in a language takes the time that loading it takes, and colours have little.
        check("```python\nx\n```")
        assert '<span class="code-string">"&lt;b&gt;"</span>' in check('```python\nprint("<b>")\n```')
        assert "<span" not in check('```cobol\nprint("<b>")\n```')
        many = check('```python\nprint("<b>")\n```\n\n' * 3000)
        assert 0 < many.count("<span") < 5_000

    def test_links_of_this_site_and_mail_addresses_are_kept(self) -> None:
        html = check("[a](/posts/1?x=1&y=2#z) <ada@example.org> ~~not~~\n\n3. three")
        assert 'href="/posts/1?x=1&amp;y=2#z"' in html
        assert 'href="mailto:ada@example.org"' in html
        assert "<s>not</s>" in html
        assert '<ol start="3">' in html

    def test_an_excerpt_is_the_text_of_the_first_paragraphs(self) -> None:
        first = "# Title\n\nSome **bold** [link](/x) and\n`code` ![cat](c.png).\n\n"
        text = f"{first}```\nno code\n```\n\n- item\n\n<b>x</b>"
        assert excerpt(text) == "Some bold link and code cat. item <b>x</b>"
        long = excerpt("word " * 5000)
        assert long.endswith("word…")
        assert len(long) < 250
        assert excerpt("```\nonly code\n```") == ""
        assert len(excerpt("x" * 5000)) < 250


class TestBounds:
    """A text may be as hostile as it is long."""

    @pytest.mark.parametrize("shape", HOSTILE)
    def test_the_longest_text_of_a_hostile_shape_is_shown_in_some_way(self, shape: str) -> None:
        unit = HOSTILE[shape]
        text = (unit * (CONTENT_MOST // len(unit) + 1))[:CONTENT_MOST]
        assert len(check(text)) < 10 * CONTENT_MOST
        excerpt(text)

    def test_what_costs_too_much_is_shown_as_it_was_written(self) -> None:
        text = "[" * CONTENT_MOST
        html = check(text)
        assert html.startswith('<p class="plain-note">')
        assert text in html
        assert "&lt;script&gt;" in check("<script>" + text[8:])

    def test_emphasis_within_emphasis_without_end_is_shown_as_it_was_written(self) -> None:
        assert 'class="plain"' in check("*a " * 5000 + " a*" * 5000)

    def test_a_long_honest_text_is_set(self) -> None:
        section = "## A heading\n\nSome *words* with [a link](/x), `code` and more of it.\n\n- one\n- two\n\n"
        assert "plain" not in check((section * 2000)[:CONTENT_MOST])


@pytest.mark.parametrize(
    "text", ["```c\n/*\u202e */ x\n```", "    /*\u202e */ x", "`/*\u202e */ x`", "```nonsense\n\u202e\n```"]
)
def test_what_would_not_be_seen_in_code_is_marked(text: str) -> None:
    html = to_html(text)
    assert 'aria-label="U+202E right-to-left override"' in html
    assert 'data-mark="U+202E"' in html
    assert html.count("\u202e") == 1


def test_marks_are_bounded_in_a_text_as_a_whole() -> None:
    """However many pieces of code it holds."""
    html = to_html("```c\n\u202e a\n```\n`\u202e` and\n\n" * MARKS_MOST)
    assert html.count("data-mark") == MARKS_MOST


def test_marks_of_any_kind_pass_the_sanitiser() -> None:
    html = to_html("`a\U000e0041b\u200b\u200b`")
    assert 'data-mark="U+E0041"' in html
    assert 'aria-label="U+200B zero width space, 2 times" data-mark="U+200B x 2"' in html
