"""Sample posts, and how tests put them into a store."""

from datetime import datetime

from application.ports.posts import AuthoredPost
from application.ports.unit_of_work import UnitsOfWork
from domain.posts import Post
from domain.users import User
from tests.contracts.sample import NOON, keep

CONTENT = "The *board* shows deadlines now."


def a_post(
    id: int,
    author: User,
    title: str = "What is new in March",
    *,
    content: str = CONTENT,
    is_published: bool = True,
    at: datetime = NOON,
) -> Post:
    """Return a post of the author's, published unless said otherwise."""
    return Post.create(id=id, author_id=author.id, title=title, content=content, is_published=is_published, at=at)


async def a_kept_post(
    units_of_work: UnitsOfWork,
    author: User,
    title: str = "What is new in March",
    *,
    content: str = CONTENT,
    is_published: bool = True,
    at: datetime = NOON,
) -> Post:
    """Return a post that is in the store."""
    async with units_of_work() as uow:
        post_id = await uow.posts.next_id()
    post = a_post(post_id, author, title, content=content, is_published=is_published, at=at)
    await keep(units_of_work, post)
    return post


async def read_post(units_of_work: UnitsOfWork, id: int) -> AuthoredPost | None:
    """Return the post with its author's name, as a new unit of work reads it."""
    async with units_of_work() as uow:
        return await uow.posts.get(id)


async def stored_post(units_of_work: UnitsOfWork, id: int) -> Post | None:
    """Return the post as a new unit of work reads it."""
    found = await read_post(units_of_work, id)
    return None if found is None else found.post
