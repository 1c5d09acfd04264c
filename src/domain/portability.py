"""Portability: cheats as they travel in files, from one installation to another or to one's editor and back."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

from domain.cheats import TAGS_MOST, code_faults, key_faults, language_faults, notes_faults, title_faults
from domain.errors import Fault
from domain.taxonomy import name_faults
from domain.text import normalised

FAULTS_MOST = 1_000
"""So many faults are told of one file, and of further ones how many there are."""

_APART = {
    "key": "every cheat of a file has a key of its own",
    "title": "without keys, cheats are told apart by their titles",
}


@dataclass(frozen=True, slots=True)
class ExportedCheat:
    """A cheat without what belongs to one installation: it has no id, no owner and no times.

    Attributes:
        key: what it is known by wherever it goes; None where a file written by hand does not say.
        platforms: their names; exports sort them.
        topics: likewise.
    """

    key: str | None
    title: str
    language: str | None = None
    platforms: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    notes: str = ""
    code: str = ""

    def normalised(self) -> "ExportedCheat":
        """Return it as it is kept: composed characters, and each name once."""
        return replace(
            self,
            title=normalised(self.title),
            platforms=_distinct(self.platforms),
            topics=_distinct(self.topics),
            notes=normalised(self.notes),
            code=normalised(self.code),
        )

    def faults(self) -> Iterator[Fault]:
        """Yield what is wrong with it, once it is normalised."""
        if self.key is not None:
            yield from key_faults(self.key)
        yield from title_faults(self.title)
        if self.language is not None:
            yield from language_faults(self.language)
        yield from names_faults("platforms", self.platforms)
        yield from names_faults("topics", self.topics)
        yield from notes_faults(self.notes)
        yield from code_faults(self.code)


@dataclass(frozen=True, slots=True)
class Record:
    """One cheat as it stands in a file.

    Attributes:
        cheat: what was read, or None where that is no cheat at all.
        place: turns the name of a field into what faults call it, such as `line 17: title`.
        faults: what is wrong with how it is written.
    """

    cheat: ExportedCheat | None
    place: Callable[[str], str]
    faults: tuple[Fault, ...] = ()


def names_faults(field: str, names: Iterable[str]) -> Iterator[Fault]:
    """Yield what is wrong with the names of a cheat's platforms or topics."""
    names = _distinct(names)
    if len(names) > TAGS_MOST:
        yield Fault(field, f"must hold at most {TAGS_MOST} names")
    for message in dict.fromkeys(fault.message for name in names for fault in name_faults(name)):
        yield Fault(field, f"must hold names; each {message}")


def file_faults(records: Iterable[Record]) -> Iterator[Fault]:
    """Yield what is wrong with the records of a file, each by itself and beside the others."""
    earlier: dict[tuple[str, str], Record] = {}
    for record in records:
        yield from record.faults
        if record.cheat is None:
            continue
        cheat = record.cheat.normalised()
        yield from (Fault(record.place(fault.field), fault.message) for fault in cheat.faults())
        field, value = ("title", cheat.title) if cheat.key is None else ("key", cheat.key)
        first = earlier.setdefault((field, value), record)
        if first is not record:
            message = f"is that of an earlier cheat, too ({first.place(field)}); {_APART[field]}"
            yield Fault(record.place(field), message)


def first_faults(faults: Iterable[Fault]) -> Iterator[Fault]:
    """Yield the first faults, and how many more there are: what tells of a file must not be larger than it.

    Of very many no more are looked for: a file that is all wrong must not take longer than one that is right.
    """
    remaining = iter(faults)
    yield from islice(remaining, FAULTS_MOST)
    if more := sum(1 for _ in islice(remaining, FAULTS_MOST)):
        yield Fault("cheats", f"have {more:,} more faults{', at least' if more == FAULTS_MOST else ''}")


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(normalised(name).strip() for name in names))
