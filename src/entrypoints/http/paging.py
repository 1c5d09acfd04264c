"""Lists over HTTP: query parameters in, cursors and Link headers out (RFC 8288)."""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any, NamedTuple, TypeVar
from urllib.parse import parse_qsl, urlencode

import msgspec
from litestar import Request
from msgspec import Meta

from application.paging import LIMIT_DEFAULT, LIMIT_MOST, Page, PageRequest, Position
from domain.errors import Fault, Invalid
from entrypoints.http.input import QUERY_REMEMBERED_MOST, Query, fields_of

T = TypeVar("T")
Field = TypeVar("Field")

_MAC_BYTES = 16
_CURSOR_MOST = 16_384
# What says where in a list one is, as opposed to which list it is.
_PLACE = ("cursor", "page")


class ListQuery(Query, frozen=True):
    """What every list can be asked with."""

    limit: Annotated[int, Meta(ge=1, le=LIMIT_MOST, description="How many at most.")] = LIMIT_DEFAULT
    cursor: Annotated[str, Meta(max_length=_CURSOR_MOST, description="From a Link header; opaque.")] | None = None
    page: Annotated[int, Meta(ge=1, le=2**31, description="Page mode: which page, with totals.")] | None = None


class _Place(msgspec.Struct, array_like=True):
    """A position as a cursor holds it; a moment has a slot of its own, or it would come back as text."""

    id: int
    value: str | int | None
    moment: datetime | None


class Cursors:
    """Writes positions into opaque cursors and reads them back, refusing what it did not write itself.

    Args:
        secret_keys: the newest first; it signs, all of them verify.
    """

    def __init__(self, *, secret_keys: Sequence[str]) -> None:
        self._keys = [hashlib.sha256(b"satchel cursor\0" + key.encode()).digest() for key in secret_keys]

    def write(self, position: Position, *, listing: str) -> str:
        """Return the cursor of a position in this listing: its path, filters and order."""
        value = position.value
        place = (
            _Place(position.id, None, value) if isinstance(value, datetime) else _Place(position.id, value, None)
        )
        payload = msgspec.json.encode(place)
        return base64.urlsafe_b64encode(_mac(self._keys[0], listing, payload) + payload).rstrip(b"=").decode()

    def read(self, cursor: str, *, listing: str) -> Position:
        """Return the position of a cursor that was written for this listing.

        Raises:
            Invalid: it was not.
        """
        try:
            raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        except ValueError:
            raw = b""
        mac, payload = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
        # Compared as written, since several base64 texts can stand for the same bytes.
        is_ours = any(hmac.compare_digest(mac, _mac(key, listing, payload)) for key in self._keys)
        if not is_ours or base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != cursor:
            raise Invalid(
                Fault("cursor", "does not belong to this list with these filters; follow the Link header as it is")
            )
        place = msgspec.json.decode(payload, type=_Place)
        return Position(place.moment if place.moment is not None else place.value, place.id)


def page_request(
    request: Request[Any, Any, Any], query: ListQuery, cursors: Cursors, *, sort: Field, descending: bool
) -> PageRequest[Field]:
    """Return the part of the list that the query asks for.

    Raises:
        Invalid: the cursor is not of this list, or the page is out of reach.
    """
    return PageRequest(
        sort,
        descending=descending,
        limit=query.limit,
        after=None if query.cursor is None else cursors.read(query.cursor, listing=_listing(request)),
        number=query.page,
    )


def page_headers(
    request: Request[Any, Any, Any], asked: PageRequest[Field], page: Page[T], cursors: Cursors
) -> Mapping[str, str]:
    """Return the Link header of a page, and in page mode the total."""
    links: dict[str, str] = {}
    headers: dict[str, str] = {}
    if asked.number is None:
        if (following := next_path(request, page, cursors)) is not None:
            links["next"] = following
    else:
        total = page.total or 0
        last = max(1, -(-total // asked.limit))
        headers["X-Total-Count"] = str(total)
        links["first"] = _link(request, "page", "1")
        if asked.number > 1:
            links["prev"] = _link(request, "page", str(min(asked.number - 1, last)))
        if asked.number < min(last, asked.deepest_number):
            links["next"] = _link(request, "page", str(asked.number + 1))
        # A last page beyond the reach of page mode would be a link to an error.
        if last <= asked.deepest_number:
            links["last"] = _link(request, "page", str(last))
    if links:
        headers["Link"] = ", ".join(f'<{target}>; rel="{relation}"' for relation, target in links.items())
    return headers


def next_path(request: Request[Any, Any, Any], page: Page[T], cursors: Cursors) -> str | None:
    """Return the address of the page that follows, with the same filters; None where this is the last."""
    if page.next is None:
        return None
    return _link(request, "cursor", cursors.write(page.next, listing=_listing(request)))


def _mac(key: bytes, listing: str, payload: bytes) -> bytes:
    return hmac.digest(key, listing.encode() + b"\0" + payload, "sha256")[:_MAC_BYTES]


def _listing(request: Request[Any, Any, Any]) -> str:
    return f"{request.scope['path']}?{_asked(request).of_list}"


def _link(request: Request[Any, Any, Any], name: str, value: str) -> str:
    kept = _asked(request).but_place
    return f"{request.scope['path']}?{kept}{'&' if kept else ''}{urlencode([(name, value)])}"


class _Asked(NamedTuple):
    """What a query string asks for, of the parameters that mean something.

    Attributes:
        of_list: what says which list it is, in one order whatever the client's.
        but_place: all but the place in the list, in the client's order, which Litestar's own view does not keep.
    """

    of_list: str
    but_place: str


def _asked(request: Request[Any, Any, Any]) -> _Asked:
    query_string: bytes = request.scope["query_string"]
    read = _remembered_parts if len(query_string) <= QUERY_REMEMBERED_MOST else _parts
    return read(query_string, request.route_handler.opt["query"])


def _parts(query_string: bytes, query: type[ListQuery]) -> _Asked:
    known = fields_of(query)
    given = parse_qsl(query_string.decode("latin-1"), keep_blank_values=True)
    kept = [item for item in given if item[0] in known and item[0] not in _PLACE]
    return _Asked(urlencode(sorted(item for item in kept if item[0] != "limit")), urlencode(kept))


_remembered_parts = lru_cache(maxsize=1024)(_parts)
