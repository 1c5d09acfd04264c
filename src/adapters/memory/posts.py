"""Posts in memory."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from adapters.memory.paging import page_of
from adapters.memory.store import Change, InMemoryStore, Tables
from adapters.memory.words import relevance
from application.paging import Page, PageRequest, Position
from application.ports.posts import AuthoredPost, PostFilter, PostRepository, PostSort
from domain.access import may_see_post
from domain.posts import Post
from domain.text import fold, searchable
from domain.users import User

_REMEMBERED_MOST = 4_096


@dataclass(frozen=True, slots=True)
class InMemoryPostRepository(PostRepository):
    """Posts, each of an author who exists."""

    store: InMemoryStore
    changes: list[Change]

    async def next_id(self) -> int:
        """Return an id that no post has had."""
        return await self.store.next_id(Post)

    async def get(self, id: int) -> AuthoredPost | None:
        """Return the post, or None if there is none."""
        tables = await self.store.read()
        post = tables.posts.get(id)
        return None if post is None else _authored(post, tables)

    async def page(
        self, wanted: PostFilter, request: PageRequest[PostSort], *, viewer: User | None
    ) -> Page[AuthoredPost]:
        """Return a page of the posts that are wanted, of those that this viewer may see."""
        tables = await self.store.read()
        return page_of(
            (
                _authored(post, tables)
                for post in tables.posts.values()
                if may_see_post(viewer, post) and _is_wanted(post, wanted)
            ),
            request,
            position=lambda found: Position(_sort_value(found.post, request.sort, wanted.words), found.post.id),
        )

    def add(self, post: Post) -> None:
        """Collect a new post."""

        def change(tables: Tables) -> None:
            tables.check_user(post.author_id)
            tables.posts.insert(post)

        self.changes.append(change)

    def save(self, post: Post) -> None:
        """Collect a post's next state."""
        self.changes.append(lambda tables: tables.posts.replace(post))

    def remove(self, post: Post) -> None:
        """Collect a post's end."""
        self.changes.append(lambda tables: tables.posts.delete(post))


def _authored(post: Post, tables: Tables) -> AuthoredPost:
    author = tables.users[post.author_id]
    return AuthoredPost(post, author.username, author.updated_at)


def _is_wanted(post: Post, wanted: PostFilter) -> bool:
    return (
        wanted.author_id in (None, post.author_id)
        and wanted.is_published in (None, post.is_published)
        and holds(post, wanted.words)
    )


def holds(post: Post, words: tuple[str, ...]) -> bool:
    """Tell whether each of the folded words is somewhere in the post."""
    if not words:
        return True
    text = _searched(post)
    return all(word in text for word in words)


# Each state of a post is folded once, and not at every search.
@lru_cache(maxsize=_REMEMBERED_MOST)
def _searched(post: Post) -> str:
    return searchable(post.title, post.content)


def _sort_value(post: Post, sort: PostSort, words: tuple[str, ...]) -> str | int | datetime:
    match sort:
        case PostSort.CREATED_AT:
            return post.created_at
        case PostSort.TITLE:
            return fold(post.title)
        case PostSort.RELEVANCE:
            return relevance(fold(post.title), words)
