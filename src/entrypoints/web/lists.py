"""Lists on pages: one page at a time, with links to the next and back to the first."""

from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode

from litestar import Request

from application.paging import Page
from entrypoints.http.paging import Cursors, next_path

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pager:
    """The addresses of a list's other pages; the macro `pager` of `parts.html` shows them.

    Attributes:
        first: of the first page; None where this is it.
        next: of the page that follows; None where this is the last.
    """

    first: str | None
    next: str | None


def pager(request: Request[Any, Any, Any], page: Page[T], cursors: Cursors) -> Pager:
    """Return the ways on from this page of a list; its handler names its query in `opt`, as the API's do."""
    given = parse_qsl(request.scope["query_string"].decode("latin-1"))
    filters = [(name, value) for name, value in given if name not in {"cursor", "page"}]
    path: str = request.scope["path"]
    first = f"{path}?{urlencode(filters)}" if filters else path
    return Pager(None if filters == given else first, next_path(request, page, cursors))
