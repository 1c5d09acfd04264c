"""Cheats: what the team knows, as snippets of code with notes."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from domain.changes import ABSENT, Absent, changed
from domain.errors import Fault, refuse
from domain.text import normalised, text_faults

TITLE_MOST = 200
NOTES_MOST = 100_000
CODE_MOST = 100_000
LANGUAGE_MOST = 40
TAGS_MOST = 100

KEY = re.compile(r"[a-z0-9]{1,32}")
"""The form of a cheat's key."""

# Names as highlighters and Markdown fences write them: python, c++, objective-c, .net, f#, asp.net_core.
_LANGUAGE = re.compile(r"[a-z0-9.#+_-]+")


@dataclass(frozen=True, slots=True)
class CheatChanges:
    """What someone wants to change of a cheat; `ABSENT` fields stay as they are, None clears."""

    title: str | Literal[Absent.ABSENT] = ABSENT
    notes: str | Literal[Absent.ABSENT] = ABSENT
    code: str | Literal[Absent.ABSENT] = ABSENT
    language: str | Literal[Absent.ABSENT] | None = ABSENT
    platform_ids: tuple[int, ...] | Literal[Absent.ABSENT] = ABSENT
    topic_ids: tuple[int, ...] | Literal[Absent.ABSENT] = ABSENT


@dataclass(frozen=True, slots=True)
class Cheat:
    """One snippet of its owner's, under any number of platforms and topics. Its ids of these are ascending.

    `key` is what exported files know it by: unlike the id, it is the same wherever the file is taken in.
    """

    id: int
    key: str
    title: str
    notes: str
    code: str
    language: str | None
    platform_ids: tuple[int, ...]
    topic_ids: tuple[int, ...]
    owner_id: int
    created_at: datetime
    updated_at: datetime
    version: int = 1

    @classmethod
    def create(
        cls,
        *,
        id: int,
        key: str,
        owner_id: int,
        title: str,
        notes: str = "",
        code: str = "",
        language: str | None = None,
        platform_ids: Iterable[int] = (),
        topic_ids: Iterable[int] = (),
        at: datetime,
    ) -> "Cheat":
        """Return a new cheat.

        Raises:
            Invalid: with every field that breaks its rule.
        """
        return _checked(
            cls(
                id=id,
                key=key,
                title=title,
                notes=notes,
                code=code,
                language=language,
                platform_ids=tuple(platform_ids),
                topic_ids=tuple(topic_ids),
                owner_id=owner_id,
                created_at=at,
                updated_at=at,
            )
        )

    def change(self, changes: CheatChanges, *, at: datetime) -> "Cheat":
        """Return the cheat as it is after the changes: this very one if they change nothing.

        Raises:
            Invalid: with every field that breaks its rule.
        """
        after = _checked(
            replace(
                self,
                title=changed(changes.title, self.title),
                notes=changed(changes.notes, self.notes),
                code=changed(changes.code, self.code),
                language=changed(changes.language, self.language),
                platform_ids=changed(changes.platform_ids, self.platform_ids),
                topic_ids=changed(changes.topic_ids, self.topic_ids),
            )
        )
        return self if after == self else replace(after, updated_at=at, version=self.version + 1)


def key_faults(key: str) -> Iterator[Fault]:
    """Yield what is wrong with a key."""
    if not KEY.fullmatch(key):
        yield Fault("key", "must have 1 to 32 lower-case letters and digits")


def title_faults(title: str) -> Iterator[Fault]:
    """Yield what is wrong with a normalised title."""
    return text_faults("title", title, least=1, most=TITLE_MOST)


def notes_faults(notes: str) -> Iterator[Fault]:
    """Yield what is wrong with normalised notes."""
    return text_faults("notes", notes, most=NOTES_MOST)


def code_faults(code: str) -> Iterator[Fault]:
    """Yield what is wrong with normalised code."""
    return text_faults("code", code, most=CODE_MOST)


def language_faults(language: str) -> Iterator[Fault]:
    """Yield what is wrong with the lower-case name of a language."""
    if len(language) > LANGUAGE_MOST or not _LANGUAGE.fullmatch(language.lower()):
        yield Fault("language", f"must be a name like python or c++, of at most {LANGUAGE_MOST} characters")


def _tag_faults(field: str, ids: tuple[int, ...]) -> Iterator[Fault]:
    if len(ids) > TAGS_MOST:
        yield Fault(field, f"must hold at most {TAGS_MOST} ids")


def _checked(cheat: Cheat) -> Cheat:
    cheat = replace(
        cheat,
        title=normalised(cheat.title),
        notes=normalised(cheat.notes),
        code=normalised(cheat.code),
        language=None if cheat.language is None else normalised(cheat.language).lower(),
        platform_ids=tuple(sorted(set(cheat.platform_ids))),
        topic_ids=tuple(sorted(set(cheat.topic_ids))),
    )
    refuse(
        *key_faults(cheat.key),
        *title_faults(cheat.title),
        *notes_faults(cheat.notes),
        *code_faults(cheat.code),
        *(language_faults(cheat.language) if cheat.language is not None else ()),
        *_tag_faults("platformIds", cheat.platform_ids),
        *_tag_faults("topicIds", cheat.topic_ids),
    )
    return cheat
