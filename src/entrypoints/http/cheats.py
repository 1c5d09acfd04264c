"""Cheats over HTTP."""

from typing import Any

from litestar import Controller, HttpMethod, Request, Response, delete, get, post, put, route
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody, SkipValidation

from application.auth import Identity
from application.cheats import (
    ChangeCheat,
    CreateCheat,
    DeleteCheat,
    GetCheat,
    KeepInBag,
    ListCheats,
    TakeOutOfBag,
)
from application.ports.cheats import SeenCheat
from domain.cheats import CheatChanges
from entrypoints.http.answers import Answer
from entrypoints.http.cheat_structs import (
    CheatChangesIn,
    CheatIn,
    CheatOut,
    CheatQuery,
    cheat_out,
    cheat_sort,
    wanted_cheats,
)
from entrypoints.http.conditional import etag, expected_versions, versioned
from entrypoints.http.idempotency import Once
from entrypoints.http.input import path_id, read_query, set_fields
from entrypoints.http.paging import Cursors, page_headers, page_request


def _query(request: Request[Any, Any, Any]) -> CheatQuery:
    return read_query(request, CheatQuery)


class CheatController(Controller):
    """`/cheats`."""

    path = "/cheats"
    tags = ("Cheats",)

    @get(
        summary="List cheats",
        dependencies={"cheat_query": Provide(_query, sync_to_thread=False)},
        opt={"query": CheatQuery},
    )
    async def list_cheats(
        self,
        request: Request[Any, Any, Any],
        identity: NamedDependency[SkipValidation[Identity]],
        cheat_query: NamedDependency[SkipValidation[CheatQuery]],
        list_cheats: NamedDependency[SkipValidation[ListCheats]],
        cursors: NamedDependency[SkipValidation[Cursors]],
    ) -> Response[tuple[CheatOut, ...]]:
        """Return the cheats that meet every condition, a page at a time."""
        wanted = wanted_cheats(cheat_query, identity.user)
        asked = page_request(
            request,
            cheat_query,
            cursors,
            sort=cheat_sort(cheat_query, wanted),
            descending=cheat_query.sort is None or cheat_query.sort.startswith("-"),
        )
        page = await list_cheats(identity.user, wanted=wanted, request=asked)
        return Answer(tuple(map(cheat_out, page.items)), headers=page_headers(request, asked, page, cursors))

    @post(summary="Create a cheat")
    async def create_cheat(
        self,
        request: Request[Any, Any, Any],
        data: JSONBody[CheatIn],
        identity: NamedDependency[SkipValidation[Identity]],
        create_cheat: NamedDependency[SkipValidation[CreateCheat]],
        once: NamedDependency[SkipValidation[Once]],
    ) -> Response[CheatOut]:
        """Create a cheat; it is in one's own bag at once."""
        return await once(
            request,
            lambda keep: create_cheat(
                identity.user,
                title=data.title,
                notes=data.notes,
                code=data.code,
                language=data.language,
                platform_ids=data.platform_ids,
                topic_ids=data.topic_ids,
                keep=keep,
            ),
            _created,
        )

    @get("/{cheat_id:str}", summary="Read a cheat")
    async def get_cheat(
        self,
        request: Request[Any, Any, Any],
        cheat_id: FromPath[str],
        identity: NamedDependency[SkipValidation[Identity]],
        get_cheat: NamedDependency[SkipValidation[GetCheat]],
    ) -> Response[CheatOut | None]:
        """Return a cheat; with If-None-Match only if it, or its being in one's bag, has changed."""
        seen = await get_cheat(identity.user, cheat_id=path_id(cheat_id, "cheat"))
        return versioned(request, cheat_out(seen), seen.cheat.version, view=_view(seen))

    @route("/{cheat_id:str}", http_method=[HttpMethod.PATCH, HttpMethod.PUT], summary="Change a cheat")
    async def change_cheat(
        self,
        request: Request[Any, Any, Any],
        cheat_id: FromPath[str],
        data: JSONBody[CheatChangesIn],
        identity: NamedDependency[SkipValidation[Identity]],
        change_cheat: NamedDependency[SkipValidation[ChangeCheat]],
    ) -> Response[CheatOut]:
        """Change the fields that are sent and no others; PUT and PATCH mean the same.

        For the owner, managers and admins. With If-Match the change is made only to the version that was read.
        """
        seen = await change_cheat(
            identity.user,
            cheat_id=path_id(cheat_id, "cheat"),
            changes=CheatChanges(**set_fields(data)),
            if_version=expected_versions(request),
        )
        return Answer(cheat_out(seen), headers={"ETag": _etag(seen)})

    @delete("/{cheat_id:str}", summary="Delete a cheat")
    async def delete_cheat(
        self,
        request: Request[Any, Any, Any],
        cheat_id: FromPath[str],
        identity: NamedDependency[SkipValidation[Identity]],
        delete_cheat: NamedDependency[SkipValidation[DeleteCheat]],
    ) -> None:
        """Delete a cheat for good, out of every bag; for the owner, managers and admins."""
        await delete_cheat(
            identity.user, cheat_id=path_id(cheat_id, "cheat"), if_version=expected_versions(request)
        )

    @put("/{cheat_id:str}/bag", summary="Keep a cheat in one's bag", status_code=204)
    async def keep_in_bag(
        self,
        cheat_id: FromPath[str],
        identity: NamedDependency[SkipValidation[Identity]],
        keep_in_bag: NamedDependency[SkipValidation[KeepInBag]],
    ) -> None:
        """Put a cheat into one's own bag; it may be there already."""
        await keep_in_bag(identity.user, cheat_id=path_id(cheat_id, "cheat"))

    @delete("/{cheat_id:str}/bag", summary="Take a cheat out of one's bag")
    async def take_out_of_bag(
        self,
        cheat_id: FromPath[str],
        identity: NamedDependency[SkipValidation[Identity]],
        take_out_of_bag: NamedDependency[SkipValidation[TakeOutOfBag]],
    ) -> None:
        """Take a cheat out of one's own bag; it need not be there."""
        await take_out_of_bag(identity.user, cheat_id=path_id(cheat_id, "cheat"))


def _view(seen: SeenCheat) -> str:
    # Whether it is in one's bag is part of what is answered, but not of the cheat's version.
    return "" if seen.in_bag else "out"


def _created(seen: SeenCheat) -> Answer[CheatOut]:
    return Answer(
        cheat_out(seen),
        status_code=201,
        headers={"Location": f"/api/v1/cheats/{seen.cheat.id}", "ETag": _etag(seen)},
    )


def _etag(seen: SeenCheat) -> str:
    return etag(seen.cheat.version, view=_view(seen))
