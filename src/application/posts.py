"""What can be done with posts."""

from collections.abc import Container
from dataclasses import dataclass, replace

from application.concurrency import again_while_stale
from application.idempotency import Keep
from application.paging import Page, PageRequest
from application.ports.clock import Clock
from application.ports.posts import AuthoredPost, PostFilter, PostSort
from application.ports.unit_of_work import UnitOfWork, UnitsOfWork
from domain.access import may_change_post, may_delete_post, may_see_post
from domain.errors import Forbidden, NotFound, Stale
from domain.history import post_created, post_deleted, post_updated
from domain.posts import Post, PostChanges
from domain.users import User


@dataclass(frozen=True, slots=True)
class CreatePost:
    """Anyone signed in may write a post."""

    units_of_work: UnitsOfWork
    clock: Clock

    async def __call__(
        self,
        actor: User,
        *,
        title: str,
        content: str,
        is_published: bool = False,
        keep: Keep[AuthoredPost] | None = None,
    ) -> AuthoredPost:
        """Keep a new post of the actor's and return it: a draft unless said otherwise.

        Raises:
            Invalid: with every field that breaks its rule.
        """
        async with self.units_of_work() as uow:
            post = Post.create(
                id=await uow.posts.next_id(),
                author_id=actor.id,
                title=title,
                content=content,
                is_published=is_published,
                at=self.clock.now(),
            )
            uow.posts.add(post)
            uow.events.add(post_created(post, actor=actor))
            written = AuthoredPost(post, actor.username, actor.updated_at)
            if keep is not None:
                uow.kept_answers.add(keep(written))
            await uow.commit()
            return written


@dataclass(frozen=True, slots=True)
class GetPost:
    """Anyone, signed in or not, may read a published post; its author and admins also a draft."""

    units_of_work: UnitsOfWork

    async def __call__(self, viewer: User | None, *, post_id: int) -> AuthoredPost:
        """Return the post; a viewer of None is not signed in.

        Raises:
            NotFound: there is none, or none that the viewer may know of.
        """
        async with self.units_of_work() as uow:
            return await _visible(viewer, post_id, uow)


@dataclass(frozen=True, slots=True)
class ListPosts:
    """Anyone, signed in or not, may list published posts; authors also their own drafts, admins all of them."""

    units_of_work: UnitsOfWork

    async def __call__(
        self, viewer: User | None, *, wanted: PostFilter, request: PageRequest[PostSort]
    ) -> Page[AuthoredPost]:
        """Return a page of the posts that are wanted and that the viewer may see; None is not signed in."""
        async with self.units_of_work() as uow:
            return await uow.posts.page(wanted, request, viewer=viewer)


@dataclass(frozen=True, slots=True)
class ChangePost:
    """A post's author and admins may change it."""

    units_of_work: UnitsOfWork
    clock: Clock

    async def __call__(
        self, actor: User, *, post_id: int, changes: PostChanges, if_version: Container[int] | None = None
    ) -> AuthoredPost:
        """Keep the changes and return the post as it is then.

        With `if_version` the change holds only if the post's version is among these; without it, it is made on
        top of whatever others changed meanwhile.

        Raises:
            NotFound: there is no such post, or none that the actor may know of.
            Forbidden: it is not the actor's to change.
            Stale: its version is none of `if_version`.
            Invalid: with every field that breaks its rule.
        """

        async def attempt() -> AuthoredPost:
            async with self.units_of_work() as uow:
                before = await _visible(actor, post_id, uow)
                check_may_change_post(actor, before.post)
                _check_version(before.post, if_version)
                after = before.post.change(changes, at=self.clock.now())
                if after is not before.post:
                    uow.posts.save(after)
                    uow.events.add(post_updated(before.post, after, actor=actor))
                    await uow.commit()
                return replace(before, post=after)

        return await again_while_stale(attempt) if if_version is None else await attempt()


@dataclass(frozen=True, slots=True)
class DeletePost:
    """A post's author and admins may delete it."""

    units_of_work: UnitsOfWork
    clock: Clock

    async def __call__(self, actor: User, *, post_id: int, if_version: Container[int] | None = None) -> None:
        """Forget the post.

        Raises:
            NotFound: there is no such post, or none that the actor may know of.
            Forbidden: it is not the actor's to delete.
            Stale: its version is none of `if_version`.
        """

        async def attempt() -> None:
            async with self.units_of_work() as uow:
                post = (await _visible(actor, post_id, uow)).post
                if not may_delete_post(actor, post):
                    raise Forbidden("Only a post's author and admins may delete it.")
                _check_version(post, if_version)
                uow.posts.remove(post)
                uow.events.add(post_deleted(post, actor=actor, at=self.clock.now()))
                await uow.commit()

        return await again_while_stale(attempt) if if_version is None else await attempt()


def check_may_change_post(actor: User, post: Post) -> None:
    """Do nothing if the actor may change the post.

    Raises:
        Forbidden: they may not.
    """
    if not may_change_post(actor, post):
        raise Forbidden("Only a post's author and admins may change it.")


async def _visible(viewer: User | None, post_id: int, uow: UnitOfWork) -> AuthoredPost:
    found = await uow.posts.get(post_id)
    # Whoever may not see a draft is not told either that there is one.
    if found is None or not may_see_post(viewer, found.post):
        raise NotFound(f"There is no post {post_id}.")
    return found


def _check_version(post: Post, if_version: Container[int] | None) -> None:
    if if_version is not None and post.version not in if_version:
        raise Stale
