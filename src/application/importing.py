"""Cheats as files carry them, taken in."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import TypeVar

from application.concurrency import again_while_stale
from application.idempotency import Keep
from application.paging import PageRequest
from application.ports.clock import Clock
from application.ports.keys import Keys
from application.ports.unit_of_work import UnitOfWork, UnitsOfWork
from application.ports.users import UserFilter, UserSort
from application.taxonomy import tags_of
from domain.access import may_change_cheat
from domain.cheats import Cheat, CheatChanges
from domain.errors import Conflict, Fault, Forbidden, Invalid, NotFound, Stale, Taken, refuse
from domain.history import cheat_created, cheat_updated, tag_created
from domain.portability import ExportedCheat, Record, file_faults, first_faults
from domain.taxonomy import Tag, TagKind, name_key
from domain.users import Role, User, UserStatus

T = TypeVar("T")

IMPORTS = "imports"
"""The lock under which files are taken in."""

_BATCH = 1_000
# After so many cheats of a file the event loop may turn to others.
_BREATH = 100


@dataclass(frozen=True, slots=True)
class ImportOutcome:
    """What an import did, or would do.

    Attributes:
        created: the titles of the cheats that it made, in the order of the file.
        updated: those that the file gives to the ones it changed, likewise.
        unchanged: how many it found to be the same already.
        platforms: the names of the platforms that it made, in the order of the file.
        topics: those of the topics, likewise.
    """

    created: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    unchanged: int = 0
    platforms: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()

    @property
    def changes_anything(self) -> bool:
        """Whether anything is other than it was before."""
        return bool(self.created or self.updated)


@dataclass(frozen=True, slots=True)
class ImportCheats:
    """Anyone signed in may import cheats; those of others that differ change for managers and admins alone.

    The operator at the command line, who is None, may change all, and gives new ones to an owner.
    """

    units_of_work: UnitsOfWork
    clock: Clock
    keys: Keys

    async def __call__(
        self,
        actor: User | None,
        records: Iterable[Record],
        *,
        owner: str | None = None,
        dry_run: bool = False,
        keep: Keep[ImportOutcome] | None = None,
    ) -> ImportOutcome:
        """Take the cheats of a file in, all or none.

        A cheat whose key is known here becomes what the file says. One without a key is taken for the owner's own
        of the same title, if only one has it or one is the same already. All others are new, and in their owner's
        bag. Missing platforms and topics are made; those that exist keep their spelling.

        Args:
            actor: who imports and owns what is new.
            records: what stands in the file; read to its end before anything else.
            owner: the name of another to own what is new, for the operator; else the first who became an admin.
            dry_run: whether to change nothing, and only tell what would be.
            keep: tells what to keep beside the cheats, or by itself where they are the same already.

        Raises:
            Invalid: with every fault of every record.
            Forbidden: with every record that would change a cheat which the actor may not.
            NotFound: there is no owner of this name.
            Conflict: nobody can own what is new, since there is no admin.
        """
        # In a thread, since a file may hold very many, and others are served meanwhile.
        cheats = await asyncio.to_thread(_checked, records)

        async def attempt() -> ImportOutcome:
            async with self.units_of_work() as uow:
                owning = actor or await _owner(owner, uow)
                here = await _Here.read(cheats, owning, uow)
                outcome = await self._collect(cheats, here, actor, owning, uow)
                if keep is not None and not dry_run:
                    uow.kept_answers.add(keep(outcome))
                if (keep is not None or outcome.changes_anything) and not dry_run:
                    await _commit(cheats, here, owning, uow)
                return outcome

        return await again_while_stale(attempt)

    async def _collect(
        self, cheats: "_Placed", here: "_Here", actor: User | None, owner: User, uow: UnitOfWork
    ) -> ImportOutcome:
        at = self.clock.now()
        tags = _Tags(actor, at, uow)
        platform_ids = await tags.ids(TagKind.PLATFORM, (cheat.platforms for cheat, _ in cheats))
        topic_ids = await tags.ids(TagKind.TOPIC, (cheat.topics for cheat, _ in cheats))
        created, updated = list[Cheat](), list[tuple[Cheat, Cheat]]()
        forbidden: list[Fault] = []
        for number, (cheat, place) in enumerate(cheats):
            if number % _BREATH == 0:
                await asyncio.sleep(0)
            platforms = tuple(platform_ids[name_key(name)] for name in cheat.platforms)
            topics = tuple(topic_ids[name_key(name)] for name in cheat.topics)
            changes = CheatChanges(cheat.title, cheat.notes, cheat.code, cheat.language, platforms, topics)
            before = here.counterpart(cheat, changes)
            if before is None:
                new = Cheat.create(
                    id=await uow.cheats.next_id(),
                    key=cheat.key or self.keys.next(),
                    owner_id=owner.id,
                    title=cheat.title,
                    notes=cheat.notes,
                    code=cheat.code,
                    language=cheat.language,
                    platform_ids=platforms,
                    topic_ids=topics,
                    at=at,
                )
                created.append(new)
            elif (after := before.change(changes, at=at)) is not before:
                if actor is not None and not may_change_cheat(actor, before):
                    forbidden.append(Fault(place("key"), "is that of another's cheat, not yours to change"))
                updated.append((before, after))
        if forbidden:
            raise Forbidden(
                f"The cheat at {forbidden[0].field} is another's: only they, managers and admins may change it.",
                *first_faults(forbidden),
            )
        # One kind of change after the other: what is alike can be sent together.
        for new in created:
            uow.cheats.add(new)
        for _, after in updated:
            uow.cheats.save(after)
        for new in created:
            uow.cheats.put_in_bag(new.id, user_id=owner.id)
        for new in created:
            uow.events.add(cheat_created(new, actor=actor))
        for before, after in updated:
            uow.events.add(cheat_updated(before, after, actor=actor))
        titles = tuple(new.title for new in created), tuple(after.title for _, after in updated)
        return ImportOutcome(
            *titles,
            unchanged=len(cheats) - len(created) - len(updated),
            platforms=tuple(tags.made[TagKind.PLATFORM]),
            topics=tuple(tags.made[TagKind.TOPIC]),
        )


_Placed = Sequence[tuple[ExportedCheat, Callable[[str], str]]]


@dataclass(frozen=True, slots=True)
class _Here:
    """What is here already of the cheats in a file."""

    by_key: dict[str, Cheat]
    by_title: dict[str, tuple[Cheat, ...]]

    @classmethod
    async def read(cls, cheats: _Placed, owner: User, uow: UnitOfWork) -> "_Here":
        by_key: dict[str, Cheat] = {}
        for keys in _batches(cheat.key for cheat, _ in cheats if cheat.key is not None):
            by_key |= await uow.cheats.with_keys(keys)
        return cls(by_key, await cls.titled(cheats, owner, uow))

    @staticmethod
    async def titled(cheats: _Placed, owner: User, uow: UnitOfWork) -> dict[str, tuple[Cheat, ...]]:
        by_title: dict[str, tuple[Cheat, ...]] = {}
        for titles in _batches(cheat.title for cheat, _ in cheats if cheat.key is None):
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


def _checked(records: Iterable[Record]) -> "_Placed":
    """Return the cheats of a file as they are kept.

    Raises:
        Invalid: with every fault of every record.
    """
    read = tuple(records)
    refuse(*first_faults(file_faults(read)))
    return [(record.cheat.normalised(), record.place) for record in read if record.cheat is not None]


async def _commit(cheats: _Placed, here: _Here, owner: User, uow: UnitOfWork) -> None:
    """Keep what was collected, unless it builds on what is true no longer: then raise Stale."""
    await uow.lock(IMPORTS)
    # Keys and names are unique to the store, titles are not: two imports at once would make each cheat twice.
    if await _Here.titled(cheats, owner, uow) != here.by_title:
        raise Stale
    try:
        await uow.commit()
    except (Taken, Invalid) as error:
        # The file itself is in order, so someone made the same key or name, or deleted a tag, at this moment.
        raise Stale from error


@dataclass(frozen=True, slots=True)
class _Tags:
    """The platforms and topics of a file."""

    actor: User | None
    at: datetime
    uow: UnitOfWork
    made: dict[TagKind, list[str]] = field(default_factory=lambda: {kind: [] for kind in TagKind})

    async def ids(self, kind: TagKind, lists: Iterable[tuple[str, ...]]) -> dict[str, int]:
        """Return the ids of these names by their keys, after collecting those that are missing."""
        tags = tags_of(self.uow, kind)
        names: dict[str, str] = {}
        for name in (name for names in lists for name in names):
            names.setdefault(name_key(name), name)
        ids: dict[str, int] = {}
        for keys in _batches(names):
            ids |= {key: tag.id for key, tag in (await tags.named(keys)).items()}
        for key, name in names.items():
            if key not in ids:
                tag = Tag.create(id=await tags.next_id(), kind=kind, name=name)
                tags.add(tag)
                self.made[kind].append(tag.name)
                self.uow.events.add(tag_created(tag, actor=self.actor, at=self.at))
                ids[key] = tag.id
        return ids


async def _owner(name: str | None, uow: UnitOfWork) -> User:
    if name is not None:
        user = await uow.users.with_username(name)
        if user is None or user.status is UserStatus.DELETED:
            raise NotFound(f"There is no user {name}.")
        return user
    admins = await uow.users.page(
        UserFilter(status=UserStatus.APPROVED, role=Role.ADMIN),
        PageRequest(UserSort.CREATED_AT, descending=False, limit=1),
    )
    if not admins.items:
        raise Conflict("There is no admin whom new cheats could belong to. Name an owner, or make an admin first.")
    return admins.items[0]


def _batches(values: Iterable[T]) -> Iterator[list[T]]:
    remaining = iter(values)
    while batch := list(islice(remaining, _BATCH)):
        yield batch
