"""Where posts are kept."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from application.paging import Page, PageRequest
from domain.posts import Post
from domain.users import User


class PostSort(Enum):
    """What a list of posts can be sorted by. `RELEVANCE` needs a text searched for."""

    CREATED_AT = "created_at"
    TITLE = "title"
    RELEVANCE = "relevance"


@dataclass(frozen=True, slots=True)
class PostFilter:
    """Which posts are wanted: those that meet every condition given.

    Attributes:
        author_id: written by this user.
        is_published: published, or drafts; both where None.
        words: each somewhere in title or content, as words or fragments, all folded (`domain.text.fold`).
    """

    author_id: int | None = None
    is_published: bool | None = None
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AuthoredPost:
    """A post with its author's username as it is now, also where the account was deleted.

    Attributes:
        post: the post.
        author: the name of who wrote it.
        author_changed_at: when the author's account was last changed, and so perhaps the name.
    """

    post: Post
    author: str
    author_changed_at: datetime


class PostRepository(Protocol):
    """Posts."""

    async def next_id(self) -> int:
        """Return an id that no post has had, and none will be given again."""
        ...

    async def get(self, id: int) -> AuthoredPost | None:
        """Return the post, whoever may see it, in one reading; None if there is none."""
        ...

    async def page(
        self, wanted: PostFilter, request: PageRequest[PostSort], *, viewer: User | None
    ) -> Page[AuthoredPost]:
        """Return a page of the posts that are wanted, of those that this viewer may see.

        That is decided as `domain.access.may_see_post` does; None is someone who is not signed in. However long
        the page, it takes the same number of readings. Titles sort as folded. Relevance ranks a title that begins
        with the words as given, joined by blanks, above one that holds them so, above one that holds each of them,
        above the rest (3, 2, 1, 0).
        """
        ...

    def add(self, post: Post) -> None:
        """Keep a new post. At commit: `NotFound` if its author does not exist."""
        ...

    def save(self, post: Post) -> None:
        """Keep a post's next state. At commit: `Stale` if another state came in between, or it is gone."""
        ...

    def remove(self, post: Post) -> None:
        """Forget a post. At commit: `Stale` if another state came in between, or it is gone."""
        ...
