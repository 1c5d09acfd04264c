"""What a file of cheats meets in the library: those that are here already, and the platforms and topics."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import TypeVar

from application.ports.unit_of_work import UnitOfWork
from application.taxonomy import tags_of
from domain.cheats import Cheat, CheatChanges
from domain.history import tag_created
from domain.portability import ExportedCheat
from domain.taxonomy import Tag, TagKind, name_key
from domain.users import User

T = TypeVar("T")

UNKEPT_LAST = 2**63 - 1
"""What a dry run makes is never kept: its ids count down from this one, so that the sequences give none away."""

_BATCH = 1_000

Placed = Sequence[tuple[ExportedCheat, Callable[[str], str]]]
"""The cheats of a file, each with what names a place in it."""


@dataclass(frozen=True, slots=True)
class Here:
    """What is here already of the cheats in a file."""

    by_key: dict[str, Cheat]
    by_title: dict[str, tuple[Cheat, ...]]

    @classmethod
    async def read(cls, cheats: Placed, owner: User, uow: UnitOfWork) -> "Here":
        """Return what is here of these cheats, the owner's own among them."""
        by_key: dict[str, Cheat] = {}
        for keys in batches(cheat.key for cheat, _ in cheats if cheat.key is not None):
            by_key |= await uow.cheats.with_keys(keys)
        return cls(by_key, await cls.titled(cheats, owner, uow))

    @staticmethod
    async def titled(cheats: Placed, owner: User, uow: UnitOfWork) -> dict[str, tuple[Cheat, ...]]:
        """Return the owner's cheats that have the title of one without a key in the file, by title."""
        by_title: dict[str, tuple[Cheat, ...]] = {}
        for titles in batches(cheat.title for cheat, _ in cheats if cheat.key is None):
            by_title |= await uow.cheats.titled(titles, owner_id=owner.id)
        return by_title

    def counterpart(self, cheat: ExportedCheat, changes: CheatChanges) -> Cheat | None:
        """Return the cheat that this one of the file is taken for."""
        if cheat.key is not None:
            return self.by_key.get(cheat.key)
        # What the file holds under a key is not at the same time something else in it.
        own = [found for found in self.by_title.get(cheat.title, ()) if found.key not in self.by_key]
        if len(own) == 1:
            return own[0]
        return next((found for found in own if found.change(changes, at=found.updated_at) is found), None)


@dataclass(frozen=True, slots=True)
class TagsOfFile:
    """The platforms and topics of a file.

    Attributes:
        unkept: ids for those that are missing, where they are made for a dry run.
        made: the names of those that were missing.
    """

    actor: User | None
    at: datetime
    uow: UnitOfWork
    unkept: Iterator[int] | None
    made: dict[TagKind, list[str]] = field(default_factory=lambda: {kind: [] for kind in TagKind})

    async def ids(self, kind: TagKind, lists: Iterable[tuple[str, ...]]) -> dict[str, int]:
        """Return the ids of these names by their keys, after collecting those that are missing."""
        tags = tags_of(self.uow, kind)
        names: dict[str, str] = {}
        for name in (name for names in lists for name in names):
            names.setdefault(name_key(name), name)
        ids: dict[str, int] = {}
        for keys in batches(names):
            ids |= {key: tag.id for key, tag in (await tags.named(keys)).items()}
        for key, name in names.items():
            if key not in ids:
                tag_id = await tags.next_id() if self.unkept is None else next(self.unkept)
                tag = Tag.create(id=tag_id, kind=kind, name=name)
                tags.add(tag)
                self.made[kind].append(tag.name)
                self.uow.events.add(tag_created(tag, actor=self.actor, at=self.at))
                ids[key] = tag.id
        return ids


def batches(values: Iterable[T]) -> Iterator[list[T]]:
    """Yield the values in as many as are asked for at once."""
    remaining = iter(values)
    while batch := list(islice(remaining, _BATCH)):
        yield batch
