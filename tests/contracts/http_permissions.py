"""Who may do what: every operation of the API, by role, by state of the account, and by whose thing it is.

Whoever adds an operation adds its lines to `MATRIX`; the first test fails until then.
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import count

import httpx
import pytest

from domain.taxonomy import TagKind
from domain.users import Role
from entrypoints.http.openapi import openapi_document
from tests.contracts.http_service import API, PASSWORD, TASKS, Json, Person, Service, items, problem
from tests.contracts.http_users import USERS

EVERYONE = frozenset(Role)
MANAGERS = frozenset({Role.MANAGER, Role.ADMIN})
ADMINS = frozenset({Role.ADMIN})
NOBODY = frozenset[Role]()

AUTH = f"{API}/auth"
CHEATS = f"{API}/cheats"
NEW_TITLE = {"title": "Another title"}
NEW_PASSWORD = {"currentPassword": PASSWORD, "newPassword": "a new good one"}
OUTSIDE: dict[str, Json] = {"waiting": {"isApproved": False}, "disabled": {"isActive": False}, "deleted": {}}
"""States of an account that lets nobody in, and the changes that lead there; deletion is a call of its own."""

_numbers = count(1)


@dataclass(frozen=True)
class Scene:
    """Someone who tries something, someone else, and an admin who sets the scene.

    Attributes:
        fate: what becomes of the actor's account before they try; nothing where empty.
    """

    service: Service
    root: Person
    actor: Person
    other: Person
    fate: str = ""

    async def send(
        self, method: str, path: str | Awaitable[str], body: Json | list[Json] | None = None
    ) -> httpx.Response:
        """Try it, once what the path leads to is there."""
        path = path if isinstance(path, str) else await path
        await self.user(self.actor, self.fate)
        return await self.actor.http.request(method, path, json=body)

    async def task(self, *, of: Person, given_to: Person | None = None) -> str:
        """Make a task and return its path."""
        path = f"{TASKS}/{(await of.creates_task())['id']}"
        if given_to is not None:
            assert (await self.root.http.patch(path, json={"assigneeId": given_to.id})).is_success
        return path

    async def cheat(self, *, of: Person, action: str = "") -> str:
        """Make a cheat and return its path, or that of an action on it."""
        made = await of.http.post(CHEATS, json=NEW_TITLE)
        assert made.is_success, made.text
        return made.headers["location"] + action

    async def import_of(self, owner: Person) -> httpx.Response:
        """Let someone import a cheat, and try to import it changed."""
        cheat = {"key": f"k{next(_numbers)}", **NEW_TITLE}
        made = await owner.http.post(f"{CHEATS}/import", json=[cheat])
        assert made.is_success, made.text
        return await self.send("POST", f"{CHEATS}/import", [{**cheat, "code": "changed"}])

    async def tag(self, kind: str) -> str:
        """Make a platform or topic and return its path."""
        made = await self.other.http.post(f"{API}/{kind}s", json=_tag())
        assert made.is_success, made.text
        return str(made.headers["location"])

    async def session(self, *, of: Person) -> str:
        """Begin one more session and return its path."""
        listed = items(await (await self.service.signs_in(of.username)).http.get(f"{AUTH}/sessions"))
        return f"{AUTH}/sessions/{next(session['id'] for session in listed if session['current'])}"

    async def user(self, person: Person, state: str = "", action: str = "") -> str:
        """Put an account into a state outside and return its path, or that of an action on it."""
        path = f"{USERS}/{person.id}"
        if state == "deleted":
            assert (await self.root.http.delete(path)).is_success
        elif state:
            assert (await self.root.http.patch(path, json=OUTSIDE[state])).is_success
        return path + action


Attempt = Callable[[Scene], Awaitable[httpx.Response]]


@dataclass(frozen=True)
class Line:
    """One line of the matrix: an operation in one situation, and the roles that may.

    Attributes:
        operation: its id in the OpenAPI document.
        situation: whose thing it is, or what is asked for.
        allowed: who may.
        attempt: how it is tried.
        refusal: what all others hear: that they may not, or that there is no such thing.
    """

    operation: str
    situation: str
    allowed: frozenset[Role]
    attempt: Attempt
    refusal: int = 403

    def __str__(self) -> str:
        return f"{self.operation}: {self.situation}"


def _rename() -> Json:
    return {"username": f"renamed-{next(_numbers)}"}


def _tag() -> Json:
    return {"name": f"Tag {next(_numbers)}"}


def _newcomer() -> Json:
    return {"username": f"made-{next(_numbers)}", "password": PASSWORD}


def _taxonomy(kind: TagKind) -> tuple[Line, ...]:
    path, name = f"{API}/{kind}s", kind.capitalize()
    return (
        Line(f"list{name}s", "all", EVERYONE, lambda s: s.send("GET", path)),
        Line(f"create{name}", "any", EVERYONE, lambda s: s.send("POST", path, _tag())),
        Line(f"get{name}", "any", EVERYONE, lambda s: s.send("GET", s.tag(kind))),
        Line(f"change{name}", "any", MANAGERS, lambda s: s.send("PATCH", s.tag(kind), _tag())),
        Line(f"delete{name}", "any", MANAGERS, lambda s: s.send("DELETE", s.tag(kind))),
    )


MATRIX = (
    Line("hello", "oneself", EVERYONE, lambda s: s.send("GET", f"{API}/hello")),
    Line("me", "oneself", EVERYONE, lambda s: s.send("GET", f"{AUTH}/me")),
    Line("signOut", "one's own session", EVERYONE, lambda s: s.send("POST", f"{AUTH}/logout")),
    Line("listSessions", "one's own", EVERYONE, lambda s: s.send("GET", f"{AUTH}/sessions")),
    Line("endSession", "one's own", EVERYONE, lambda s: s.send("DELETE", s.session(of=s.actor))),
    Line("endSession", "another's", NOBODY, lambda s: s.send("DELETE", s.session(of=s.other)), 404),
    Line(
        "changePassword",
        "one's own",
        EVERYONE,
        lambda s: s.send(
            "POST", f"{AUTH}/password", {"currentPassword": PASSWORD, "newPassword": "a new good one"}
        ),
    ),
    Line("listUsers", "the team", EVERYONE, lambda s: s.send("GET", USERS)),
    Line("listUsers", "by status", ADMINS, lambda s: s.send("GET", f"{USERS}?status=approved")),
    Line("createUser", "for someone", ADMINS, lambda s: s.send("POST", USERS, _newcomer())),
    Line("getUser", "oneself", EVERYONE, lambda s: s.send("GET", s.user(s.actor))),
    Line("getUser", "another", EVERYONE, lambda s: s.send("GET", s.user(s.other))),
    Line("getUser", "disabled", EVERYONE, lambda s: s.send("GET", s.user(s.other, "disabled"))),
    Line("getUser", "waiting", ADMINS, lambda s: s.send("GET", s.user(s.other, "waiting")), 404),
    Line("getUser", "deleted", NOBODY, lambda s: s.send("GET", s.user(s.other, "deleted")), 404),
    Line("changeUser", "one's name", EVERYONE, lambda s: s.send("PATCH", s.user(s.actor), _rename())),
    Line("changeUser", "one's role", ADMINS, lambda s: s.send("PATCH", s.user(s.actor), {"role": "admin"})),
    Line("changeUser", "one's approval", ADMINS, lambda s: s.send("PUT", s.user(s.actor), {"isApproved": True})),
    Line("changeUser", "one's activity", ADMINS, lambda s: s.send("PUT", s.user(s.actor), {"isActive": True})),
    Line("changeUser", "another's name", ADMINS, lambda s: s.send("PATCH", s.user(s.other), _rename())),
    Line("changeUser", "another's role", ADMINS, lambda s: s.send("PUT", s.user(s.other), {"role": "manager"})),
    Line(
        "changeUser", "another's approval", ADMINS, lambda s: s.send("PUT", s.user(s.other), {"isApproved": False})
    ),
    Line(
        "changeUser", "another's activity", ADMINS, lambda s: s.send("PUT", s.user(s.other), {"isActive": False})
    ),
    Line(
        "changeUser",
        "waiting",
        ADMINS,
        lambda s: s.send("PUT", s.user(s.other, "waiting"), _rename()),
        refusal=404,
    ),
    Line("deleteUser", "oneself", EVERYONE, lambda s: s.send("DELETE", s.user(s.actor))),
    Line("deleteUser", "another", ADMINS, lambda s: s.send("DELETE", s.user(s.other))),
    Line("approveUser", "waiting", ADMINS, lambda s: s.send("POST", s.user(s.other, "waiting", "/approve"))),
    Line("approveUser", "oneself", ADMINS, lambda s: s.send("POST", s.user(s.actor, action="/approve"))),
    Line("rejectUser", "waiting", ADMINS, lambda s: s.send("POST", s.user(s.other, "waiting", "/reject"))),
    Line("rejectUser", "another", ADMINS, lambda s: s.send("POST", s.user(s.other, action="/reject"))),
    Line("restoreUser", "deleted", ADMINS, lambda s: s.send("POST", s.user(s.other, "deleted", "/restore"))),
    Line("listEvents", "all", ADMINS, lambda s: s.send("GET", f"{API}/audit")),
    Line("listEvents", "one's own", ADMINS, lambda s: s.send("GET", f"{API}/audit?actorId=me")),
    Line("searchEverything", "all", EVERYONE, lambda s: s.send("GET", f"{API}/search?q=plants")),
    Line("listTasks", "all", EVERYONE, lambda s: s.send("GET", TASKS)),
    Line("summariseTasks", "all", EVERYONE, lambda s: s.send("GET", f"{TASKS}/summary")),
    Line("createTask", "for nobody", EVERYONE, lambda s: s.send("POST", TASKS, NEW_TITLE)),
    Line(
        "createTask",
        "for oneself",
        EVERYONE,
        lambda s: s.send("POST", TASKS, NEW_TITLE | {"assigneeId": s.actor.id}),
    ),
    Line(
        "createTask",
        "for another",
        MANAGERS,
        lambda s: s.send("POST", TASKS, NEW_TITLE | {"assigneeId": s.other.id}),
    ),
    Line("getTask", "another's", EVERYONE, lambda s: s.send("GET", s.task(of=s.other))),
    Line("changeTask", "one's own", EVERYONE, lambda s: s.send("PATCH", s.task(of=s.actor), NEW_TITLE)),
    Line(
        "changeTask",
        "given to oneself",
        EVERYONE,
        lambda s: s.send("PUT", s.task(of=s.other, given_to=s.actor), NEW_TITLE),
    ),
    Line("changeTask", "another's", MANAGERS, lambda s: s.send("PATCH", s.task(of=s.other), NEW_TITLE)),
    Line(
        "changeTask",
        "giving it to another",
        MANAGERS,
        lambda s: s.send("PATCH", s.task(of=s.actor), {"assigneeId": s.other.id}),
    ),
    Line("deleteTask", "one's own", EVERYONE, lambda s: s.send("DELETE", s.task(of=s.actor))),
    Line(
        "deleteTask",
        "given to oneself",
        MANAGERS,
        lambda s: s.send("DELETE", s.task(of=s.other, given_to=s.actor)),
    ),
    Line("deleteTask", "another's", MANAGERS, lambda s: s.send("DELETE", s.task(of=s.other))),
    Line("listCheats", "all", EVERYONE, lambda s: s.send("GET", CHEATS)),
    Line("createCheat", "one's own", EVERYONE, lambda s: s.send("POST", CHEATS, NEW_TITLE)),
    Line("getCheat", "another's", EVERYONE, lambda s: s.send("GET", s.cheat(of=s.other))),
    Line("changeCheat", "one's own", EVERYONE, lambda s: s.send("PATCH", s.cheat(of=s.actor), NEW_TITLE)),
    Line("changeCheat", "another's", MANAGERS, lambda s: s.send("PUT", s.cheat(of=s.other), NEW_TITLE)),
    Line("deleteCheat", "one's own", EVERYONE, lambda s: s.send("DELETE", s.cheat(of=s.actor))),
    Line("deleteCheat", "another's", MANAGERS, lambda s: s.send("DELETE", s.cheat(of=s.other))),
    Line("keepInBag", "another's", EVERYONE, lambda s: s.send("PUT", s.cheat(of=s.other, action="/bag"))),
    Line("takeOutOfBag", "another's", EVERYONE, lambda s: s.send("DELETE", s.cheat(of=s.other, action="/bag"))),
    Line("exportCheats", "all", EVERYONE, lambda s: s.send("GET", f"{CHEATS}/export")),
    Line("importCheats", "one's own", EVERYONE, lambda s: s.import_of(s.actor)),
    Line("importCheats", "another's", MANAGERS, lambda s: s.import_of(s.other)),
    *(line for kind in TagKind for line in _taxonomy(kind)),
)


async def _scene(service: Service, root: Person, role: Role, fate: str = "") -> Scene:
    number = next(_numbers)
    actor, other = await service.joins(f"actor-{number}", role), await service.joins(f"other-{number}")
    return Scene(service, root, actor, other, fate)


class MatrixContract:
    """The matrix leaves nothing out."""

    def test_every_operation_that_needs_a_token_is_in_it(self) -> None:
        operations = {
            operation["operationId"].removesuffix("ByPut")
            for item in json.loads(openapi_document())["paths"].values()
            for operation in item.values()
            if operation["security"]
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
        response = await line.attempt(await _scene(service, root, role))
        if role in line.allowed:
            assert response.is_success, response.text
        else:
            problem(response, line.refusal, {403: "forbidden", 404: "not-found"}[line.refusal])

    @pytest.mark.parametrize("fate", OUTSIDE)
    @pytest.mark.parametrize("role", Role)
    async def test_whoever_is_not_let_in_any_longer_may_nothing(
        self, service: Service, root: Person, role: Role, fate: str
    ) -> None:
        for line in {line.operation: line for line in MATRIX}.values():
            response = await line.attempt(await _scene(service, root, role, fate))
            assert response.status_code == 401, str(line)
            problem(response, 401, "unauthenticated")
