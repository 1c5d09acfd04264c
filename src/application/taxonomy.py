"""What can be done with platforms and topics. Each use case serves both: the kind says which."""

from collections.abc import Container
from dataclasses import dataclass

from application.concurrency import again_while_stale
from application.idempotency import Keep
from application.paging import Page, PageRequest
from application.ports.clock import Clock
from application.ports.taxonomy import CountedTag, TagRepository, TagSort
from application.ports.unit_of_work import UnitOfWork, UnitsOfWork
from domain.access import may_change_taxonomy
from domain.errors import Forbidden, NotFound, Stale
from domain.history import tag_created, tag_deleted, tag_renamed
from domain.taxonomy import Tag, TagKind
from domain.users import User


@dataclass(frozen=True, slots=True)
class CreateTag:
    """Anyone signed in may add a platform or a topic."""

    units_of_work: UnitsOfWork
    clock: Clock

    async def __call__(self, actor: User, *, kind: TagKind, name: str, keep: Keep[Tag] | None = None) -> Tag:
        """Keep a new one and return it.

        Raises:
            Invalid: the name breaks its rule.
            Taken: the name belongs to another, regardless of case and blanks.
        """
        async with self.units_of_work() as uow:
            tags = tags_of(uow, kind)
            tag = Tag.create(id=await tags.next_id(), kind=kind, name=name)
            tags.add(tag)
            uow.events.add(tag_created(tag, actor=actor, at=self.clock.now()))
            if keep is not None:
                uow.kept_answers.add(keep(tag))
            await uow.commit()
            return tag


@dataclass(frozen=True, slots=True)
class GetTag:
    """Anyone signed in may read any platform or topic."""

    units_of_work: UnitsOfWork

    async def __call__(self, actor: User, *, kind: TagKind, tag_id: int) -> Tag:
        """Return it.

        Raises:
            NotFound: there is none.
        """
        async with self.units_of_work() as uow:
            return await _existing(tag_id, kind, uow)


@dataclass(frozen=True, slots=True)
class ListTags:
    """Anyone signed in may list all platforms or topics."""

    units_of_work: UnitsOfWork

    async def __call__(
        self, actor: User, *, kind: TagKind, request: PageRequest[TagSort], words: tuple[str, ...] = ()
    ) -> Page[CountedTag]:
        """Return a page of them, each with the number of cheats under it."""
        async with self.units_of_work() as uow:
            return await tags_of(uow, kind).page(request, words=words)


@dataclass(frozen=True, slots=True)
class RenameTag:
    """Managers and admins may rename a platform or a topic."""

    units_of_work: UnitsOfWork
    clock: Clock

    async def __call__(
        self,
        actor: User,
        *,
        kind: TagKind,
        tag_id: int,
        name: str | None,
        if_version: Container[int] | None = None,
    ) -> Tag:
        """Keep the new name and return the tag; without a name, return it as it is.

        Args:
            actor: who renames it.
            kind: whether it is a platform or a topic.
            tag_id: which one.
            name: the new name; None leaves it.
            if_version: the versions it may have; any where None.

        Raises:
            NotFound: there is none.
            Forbidden: the actor is neither manager nor admin.
            Invalid: the name breaks its rule.
            Taken: the name belongs to another, regardless of case and blanks.
            Stale: its version is none of `if_version`.
        """

        async def attempt() -> Tag:
            async with self.units_of_work() as uow:
                before = await _changeable(actor, tag_id, kind, if_version, uow)
                after = before if name is None else before.rename(name)
                if after is not before:
                    tags_of(uow, kind).save(after)
                    uow.events.add(tag_renamed(before, after, actor=actor, at=self.clock.now()))
                    await uow.commit()
                return after

        return await again_while_stale(attempt) if if_version is None else await attempt()


@dataclass(frozen=True, slots=True)
class DeleteTag:
    """Managers and admins may delete a platform or a topic."""

    units_of_work: UnitsOfWork
    clock: Clock

    async def __call__(
        self,
        actor: User,
        *,
        kind: TagKind,
        tag_id: int,
        unlink: bool = False,
        if_version: Container[int] | None = None,
    ) -> None:
        """Forget it.

        Args:
            actor: who deletes it.
            kind: whether it is a platform or a topic.
            tag_id: which one.
            unlink: whether to take it off the cheats that stand under it.
            if_version: the versions it may have; any where None.

        Raises:
            NotFound: there is none.
            Forbidden: the actor is neither manager nor admin.
            InUse: cheats stand under it, and they are not to be unlinked.
            Stale: its version is none of `if_version`.
        """

        async def attempt() -> None:
            async with self.units_of_work() as uow:
                tag = await _changeable(actor, tag_id, kind, if_version, uow)
                tags, at = tags_of(uow, kind), self.clock.now()
                if unlink:
                    tags.unlink(tag, actor=actor, at=at)
                tags.remove(tag)
                uow.events.add(tag_deleted(tag, actor=actor, at=at))
                await uow.commit()

        return await again_while_stale(attempt) if if_version is None else await attempt()


def tags_of(uow: UnitOfWork, kind: TagKind) -> TagRepository:
    """Return the repository of this kind."""
    return uow.platforms if kind is TagKind.PLATFORM else uow.topics


def check_may_change_tag(actor: User, kind: TagKind) -> None:
    """Do nothing if the actor may rename and delete platforms or topics.

    Raises:
        Forbidden: they may not.
    """
    if not may_change_taxonomy(actor):
        raise Forbidden(f"Only managers and admins may rename or delete a {kind}.")


async def _existing(tag_id: int, kind: TagKind, uow: UnitOfWork) -> Tag:
    tag = await tags_of(uow, kind).get(tag_id)
    if tag is None:
        raise NotFound(f"There is no {kind} {tag_id}.")
    return tag


async def _changeable(
    actor: User, tag_id: int, kind: TagKind, if_version: Container[int] | None, uow: UnitOfWork
) -> Tag:
    tag = await _existing(tag_id, kind, uow)
    check_may_change_tag(actor, kind)
    if if_version is not None and tag.version not in if_version:
        raise Stale
    return tag
