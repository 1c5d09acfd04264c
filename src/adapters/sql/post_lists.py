"""Which posts a list holds and how it is sorted, as parts of statements whose values come later."""

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, bindparam, not_, or_

from adapters.sql.post_tables import posts
from adapters.sql.tables import moment_type, title_key_start
from adapters.sql.words import relevance, words_found
from application.paging import Position
from application.ports.posts import PostFilter, PostSort
from domain.posts import Post
from domain.text import fold
from domain.users import Role, User

Key = tuple[ColumnElement[Any], ...]

_AFTER_ID: Final = bindparam("after_id", type_=posts.c.id.type)
_IS_OWN: Final = posts.c.author_id == bindparam("viewer_id")

is_published_or_own: Final = or_(posts.c.is_published, _IS_OWN)
"""What someone signed in who is no admin may see, as `domain.access.may_see_post` has it; takes `viewer_id`."""

_CONDITIONS: Final[dict[str, ColumnElement[bool]]] = {
    "author_id": posts.c.author_id == bindparam("author_id"),
    "published": posts.c.is_published,
    "draft": not_(posts.c.is_published),
    "own": _IS_OWN,
    "published_or_own": is_published_or_own,
}


def condition_names(wanted: PostFilter, viewer: User | None) -> frozenset[str]:
    """Return the names of the conditions that the filter sets, and of what the viewer may see beyond them.

    Those who are not signed in see what is published; that they see no drafts has to be known before.
    """
    names = {"author_id"} if wanted.author_id is not None else set[str]()
    if wanted.is_published or viewer is None:
        return frozenset(names | {"published"})
    if wanted.is_published is False:
        names.add("draft")
    if viewer.role is not Role.ADMIN and wanted.author_id != viewer.id:
        names.add("published_or_own" if wanted.is_published is None else "own")
    return frozenset(names)


def condition_values(wanted: PostFilter, viewer: User | None) -> dict[str, object]:
    """Return the values that the conditions take."""
    given = {"author_id": wanted.author_id, "viewer_id": None if viewer is None else viewer.id}
    return {name: value for name, value in given.items() if value is not None}


def conditions(names: frozenset[str], words: int) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions of these names, and that each of so many words is found."""
    yield from (condition for name, condition in _CONDITIONS.items() if name in names)
    yield from words_found(words, posts.c.search_text)


def sort_key(sort: PostSort, *, words: int) -> Key:
    """Return what the list is sorted by, the id last."""
    match sort:
        case PostSort.CREATED_AT:
            return posts.c.created_at, posts.c.id
        case PostSort.TITLE:
            # The start of the key is what the index holds; the rest decides among titles that start alike.
            return title_key_start(posts.c.title_key), posts.c.title_key, posts.c.id
        case PostSort.RELEVANCE:
            return relevance(words, posts.c.title_key), posts.c.id


def after_key(sort: PostSort) -> Key:
    """Return the sort key of the position to go on from."""
    match sort:
        case PostSort.CREATED_AT:
            return bindparam("after", type_=moment_type), _AFTER_ID
        case PostSort.TITLE:
            after = bindparam("after", type_=posts.c.title_key.type)
            return title_key_start(after), after, _AFTER_ID
        case PostSort.RELEVANCE:
            return bindparam("after", type_=Integer), _AFTER_ID


def after_values(position: Position | None) -> dict[str, object]:
    """Return the values that `after_key` takes for this position."""
    return {} if position is None else {"after": position.value, "after_id": position.id}


def position_of(post: Post, sort: PostSort, relevance: int) -> Position:
    """Return where in a list of this order the post stands."""
    match sort:
        case PostSort.CREATED_AT:
            return Position(post.created_at, post.id)
        case PostSort.TITLE:
            return Position(fold(post.title), post.id)
        case PostSort.RELEVANCE:
            return Position(relevance, post.id)
