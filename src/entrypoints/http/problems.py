"""Every error as a problem document (RFC 9457), and a page that explains each kind.

The domain's errors come by kind, Litestar's by status; both end here and nowhere else, so no text of a library,
no stack trace and no SQL reaches a client.
"""

from collections.abc import Callable
from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException

from domain.errors import (
    DomainError,
    Fault,
    Invalid,
    NotFound,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
)
from entrypoints.http.edge import original_path, request_id
from entrypoints.http.input import Refusal
from entrypoints.http.problem_kinds import KINDS

PROBLEM_JSON = "application/problem+json"
RETRY_AFTER_SECONDS = 2

_log: structlog.stdlib.BoundLogger = structlog.get_logger("satchel.http")


class FaultOut(msgspec.Struct):
    """One thing wrong with one field."""

    field: str
    message: str


class Problem(msgspec.Struct, rename="camel", omit_defaults=True):
    """An error as RFC 9457 writes it, with the request's id and, where fields are at fault, all of them."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    request_id: str
    errors: tuple[FaultOut, ...] = ()


_BY_STATUS = {
    400: "malformed",
    404: NotFound.slug,
    405: "method-not-allowed",
    413: "too-large",
    415: "unsupported-media-type",
    426: "upgrade-required",
    503: Unavailable.slug,
}


def problem_response(
    request: Request[Any, Any, Any],
    slug: str,
    detail: str | None = None,
    faults: tuple[Fault, ...] = (),
    headers: dict[str, str] | None = None,
) -> Response[bytes]:
    """Return the problem document of this kind for this request."""
    kind = KINDS[slug]
    problem = Problem(
        type=f"/problems/{kind.slug}",
        title=kind.title,
        status=kind.status,
        detail=detail or kind.meaning,
        instance=original_path(request.scope),
        request_id=request_id(request.scope),
        errors=tuple(FaultOut(fault.field, fault.message) for fault in faults),
    )
    return Response(
        msgspec.json.encode(problem), status_code=kind.status, media_type=PROBLEM_JSON, headers=headers or {}
    )


def refuse_domain_error(request: Request[Any, Any, Any], error: DomainError) -> Response[bytes]:
    """Answer what the inside refused."""
    headers: dict[str, str] = {}
    if isinstance(error, Unauthenticated):
        headers["WWW-Authenticate"] = _challenge(request)
    elif isinstance(error, TooManyRequests):
        headers["Retry-After"] = str(error.retry_after)
    elif isinstance(error, Unavailable):
        headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
        _log.warning("unavailable", error=error.reason or error.detail)
    return problem_response(request, error.slug, error.detail, error.faults, headers)


def refuse_validation_error(request: Request[Any, Any, Any], error: ValidationException) -> Response[bytes]:
    """Answer what Litestar itself found wrong with a call; bodies and queries are checked by `input`."""
    _log.warning("validation outside input", error=error.detail)
    return problem_response(request, Invalid.slug)


def refuse_http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """Answer what HTTP itself forbids: an unknown path, a wrong method, a body too large."""
    if (slug := _BY_STATUS.get(error.status_code)) is None:
        return report_mistake(request, error)
    detail = error.detail if isinstance(error, Refusal) else None
    return problem_response(request, slug, detail, headers=dict(error.headers or {}))


def report_mistake(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Answer a mistake of ours, and log all of it where the operator looks."""
    _log.error("unhandled error", exc_info=error)
    return problem_response(request, "internal")


EXCEPTION_HANDLERS: dict[int | type[Exception], Callable[..., Response[bytes]]] = {
    DomainError: refuse_domain_error,
    ValidationException: refuse_validation_error,
    HTTPException: refuse_http_error,
    Exception: report_mistake,
}


def _challenge(request: Request[Any, Any, Any]) -> str:
    # RFC 6750, section 3.1: no error code for a request that showed no token at all.
    if request.headers.get("authorization", "").lower().startswith("bearer "):
        return 'Bearer error="invalid_token"'
    return "Bearer"
