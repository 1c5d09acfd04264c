"""What counts as text, and when two texts are the same to a reader."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.text import fold, normalised, searchable, starts, text_faults, unstorable_reason

STORABLE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


def _messages(text: str, *, most: int = 5, least: int = 0) -> list[str]:
    return [fault.message for fault in text_faults("title", text, most=most, least=least)]


def test_equal_looking_texts_are_normalised_to_equal_ones() -> None:
    assert normalised("e\u0301") == normalised("\u00e9") == "\u00e9"


@pytest.mark.parametrize("text", ["", "abcde", "🚀🚀🚀🚀🚀", "\x01", "\uffff\U0010ffff"])
def test_a_text_within_its_bounds_has_no_faults(text: str) -> None:
    assert _messages(text) == []


@pytest.mark.parametrize("text", ["", " ", "\t\n", "\u3000", "\u00a0"])
def test_blanks_alone_are_nothing_where_something_is_wanted(text: str) -> None:
    assert _messages(text, least=1) == ["must not be blank"]
    assert _messages(text, least=0) == []


def test_lengths_are_counted_in_code_points() -> None:
    assert _messages("a" * 6) == ["must have at most 5 characters"]
    assert _messages("🚀" * 5) == []
    assert _messages("ab", least=3) == ["must have at least 3 characters"]
    assert _messages("abc", least=3) == []


def test_every_fault_is_told() -> None:
    assert _messages("\0" * 6) == ["must not hold the NUL character", "must have at most 5 characters"]


@pytest.mark.parametrize("text", ["\0", "a\0b", "\ud800", "a\udfffb"])
def test_what_no_store_can_hold_is_told_apart(text: str) -> None:
    assert unstorable_reason(text) is not None


@given(STORABLE)
def test_everything_else_can_be_stored(text: str) -> None:
    assert unstorable_reason(text) is None


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("STRASSE", "straße"),
        ("Straẞe", "strasse"),
        ("Café", "cafe\u0301"),
        ("Ünï", "uni"),
        ("ΣΊΣΥΦΟΣ", "σισυφος"),
        ("I\u015eIK", "\u0131\u015f\u0131k"),
        ("\u0130stanbul", "istanbul"),
        ("ﬁne", "FINE"),
        ("x²", "X2"),
        ("\uff21", "a"),
        ("Ё", "\u0435"),
    ],
)
def test_case_accents_and_compatibility_forms_fold_away(text: str, same: str) -> None:
    assert fold(text) == fold(same)


@pytest.mark.parametrize(("text", "other"), [("a", "b"), ("ø", "o"), ("ab", "a b"), ("a-b", "ab"), ("中", "文")])
def test_different_letters_stay_different(text: str, other: str) -> None:
    assert fold(text) != fold(other)


@given(STORABLE)
def test_folding_what_is_folded_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(STORABLE)
def test_folding_does_not_depend_on_how_letters_are_composed(text: str) -> None:
    assert fold(unicodedata.normalize("NFC", text)) == fold(unicodedata.normalize("NFD", text))


@given(STORABLE)
def test_any_letters_fold_alike_in_upper_and_lower_case(text: str) -> None:
    assert fold(text.upper()) == fold(text.lower()) == fold(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", set[str]()),
        (" \n\t", set[str]()),
        ("git", {"g", "gi"}),
        ("a", {"a"}),
        ("git log", {"g", "gi", "l", "lo"}),
        ("a b", {"a", "b"}),
        ("c# c++", {"c", "c#", "c+", "#", "+", "++"}),
        ("x->y", {"x", "x-", "-", "->", "y"}),
        ("f(x)", {"f", "f(", "(", "(x", "x", "x)", ")"}),
        ("1.5", {"1", "1.", ".", ".5", "5"}),
        ("中文字", {"中", "中文", "文", "文字", "字"}),
        ("ไทยa", {"ไ", "ไท", "ท", "ทย", "ย", "ยa"}),
        ("🚀🚀", {"🚀", "🚀🚀"}),
    ],
)
def test_words_begin_behind_blanks_and_where_signs_and_letters_meet(text: str, found: set[str]) -> None:
    assert starts(text) == found


def test_what_is_searched_is_folded_and_bounded() -> None:
    assert searchable("Caf\u00e9", "", "X") == "cafe\n\nx"
    assert len(searchable("\ufdfa" * 100_000, "\ufdfa" * 100_000)) == 400_000
    assert searchable("a" * 200, "b" * 100_000, "c" * 100_000).endswith("c" * 100_000)


@given(st.lists(STORABLE))
def test_what_is_searched_is_each_text_folded_whatever_is_folded_at_once(texts: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("domain.text._AT_ONCE", 2)
        assert searchable(*texts) == "\n".join(map(fold, texts))


@given(STORABLE)
def test_the_starts_of_a_text_are_the_same_whatever_is_looked_at_at_once(text: str) -> None:
    expected = starts(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("domain.text._AT_ONCE", 2)
        assert starts(text) == expected


@given(STORABLE)
def test_every_start_is_one_or_two_characters_of_the_text_and_holds_no_blank(text: str) -> None:
    for start in starts(text):
        assert len(start) in (1, 2)
        assert start in text
        assert not any(map(str.isspace, start))


@given(st.lists(STORABLE))
def test_the_starts_of_lines_are_those_of_each_line(lines: list[str]) -> None:
    assert starts("\n".join(lines)) == frozenset().union(*map(starts, lines))


def test_as_many_marks_on_a_letter_as_any_script_uses_are_text() -> None:
    assert unstorable_reason("a" + "\u0301" * 30) is None


@pytest.mark.parametrize(
    "text", ["\u0301" * 31, "a" + "\u0301\u0316" * 20_000, "\u0f73" * 31, "b\uff9e" + "\u0301" * 30]
)
def test_more_are_refused_and_left_as_they_are(text: str) -> None:
    assert "combining marks" in str(unstorable_reason(text))
    assert normalised(text) is text


def test_every_letter_that_hides_a_mark_is_known() -> None:
    hiding = {
        letter
        for letter in map(chr, range(sys.maxunicode + 1))
        if not unicodedata.combining(letter) and unicodedata.combining(unicodedata.normalize("NFKD", letter)[0])
    }
    for letter in hiding:
        assert unstorable_reason(letter * 31) is not None
