"""Taxonomy: the platforms and topics that cheats stand under. Both are names, each once regardless of case."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from domain.errors import Fault, refuse
from domain.text import caseless, normalised, text_faults

NAME_MOST = 80


class TagKind(StrEnum):
    """What a tag says of a cheat: where it runs, or what it is about."""

    PLATFORM = "platform"
    TOPIC = "topic"


@dataclass(frozen=True, slots=True)
class Tag:
    """One platform or one topic; each kind has ids and names of its own."""

    id: int
    kind: TagKind
    name: str
    version: int = 1

    @classmethod
    def create(cls, *, id: int, kind: TagKind, name: str) -> "Tag":
        """Return a new one, its name without blanks around it.

        Raises:
            Invalid: the name breaks its rule.
        """
        return cls(id=id, kind=kind, name=_checked(name))

    def rename(self, name: str) -> "Tag":
        """Return it under another name: this very one if it is the same.

        Raises:
            Invalid: the name breaks its rule.
        """
        name = _checked(name)
        return self if name == self.name else replace(self, name=name, version=self.version + 1)


def name_key(name: str) -> str:
    """Return what two names share if they are the same regardless of case and of the blanks in and around them."""
    return " ".join(caseless(name).split())


def name_faults(name: str) -> Iterator[Fault]:
    """Yield what is wrong with a normalised name."""
    yield from text_faults("name", name, least=1, most=NAME_MOST)
    if any(unicodedata.category(mark) == "Cc" for mark in name):
        yield Fault("name", "must be one line without control characters")


def _checked(name: str) -> str:
    name = normalised(name).strip()
    refuse(*name_faults(name))
    return name
