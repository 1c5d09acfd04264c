"""That a form was sent from a page of ours, by whom it was shown to (OWASP's signed token, and Fetch Metadata).

Both have to be true: the token cannot be known elsewhere, and the browser itself says where a request comes from.
"""

import hmac
from typing import Any, Final
from urllib.parse import urlsplit

from litestar import Request

from domain.errors import Forbidden

FIELD: Final = "csrf"
"""The name of the field in every form."""
HEADER: Final = "x-csrf-token"
"""What scripts send in place of the field."""

_LATE: Final = "You signed in or out since this form was shown. Nothing was changed."
_FORGED: Final = (
    "This form does not belong to your present session: you signed in or out since it was shown, your browser "
    "refused our cookie, or another site tried to send it. Nothing was changed."
)
_PURPOSE: Final = b"satchel csrf token"


class ForgedForm(Forbidden):
    """A form that was not sent from a page of ours, or from one that was shown before signing in or out.

    Attributes:
        is_late: whether the browser vouches that a page of ours sent it, so that it is of a former session.
    """

    def __init__(self, *, is_late: bool = False) -> None:
        super().__init__(_LATE if is_late else _FORGED)
        self.is_late = is_late


def csrf_token(cookie_secret: str) -> str:
    """Return the token of all forms shown to the browser whose cookie holds this secret."""
    return hmac.digest(cookie_secret.encode(), _PURPOSE, "sha256").hex()


def check_token(request: Request[Any, Any, Any], given: str, *, cookie_secret: str | None) -> None:
    """Let a form pass that carries the token of this browser's cookie.

    Args:
        request: that brought it, and passed `check_origin`.
        given: the token.
        cookie_secret: of the cookie.

    Raises:
        ForgedForm: it carries another or none, or there is no such cookie.
    """
    if cookie_secret is None or not hmac.compare_digest(
        given.encode(errors="replace"), csrf_token(cookie_secret).encode()
    ):
        raise ForgedForm(is_late="sec-fetch-site" in request.headers)


def check_origin(request: Request[Any, Any, Any]) -> None:
    """Let a request pass that the browser says comes from this site, or says nothing about.

    Raises:
        ForgedForm: the browser says otherwise. Of a form typed into the address bar ("none") we know none.
    """
    # https://www.w3.org/TR/fetch-metadata/ ; browsers without it send Origin with every POST.
    if sites := request.headers.getall("sec-fetch-site", []):
        is_ours = all(site == "same-origin" for site in sites)
    else:
        host = request.headers.get("host", "").lower()
        is_ours = all(_host(origin) == host for origin in request.headers.getall("origin", []))
    if not is_ours:
        raise ForgedForm


def _host(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc.lower() or None
    except ValueError:
        return None
