"""People over HTTP."""

from datetime import datetime
from typing import Any

import msgspec
from litestar import Controller, Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, SkipValidation

from application.auth import Identity
from application.users import GetUser
from domain.access import may_see_account_details
from domain.users import Role, User
from entrypoints.http.conditional import versioned
from entrypoints.http.input import path_id


class UserOut(msgspec.Struct, rename="camel"):
    """An account as its owner and admins see it."""

    id: int
    username: str
    email: str | None
    role: Role
    is_approved: bool
    is_active: bool
    created_at: datetime
    updated_at: datetime


class PersonOut(msgspec.Struct, rename="camel"):
    """An account as everyone else sees it."""

    id: int
    username: str
    role: Role
    created_at: datetime


def user_out(user: User) -> UserOut:
    """Return all that may ever be shown of an account."""
    return msgspec.convert(user, UserOut, from_attributes=True)


class UserController(Controller):
    """`/users`."""

    path = "/users"
    tags = ("Users",)

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
        if may_see_account_details(identity.user, user):
            account: UserOut | PersonOut = user_out(user)
            return versioned(request, account, user.version)
        person: UserOut | PersonOut = msgspec.convert(user, PersonOut, from_attributes=True)
        return versioned(request, person, user.version, view="public")
