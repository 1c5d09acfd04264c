"""What the OpenAPI document says that stands nowhere in the code."""

from typing import Any

from application.feed import FOLLOWERS_OF_USER_MOST
from domain.taxonomy import TagKind

DESCRIPTION = """\
Accounts, tasks, cheats and posts of a small team.

**Signing in.** `POST /api/v1/auth/signup` or `/auth/login` answers with an access token; send it as
`Authorization: Bearer …`. It lasts `expiresIn` seconds; then `POST /auth/refresh` gives a new pair for the
refresh token, which works once.

**Errors** are problem documents (RFC 9457); `type` leads to a page that says what to do, `errors` lists every
field at fault.

**Lists** are bare arrays. Follow `Link: <…>; rel="next"` to read on; or ask for `page=1` to get totals and
numbered pages.

**Limits.** `RateLimit` on an answer says how many requests are left to you, and for how many seconds; after the
last one the answer is 429, and `Retry-After` says when to come back.

**Changes** may carry `If-Match` with the `ETag` last seen: if someone else was faster, the answer is 412 and
nothing is overwritten.

**Creating** may carry an `Idempotency-Key`: a request that is sent again with the key and the body that it had
before, within 24 hours, is not carried out again, and gets its first answer once more.
"""
TAGS = {
    "Accounts and sessions": "Coming in, staying in and leaving; one's own sessions and password.",
    "Users": "The people of the team. Letting in, keeping out and bringing back is for admins.",
    "Tasks": "What the team does.",
    "Cheats": "What the team knows, and one's own bag of it.",
    "Platforms and topics": "What cheats run on, and what they are about.",
    "Posts": "What someone tells everyone; published ones are read without signing in.",
    "Search": "One search over everything one may read.",
    "Audit": "Everything that happened: who did what, to what, and when; for admins.",
    "Events": "What happens, as it happens.",
    "Webhooks": "Other systems that are told of what happens by signed messages (Standard Webhooks); for admins.",
    "Health": "Whether the service works.",
}
"""The groups of operations, in their order."""

_STREAM = """\
: connected
retry: 1000
id: 41

id: 42
event: task.created
data: {"id":42,"type":"task.created","actorId":1,"subject":{"type":"task","id":7},"data":\
{"title":"Water the plants","status":"todo","priority":"medium","deadline":null,"assigneeId":null,"version":1},\
"occurredAt":"2026-01-31T17:00:00Z"}

:

"""
_METRICS = """\
# HELP satchel_http_requests_total Requests answered, streams and refused connections included.
# TYPE satchel_http_requests_total counter
satchel_http_requests_total{method="GET",route="/api/v1/tasks/{taskId}",status="200"} 7
"""
FILES: dict[str, dict[str, Any]] = {
    "exportCheats": {
        "application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/CheatRecord"}}},
        "text/csv": {"schema": {"type": "string"}},
        "text/markdown": {"schema": {"type": "string"}},
    },
    "metrics": {
        "text/plain": {
            "schema": {"type": "string"},
            "examples": {"requests": {"summary": "How many requests were answered", "value": _METRICS}},
        }
    },
    "streamEvents": {
        "text/event-stream": {
            "schema": {"type": "string"},
            "examples": {"stream": {"summary": "Where it begins, and one event", "value": _STREAM}},
        }
    },
}
"""What answers that are files or streams can be, by operation."""

# Litestar's words for these are those of http.HTTPStatus: “Request fulfilled, document follows”.
SUCCESSES = {
    "200": "What was asked for.",
    "201": "What was created; `Location` tells where it is.",
    "202": "What was asked for will be done soon.",
    "204": "It is done; there is no body.",
}
SOCKETS = {"openEventSocket": "The handshake is accepted: from now on both speak WebSocket (RFC 6455)."}
"""What it means that an operation switches protocols."""

_TOO_OFTEN = "More requests came from this account, or from this address, than are allowed in a minute."
MEANINGS = {"too-many-requests": _TOO_OFTEN}
"""What a kind of problem means to most operations, where its page tells of more."""

_GUESSING = {
    "too-many-requests": "The password was wrong too often in a short time: this time it was not looked at, so "
    f"the answer says nothing about it. Or: {_TOO_OFTEN}"
}
_FOLLOWING_PROBLEMS = {
    "invalid": "A parameter breaks its rule, or the log does not reach to the place after which to go on.",
    "too-many-requests": f"You follow what happens {FOLLOWERS_OF_USER_MOST} times already: close a few tabs or "
    f"programs. Or: {_TOO_OFTEN}",
    "unavailable": "The database is away, too many follow at this server, or it is shutting down.",
}
OWN_MEANINGS = {
    "signIn": _GUESSING,
    "changePassword": _GUESSING,
    "streamEvents": _FOLLOWING_PROBLEMS,
    "openEventSocket": _FOLLOWING_PROBLEMS,
    "listPosts": {"unauthenticated": "A token does not count, or is missing where `me` stands for its owner."},
    "metrics": {
        "unauthenticated": "The token for metrics is missing, or another.",
        "not-found": "They are told at another port, or to nobody: neither METRICS_TOKEN nor METRICS_PORT is set.",
    },
    "getPost": {"unauthenticated": "A token was sent that does not count: sign in anew, or leave it out."},
}
"""What a kind of problem means where it means less than elsewhere, by operation."""

_FAULT_OF_AFTER = {"field": "after", "message": "is beyond the last event; begin anew, without it"}
OWN_FAULTS = {"streamEvents": _FAULT_OF_AFTER, "openEventSocket": _FAULT_OF_AFTER}
"""What is wrong in the example of a 422, by operation."""

_TAG_KINDS = tuple(kind.capitalize() for kind in TagKind)
# Kinds that can come of a route's own rules rather than of its shape.
OWN_PROBLEMS = {
    "signUp": ("taken",),
    "register": ("taken",),
    "signIn": ("unauthenticated", "approval-pending", "account-disabled"),
    "refresh": ("unauthenticated",),
    "listUsers": ("forbidden",),
    "createUser": ("forbidden", "taken"),
    "changeUser": ("forbidden", "taken", "last-admin"),
    "deleteUser": ("forbidden", "last-admin"),
    "approveUser": ("forbidden", "not-found", "conflict"),
    "rejectUser": ("forbidden", "not-found", "last-admin"),
    "restoreUser": ("forbidden", "not-found"),
    "listEvents": ("forbidden",),
    "metrics": ("not-found",),
    "openEventSocket": ("upgrade-required",),
    "changeCheat": ("forbidden",),
    "deleteCheat": ("forbidden",),
    "importCheats": ("forbidden",),
    "keepInBag": ("not-found",),
    "takeOutOfBag": ("not-found",),
    **{f"create{kind}": ("taken",) for kind in _TAG_KINDS},
    **{f"change{kind}": ("forbidden", "taken") for kind in _TAG_KINDS},
    **{f"delete{kind}": ("forbidden", "in-use") for kind in _TAG_KINDS},
    "listWebhooks": ("forbidden",),
    "createWebhook": ("forbidden", "conflict"),
    "getWebhook": ("forbidden",),
    "changeWebhook": ("forbidden",),
    "deleteWebhook": ("forbidden",),
    "rotateSecret": ("forbidden", "not-found"),
    "listDeliveries": ("forbidden", "not-found"),
    "getDelivery": ("forbidden",),
    "redeliver": ("forbidden", "not-found", "conflict"),
    "changePost": ("forbidden",),
    "deletePost": ("forbidden",),
    "createTask": ("forbidden",),
    "changeTask": ("forbidden",),
    "deleteTask": ("forbidden",),
}
