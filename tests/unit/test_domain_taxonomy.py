"""Platforms and topics: what they may be called, and when two names are the same."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Invalid
from domain.taxonomy import NAME_MOST, Tag, TagKind, name_key

GIT = Tag.create(id=1, kind=TagKind.TOPIC, name="git")
NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=NAME_MOST)


def _faulty_fields(name: str) -> list[str]:
    with pytest.raises(Invalid) as refusal:
        Tag.create(id=1, kind=TagKind.PLATFORM, name=name)
    with pytest.raises(Invalid):
        GIT.rename(name)
    return [fault.field for fault in refusal.value.faults]


@pytest.mark.parametrize("name", ["x", "C++", "C#", "macOS 15", "データベース", "🚀", "n" * NAME_MOST, "'; --"])
def test_a_name_is_any_line_of_text(name: str) -> None:
    assert Tag.create(id=1, kind=TagKind.PLATFORM, name=name).name == name


@pytest.mark.parametrize("name", [" git", "git\t", "\u3000git\n", "\u00a0 git \u2003"])
def test_blanks_around_a_name_are_no_part_of_it(name: str) -> None:
    assert Tag.create(id=1, kind=TagKind.TOPIC, name=name) == GIT
    assert GIT.rename(name) is GIT


def test_a_name_is_normalised() -> None:
    assert Tag.create(id=1, kind=TagKind.TOPIC, name="Cafe\u0301").name == "Caf\u00e9"


@pytest.mark.parametrize("name", ["", " ", "\t\n", "\u3000", "n" * (NAME_MOST + 1), "\ud800", "\u0301" * 31])
def test_a_name_that_is_blank_too_long_or_unstorable_is_refused(name: str) -> None:
    assert _faulty_fields(name) == ["name"]


@pytest.mark.parametrize("name", ["a\nb", "a\tb", "a\x1bb", "a\x7fb", "a\x85b"])
def test_a_name_of_several_lines_or_with_control_characters_is_refused(name: str) -> None:
    assert _faulty_fields(name) == ["name"]


def test_the_length_counts_without_the_blanks_around() -> None:
    assert len(Tag.create(id=1, kind=TagKind.TOPIC, name=" " * 9 + "n" * NAME_MOST).name) == NAME_MOST


def test_a_renamed_tag_is_its_next_version() -> None:
    assert GIT.rename("Git") == replace(GIT, name="Git", version=2)


def test_the_same_name_makes_no_new_version() -> None:
    assert GIT.rename("git") is GIT


@pytest.mark.parametrize(
    ("name", "same"),
    [
        ("Linux", "LINUX"),
        ("Linux", "  linux\u00a0"),
        ("macOS  server", "MacOS\u2003Server"),
        ("Straße", "STRASSE"),
        ("ﬁles", "Files"),
        ("\uff22ash", "bash"),
        ("Café", "CAFE\u0301"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("x²", "X2"),
    ],
)
def test_names_that_differ_by_case_blanks_or_width_only_share_a_key(name: str, same: str) -> None:
    assert name_key(name) == name_key(same)


@pytest.mark.parametrize(
    ("name", "other"), [("cafe", "café"), ("c", "c#"), ("c#", "c++"), ("a b", "ab"), ("a-b", "a b"), ("o", "ø")]
)
def test_names_that_read_differently_have_keys_of_their_own(name: str, other: str) -> None:
    assert name_key(name) != name_key(other)


@given(NAMES)
def test_a_key_is_its_own_key(name: str) -> None:
    assert name_key(name_key(name)) == name_key(name)


@given(NAMES)
def test_a_key_does_not_depend_on_case_or_blanks_around(name: str) -> None:
    assert name_key(f" {name.upper()}\t") == name_key(name.lower()) == name_key(name)
