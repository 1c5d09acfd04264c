"""Platforms and topics over HTTP: the same controller, once for each."""

from typing import Annotated, Any, Literal

import msgspec
from litestar import Controller, HttpMethod, Request, Response, delete, get, post, route
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody, SkipValidation
from msgspec import UNSET, Meta, UnsetType

from application.auth import Identity
from application.ports.taxonomy import CountedTag, TagSort
from application.taxonomy import CreateTag, DeleteTag, GetTag, ListTags, RenameTag
from domain.taxonomy import NAME_MOST, Tag, TagKind, name_faults
from entrypoints.http.answers import Answer
from entrypoints.http.conditional import etag, expected_versions, versioned
from entrypoints.http.idempotency import Once
from entrypoints.http.input import Body, Query, Rules, path_id, read_query, set_fields
from entrypoints.http.paging import Cursors, ListQuery, page_headers, page_request
from entrypoints.http.time_limit import ANSWER_SECONDS, LONG_SECONDS
from entrypoints.http.words import words_of

Name = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=NAME_MOST,
        description="Unique regardless of case and of the blanks around it.",
        examples=["Linux"],
    ),
]

_RULES: Rules = {"name": name_faults}


class TagOut(msgspec.Struct, rename="camel"):
    """A platform or a topic."""

    id: int
    name: str


class CountedTagOut(msgspec.Struct, rename="camel"):
    """A platform or a topic, and how many cheats stand under it."""

    id: int
    name: str
    cheat_count: int


class TagIn(Body):
    """A new platform or topic."""

    rules = _RULES

    name: Name


class TagChangesIn(Body):
    """Another name."""

    rules = _RULES

    name: Name | UnsetType = UNSET


class TagQuery(ListQuery, frozen=True):
    """Which platforms or topics, in what order."""

    q: (
        Annotated[str, Meta(max_length=200, description="Up to 8 different words or fragments, in the name.")]
        | None
    ) = None
    sort: Annotated[Literal["name", "-name"], Meta(description="A minus sorts downwards.")] = "name"


class DeletionQuery(Query, frozen=True):
    """How to delete a platform or topic."""

    force: Annotated[bool | None, Meta(description="`true`: take it off the cheats that stand under it, too.")] = (
        None
    )


def _tag_query(request: Request[Any, Any, Any]) -> TagQuery:
    return read_query(request, TagQuery)


def _deletion_query(request: Request[Any, Any, Any]) -> DeletionQuery:
    return read_query(request, DeletionQuery)


def _controller(kind: TagKind) -> type[Controller]:
    """Return the controller of platforms, or of topics; its operations are called after the kind."""

    class TagController(Controller):
        path = f"/{kind}s"
        tags = ("Platforms and topics",)
        opt = {"kind": kind}  # noqa: RUF012  # as Litestar declares it

        @get(
            summary=f"List {kind}s",
            dependencies={"tag_query": Provide(_tag_query, sync_to_thread=False)},
            opt={"query": TagQuery},
        )
        async def list_tags(
            self,
            request: Request[Any, Any, Any],
            identity: NamedDependency[SkipValidation[Identity]],
            tag_query: NamedDependency[SkipValidation[TagQuery]],
            list_tags: NamedDependency[SkipValidation[ListTags]],
            cursors: NamedDependency[SkipValidation[Cursors]],
        ) -> Response[tuple[CountedTagOut, ...]]:
            """Return them by name, a page at a time, each with the number of cheats under it."""
            asked = page_request(
                request, tag_query, cursors, sort=TagSort.NAME, descending=tag_query.sort.startswith("-")
            )
            page = await list_tags(identity.user, kind=kind, request=asked, words=words_of(tag_query.q))
            return Answer(
                tuple(map(_counted_out, page.items)), headers=page_headers(request, asked, page, cursors)
            )

        @post(summary=f"Add a {kind}")
        async def create_tag(
            self,
            request: Request[Any, Any, Any],
            data: JSONBody[TagIn],
            identity: NamedDependency[SkipValidation[Identity]],
            create_tag: NamedDependency[SkipValidation[CreateTag]],
            once: NamedDependency[SkipValidation[Once]],
        ) -> Response[TagOut]:
            """Add one that is not there yet, whatever the case and the blanks of its name."""
            return await once(
                request,
                lambda keep: create_tag(identity.user, kind=kind, name=data.name, keep=keep),
                _created,
            )

        @get("/{tag_id:str}", summary=f"Read a {kind}")
        async def get_tag(
            self,
            request: Request[Any, Any, Any],
            tag_id: FromPath[str],
            identity: NamedDependency[SkipValidation[Identity]],
            get_tag: NamedDependency[SkipValidation[GetTag]],
        ) -> Response[TagOut | None]:
            """Return it; with If-None-Match only if it has changed."""
            tag = await get_tag(identity.user, kind=kind, tag_id=path_id(tag_id, kind))
            return versioned(request, _tag_out(tag), tag.version)

        @route("/{tag_id:str}", http_method=[HttpMethod.PATCH, HttpMethod.PUT], summary=f"Rename a {kind}")
        async def change_tag(
            self,
            request: Request[Any, Any, Any],
            tag_id: FromPath[str],
            data: JSONBody[TagChangesIn],
            identity: NamedDependency[SkipValidation[Identity]],
            rename_tag: NamedDependency[SkipValidation[RenameTag]],
        ) -> Response[TagOut]:
            """Give it another name; for managers and admins. PUT and PATCH mean the same."""
            tag = await rename_tag(
                identity.user,
                kind=kind,
                tag_id=path_id(tag_id, kind),
                name=set_fields(data).get("name"),
                if_version=expected_versions(request),
            )
            return Answer(_tag_out(tag), headers={"ETag": etag(tag.version)})

        @delete(
            "/{tag_id:str}",
            summary=f"Delete a {kind}",
            dependencies={"deletion_query": Provide(_deletion_query, sync_to_thread=False)},
            opt={"query": DeletionQuery, ANSWER_SECONDS: LONG_SECONDS},
        )
        async def delete_tag(
            self,
            request: Request[Any, Any, Any],
            tag_id: FromPath[str],
            identity: NamedDependency[SkipValidation[Identity]],
            deletion_query: NamedDependency[SkipValidation[DeletionQuery]],
            delete_tag: NamedDependency[SkipValidation[DeleteTag]],
        ) -> None:
            """Delete it for good; for managers and admins.

            While cheats stand under it, the answer is 409, unless `force=true` takes it off them.
            """
            await delete_tag(
                identity.user,
                kind=kind,
                tag_id=path_id(tag_id, kind),
                unlink=bool(deletion_query.force),
                if_version=expected_versions(request),
            )

    return TagController


PlatformController = _controller(TagKind.PLATFORM)
TopicController = _controller(TagKind.TOPIC)


def _created(tag: Tag) -> Answer[TagOut]:
    return Answer(
        _tag_out(tag),
        status_code=201,
        headers={"Location": f"/api/v1/{tag.kind}s/{tag.id}", "ETag": etag(tag.version)},
    )


def _tag_out(tag: Tag) -> TagOut:
    return TagOut(tag.id, tag.name)


def _counted_out(counted: CountedTag) -> CountedTagOut:
    return CountedTagOut(counted.tag.id, counted.tag.name, counted.cheat_count)
