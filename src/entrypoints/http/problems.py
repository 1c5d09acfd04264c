"""Every error as a problem document (RFC 9457), and a page that explains each kind.

The domain's errors come by kind, Litestar's by status; both end here and nowhere else, so no text of a library,
no stack trace and no SQL reaches a client.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException

from domain.errors import (
    AccountDisabled,
    ApprovalPending,
    Conflict,
    DomainError,
    Fault,
    Forbidden,
    InUse,
    Invalid,
    LastAdmin,
    NotFound,
    Stale,
    Taken,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
)
from entrypoints.http.edge import original_path, request_id
from entrypoints.http.input import Refusal

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


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of problem: its place in HTTP, and what its page says."""

    slug: str
    status: int
    title: str
    meaning: str
    remedy: str


KINDS = {
    kind.slug: kind
    for kind in (
        Kind(
            "malformed",
            400,
            "The request cannot be read",
            "The body is empty, is not JSON, is not UTF-8 or is nested too deeply; or the request line and the "
            "headers are broken, too large, or lack a Host.",
            "Send one JSON object, encoded as UTF-8, and no more than 64 KiB of headers.",
        ),
        Kind(
            Unauthenticated.slug,
            401,
            "Not signed in",
            "The request carries no access token, or one that is wrong, expired or revoked; or a sign-in failed.",
            "Sign in, or use the refresh token for a new pair, and send the access token as "
            "“Authorization: Bearer …”.",
        ),
        Kind(
            Forbidden.slug,
            403,
            "Not allowed",
            "We know who you are, and your role or your part in this thing does not allow what you asked for.",
            "Ask its owner, a manager or an admin to do it for you, or to change your role.",
        ),
        Kind(
            ApprovalPending.slug,
            403,
            "Waiting for approval",
            "The account exists and the password was right, but new accounts here need an admin's approval.",
            "Wait for an admin to approve the account, then sign in again.",
        ),
        Kind(
            AccountDisabled.slug,
            403,
            "Account rejected or switched off",
            "The account exists and the password was right, but an admin rejected it or switched it off.",
            "Ask an admin to approve it, or to switch it on again.",
        ),
        Kind(
            NotFound.slug,
            404,
            "Not found",
            "There is nothing at this address, or nothing that you may know of.",
            "Check the path and the id; the API documentation lists every path.",
        ),
        Kind(
            "method-not-allowed",
            405,
            "Method not allowed",
            "The address exists, but not for this method.",
            "Use one of the methods named in the Allow header.",
        ),
        Kind(
            Conflict.slug,
            409,
            "Conflict",
            "The request is valid, but it clashes with something that is already there.",
            "Read what is there now, and decide again.",
        ),
        Kind(
            Taken.slug,
            409,
            "Already taken",
            "A value that must be unique belongs to another; letter case makes no difference, and the names of "
            "deleted accounts stay taken.",
            "Choose another value for the field named in errors.",
        ),
        Kind(
            InUse.slug,
            409,
            "In use",
            "Other things refer to what was to be deleted.",
            "Take it off them first, or repeat the request with “?force=true”.",
        ),
        Kind(
            LastAdmin.slug,
            409,
            "The last admin",
            "Nobody would be left who can let others in: the last active admin can be neither demoted, rejected, "
            "disabled nor deleted.",
            "Make someone else an admin first.",
        ),
        Kind(
            Stale.slug,
            412,
            "Changed meanwhile",
            "The If-Match header names a version that is no longer the current one: someone else made a change "
            "since you read it. Nothing was overwritten.",
            "Read the resource again, repeat your change on it, and send its new ETag as If-Match.",
        ),
        Kind(
            "too-large",
            413,
            "Body too large",
            "The body is larger than this server takes.",
            "Send less at a time; the operator sets the bound with MAX_BODY_BYTES.",
        ),
        Kind(
            "unsupported-media-type",
            415,
            "Not JSON",
            "The body is not declared to be JSON.",
            "Send it with the header “Content-Type: application/json”.",
        ),
        Kind(
            Invalid.slug,
            422,
            "Invalid fields",
            "The request could be read, but one or more fields or parameters break their rules.",
            "Correct every field listed in errors and send it again.",
        ),
        Kind(
            "upgrade-required",
            426,
            "Not a WebSocket handshake",
            "This address speaks WebSocket (RFC 6455), version 13, and nothing else.",
            "Connect with a WebSocket client; or read the same events from “/api/v1/events” over plain HTTP.",
        ),
        Kind(
            TooManyRequests.slug,
            429,
            "Too many requests",
            "The password for this name, or from this address, was wrong too often in a short time: this time it "
            "was not looked at, so the answer says nothing about it. Or too many of your programs and tabs follow "
            "the events at once; detail says which.",
            "Wait for the seconds named in the Retry-After header, then try again; nobody is locked out for good.",
        ),
        Kind(
            "internal",
            500,
            "Our mistake",
            "Something went wrong that should not have; the request itself may be fine.",
            "Tell the operator the request's id; it is in the answer and in the log.",
        ),
        Kind(
            Unavailable.slug,
            503,
            "Try again shortly",
            "The database does not answer, or every connection to it is busy. Nothing was changed.",
            "Send the same request again after the seconds named in the Retry-After header.",
        ),
    )
}

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
