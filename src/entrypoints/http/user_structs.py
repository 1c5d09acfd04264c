"""People as they are written in JSON and in queries."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from application.approvals import REASON_MOST
from domain.access import may_see_account_details
from domain.users import (
    EMAIL_MOST,
    PASSWORD_LEAST,
    PASSWORD_MOST,
    USERNAME_LEAST,
    USERNAME_MOST,
    Role,
    User,
    UserStatus,
    email_faults,
    password_faults,
    username_faults,
)
from entrypoints.http.input import Body, Rules
from entrypoints.http.paging import ListQuery

NewUsername = Annotated[
    str,
    Meta(
        min_length=USERNAME_LEAST,
        max_length=USERNAME_MOST,
        description="Letters, digits, dots, underscores and hyphens; unique regardless of case.",
        examples=["ada"],
    ),
]
NewEmail = Annotated[
    str,
    Meta(
        max_length=EMAIL_MOST,
        description="Unique regardless of case.",
        examples=["ada@example.org"],
        extra_json_schema={"format": "email"},
    ),
]
NewPassword = Annotated[
    str,
    Meta(
        min_length=PASSWORD_LEAST,
        max_length=PASSWORD_MOST,
        description="Any characters; nothing is cut off.",
        examples=["correct horse battery staple"],
    ),
]
Sort = Literal["createdAt", "-createdAt", "updatedAt", "-updatedAt", "username", "-username"]

NEW_USER_RULES: Rules = {"username": username_faults, "email": email_faults, "password": password_faults}


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


class UserIn(Body):
    """A new account, made by an admin."""

    rules = NEW_USER_RULES

    username: NewUsername
    password: NewPassword
    email: NewEmail | None = None
    role: Role = Role.EMPLOYEE
    is_approved: bool = True


class UserChangesIn(Body):
    """What is to change of an account: fields left out stay as they are, null clears.

    `role`, `isApproved` and `isActive` are for admins.
    """

    rules = NEW_USER_RULES

    username: NewUsername | UnsetType = UNSET
    email: NewEmail | UnsetType | None = UNSET
    role: Role | UnsetType = UNSET
    is_approved: bool | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET


class ApprovalIn(Body):
    """How someone is let in; without a role, in the one that the account has."""

    may_be_left_out = True

    role: Role | None = None


class RejectionIn(Body):
    """Why someone is turned away; admins can read it in the audit trail."""

    may_be_left_out = True

    reason: Annotated[str, Meta(max_length=REASON_MOST, examples=["Nobody here knows them."])] | None = None


class UserQuery(ListQuery, frozen=True):
    """Which people, in what order."""

    q: (
        Annotated[
            str,
            Meta(
                max_length=200,
                description="Up to 8 different words or fragments, in the username; for admins also in the email.",
            ),
        ]
        | None
    ) = None
    role: Role | None = None
    status: Annotated[UserStatus, Meta(description="For admins; without it, all but the deleted.")] | None = None
    sort: (
        Annotated[Sort, Meta(description="A minus sorts downwards. Default: newest first, or best match first.")]
        | None
    ) = None


def user_out(user: User) -> UserOut:
    """Return all that may ever be shown of an account."""
    return msgspec.convert(user, UserOut, from_attributes=True)


def person_out(user: User) -> PersonOut:
    """Return what anyone may see of an account."""
    return msgspec.convert(user, PersonOut, from_attributes=True)


def seen_by(actor: User, user: User) -> UserOut | PersonOut:
    """Return as much of an account as the actor may see."""
    return user_out(user) if may_see_account_details(actor, user) else person_out(user)
