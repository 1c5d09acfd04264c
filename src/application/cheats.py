"""What can be done with cheats."""

from collections.abc import Container, Iterable
from dataclasses import dataclass

from application.concurrency import again_while_stale
from application.idempotency import Keep
from application.paging import Page, PageRequest
from application.ports.cheats import CheatFilter, CheatSort, SeenCheat
from application.ports.clock import Clock
from application.ports.keys import Keys
from application.ports.unit_of_work import UnitOfWork, UnitsOfWork
from domain.access import may_change_cheat
from domain.cheats import Cheat, CheatChanges
from domain.errors import Fault, Forbidden, NotFound, Stale, refuse
from domain.history import cheat_created, cheat_deleted, cheat_updated
from domain.users import User


@dataclass(frozen=True, slots=True)
class CreateCheat:
    """Anyone signed in may create a cheat; it is in their bag at once."""

    units_of_work: UnitsOfWork
    clock: Clock
    keys: Keys

    async def __call__(
        self,
        actor: User,
        *,
        title: str,
        notes: str = "",
        code: str = "",
        language: str | None = None,
        platform_ids: Iterable[int] = (),
        topic_ids: Iterable[int] = (),
        keep: Keep[SeenCheat] | None = None,
    ) -> SeenCheat:
        """Keep a new cheat of the actor's and return it as they see it.

        Raises:
            Invalid: with every field that breaks its rule, or names a platform or topic that does not exist.
        """
        async with self.units_of_work() as uow:
            cheat = Cheat.create(
                id=await uow.cheats.next_id(),
                key=self.keys.next(),
                owner_id=actor.id,
                title=title,
                notes=notes,
                code=code,
                language=language,
                platform_ids=platform_ids,
                topic_ids=topic_ids,
                at=self.clock.now(),
            )
            await _check_tags(cheat, uow)
            uow.cheats.add(cheat)
            uow.events.add(cheat_created(cheat, actor=actor))
            uow.cheats.put_in_bag(cheat.id, user_id=actor.id)
            seen = SeenCheat(cheat, in_bag=True)
            if keep is not None:
                uow.kept_answers.add(keep(seen))
            await uow.commit()
            return seen


@dataclass(frozen=True, slots=True)
class GetCheat:
    """Anyone signed in may read any cheat."""

    units_of_work: UnitsOfWork

    async def __call__(self, actor: User, *, cheat_id: int) -> SeenCheat:
        """Return the cheat as the actor sees it.

        Raises:
            NotFound: there is none.
        """
        async with self.units_of_work() as uow:
            return await _existing(cheat_id, actor, uow)


@dataclass(frozen=True, slots=True)
class ListCheats:
    """Anyone signed in may list all cheats."""

    units_of_work: UnitsOfWork

    async def __call__(
        self, actor: User, *, wanted: CheatFilter, request: PageRequest[CheatSort]
    ) -> Page[SeenCheat]:
        """Return a page of the cheats that are wanted, as the actor sees them."""
        async with self.units_of_work() as uow:
            return await uow.cheats.page(wanted, request, viewer_id=actor.id)


@dataclass(frozen=True, slots=True)
class ChangeCheat:
    """A cheat's owner, managers and admins may change it."""

    units_of_work: UnitsOfWork
    clock: Clock

    async def __call__(
        self, actor: User, *, cheat_id: int, changes: CheatChanges, if_version: Container[int] | None = None
    ) -> SeenCheat:
        """Keep the changes and return the cheat as it is then.

        With `if_version` the change holds only if the cheat's version is among these; without it, it is made on
        top of whatever others changed meanwhile.

        Raises:
            NotFound: there is no such cheat.
            Forbidden: it is not the actor's to change.
            Stale: its version is none of `if_version`.
            Invalid: with every field that breaks its rule, or names a platform or topic that does not exist.
        """

        async def attempt() -> SeenCheat:
            async with self.units_of_work() as uow:
                before = await _changeable(actor, cheat_id, if_version, uow)
                after = before.cheat.change(changes, at=self.clock.now())
                if after is not before.cheat:
                    await _check_tags(after, uow)
                    uow.cheats.save(after)
                    uow.events.add(cheat_updated(before.cheat, after, actor=actor))
                    await uow.commit()
                return SeenCheat(after, before.in_bag)

        return await again_while_stale(attempt) if if_version is None else await attempt()


@dataclass(frozen=True, slots=True)
class DeleteCheat:
    """A cheat's owner, managers and admins may delete it, out of every bag."""

    units_of_work: UnitsOfWork
    clock: Clock

    async def __call__(self, actor: User, *, cheat_id: int, if_version: Container[int] | None = None) -> None:
        """Forget the cheat.

        Raises:
            NotFound: there is no such cheat.
            Forbidden: it is not the actor's to delete.
            Stale: its version is none of `if_version`.
        """

        async def attempt() -> None:
            async with self.units_of_work() as uow:
                cheat = (await _changeable(actor, cheat_id, if_version, uow)).cheat
                uow.cheats.remove(cheat)
                uow.events.add(cheat_deleted(cheat, actor=actor, at=self.clock.now()))
                await uow.commit()

        return await again_while_stale(attempt) if if_version is None else await attempt()


@dataclass(frozen=True, slots=True)
class KeepInBag:
    """Anyone signed in may keep any cheat in their own bag."""

    units_of_work: UnitsOfWork

    async def __call__(self, actor: User, *, cheat_id: int) -> None:
        """Put the cheat into the actor's bag, where it may be already.

        Raises:
            NotFound: there is no such cheat.
        """
        async with self.units_of_work() as uow:
            await _existing(cheat_id, actor, uow)
            uow.cheats.put_in_bag(cheat_id, user_id=actor.id)
            await uow.commit()


@dataclass(frozen=True, slots=True)
class TakeOutOfBag:
    """Anyone signed in may take any cheat out of their own bag."""

    units_of_work: UnitsOfWork

    async def __call__(self, actor: User, *, cheat_id: int) -> None:
        """Take the cheat out of the actor's bag, where it need not be.

        Raises:
            NotFound: there is no such cheat.
        """
        async with self.units_of_work() as uow:
            await _existing(cheat_id, actor, uow)
            uow.cheats.take_out_of_bag(cheat_id, user_id=actor.id)
            await uow.commit()


def check_may_change_cheat(actor: User, cheat: Cheat) -> None:
    """Do nothing if the actor may change the cheat, and so delete it.

    Raises:
        Forbidden: they may not.
    """
    if not may_change_cheat(actor, cheat):
        raise Forbidden("Only a cheat's owner, managers and admins may change or delete it.")


async def _existing(cheat_id: int, actor: User, uow: UnitOfWork) -> SeenCheat:
    seen = await uow.cheats.get(cheat_id, viewer_id=actor.id)
    if seen is None:
        raise NotFound(f"There is no cheat {cheat_id}.")
    return seen


async def _changeable(actor: User, cheat_id: int, if_version: Container[int] | None, uow: UnitOfWork) -> SeenCheat:
    seen = await _existing(cheat_id, actor, uow)
    check_may_change_cheat(actor, seen.cheat)
    if if_version is not None and seen.cheat.version not in if_version:
        raise Stale
    return seen


async def _check_tags(cheat: Cheat, uow: UnitOfWork) -> None:
    """Name the ids of platforms and topics that do not exist; the store's own check at commit is the judge."""
    faults: list[Fault] = []
    for field, ids, tags in (
        ("platformIds", cheat.platform_ids, uow.platforms),
        ("topicIds", cheat.topic_ids, uow.topics),
    ):
        if ids and (missing := sorted(set(ids) - await tags.existing(ids))):
            faults.append(Fault(field, f"must hold ids that exist; these do not: {', '.join(map(str, missing))}"))
    refuse(*faults)
