"""Cheats: what makes one, what changes it."""

from dataclasses import replace

import pytest

from domain.cheats import CODE_MOST, LANGUAGE_MOST, NOTES_MOST, TAGS_MOST, TITLE_MOST, Cheat, CheatChanges
from domain.errors import Invalid
from tests.contracts.sample import DAY, MINUTE, NOON, a_cheat, a_user

ADA = a_user(1)
CHEAT = replace(
    a_cheat(1, ADA, "List open ports", notes="Needs root", code="ss -tlnp", language="bash"),
    platform_ids=(1, 2),
    topic_ids=(3,),
)


def _faulty_fields(changes: CheatChanges) -> list[str]:
    with pytest.raises(Invalid) as refusal:
        CHEAT.change(changes, at=NOON)
    return [fault.field for fault in refusal.value.faults]


def test_a_new_cheat_needs_a_title_only() -> None:
    cheat = Cheat.create(id=1, key="k1", owner_id=7, title="List open ports", at=NOON)
    assert (cheat.notes, cheat.code, cheat.language) == ("", "", None)
    assert (cheat.platform_ids, cheat.topic_ids) == ((), ())
    assert cheat.created_at == cheat.updated_at == NOON
    assert cheat.version == 1


def test_texts_are_normalised_and_code_keeps_its_blanks() -> None:
    cheat = a_cheat(1, ADA, "Cafe\u0301", notes="Cafe\u0301", code="\tcafe\u0301 \r\n")
    assert cheat.title == cheat.notes == "Caf\u00e9"
    assert cheat.code == "\tcaf\u00e9 \r\n"


def test_ids_of_platforms_and_topics_are_each_once_and_ascending() -> None:
    cheat = Cheat.create(
        id=1, key="k1", owner_id=7, title="t", platform_ids=[3, 1, 3, 2, 1], topic_ids=iter([9, 8]), at=NOON
    )
    assert (cheat.platform_ids, cheat.topic_ids) == ((1, 2, 3), (8, 9))
    assert CHEAT.change(CheatChanges(topic_ids=(5, 4, 5)), at=NOON).topic_ids == (4, 5)


@pytest.mark.parametrize("key", ["a", "0", "k1", "z" * 32, "0123456789abcdefghijklmnopqrstuv"])
def test_a_key_is_lower_case_letters_and_digits(key: str) -> None:
    assert a_cheat(1, ADA, key=key).key == key


@pytest.mark.parametrize("key", ["", "z" * 33, "A", "ä", "a-b", "a b", "a\n", "\u0661", "\0"])
def test_any_other_key_is_refused(key: str) -> None:
    with pytest.raises(Invalid) as refusal:
        Cheat.create(id=1, key=key, owner_id=7, title="t", at=NOON)
    assert [fault.field for fault in refusal.value.faults] == ["key"]


@pytest.mark.parametrize("title", ["", " \n", "\u3000", "t" * (TITLE_MOST + 1), "a\0", "\ud800"])
def test_a_title_that_is_blank_too_long_or_unstorable_is_refused(title: str) -> None:
    assert _faulty_fields(CheatChanges(title=title)) == ["title"]


@pytest.mark.parametrize("text", ["a\0", "\ud800", "\u0301" * 31])
def test_notes_and_code_that_are_unstorable_are_refused(text: str) -> None:
    assert _faulty_fields(CheatChanges(notes=text)) == ["notes"]
    assert _faulty_fields(CheatChanges(code=text)) == ["code"]


def test_notes_and_code_that_are_too_long_are_refused() -> None:
    changes = CheatChanges(notes="n" * (NOTES_MOST + 1), code="c" * (CODE_MOST + 1))
    assert _faulty_fields(changes) == ["notes", "code"]


def test_texts_may_be_as_long_as_they_may() -> None:
    cheat = a_cheat(1, ADA, "🚀" * TITLE_MOST, notes="🚀" * NOTES_MOST, code="🚀" * CODE_MOST)
    assert (len(cheat.title), len(cheat.notes), len(cheat.code)) == (TITLE_MOST, NOTES_MOST, CODE_MOST)


@pytest.mark.parametrize(
    "language", ["python", "c", "c++", "c#", ".net", "objective-c", "asp.net_core", "1c", "x" * LANGUAGE_MOST]
)
def test_a_language_is_a_name_as_highlighters_write_it(language: str) -> None:
    assert a_cheat(1, ADA, language=language).language == language


def test_a_language_is_kept_in_lower_case() -> None:
    assert a_cheat(1, ADA, language="PowerShell").language == "powershell"


@pytest.mark.parametrize(
    "language",
    ["", " ", "two words", "c\n", "`", "a`b", "ä", "\uff43", "\0", "\ud800", "x" * (LANGUAGE_MOST + 1)],
)
def test_any_other_language_is_refused(language: str) -> None:
    assert _faulty_fields(CheatChanges(language=language)) == ["language"]


def test_a_cheat_stands_under_a_hundred_platforms_and_topics_at_most() -> None:
    most, more = tuple(range(1, TAGS_MOST + 1)), tuple(range(1, TAGS_MOST + 2))
    assert CHEAT.change(CheatChanges(platform_ids=most, topic_ids=most + most), at=NOON).topic_ids == most
    assert _faulty_fields(CheatChanges(platform_ids=more, topic_ids=more)) == ["platformIds", "topicIds"]


def test_every_fault_is_told_at_once() -> None:
    faulty = CheatChanges(title="", notes="\0", code="\0", language="", platform_ids=tuple(range(101)))
    assert _faulty_fields(faulty) == ["title", "notes", "code", "language", "platformIds"]


def test_what_a_change_does_not_speak_of_stays() -> None:
    later = NOON + MINUTE
    changed = CHEAT.change(CheatChanges(code="ss -tulnp"), at=later)
    assert changed == replace(CHEAT, code="ss -tulnp", updated_at=later, version=2)


def test_null_clears_the_language_and_no_ids_clear_the_tags() -> None:
    changed = CHEAT.change(CheatChanges(language=None, platform_ids=(), topic_ids=()), at=NOON)
    assert (changed.language, changed.platform_ids, changed.topic_ids) == (None, (), ())


@pytest.mark.parametrize(
    "changes",
    [
        CheatChanges(),
        CheatChanges(title=CHEAT.title, notes=CHEAT.notes, code=CHEAT.code),
        CheatChanges(language="BASH"),
        CheatChanges(platform_ids=(2, 1, 2), topic_ids=(3,)),
    ],
)
def test_a_change_that_changes_nothing_makes_no_new_version(changes: CheatChanges) -> None:
    assert CHEAT.change(changes, at=NOON + DAY) is CHEAT
