"""Posts over HTTP."""

from hashlib import sha256
from typing import Any

from litestar import Controller, HttpMethod, Request, Response, delete, get, post, route
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody, SkipValidation

from application.auth import Identity
from application.ports.posts import AuthoredPost
from application.posts import ChangePost, CreatePost, DeletePost, GetPost, ListPosts
from domain.posts import PostChanges
from domain.users import User
from entrypoints.http.answers import Answer
from entrypoints.http.authentication import OPTIONAL
from entrypoints.http.conditional import etag, expected_versions, versioned
from entrypoints.http.idempotency import Once
from entrypoints.http.input import path_id, read_query, set_fields
from entrypoints.http.paging import Cursors, page_headers, page_request
from entrypoints.http.post_structs import (
    PostChangesIn,
    PostIn,
    PostOut,
    PostQuery,
    post_out,
    post_sort,
    wanted_posts,
)


def _query(request: Request[Any, Any, Any]) -> PostQuery:
    return read_query(request, PostQuery)


class PostController(Controller):
    """`/posts`."""

    path = "/posts"
    tags = ("Posts",)

    @get(
        summary="List posts",
        dependencies={"post_query": Provide(_query, sync_to_thread=False)},
        opt={**OPTIONAL, "query": PostQuery},
    )
    async def list_posts(
        self,
        request: Request[Any, Any, Any],
        reader: NamedDependency[SkipValidation[User | None]],
        post_query: NamedDependency[SkipValidation[PostQuery]],
        list_posts: NamedDependency[SkipValidation[ListPosts]],
        cursors: NamedDependency[SkipValidation[Cursors]],
    ) -> Response[tuple[PostOut, ...]]:
        """Return the posts that meet every condition, a page at a time.

        What is published is for everyone, signed in or not; drafts are for their authors and admins.
        """
        wanted = wanted_posts(post_query, reader)
        asked = page_request(
            request,
            post_query,
            cursors,
            sort=post_sort(post_query, wanted),
            descending=post_query.sort is None or post_query.sort.startswith("-"),
        )
        page = await list_posts(reader, wanted=wanted, request=asked)
        return Answer(tuple(map(post_out, page.items)), headers=page_headers(request, asked, page, cursors))

    @post(summary="Write a post")
    async def create_post(
        self,
        request: Request[Any, Any, Any],
        data: JSONBody[PostIn],
        identity: NamedDependency[SkipValidation[Identity]],
        create_post: NamedDependency[SkipValidation[CreatePost]],
        once: NamedDependency[SkipValidation[Once]],
    ) -> Response[PostOut]:
        """Keep a draft, or a post that everyone may read at once."""
        return await once(
            request,
            lambda keep: create_post(
                identity.user,
                title=data.title,
                content=data.content,
                is_published=data.is_published,
                keep=keep,
            ),
            _created,
        )

    @get("/{post_id:str}", summary="Read a post", opt=OPTIONAL)
    async def get_post(
        self,
        request: Request[Any, Any, Any],
        post_id: FromPath[str],
        reader: NamedDependency[SkipValidation[User | None]],
        get_post: NamedDependency[SkipValidation[GetPost]],
    ) -> Response[PostOut | None]:
        """Return a post; with If-None-Match only if it has changed.

        What is published is for everyone, signed in or not; a draft is for its author and admins.
        """
        found = await get_post(reader, post_id=path_id(post_id, "post"))
        return versioned(request, post_out(found), found.post.version, view=_view(found))

    @route("/{post_id:str}", http_method=[HttpMethod.PATCH, HttpMethod.PUT], summary="Change a post")
    async def change_post(
        self,
        request: Request[Any, Any, Any],
        post_id: FromPath[str],
        data: JSONBody[PostChangesIn],
        identity: NamedDependency[SkipValidation[Identity]],
        change_post: NamedDependency[SkipValidation[ChangePost]],
    ) -> Response[PostOut]:
        """Change the fields that are sent and no others; PUT and PATCH mean the same.

        For the author and admins. With If-Match the change is made only to the version that was read.
        """
        changed = await change_post(
            identity.user,
            post_id=path_id(post_id, "post"),
            changes=PostChanges(**set_fields(data)),
            if_version=expected_versions(request),
        )
        return Answer(post_out(changed), headers={"ETag": _tag(changed)})

    @delete("/{post_id:str}", summary="Delete a post")
    async def delete_post(
        self,
        request: Request[Any, Any, Any],
        post_id: FromPath[str],
        identity: NamedDependency[SkipValidation[Identity]],
        delete_post: NamedDependency[SkipValidation[DeletePost]],
    ) -> None:
        """Delete a post for good; for the author and admins."""
        await delete_post(identity.user, post_id=path_id(post_id, "post"), if_version=expected_versions(request))


def _created(written: AuthoredPost) -> Answer[PostOut]:
    return Answer(
        post_out(written),
        status_code=201,
        headers={"Location": f"/api/v1/posts/{written.post.id}", "ETag": _tag(written)},
    )


def _tag(seen: AuthoredPost) -> str:
    return etag(seen.post.version, view=_view(seen))


def _view(seen: AuthoredPost) -> str:
    """Return what a tag says of the author's name, which the post shows and which may change while it does not."""
    if seen.author_changed_at <= seen.post.updated_at:
        return ""
    return sha256(seen.author.encode()).hexdigest()[:12]
