"""Forms and filters with which admins look after accounts."""

from typing import Annotated

from msgspec import Meta

from application.approvals import REASON_MOST
from domain.users import (
    EMAIL_MOST,
    USERNAME_MOST,
    Role,
    UserStatus,
    email_faults,
    password_faults,
    username_faults,
)
from entrypoints.http.paging import ListQuery
from entrypoints.web.forms import Form, Version

_NAMES = {"username": "Username", "email": "Email", "role": "Role"}
_NAME_RULES = {"username": username_faults, "email": email_faults}


class AccountQuery(ListQuery, frozen=True):
    """Which accounts."""

    q: Annotated[str, Meta(max_length=200)] | None = None
    role: Role | None = None
    status: UserStatus | None = None


class NewAccountForm(Form):
    """An account for someone, who is told the password and may change it."""

    labels = {**_NAMES, "password": "Password"}  # noqa: RUF012  # never written
    secret = frozenset({"password"})
    rules = {**_NAME_RULES, "password": password_faults}  # noqa: RUF012  # never written

    username: Annotated[str, Meta(max_length=USERNAME_MOST)]
    password: str
    role: Role
    email: Annotated[str, Meta(max_length=EMAIL_MOST)] | None = None


class AccountForm(Form):
    """What an account is called and may do, and the state of it that this was made from."""

    labels = {**_NAMES, "isActive": "May sign in"}  # noqa: RUF012  # never written
    rules = _NAME_RULES

    username: Annotated[str, Meta(max_length=USERNAME_MOST)]
    role: Role
    version: Version
    email: Annotated[str, Meta(max_length=EMAIL_MOST)] | None = None
    is_active: bool = False


class ApprovalForm(Form):
    """In which role someone is approved, the state of them that was seen, and the page to come back to."""

    labels = {"role": "Role"}  # noqa: RUF012  # never written

    version: Version
    role: Role | None = None
    next: str | None = None


class RejectionForm(Form):
    """Why someone is rejected, the state of them that was seen, and the page to come back to."""

    labels = {"reason": "Reason"}  # noqa: RUF012  # never written

    version: Version
    reason: Annotated[str, Meta(max_length=REASON_MOST)] | None = None
    next: str | None = None
