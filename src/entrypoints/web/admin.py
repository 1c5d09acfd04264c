"""What the pages for admins share."""

from typing import Any

from litestar import Request, Response, get

from domain.access import may_administer
from domain.errors import Forbidden
from domain.users import User
from entrypoints.web.answers import see_other
from entrypoints.web.browser import browser_of


def admin_of(request: Request[Any, Any, Any]) -> User:
    """Return the admin who looks at the page; its handlers get it by the name `admin`.

    Raises:
        Unauthenticated: nobody is signed in.
        Forbidden: who is signed in is no admin.
    """
    user = browser_of(request).signed_in().user
    if not may_administer(user):
        raise Forbidden("This page is for admins.")
    return user


@get("/admin")
async def admin_home() -> Response[None]:
    """Lead to where admins begin."""
    return see_other("/admin/users")
