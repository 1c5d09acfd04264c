"""ETags: reading what is already known for nothing, and changing only what one has seen (RFC 9110, section 13)."""

import re
from collections.abc import Container
from typing import Any, TypeVar

from litestar import Request, Response
from litestar.types import Scope

from entrypoints.http.answers import Answer

T = TypeVar("T")

# The version, and the name of a view where others see another one.
_VERSION = re.compile(r"([1-9][0-9]{0,18})(?:-[a-z0-9]+)?")
_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')


def etag(version: int, *, view: str = "") -> str:
    """Return the entity tag of a resource at this version.

    Args:
        version: the resource's.
        view: the name of what this caller sees, where others, or the same at another time, see another for the
            same version: two views are two representations.
    """
    return f'"{version}-{view}"' if view else f'"{version}"'


def expected_versions(request: Request[Any, Any, Any]) -> Container[int] | None:
    """Return the versions that If-Match allows a change of; None means any.

    Only strong tags count here. Tags we never gave out match no version.
    """
    given = header_lines(request.scope, b"if-match")
    if not given or any(value.strip() == "*" for value in given):
        return None
    tags = (match for value in given for match in _TAG.finditer(value))
    return {
        int(version[1])
        for weak, tag in (match.groups() for match in tags)
        if not weak and (version := _VERSION.fullmatch(tag))
    }


def versioned(request: Request[Any, Any, Any], content: T, version: int, *, view: str = "") -> Response[T | None]:
    """Return the resource with its ETag, or 304 without it where the client has this version already.

    Args:
        request: with or without If-None-Match.
        content: the resource as this caller sees it.
        version: the resource's.
        view: as for `etag`.
    """
    tag = etag(version, view=view)
    if _is_known(request, tag):
        return Answer(None, status_code=304, headers={"ETag": tag})
    return Answer(content, headers={"ETag": tag})


def header_lines(scope: Scope, wanted: bytes) -> list[str]:
    """Return the lines of a request's header by its lower-case name; for a few of them, looked at one by one."""
    # Most requests have none, and Litestar's headers take longer to make than this takes to look.
    return [value.decode("latin-1") for name, value in scope["headers"] if name == wanted]


def _is_known(request: Request[Any, Any, Any], tag: str) -> bool:
    given = header_lines(request.scope, b"if-none-match")
    return any(
        value.strip() == "*" or any(f'"{match[2]}"' == tag for match in _TAG.finditer(value)) for value in given
    )
