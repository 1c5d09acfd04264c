"""Posts as they are written in JSON and in queries."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from application.ports.posts import AuthoredPost, PostFilter, PostSort
from domain.errors import Unauthenticated
from domain.posts import (
    CONTENT_LEAST,
    CONTENT_MOST,
    TITLE_LEAST,
    TITLE_MOST,
    content_faults,
    title_faults,
)
from domain.users import User
from entrypoints.http.input import Body, Rules
from entrypoints.http.paging import ListQuery
from entrypoints.http.task_structs import Id
from entrypoints.http.words import words_of

Title = Annotated[
    str,
    Meta(
        min_length=TITLE_LEAST,
        max_length=TITLE_MOST,
        description="Blanks around it are dropped.",
        examples=["What is new in March"],
    ),
]
Content = Annotated[
    str,
    Meta(
        min_length=CONTENT_LEAST,
        max_length=CONTENT_MOST,
        description="Markdown, as its author wrote it.",
        examples=["The *board* shows deadlines now."],
    ),
]
_SORTS = {"createdAt": PostSort.CREATED_AT, "title": PostSort.TITLE}


class PostOut(msgspec.Struct, rename="camel"):
    """A post; `author` is what its author is called now."""

    id: int
    title: str
    content: Annotated[str, Meta(description="Markdown, as its author wrote it: not safe to show as HTML.")]
    author_id: int
    author: str
    is_published: bool
    created_at: datetime
    updated_at: datetime


_RULES: Rules = {"title": title_faults, "content": content_faults}


class PostIn(Body):
    """A new post: a draft, unless it is published at once."""

    rules = _RULES

    title: Title
    content: Content
    is_published: bool = False


class PostChangesIn(Body):
    """What is to change of a post: fields left out stay as they are."""

    rules = _RULES

    title: Title | UnsetType = UNSET
    content: Content | UnsetType = UNSET
    is_published: bool | UnsetType = UNSET


class PostQuery(ListQuery, frozen=True):
    """Which posts, in what order."""

    q: (
        Annotated[
            str,
            Meta(max_length=200, description="Up to 8 different words or fragments, in title or content."),
        ]
        | None
    ) = None
    author_id: Annotated[Id | Literal["me"] | None, Meta(description="A user's id, or `me`.")] = None
    is_published: Annotated[
        bool | None, Meta(description="`true`: no drafts. `false`: drafts alone, of those that one may see.")
    ] = None
    sort: (
        Annotated[
            Literal["createdAt", "-createdAt", "title", "-title"],
            Meta(description="A minus sorts downwards. Default: newest first, or best match first."),
        ]
        | None
    ) = None


def post_out(found: AuthoredPost) -> PostOut:
    """Return a post as clients see it."""
    post = found.post
    return PostOut(
        id=post.id,
        title=post.title,
        content=post.content,
        author_id=post.author_id,
        author=found.author,
        is_published=post.is_published,
        created_at=post.created_at,
        updated_at=post.updated_at,
    )


def wanted_posts(query: PostQuery, reader: User | None) -> PostFilter:
    """Return which posts are asked for.

    Raises:
        Unauthenticated: one's own are, by someone who did not say who they are.
        Invalid: too many words are searched for.
    """
    return PostFilter(
        author_id=_id_of_reader(reader) if query.author_id == "me" else query.author_id,
        is_published=query.is_published,
        words=words_of(query.q),
    )


def post_sort(query: PostQuery, wanted: PostFilter) -> PostSort:
    """Return what the list is sorted by."""
    if query.sort is None:
        return PostSort.RELEVANCE if wanted.words else PostSort.CREATED_AT
    return _SORTS[query.sort.removeprefix("-")]


def _id_of_reader(reader: User | None) -> int:
    if reader is None:
        raise Unauthenticated("Sign in to list posts of your own: without an access token, “me” is nobody.")
    return reader.id
