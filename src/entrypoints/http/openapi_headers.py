"""The headers of the OpenAPI document: those that requests may have, and what those of answers mean."""

from domain.idempotency import FIELD, KEY_MOST
from entrypoints.http.idempotency import REPLAYED

IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "description": "Make the change only to this version.",
    "schema": {"type": "string"},
    "example": '"1"',
}
IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "description": "Answer 304 if this is still the version.",
    "schema": {"type": "string"},
    "example": '"1"',
}
LAST_EVENT_ID = {
    "name": "Last-Event-ID",
    "in": "header",
    "description": "The id of the last event seen, 0 for none: go on from there. It goes before `after`.",
    "schema": {"type": "integer", "format": "int64", "minimum": 0},
    "example": 4711,
}
IDEMPOTENCY_KEY = {
    "name": FIELD,
    "in": "header",
    "description": "Your own name for this request, such as a random UUID. Sent with it again within 24 hours, "
    "the request is not carried out again, and has the answer that it had the first time.",
    "schema": {"type": "string", "minLength": 1, "maxLength": KEY_MOST},
    "example": "8e03978e-40d5-43e8-bc93-6894a57f9324",
}
HEADERS = {
    "ETag": "The version, for If-Match and If-None-Match.",
    "Location": "Where the new resource is.",
    "Link": 'The other pages: `rel="next"`, and in page mode `first`, `prev` and `last`.',
    "X-Total-Count": "In page mode: how many there are in all.",
    "X-Request-ID": "The id of this request, as it stands in the log.",
    "WWW-Authenticate": "`Bearer`, with `error` where a token was sent.",
    "Retry-After": "Seconds to wait before the next try.",
    "RateLimit-Policy": "How many requests, `q`, the caller may make within how many seconds, `w`: an `account`, "
    "or an `address` where nobody is signed in. Absent where the operator sets no limit.",
    "RateLimit": "How many of them are left, `r`, until so many seconds, `t`, have passed.",
    REPLAYED: "`true` where the request was carried out before and this is the answer that it had then.",
}
