"""People over HTTP."""

from typing import Any

from litestar import Controller, HttpMethod, Request, Response, delete, get, post, route
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody, SkipValidation

from application.approvals import ApproveUser, RejectUser, RestoreUser
from application.auth import Identity
from application.ports.users import UserSort
from application.users import ChangeUser, CreateUser, DeleteUser, GetUser, ListUsers
from domain.users import User, UserChanges
from entrypoints.http.answers import Answer
from entrypoints.http.conditional import etag, expected_versions, versioned
from entrypoints.http.idempotency import Once
from entrypoints.http.input import path_id, read_query, set_fields
from entrypoints.http.paging import Cursors, page_headers, page_request
from entrypoints.http.user_structs import (
    ApprovalIn,
    PersonOut,
    RejectionIn,
    UserChangesIn,
    UserIn,
    UserOut,
    UserQuery,
    seen_by,
    user_out,
)
from entrypoints.http.words import words_of

_SORTS = {"createdAt": UserSort.CREATED_AT, "updatedAt": UserSort.UPDATED_AT, "username": UserSort.USERNAME}


def _query(request: Request[Any, Any, Any]) -> UserQuery:
    return read_query(request, UserQuery)


class UserController(Controller):
    """`/users`."""

    path = "/users"
    tags = ("Users",)

    @get(
        summary="List people",
        dependencies={"user_query": Provide(_query, sync_to_thread=False)},
        opt={"query": UserQuery},
    )
    async def list_users(
        self,
        request: Request[Any, Any, Any],
        identity: NamedDependency[SkipValidation[Identity]],
        user_query: NamedDependency[SkipValidation[UserQuery]],
        list_users: NamedDependency[SkipValidation[ListUsers]],
        cursors: NamedDependency[SkipValidation[Cursors]],
    ) -> Response[tuple[UserOut | PersonOut, ...]]:
        """Return the team, a page at a time; to admins also who waits, is switched off or deleted."""
        words = words_of(user_query.q)
        asked = page_request(
            request,
            user_query,
            cursors,
            sort=_sort(user_query, words),
            descending=user_query.sort is None or user_query.sort.startswith("-"),
        )
        page = await list_users(
            identity.user, request=asked, status=user_query.status, role=user_query.role, words=words
        )
        return Answer(
            tuple(seen_by(identity.user, user) for user in page.items),
            headers=page_headers(request, asked, page, cursors),
        )

    @post(summary="Create an account for someone")
    async def create_user(
        self,
        request: Request[Any, Any, Any],
        data: JSONBody[UserIn],
        identity: NamedDependency[SkipValidation[Identity]],
        create_user: NamedDependency[SkipValidation[CreateUser]],
        once: NamedDependency[SkipValidation[Once]],
    ) -> Response[UserOut]:
        """Create an account of any role; for admins."""
        return await once(
            request,
            lambda keep: create_user(
                identity.user,
                username=data.username,
                password=data.password,
                email=data.email,
                role=data.role,
                is_approved=data.is_approved,
                keep=keep,
            ),
            _created,
        )

    @get("/{user_id:str}", summary="Look a person up")
    async def get_user(
        self,
        request: Request[Any, Any, Any],
        user_id: FromPath[str],
        identity: NamedDependency[SkipValidation[Identity]],
        get_user: NamedDependency[SkipValidation[GetUser]],
    ) -> Response[UserOut | PersonOut | None]:
        """Return a user: all of it to its owner and to admins, who it is to everyone else."""
        user = await get_user(identity.user, user_id=path_id(user_id, "user"))
        seen = seen_by(identity.user, user)
        return versioned(request, seen, user.version, view="" if isinstance(seen, UserOut) else "public")

    @route("/{user_id:str}", http_method=[HttpMethod.PATCH, HttpMethod.PUT], summary="Change an account")
    async def change_user(
        self,
        request: Request[Any, Any, Any],
        user_id: FromPath[str],
        data: JSONBody[UserChangesIn],
        identity: NamedDependency[SkipValidation[Identity]],
        change_user: NamedDependency[SkipValidation[ChangeUser]],
    ) -> Response[UserOut]:
        """Change the fields that are sent and no others; PUT and PATCH mean the same.

        One changes one's own `username` and `email`; admins change anyone's, and `role`, `isApproved` and
        `isActive` as well. Whoever loses a role, approval or activity is signed out everywhere at once.
        """
        user = await change_user(
            identity.user,
            user_id=path_id(user_id, "user"),
            changes=UserChanges(**set_fields(data)),
            if_version=expected_versions(request),
        )
        return _account(user)

    @delete("/{user_id:str}", summary="Delete an account")
    async def delete_user(
        self,
        request: Request[Any, Any, Any],
        user_id: FromPath[str],
        identity: NamedDependency[SkipValidation[Identity]],
        delete_user: NamedDependency[SkipValidation[DeleteUser]],
    ) -> None:
        """Delete one's own account, or as an admin anyone's; an admin can restore it.

        Its sessions end, what its owner wrote stays theirs, and its name stays taken.
        """
        await delete_user(identity.user, user_id=path_id(user_id, "user"), if_version=expected_versions(request))

    @post("/{user_id:str}/approve", summary="Let someone in", status_code=200)
    async def approve_user(
        self,
        user_id: FromPath[str],
        data: JSONBody[ApprovalIn],
        identity: NamedDependency[SkipValidation[Identity]],
        approve_user: NamedDependency[SkipValidation[ApproveUser]],
    ) -> Response[UserOut]:
        """Approve an account that waits or was rejected; for admins."""
        return _account(
            await approve_user(identity.user, user_id=path_id(user_id, "user"), role=data.role),
        )

    @post("/{user_id:str}/reject", summary="Turn someone away", status_code=200)
    async def reject_user(
        self,
        user_id: FromPath[str],
        data: JSONBody[RejectionIn],
        identity: NamedDependency[SkipValidation[Identity]],
        reject_user: NamedDependency[SkipValidation[RejectUser]],
    ) -> Response[UserOut]:
        """Take an account off the list of those who wait, or out of the team; for admins.

        It is then neither approved nor active; approving it lets it in after all.
        """
        return _account(
            await reject_user(identity.user, user_id=path_id(user_id, "user"), reason=data.reason),
        )

    @post("/{user_id:str}/restore", summary="Bring a deleted account back", status_code=200)
    async def restore_user(
        self,
        user_id: FromPath[str],
        identity: NamedDependency[SkipValidation[Identity]],
        restore_user: NamedDependency[SkipValidation[RestoreUser]],
    ) -> Response[UserOut]:
        """Undo the deletion of an account; for admins. Its owner signs in anew."""
        return _account(await restore_user(identity.user, user_id=path_id(user_id, "user")))


def _created(user: User) -> Answer[UserOut]:
    return Answer(
        user_out(user),
        status_code=201,
        headers={"Location": f"/api/v1/users/{user.id}", "ETag": etag(user.version)},
    )


def _account(user: User) -> Response[UserOut]:
    return Answer(user_out(user), headers={"ETag": etag(user.version)})


def _sort(query: UserQuery, words: tuple[str, ...]) -> UserSort:
    if query.sort is None:
        return UserSort.RELEVANCE if words else UserSort.CREATED_AT
    return _SORTS[query.sort.removeprefix("-")]
