"""Snippets show where words were found, and are safe to show."""

import re
import unicodedata
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.snippets import LENGTH, snippet
from domain.text import fold, starts

FILLER = "lorem ipsum dolor sit amet " * 20
ENTITY = re.compile("&(amp|lt|gt|quot|#x27);")

texts = st.text(
    st.sampled_from("aAbBßéİ\u0131ﬁ ²_-<>&\"'…\n\u0301\u0316\u0903\u200d🏽👩中ﷺ")
    | st.characters(exclude_categories=["Cs"]),
    max_size=400,
)
words = st.lists(
    st.text(st.sampled_from("abBßéf2_-<&中"), min_size=1, max_size=4).map(fold).filter(str.strip), max_size=4
).map(lambda given: tuple(word for text in given for word in text.split()))


def shown(html: str) -> str:
    """Return what a reader sees of a snippet."""
    return unescape(html.replace("<mark>", "").replace("</mark>", ""))


def marks(html: str) -> list[str]:
    """Return what is marked in a snippet."""
    return [unescape(marked) for marked in re.findall("<mark>(.*?)</mark>", html, re.DOTALL)]


def place(html: str, text: str) -> tuple[int, int]:
    """Return where in the text a snippet may come from, its ellipses left out."""
    seen = shown(html)
    for start, end in ((0, 0), (1, 0), (0, 1), (1, 1)):
        piece = seen[start : len(seen) - end]
        if piece in text and seen == "…" * start + piece + "…" * end:
            return text.index(piece), text.index(piece) + len(piece)
    pytest.fail(f"{seen!r} is not in {text!r}")


@pytest.mark.parametrize(
    ("text", "looked_for", "expected"),
    [
        ("Plant a tree", ("plant",), "<mark>Plant</mark> a tree"),
        ("a transplanted tree", ("plant", "tree"), "a trans<mark>plant</mark>ed <mark>tree</mark>"),
        ("Das CAFÉ", ("cafe",), "Das <mark>CAFÉ</mark>"),
        ("Das cafe\u0301!", ("cafe",), "Das <mark>cafe\u0301</mark>!"),
        ("Eine Straße", ("strasse",), "Eine <mark>Straße</mark>"),
        ("Eine Straße", ("tras",), "Eine S<mark>traß</mark>e"),
        ("ﬁne", ("ine",), "<mark>ﬁne</mark>"),
        ("x² + y²", ("x2",), "<mark>x²</mark> + y²"),
        ("İstanbul", ("istan",), "<mark>İstan</mark>bul"),
        ("準備會議記錄", ("會議記",), "準備<mark>會議記</mark>錄"),
        ("<b>bold</b> & 'so'", ("bold",), "&lt;b&gt;<mark>bold</mark>&lt;/b&gt; &amp; &#x27;so&#x27;"),
        ("<mark>x</mark>", ("mark",), "&lt;<mark>mark</mark>&gt;x&lt;/<mark>mark</mark>&gt;"),
        ("a < b", ("<",), "a <mark>&lt;</mark> b"),
        ("in C# or c# code", ("c#",), "in <mark>C#</mark> or <mark>c#</mark> code"),
        ("as bananas", ("a", "as"), "<mark>as</mark> bananas"),
        ("go to a good dog", ("go",), "<mark>go</mark> to a <mark>go</mark>od dog"),
        ("sunflower", ("sun", "sunflow"), "<mark>sunflow</mark>er"),
        ("sunflower", ("sun", "flower"), "<mark>sunflower</mark>"),
        ("  \n plain \t", ("other",), "plain"),
        ("", ("other",), ""),
        (" \n", ("other",), ""),
        ("a.*b", (".*b",), "a<mark>.*b</mark>"),
    ],
)
def test_matches_are_marked_in_text_that_is_escaped(text: str, looked_for: tuple[str, ...], expected: str) -> None:
    assert snippet([text], looked_for) == expected


def test_a_long_text_is_shown_around_the_match() -> None:
    found = snippet([f"{FILLER}the needle is here {FILLER}"], ("needle",))
    assert marks(found) == ["needle"]
    assert found.startswith("…")
    assert found.endswith("…")
    assert LENGTH - 40 <= len(shown(found)) <= LENGTH + 2


def test_a_long_text_without_a_match_is_shown_from_its_beginning() -> None:
    found = snippet([f"\n{FILLER}"], ("needle",))
    assert found.startswith("lorem ipsum")
    assert found.endswith("…")
    assert len(found) <= LENGTH + 1


def test_a_text_that_just_fits_is_shown_whole() -> None:
    text = ("abc " * LENGTH)[: LENGTH - 1] + "!"
    assert snippet([text], ()) == text


def test_words_that_stand_together_count_more_than_one_that_comes_first() -> None:
    found = snippet([f"plant {FILLER} a tree to plant {FILLER} tree"], ("plant", "tree"))
    assert marks(found) == ["tree", "plant"]


def test_the_first_of_equal_places_is_shown() -> None:
    assert "first plant" in shown(snippet([f"first plant {FILLER} second plant"], ("plant",)))


def test_the_text_that_holds_most_is_shown_and_of_equal_ones_the_first() -> None:
    assert snippet(["a tree", "plant a tree"], ("plant", "tree")) == "<mark>plant</mark> a <mark>tree</mark>"
    assert snippet(["my tree", "your tree"], ("tree",)) == "my <mark>tree</mark>"
    assert snippet(["", " ", "notes", "code"], ("tree",)) == "notes"


def test_words_are_left_whole_at_the_edges() -> None:
    seen = shown(snippet([f"{FILLER}needle {FILLER}"], ("needle",))).strip("…").split()
    assert set(seen) == {*FILLER.split(), "needle"}


def test_a_match_longer_than_a_snippet_is_shown_whole() -> None:
    long = "x" * (LENGTH + 40)
    assert marks(snippet([f"{FILLER}{long} {FILLER}"], (long,))) == [long]


@pytest.mark.parametrize("letter", ["e\u0301\u0323", "👩\u200d👩\u200d👧", "👍🏽", "कि", "ｶﾞ"])
def test_a_letter_keeps_its_marks_at_the_edges(letter: str) -> None:
    for shift in range(len(letter) + 1):
        text = "x" * shift + letter * 200 + "needle" + letter * 200
        seen = shown(snippet([text], ("needle",))).strip("…")
        before, after = seen.split("needle")
        assert before.replace(letter, "") == after.replace(letter, "") == ""
        assert before
        assert after


@given(texts, words)
def test_without_its_marks_a_snippet_is_a_piece_of_the_text(text: str, looked_for: tuple[str, ...]) -> None:
    found = snippet([text], looked_for)
    start, end = place(found, text)
    assert end - start <= LENGTH or len(marks(found)) == 1
    assert bool(text.strip()) is (end > start)


@given(texts, words)
def test_nothing_but_marks_is_markup(text: str, looked_for: tuple[str, ...]) -> None:
    found = snippet([text], looked_for)
    bare = ENTITY.sub("", re.sub("<mark>(.*?)</mark>", r"\1", found, flags=re.DOTALL))
    assert not set("<>&\"'") & set(bare)


@given(texts, words)
def test_what_is_marked_holds_a_word_and_is_no_half_of_a_letter(text: str, looked_for: tuple[str, ...]) -> None:
    found = snippet([text], looked_for)
    for marked in marks(found):
        assert any(word in fold(marked) for word in looked_for)
    for edge in re.findall("</?mark>(.)", found, re.DOTALL):
        assert not unicodedata.combining(edge)


@given(texts, words)
def test_a_word_that_is_found_is_marked(text: str, looked_for: tuple[str, ...]) -> None:
    folded = fold(text)
    is_found = any(word in (folded if len(word) > 2 else starts(folded)) for word in looked_for)
    assert bool(marks(snippet([text], looked_for))) is is_found


@given(texts)
def test_a_text_is_folded_character_by_character(text: str) -> None:
    assert fold(text) == "".join(map(fold, text))


@pytest.mark.parametrize(
    ("text", "looked_for"),
    [
        ("a" * 200_000, ("aaa", "b")),
        ("é" * 200_000, ("e", "ee", "eee")),
        (" a" * 100_000, ("a", "b")),
        ("ab" * 100_000, ("a", "ab", "aba", "bab", "abab" * 40)),
        ("a" * 200_000, ("a" * 199 + "b",)),
        ("x" + "\u0903" * 199_999, ("x",)),
        ("x" + "\u200d" * 199_999, ("\u200d\u200d\u200d",)),
        (" " * 199_999 + "x", ("x",)),
        ("ﷺ" * 200_000, ("صلى",)),
        ("<" * 200_000, ("<<<",)),
    ],
)
def test_the_longest_texts_give_a_short_snippet_too(text: str, looked_for: tuple[str, ...]) -> None:
    found = snippet([text], looked_for)
    assert 0 < len(shown(found)) <= LENGTH + 42
