"""Taking in what an older service kept, whole or not at all."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from application.adopting.findings import Findings
from application.adopting.intake import Intake
from application.adopting.library import collect_library
from application.adopting.owners import Owners
from application.adopting.people import OldPerson, collect_people, matched, read_people
from application.adopting.written import (
    Remembered,
    collect_posts,
    collect_tasks,
    count_here,
    posts_here,
    tasks_here,
)
from application.concurrency import again_while_stale
from application.import_matches import UNKEPT_LAST
from application.importing import IMPORTS, owner_of_new
from application.ports.clock import Clock
from application.ports.older_services import Kind, OldData, OlderService
from application.ports.passwords import PasswordHasher
from application.ports.unit_of_work import UnitOfWork, UnitsOfWork
from domain.errors import Conflict, Invalid, Stale, Taken
from domain.users import User, username_key

# As many as are hashed at a time; more would only wait in line before those who sign in.
_HASHING_MOST = 2

Progress = Callable[[int, int], None]
"""Told how many passwords are done, and of how many."""


@dataclass(frozen=True, slots=True)
class Adoption:
    """What came of it.

    Attributes:
        findings: row by row.
        unread: the tables and columns for which there was no use.
        is_refused: whether everything is left out, since a row is not in order.
    """

    findings: Findings
    unread: tuple[str, ...]
    is_refused: bool


@dataclass(frozen=True, slots=True)
class _Here:
    """What is here already of those to whom the rows belong."""

    owners: tuple[User, ...]
    tasks: Remembered
    posts: Remembered

    @classmethod
    async def read(cls, owners: tuple[User, ...], uow: UnitOfWork) -> "_Here":
        return cls(owners, await tasks_here(owners, uow), await posts_here(owners, uow))

    async def is_all(self, uow: UnitOfWork) -> bool:
        # Counting is done in a moment, and a transaction that waits for long readings is ended by the database.
        return await count_here(self.owners, uow) == self.tasks.total + self.posts.total


@dataclass(frozen=True, slots=True)
class AdoptOlderService:
    """For the operator at the command line: an older service's people, tasks, cheats and posts come in.

    Rows that were taken in before are known again: people by username or else by email, platforms and topics by
    name, cheats by a key made of owner, title and time of creation, tasks and posts by these three.
    """

    units_of_work: UnitsOfWork
    passwords: PasswordHasher
    clock: Clock

    async def __call__(
        self,
        service: OlderService,
        *,
        people_of: OlderService | None = None,
        owner: str | None = None,
        dry_run: bool = False,
        skip_invalid: bool = False,
        progress: Progress = lambda done, total: None,
    ) -> Adoption:
        """Take in everything, or nothing if a row is not in order and none may be left out.

        Args:
            service: what is read.
            people_of: the service that keeps the users whom the rows refer to, if it is another.
            owner: the name of whoever gets what is nobody's; else who became an admin first.
            dry_run: whether to change nothing, and only tell what would be.
            skip_invalid: whether to leave out what is not in order, rather than to refuse everything.
            progress: is told how far the passwords are.

        Raises:
            Invalid: what was named cannot be read.
            NotFound: there is no owner of this name.
            Unavailable: one of the databases is away.
        """
        data = await service.read()
        if people_of is not None:
            users = (await people_of.read()).of(Kind.USERS)
            data = OldData({**data.rows, Kind.USERS: users}, data.unread)
        persons = read_people(data.of(Kind.USERS), Findings())
        async with self.units_of_work() as uow:
            people = await matched(persons, uow, Findings())
        hashes = await self._hashes(people.new, progress, dry_run=dry_run)

        async def attempt() -> Adoption:
            async with self.units_of_work() as uow:
                findings, here = await self._collect(data, hashes, owner, uow, dry_run=dry_run)
                is_refused = bool(findings.faults) and not skip_invalid
                if findings.change_anything and not (is_refused or dry_run):
                    await _commit(here, uow)
                return Adoption(findings, data.unread, is_refused)

        return await again_while_stale(attempt)

    async def _hashes(
        self, people: Iterable[OldPerson], progress: Progress, *, dry_run: bool
    ) -> Mapping[str, str]:
        known = [person for person in people if self.passwords.knows(person.foreign_hash)]
        if dry_run:
            return {person.row.reference: person.foreign_hash for person in known}
        hashes: dict[str, str] = {}
        waiting = iter(known)

        async def work() -> None:
            for person in waiting:
                hashes[person.row.reference] = await self.passwords.adopt(person.foreign_hash)
                progress(len(hashes), len(known))

        await asyncio.gather(*(work() for _ in range(_HASHING_MOST)))
        return hashes

    async def _collect(
        self, data: OldData, hashes: Mapping[str, str], owner: str | None, uow: UnitOfWork, *, dry_run: bool
    ) -> tuple[Findings, _Here]:
        # A dry run gives no ids away.
        unkept = count(UNKEPT_LAST, -1) if dry_run else None
        intake = Intake(uow, Findings(), self.clock.now(), unkept)
        persons = read_people(data.of(Kind.USERS), intake.findings)
        people = await matched(persons, uow, intake.findings)
        users = await collect_people(people, hashes, intake)
        by_name = {
            username_key(person.username): users[person.row.reference]
            for person in persons
            if person.row.reference in users
        }
        fallback = await _fallback(owner, tuple(users.values()), uow)
        owners = Owners(users, by_name, fallback)
        before = {user.id: user for user in (*people.here.values(), *([] if fallback is None else [fallback]))}
        here = await _Here.read(tuple(before.values()), uow)
        await collect_library(data, owners, intake)
        await collect_tasks(data, owners, here.tasks.copy(), intake)
        await collect_posts(data, owners, here.posts.copy(), intake)
        return intake.findings, here


async def _fallback(name: str | None, users: Sequence[User], uow: UnitOfWork) -> User | None:
    """Return whose that becomes which is nobody's: of those here and of those who come in."""
    named = [user for user in users if name is not None and username_key(user.username) == username_key(name)]
    if named:
        return named[0]
    try:
        return await owner_of_new(name, uow)
    except Conflict:
        return next((user for user in users if user.is_acting_admin), None)


async def _commit(here: _Here, uow: UnitOfWork) -> None:
    """Keep what was collected, unless it builds on what is true no longer: then raise Stale."""
    await uow.lock(IMPORTS)
    # Names and keys are unique to the store; tasks and posts are not, and two at once would make each twice.
    if not await here.is_all(uow):
        raise Stale
    try:
        await uow.commit()
    except (Taken, Invalid) as error:
        # Every row is in order, so someone took the same name at this moment.
        raise Stale from error
