"""Cheats as files carry them, taken in."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import TypeVar

from application.concurrency import again_while_stale
from application.idempotency import Keep
from application.import_matches import UNKEPT_LAST, Here, Placed, TagsOfFile
from application.paging import PageRequest
from application.ports.clock import Clock
from application.ports.keys import Keys
from application.ports.unit_of_work import UnitOfWork, UnitsOfWork
from application.ports.users import UserFilter, UserSort
from application.turns import Turns
from domain.access import may_change_cheat
from domain.cheats import Cheat, CheatChanges
from domain.errors import Conflict, Fault, Forbidden, Invalid, NotFound, Stale, Taken, refuse
from domain.history import cheat_created, cheat_updated
from domain.portability import Record, file_faults, first_faults
from domain.taxonomy import TagKind, name_key
from domain.users import Role, User, UserStatus

T = TypeVar("T")

IMPORTS = "imports"
"""The lock under which files are taken in."""

IMPORTED_MOST = 10_000
"""So many cheats, platforms and topics together people take in with one file; operators as many as they like."""
IMPORTS_MOST = 2
"""So many files of people are taken in at a time in one process."""

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
    turns: Turns = field(
        default_factory=lambda: Turns(
            IMPORTS_MOST, refusal="Other files are being taken in at this moment. Try again in a few seconds."
        )
    )

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
            Invalid: with every fault of every record, or there are too many of them.
            Unavailable: too many files are being taken in, or the database is away.
            Forbidden: with every record that would change a cheat which the actor may not.
            NotFound: there is no owner of this name.
            Conflict: nobody can own what is new, since there is no admin.
        """
        if actor is None:
            return await self._take_in(None, await _checked(records), owner, dry_run=dry_run, keep=keep)
        with self.turns.taken():
            cheats = await _checked(records, most=IMPORTED_MOST)
            return await self._take_in(actor, cheats, owner, dry_run=dry_run, keep=keep)

    async def _take_in(
        self,
        actor: User | None,
        cheats: Placed,
        owner: str | None,
        *,
        dry_run: bool,
        keep: Keep[ImportOutcome] | None,
    ) -> ImportOutcome:
        async def attempt() -> ImportOutcome:
            async with self.units_of_work() as uow:
                owning = actor or await owner_of_new(owner, uow)
                here = await Here.read(cheats, owning, uow)
                outcome = await self._collect(cheats, here, actor, owning, uow, dry_run=dry_run)
                if keep is not None and not dry_run:
                    uow.kept_answers.add(keep(outcome))
                if (keep is not None or outcome.changes_anything) and not dry_run:
                    await _commit(cheats, here, owning, uow)
                return outcome

        return await again_while_stale(attempt)

    async def _collect(
        self,
        cheats: Placed,
        here: Here,
        actor: User | None,
        owner: User,
        uow: UnitOfWork,
        *,
        dry_run: bool,
    ) -> ImportOutcome:
        at = self.clock.now()
        unkept = count(UNKEPT_LAST, -1) if dry_run else None
        tags = TagsOfFile(actor, at, uow, unkept)
        platform_ids = await tags.ids(TagKind.PLATFORM, (cheat.platforms for cheat, _ in cheats))
        topic_ids = await tags.ids(TagKind.TOPIC, (cheat.topics for cheat, _ in cheats))
        created, updated = list[Cheat](), list[tuple[Cheat, Cheat]]()
        forbidden: list[Fault] = []
        async for cheat, place in _unhurried(cheats):
            platforms = tuple(platform_ids[name_key(name)] for name in cheat.platforms)
            topics = tuple(topic_ids[name_key(name)] for name in cheat.topics)
            changes = CheatChanges(cheat.title, cheat.notes, cheat.code, cheat.language, platforms, topics)
            before = here.counterpart(cheat, changes)
            if before is None:
                new = Cheat.create(
                    id=await uow.cheats.next_id() if unkept is None else next(unkept),
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
        async for new in _unhurried(created):
            uow.cheats.add(new)
        async for _, after in _unhurried(updated):
            uow.cheats.save(after)
        async for new in _unhurried(created):
            uow.cheats.put_in_bag(new.id, user_id=owner.id)
        async for new in _unhurried(created):
            uow.events.add(cheat_created(new, actor=actor))
        async for before, after in _unhurried(updated):
            uow.events.add(cheat_updated(before, after, actor=actor))
        titles = tuple(new.title for new in created), tuple(after.title for _, after in updated)
        return ImportOutcome(
            *titles,
            unchanged=len(cheats) - len(created) - len(updated),
            platforms=tuple(tags.made[TagKind.PLATFORM]),
            topics=tuple(tags.made[TagKind.TOPIC]),
        )


async def _checked(records: Iterable[Record], *, most: int | None = None) -> Placed:
    # In a thread, since a file may hold very many, and others are served meanwhile.
    return await asyncio.to_thread(_read, records, most)


def _read(records: Iterable[Record], most: int | None) -> Placed:
    """Return the cheats of a file as they are kept.

    Raises:
        Invalid: with every fault of every record, or there are more cheats, platforms and topics than this.
    """
    read = tuple(records)
    if most is not None and (count := _size(read)) > most:
        raise Invalid(
            Fault(
                "cheats",
                f"with their platforms and topics are {count:,}, and at most {most:,} are taken in at once; "
                "divide the file, or have an operator run `satchel import`",
            )
        )
    refuse(*first_faults(file_faults(read)))
    return [(record.cheat.normalised(), record.place) for record in read if record.cheat is not None]


def _size(records: Sequence[Record]) -> int:
    cheats = [record.cheat for record in records if record.cheat is not None]
    platforms = {name for cheat in cheats for name in cheat.platforms}
    return len(records) + len(platforms) + len({name for cheat in cheats for name in cheat.topics})


async def _commit(cheats: Placed, here: Here, owner: User, uow: UnitOfWork) -> None:
    """Keep what was collected, unless it builds on what is true no longer: then raise Stale."""
    await uow.lock(IMPORTS)
    # Keys and names are unique to the store, titles are not: two imports at once would make each cheat twice.
    if await Here.titled(cheats, owner, uow) != here.by_title:
        raise Stale
    try:
        await uow.commit()
    except (Taken, Invalid) as error:
        # The file itself is in order, so someone made the same key or name, or deleted a tag, at this moment.
        raise Stale from error


async def owner_of_new(name: str | None, uow: UnitOfWork) -> User:
    """Return the user of this name, or else who became an admin first and still is.

    Raises:
        NotFound: there is no such user.
        Conflict: there is no admin.
    """
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


async def _unhurried(values: Iterable[T]) -> AsyncGenerator[T]:
    for number, value in enumerate(values):
        if number % _BREATH == 0:
            await asyncio.sleep(0)
        yield value
