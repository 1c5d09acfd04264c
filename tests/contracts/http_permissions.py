"""Who may do what: every operation of the API, by role, by state of the account, and by whose thing it is.

Whoever adds an operation adds its lines to `MATRIX`; the first test fails until then.
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx
import pytest

from domain.taxonomy import TagKind
from domain.users import Role
from entrypoints.http.openapi import openapi_document
from tests.contracts.http_scene import (
    AUTH,
    CHEATS,
    NEW_POST,
    NEW_TITLE,
    OUTSIDE,
    POSTS,
    Scene,
    another_name,
    new_tag,
    new_webhook,
    newcomer,
    set_scene,
    with_someone_else,
)
from tests.contracts.http_service import API, PASSWORD, TASKS, Person, Service, problem
from tests.contracts.http_users import USERS
from tests.contracts.http_webhooks import WEBHOOKS

EVERYONE = frozenset(Role)
MANAGERS = frozenset({Role.MANAGER, Role.ADMIN})
ADMINS = frozenset({Role.ADMIN})
NOBODY = frozenset[Role]()
_REFUSALS = {403: "forbidden", 404: "not-found", 426: "upgrade-required"}

Attempt = Callable[[Scene], Awaitable[httpx.Request]]


@dataclass(frozen=True)
class Line:
    """One line of the matrix: an operation in one situation, and the roles that may.

    Attributes:
        operation: its id in the OpenAPI document.
        situation: whose thing it is, or what is asked for.
        allowed: who may.
        attempt: what they ask for, once it is there.
        refusal: what all others hear: that they may not, that there is no such thing, or no such way to it.
        unsigned: the status that whoever is not signed in hears; 401 but for what is open to everyone.
    """

    operation: str
    situation: str
    allowed: frozenset[Role]
    attempt: Attempt
    refusal: int = 403
    unsigned: int = 401

    def __str__(self) -> str:
        return f"{self.operation}: {self.situation}"


def _taxonomy(kind: TagKind) -> tuple[Line, ...]:
    path, name = f"{API}/{kind}s", kind.capitalize()
    return (
        Line(f"list{name}s", "all", EVERYONE, lambda s: s.asks("GET", path)),
        Line(f"create{name}", "any", EVERYONE, lambda s: s.asks("POST", path, new_tag())),
        Line(f"get{name}", "any", EVERYONE, lambda s: s.asks("GET", s.tag(kind))),
        Line(f"change{name}", "any", MANAGERS, lambda s: s.asks("PATCH", s.tag(kind), new_tag())),
        Line(f"delete{name}", "any", MANAGERS, lambda s: s.asks("DELETE", s.tag(kind))),
    )


MATRIX = (
    Line("hello", "oneself", EVERYONE, lambda s: s.asks("GET", f"{API}/hello")),
    Line("me", "oneself", EVERYONE, lambda s: s.asks("GET", f"{AUTH}/me")),
    Line("signOut", "one's own session", EVERYONE, lambda s: s.asks("POST", f"{AUTH}/logout")),
    Line("listSessions", "one's own", EVERYONE, lambda s: s.asks("GET", f"{AUTH}/sessions")),
    Line("endSession", "one's own", EVERYONE, lambda s: s.asks("DELETE", s.session(of=s.actor))),
    Line("endSession", "another's", NOBODY, lambda s: s.asks("DELETE", s.session(of=s.other)), 404),
    Line(
        "changePassword",
        "one's own",
        EVERYONE,
        lambda s: s.asks(
            "POST", f"{AUTH}/password", {"currentPassword": PASSWORD, "newPassword": "a new good one"}
        ),
    ),
    Line("listUsers", "the team", EVERYONE, lambda s: s.asks("GET", USERS)),
    Line("listUsers", "by status", ADMINS, lambda s: s.asks("GET", f"{USERS}?status=approved")),
    Line("createUser", "for someone", ADMINS, lambda s: s.asks("POST", USERS, newcomer())),
    Line("getUser", "oneself", EVERYONE, lambda s: s.asks("GET", s.user(s.actor))),
    Line("getUser", "another", EVERYONE, lambda s: s.asks("GET", s.user(s.other))),
    Line("getUser", "disabled", EVERYONE, lambda s: s.asks("GET", s.user(s.other, "disabled"))),
    Line("getUser", "waiting", ADMINS, lambda s: s.asks("GET", s.user(s.other, "waiting")), 404),
    Line("getUser", "deleted", NOBODY, lambda s: s.asks("GET", s.user(s.other, "deleted")), 404),
    Line("changeUser", "one's name", EVERYONE, lambda s: s.asks("PATCH", s.user(s.actor), another_name())),
    Line("changeUser", "one's role", ADMINS, lambda s: s.asks("PATCH", s.user(s.actor), {"role": "admin"})),
    Line("changeUser", "one's approval", ADMINS, lambda s: s.asks("PUT", s.user(s.actor), {"isApproved": True})),
    Line("changeUser", "one's activity", ADMINS, lambda s: s.asks("PUT", s.user(s.actor), {"isActive": True})),
    Line("changeUser", "another's name", ADMINS, lambda s: s.asks("PATCH", s.user(s.other), another_name())),
    Line("changeUser", "another's role", ADMINS, lambda s: s.asks("PUT", s.user(s.other), {"role": "manager"})),
    Line(
        "changeUser", "another's approval", ADMINS, lambda s: s.asks("PUT", s.user(s.other), {"isApproved": False})
    ),
    Line(
        "changeUser", "another's activity", ADMINS, lambda s: s.asks("PUT", s.user(s.other), {"isActive": False})
    ),
    Line(
        "changeUser",
        "waiting",
        ADMINS,
        lambda s: s.asks("PUT", s.user(s.other, "waiting"), another_name()),
        refusal=404,
    ),
    Line("deleteUser", "oneself", EVERYONE, lambda s: s.asks("DELETE", s.user(s.actor))),
    Line("deleteUser", "another", ADMINS, lambda s: s.asks("DELETE", s.user(s.other))),
    Line("approveUser", "waiting", ADMINS, lambda s: s.asks("POST", s.user(s.other, "waiting", "/approve"))),
    Line("approveUser", "oneself", ADMINS, lambda s: s.asks("POST", s.user(s.actor, action="/approve"))),
    Line("rejectUser", "waiting", ADMINS, lambda s: s.asks("POST", s.user(s.other, "waiting", "/reject"))),
    Line("rejectUser", "another", ADMINS, lambda s: s.asks("POST", s.user(s.other, action="/reject"))),
    Line("restoreUser", "deleted", ADMINS, lambda s: s.asks("POST", s.user(s.other, "deleted", "/restore"))),
    Line("listEvents", "all", ADMINS, lambda s: s.asks("GET", f"{API}/audit")),
    Line("listEvents", "one's own", ADMINS, lambda s: s.asks("GET", f"{API}/audit?actorId=me")),
    Line("streamEvents", "from now on", EVERYONE, lambda s: s.asks("GET", f"{API}/events")),
    Line("streamEvents", "from the beginning", EVERYONE, lambda s: s.asks("GET", f"{API}/events?after=0")),
    Line("openEventSocket", "without a handshake", NOBODY, lambda s: s.asks("GET", f"{API}/events/ws"), 426),
    Line("listWebhooks", "all", ADMINS, lambda s: s.asks("GET", WEBHOOKS)),
    Line("createWebhook", "any", ADMINS, lambda s: s.asks("POST", WEBHOOKS, new_webhook())),
    Line("getWebhook", "any", ADMINS, lambda s: s.asks("GET", s.webhook())),
    Line("changeWebhook", "any", ADMINS, lambda s: s.asks("PATCH", s.webhook(), {"isActive": False})),
    Line("rotateSecret", "any", ADMINS, lambda s: s.asks("POST", s.webhook("/rotate-secret"))),
    Line("deleteWebhook", "any", ADMINS, lambda s: s.asks("DELETE", s.webhook())),
    Line("listDeliveries", "any", ADMINS, lambda s: s.asks("GET", s.webhook("/deliveries"))),
    Line("getDelivery", "any", ADMINS, lambda s: s.asks("GET", s.delivery())),
    Line("redeliver", "any", ADMINS, lambda s: s.asks("POST", s.delivery("/redeliver"))),
    Line("searchEverything", "all", EVERYONE, lambda s: s.asks("GET", f"{API}/search?q=plants")),
    Line("listTasks", "all", EVERYONE, lambda s: s.asks("GET", TASKS)),
    Line("summariseTasks", "all", EVERYONE, lambda s: s.asks("GET", f"{TASKS}/summary")),
    Line("createTask", "for nobody", EVERYONE, lambda s: s.asks("POST", TASKS, NEW_TITLE)),
    Line(
        "createTask",
        "for oneself",
        EVERYONE,
        lambda s: s.asks("POST", TASKS, NEW_TITLE | {"assigneeId": s.actor.id}),
    ),
    Line(
        "createTask",
        "for another",
        MANAGERS,
        lambda s: s.asks("POST", TASKS, NEW_TITLE | {"assigneeId": s.other.id}),
    ),
    Line("getTask", "another's", EVERYONE, lambda s: s.asks("GET", s.task(of=s.other))),
    Line("changeTask", "one's own", EVERYONE, lambda s: s.asks("PATCH", s.task(of=s.actor), NEW_TITLE)),
    Line(
        "changeTask",
        "given to oneself",
        EVERYONE,
        lambda s: s.asks("PUT", s.task(of=s.other, given_to=s.actor), NEW_TITLE),
    ),
    Line("changeTask", "another's", MANAGERS, lambda s: s.asks("PATCH", s.task(of=s.other), NEW_TITLE)),
    Line(
        "changeTask",
        "giving it to another",
        MANAGERS,
        lambda s: s.asks("PATCH", s.task(of=s.actor), {"assigneeId": s.other.id}),
    ),
    Line("deleteTask", "one's own", EVERYONE, lambda s: s.asks("DELETE", s.task(of=s.actor))),
    Line(
        "deleteTask",
        "given to oneself",
        MANAGERS,
        lambda s: s.asks("DELETE", s.task(of=s.other, given_to=s.actor)),
    ),
    Line("deleteTask", "another's", MANAGERS, lambda s: s.asks("DELETE", s.task(of=s.other))),
    Line("listCheats", "all", EVERYONE, lambda s: s.asks("GET", CHEATS)),
    Line("createCheat", "one's own", EVERYONE, lambda s: s.asks("POST", CHEATS, NEW_TITLE)),
    Line("getCheat", "another's", EVERYONE, lambda s: s.asks("GET", s.cheat(of=s.other))),
    Line("changeCheat", "one's own", EVERYONE, lambda s: s.asks("PATCH", s.cheat(of=s.actor), NEW_TITLE)),
    Line("changeCheat", "another's", MANAGERS, lambda s: s.asks("PUT", s.cheat(of=s.other), NEW_TITLE)),
    Line("deleteCheat", "one's own", EVERYONE, lambda s: s.asks("DELETE", s.cheat(of=s.actor))),
    Line("deleteCheat", "another's", MANAGERS, lambda s: s.asks("DELETE", s.cheat(of=s.other))),
    Line("keepInBag", "another's", EVERYONE, lambda s: s.asks("PUT", s.cheat(of=s.other, action="/bag"))),
    Line("takeOutOfBag", "another's", EVERYONE, lambda s: s.asks("DELETE", s.cheat(of=s.other, action="/bag"))),
    Line("exportCheats", "all", EVERYONE, lambda s: s.asks("GET", f"{CHEATS}/export")),
    Line("importCheats", "one's own", EVERYONE, lambda s: s.import_of(s.actor)),
    Line("importCheats", "another's", MANAGERS, lambda s: s.import_of(s.other)),
    Line("listPosts", "all", EVERYONE, lambda s: s.asks("GET", POSTS), unsigned=200),
    Line("listPosts", "one's own", EVERYONE, lambda s: s.asks("GET", f"{POSTS}?authorId=me")),
    Line("createPost", "one's own", EVERYONE, lambda s: s.asks("POST", POSTS, NEW_POST)),
    Line("getPost", "another's", EVERYONE, lambda s: s.asks("GET", s.post(of=s.other)), unsigned=200),
    Line("getPost", "one's own draft", EVERYONE, lambda s: s.asks("GET", s.draft(of=s.actor)), unsigned=404),
    Line("getPost", "another's draft", ADMINS, lambda s: s.asks("GET", s.draft(of=s.other)), 404, unsigned=404),
    Line("changePost", "one's own", EVERYONE, lambda s: s.asks("PATCH", s.post(of=s.actor), NEW_TITLE)),
    Line("changePost", "one's own draft", EVERYONE, lambda s: s.asks("PUT", s.draft(of=s.actor), NEW_TITLE)),
    Line("changePost", "another's", ADMINS, lambda s: s.asks("PUT", s.post(of=s.other), NEW_TITLE)),
    Line("changePost", "another's draft", ADMINS, lambda s: s.asks("PATCH", s.draft(of=s.other), NEW_TITLE), 404),
    Line("deletePost", "one's own", EVERYONE, lambda s: s.asks("DELETE", s.post(of=s.actor))),
    Line("deletePost", "another's", ADMINS, lambda s: s.asks("DELETE", s.post(of=s.other))),
    Line("deletePost", "another's draft", ADMINS, lambda s: s.asks("DELETE", s.draft(of=s.other)), 404),
    *(line for kind in TagKind for line in _taxonomy(kind)),
)


class MatrixContract:
    """The matrix leaves nothing out."""

    def test_every_operation_that_needs_a_token_is_in_it(self) -> None:
        operations = {
            operation["operationId"].removesuffix("ByPut")
            for item in json.loads(openapi_document())["paths"].values()
            for operation in item.values()
            if {"accessToken": []} in operation["security"]
        }
        assert {line.operation for line in MATRIX} == operations


@pytest.mark.anyio
class PermissionsContract:
    """The matrix, tried cell by cell."""

    @pytest.mark.parametrize("role", Role)
    @pytest.mark.parametrize("line", MATRIX, ids=str)
    async def test_who_may_does_and_who_may_not_is_refused(
        self, service: Service, root: Person, line: Line, role: Role
    ) -> None:
        scene = await set_scene(service, root, role)
        response = await scene.actor.http.send(await line.attempt(scene))
        if role in line.allowed:
            assert response.is_success, response.text
        else:
            problem(response, line.refusal, _REFUSALS[line.refusal])

    async def test_whoever_is_not_signed_in_may_what_is_open_to_everyone_and_nothing_else(
        self, service: Service, root: Person
    ) -> None:
        scene = await set_scene(service, root, Role.ADMIN)
        for line in MATRIX:
            request = await line.attempt(await with_someone_else(scene))
            del request.headers["Authorization"]
            response = await service.http.send(request)
            assert response.status_code == line.unsigned, str(line)

    @pytest.mark.parametrize("role", Role)
    async def test_whoever_is_not_let_in_any_longer_may_nothing(
        self, service: Service, root: Person, role: Role
    ) -> None:
        scene = await set_scene(service, root, role)
        requests = {
            line.operation: await line.attempt(await with_someone_else(scene))
            for line in {line.operation: line for line in MATRIX}.values()
        }
        for fate in OUTSIDE:
            actor = await service.signs_in(scene.actor.username)
            account = await scene.user(actor, fate)
            for operation, request in requests.items():
                request.headers["Authorization"] = actor.http.headers["Authorization"]
                response = await actor.http.send(request)
                assert response.status_code == 401, (fate, operation)
                problem(response, 401, "unauthenticated")
            if fate != "deleted":
                back = await root.http.patch(account, json={"isApproved": True, "isActive": True})
                assert back.is_success, back.text
