"""The kinds of problems: what each is called and means, and what to do about it."""

from dataclasses import dataclass

from domain.errors import (
    AccountDisabled,
    ApprovalPending,
    Conflict,
    Forbidden,
    InFlight,
    InUse,
    Invalid,
    KeyReused,
    LastAdmin,
    NotFound,
    Stale,
    Taken,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
)


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
            InFlight.slug,
            409,
            "Being carried out",
            "A request with the same Idempotency-Key is being carried out at this moment.",
            "Send it again in a moment: it is carried out once, and the answer is that of the first.",
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
            KeyReused.slug,
            422,
            "A key for another request",
            "The Idempotency-Key was sent within the last 24 hours with another request: another body or another "
            "address. Nothing was carried out.",
            "Take a new key, such as a random UUID, for each new request; repeat an old one with its own key.",
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
            "More requests came from your account, or from your address, than one caller may make in a minute. Or "
            "the password for this name, or from this address, was wrong too often in a short time: this time it "
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
