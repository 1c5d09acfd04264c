"""Posts in PostgreSQL."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import bindparam, func, select

from adapters.sql.changes import Changes, Values, adding, removing, saving
from adapters.sql.connections import Connections
from adapters.sql.ids import Ids
from adapters.sql.lists import Lists
from adapters.sql.pages import AnySelect, bounds, is_short, ordered, page_of
from adapters.sql.post_lists import (
    after_key,
    after_values,
    condition_names,
    condition_values,
    conditions,
    position_of,
    sort_key,
)
from adapters.sql.post_tables import posts
from adapters.sql.tables import users
from adapters.sql.words import relevance, relevance_values, word_values
from application.paging import Page, PageRequest
from application.ports.posts import AuthoredPost, PostFilter, PostRepository, PostSort
from domain.posts import Post
from domain.text import fold, searchable, unstorable_reason
from domain.users import User

# In the order of Post's fields, as `post_from` takes them.
POST_COLUMNS: Final = (
    posts.c.id,
    posts.c.author_id,
    posts.c.title,
    posts.c.content,
    posts.c.is_published,
    posts.c.created_at,
    posts.c.updated_at,
    posts.c.version,
)
# A sub-select is evaluated for the rows of the page alone, and cannot change the order in which they are found.
_AUTHOR: Final = tuple(
    select(column).where(users.c.id == posts.c.author_id).scalar_subquery().label(f"author_{column.name}")
    for column in (users.c.username, users.c.updated_at)
)
# As `authored_from` takes them.
_AUTHORED_COLUMNS: Final = (*POST_COLUMNS, *_AUTHOR)
# Making texts of so many characters searchable takes a millisecond or more.
_LONG: Final = 5_000
# What an index holds in the order of a list that is sorted by date.
_READ_IN_ORDER: Final = (frozenset[str](), frozenset({"published"}))


def post_from(row: Sequence[Any]) -> Post:
    """Return the post that a row of `POST_COLUMNS`, or more behind them, holds."""
    return Post(*row[: len(POST_COLUMNS)])


def authored_from(row: Sequence[Any]) -> AuthoredPost:
    """Return the post of such a row with what follows: its author's name, and when the account was changed."""
    return AuthoredPost(post_from(row), *row[len(POST_COLUMNS) :][: len(_AUTHOR)])


def values_of(post: Post) -> dict[str, object]:
    """Return the row that holds the post."""
    return {
        "id": post.id,
        "author_id": post.author_id,
        "title": post.title,
        "title_key": fold(post.title),
        "content": post.content,
        "search_text": searchable(post.title, post.content),
        "is_published": post.is_published,
        "created_at": post.created_at,
        "updated_at": post.updated_at,
        "version": post.version,
    }


def _values(post: Post) -> Values:
    return (lambda: values_of(post)) if len(post.content) > _LONG else values_of(post)


_GET: Final = select(*_AUTHORED_COLUMNS).where(posts.c.id == bindparam("id"))
_ADD: Final = adding(posts)
_SAVE: Final = saving(posts)
_REMOVE: Final = removing(posts)


# There are as many statements as combinations that people ask for: few. The bound keeps the odd ones few too.
@lru_cache(maxsize=256)
def listing(names: frozenset[str], words: int, sort: PostSort, *, descending: bool, continued: bool) -> AnySelect:
    """Return the statement that lists posts in this order.

    Args:
        names: of the conditions to be met, as `condition_names` gives them.
        words: how many are searched for.
        sort: what the list is sorted by.
        descending: in which direction.
        continued: whether it goes on after a position.
    """
    rank = relevance(words, posts.c.title_key).label("relevance")
    columns = (*_AUTHORED_COLUMNS, rank) if sort is PostSort.RELEVANCE else _AUTHORED_COLUMNS
    return ordered(
        select(*columns).where(*conditions(names, words)),
        key=sort_key(sort, words=words),
        after=after_key(sort) if continued else None,
        descending=descending,
    )


@lru_cache(maxsize=256)
def _count(names: frozenset[str], words: int) -> AnySelect:
    return select(func.count()).select_from(posts).where(*conditions(names, words))


class SqlPostRepository(PostRepository):
    """Posts in the table `posts`, with their authors' names from `users`."""

    def __init__(self, connections: Connections, lists: Lists, changes: Changes, ids: Ids) -> None:
        """Read through the connections and the lists, collect into the changes."""
        self._connections = connections
        self._lists = lists
        self._changes = changes
        self._ids = ids

    async def next_id(self) -> int:
        """Return an id that no post has had."""
        return await self._ids.next()

    async def get(self, id: int) -> AuthoredPost | None:
        """Return the post, or None if there is none."""
        rows = await self._connections.look_up(_GET, {"id": id})
        return authored_from(rows[0]) if rows else None

    async def page(
        self, wanted: PostFilter, request: PageRequest[PostSort], *, viewer: User | None
    ) -> Page[AuthoredPost]:
        """Return a page of the posts that are wanted, of those that this viewer may see.

        Text that cannot be stored is found nowhere.
        """
        words = wanted.words
        wants_hidden = viewer is None and wanted.is_published is False
        if wants_hidden or any(unstorable_reason(word) for word in words):
            return Page((), next=None, total=None if request.number is None else 0)
        names = condition_names(wanted, viewer)
        values = condition_values(wanted, viewer) | word_values(words)
        total: int | None = None
        if request.number is not None:
            counted = await self._lists.fetch(_count(names, len(words)), values, plans_anew=bool(words))
            total = counted[0][0]
        is_ranked = request.sort is PostSort.RELEVANCE
        is_in_order = request.sort is PostSort.CREATED_AT and names in _READ_IN_ORDER
        rows = await self._lists.page(
            listing(
                names,
                len(words),
                request.sort,
                descending=request.descending,
                continued=request.after is not None,
            ),
            values
            | (relevance_values(words) if is_ranked else {})
            | after_values(request.after)
            | bounds(request),
            is_short=is_in_order and is_short(request, words),
            plans_anew=bool(words),
        )
        return page_of(
            rows,
            request,
            entity_from=authored_from,
            position_of=lambda row: position_of(post_from(row), request.sort, row.relevance if is_ranked else 0),
            total=total,
        )

    def add(self, post: Post) -> None:
        """Collect a new post."""
        self._changes.add(_ADD, _values(post))

    def save(self, post: Post) -> None:
        """Collect a post's next state."""
        self._changes.save(_SAVE, _values(post), id=post.id, version=post.version)

    def remove(self, post: Post) -> None:
        """Collect a post's end."""
        self._changes.remove(_REMOVE, id=post.id, version=post.version)
