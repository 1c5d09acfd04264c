"""Where someone may be sent on to: only ever to a page of this site."""

import re
from typing import Any
from urllib.parse import urlencode, urlsplit

from litestar import Request

from entrypoints.http.edge import original_path

AFTER_SIGN_IN = "/dashboard"
"""Where one lands who wanted nowhere else."""
SIGN_IN = "/auth/login"
_MOST = 2000
# Segments of plain characters and escapes. Backslashes and what is beyond ASCII are left out, since browsers
# read some of it as slashes, and so are empty segments and dots, from which "//elsewhere" can be made.
_PATH = re.compile(r"(?:/(?!\.{0,2}(?:[/?]|$))[A-Za-z0-9._~!$&'()*+,;=:@%-]+)*/?")
_QUERY = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*")
_ESCAPED_SLASH_OR_DOT = re.compile(r"%(?:2f|5c|2e|0|1|7f)", re.IGNORECASE)


def local_path(wanted: str | None) -> str:
    """Return where someone wanted to go if that is a page of this site, else where everyone lands.

    Args:
        wanted: what came as `next`; anyone may have written it.
    """
    if not wanted or len(wanted) > _MOST or not wanted.startswith("/"):
        return AFTER_SIGN_IN
    path, _, query = wanted.partition("?")
    is_plain = _PATH.fullmatch(path) and _QUERY.fullmatch(query) and not _ESCAPED_SLASH_OR_DOT.search(path)
    return wanted if is_plain else AFTER_SIGN_IN


def address_of(request: Request[Any, Any, Any]) -> str:
    """Return the address of the page that is asked for, or that a form comes from, as `next` would name it."""
    if request.method not in {"GET", "HEAD"}:
        # Where a form is sent to is no page. What is told of another site, `local_path` lets nobody follow.
        try:
            page = urlsplit(request.headers.get("referer", ""))
        except ValueError:
            return ""
        return page.path + (f"?{page.query}" if page.query else "")
    query = request.scope["query_string"].decode("latin-1")
    return original_path(request.scope) + (f"?{query}" if query else "")


def sign_in_address(here: str) -> str:
    """Return the address of the sign-in page from which one comes back to the page at `here`."""
    return f"{SIGN_IN}?{urlencode({'next': here})}" if local_path(here) == here else SIGN_IN
