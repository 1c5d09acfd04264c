"""Satchel behind its HTTP surface, in this process, and the people who use it there."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import httpx
import pytest
from dependency_injector.providers import Provider, Singleton
from litestar.types import ASGIApp, Receive, Scope, Send

from adapters.argon2.passwords import Argon2PasswordHasher
from domain.users import Role
from entrypoints.container import Container
from entrypoints.http.app import App
from entrypoints.http.problem_kinds import KINDS
from entrypoints.settings import Settings
from entrypoints.settings_reading import load_settings
from tests.contracts.http_wiring import put, wired

API = "/api/v1"
TASKS = f"{API}/tasks"
PASSWORD = "correct horse battery staple"
SECRET_KEY = "a key of the tests alone and of nobody else"
PROBLEM_JSON = "application/problem+json"

_CHEAP = Argon2PasswordHasher(memory_kib=8, time_cost=1)
# What only the inside calls things; none of it may be read outside.
_INTERNALS = ("traceback", "litestar", "msgspec", "sqlalchemy", "psycopg", "asyncio", ".py", "select ", "0x")

Json = dict[str, Any]
Message = Mapping[str, Any]


@dataclass(frozen=True)
class Person:
    """Someone signed in: `http` sends their access token with every request."""

    id: int
    username: str
    access_token: str
    refresh_token: str
    http: httpx.AsyncClient

    async def creates_task(self, title: str = "Water the plants", **fields: object) -> Json:
        """Create a task and return it."""
        response = await self.http.post(TASKS, json={"title": title, **fields})
        assert response.status_code == 201, response.text
        return document(response)

    async def lists(self, query: str = "") -> list[Json]:
        """Return the tasks of the first page of this query."""
        response = await self.http.get(f"{TASKS}?{query}")
        assert response.status_code == 200, response.text
        return items(response)


@dataclass(frozen=True)
class Service:
    """Satchel running; `http` is a client that nobody has signed in with."""

    app: App
    settings: Settings
    container: Container
    http: httpx.AsyncClient

    async def joins(self, username: str, role: Role = Role.EMPLOYEE) -> Person:
        """Give someone an account of this role and sign them in."""
        await self.container.create_user()(None, username=username, password=PASSWORD, role=role)
        return await self.signs_in(username)

    def put(self, part: object, place: Provider[Any]) -> None:
        """Put a part into the place of another while the service runs: use cases are made anew with it."""
        put(part, place)
        # The library leaves its types open.
        for provider in cast("Iterable[Any]", self.container.traverse([Singleton])):
            # What holds nothing but ports. The store and all else that remembers stays.
            parameters = getattr(provider.cls, "__dataclass_params__", None)
            if parameters is not None and parameters.frozen:
                provider.reset()

    async def signs_in(self, username: str) -> Person:
        """Begin one more session of someone who has an account."""
        response = await self.http.post(f"{API}/auth/login", json={"username": username, "password": PASSWORD})
        assert response.status_code == 200, response.text
        return self.person(document(response))

    def person(self, signed_in: Json) -> Person:
        """Return whom the answer to a sign-up, sign-in or refresh is about."""
        return Person(
            id=signed_in["user"]["id"],
            username=signed_in["user"]["username"],
            access_token=signed_in["accessToken"],
            refresh_token=signed_in["refreshToken"],
            http=client(self.app, headers={"Authorization": f"Bearer {signed_in['accessToken']}"}),
        )


@asynccontextmanager
async def serving(
    directory: Path,
    variables: Mapping[str, str],
    *,
    prepare: Callable[[Container], None] = lambda _: None,
    afresh: bool = False,
) -> AsyncGenerator[Service]:
    """Run Satchel with these settings; hashes are cheap, and all else is as it is in earnest.

    Args:
        directory: for what Satchel keeps in files.
        variables: settings beyond or instead of the tests' own.
        prepare: called with the container before the application begins, to break a part of it.
        afresh: whether its routes are others than usual.
    """
    given = {
        "SECRET_KEY": SECRET_KEY,
        "DATABASE_URL": "memory://",
        "SIGNUP_APPROVAL": "automatic",
        # All tests of a class come from one address, and many of them fail to sign in on purpose.
        "RATE_LIMIT_SIGN_IN_FAILURES": "10000",
        **variables,
    }
    settings = load_settings(given, directory=directory)
    with wired(settings, afresh=afresh) as (app, container):
        put(_CHEAP, container.passwords)
        prepare(container)
        async with _lifespan(app), client(app) as http:
            yield Service(app, settings, container, http)


def variables_of(request: pytest.FixtureRequest) -> Mapping[str, str]:
    """Return the settings that a test class asks for in its attribute `variables`."""
    cls = cast("type[object] | None", request.cls)  # pyright: ignore[reportUnknownMemberType]  # pytest leaves it open
    variables: Mapping[str, str] = getattr(cls, "variables", {})
    return variables


def client(app: App, *, headers: Mapping[str, str] | None = None, address: str = "127.0.0.1") -> httpx.AsyncClient:
    """Return a client of the application in this process; an exception that gets out of it is raised."""
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(leaving_streams(app), client=(address, 123)),  # type: ignore[arg-type]  # httpx types scopes and messages as plain dicts
        base_url="http://satchel.example",
        headers=headers,
    )


def leaving_streams(app: ASGIApp) -> ASGIApp:
    """Return the application for clients that wait for the end of every answer: a stream they leave at once."""

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        is_stream, leave = False, asyncio.Event()

        async def receive_or_leave() -> Any:
            if not is_stream:
                return await receive()
            await leave.wait()
            return {"type": "http.disconnect"}

        async def note_and_send(message: Any) -> None:
            nonlocal is_stream
            if message["type"] == "http.response.start":
                is_stream = (b"content-type", b"text/event-stream") in message["headers"]
            elif is_stream:
                leave.set()
            await send(message)

        await app(scope, receive_or_leave, note_and_send)

    return served


@asynccontextmanager
async def _lifespan(app: App) -> AsyncGenerator[None]:
    inbox: asyncio.Queue[Any] = asyncio.Queue()
    outbox: asyncio.Queue[Message] = asyncio.Queue()
    scope: Any = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}}
    running = asyncio.create_task(app(scope, inbox.get, outbox.put))
    await inbox.put({"type": "lifespan.startup"})
    assert (await outbox.get())["type"] == "lifespan.startup.complete"
    try:
        yield
    finally:
        await inbox.put({"type": "lifespan.shutdown"})
        assert (await outbox.get())["type"] == "lifespan.shutdown.complete"
        await running


def document(response: httpx.Response) -> Json:
    """Return the JSON object that an answer holds."""
    body: Any = response.json()
    assert isinstance(body, dict), body
    return body  # pyright: ignore[reportUnknownVariableType]  # JSON's keys are strings


def items(response: httpx.Response) -> list[Json]:
    """Return the JSON array of objects that an answer holds."""
    body: Any = response.json()
    assert isinstance(body, list), body
    return body  # pyright: ignore[reportUnknownVariableType]  # a list of objects, says the contract


def problem(response: httpx.Response, status: int, slug: str) -> Json:
    """Check that an answer is this problem, with all a problem owes its reader, and return it."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == PROBLEM_JSON
    body = document(response)
    assert body["type"] == f"/problems/{slug}"
    assert slug in KINDS
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    assert urlsplit(str(body["instance"])).path == body["instance"]
    assert body["requestId"] == response.headers["x-request-id"]
    assert set(body) <= {"type", "title", "status", "detail", "instance", "requestId", "errors"}
    told = "".join(
        (body["title"], body["detail"], *(error["message"] for error in body.get("errors", ())))
    ).lower()
    assert not [word for word in _INTERNALS if word in told]
    return body


def faults(response: httpx.Response) -> dict[str, str]:
    """Check that an answer is a refusal of fields, and return what it says about each."""
    body = problem(response, 422, "invalid")
    assert body["errors"]
    return {error["field"]: error["message"] for error in body["errors"]}


def links(response: httpx.Response) -> dict[str, str]:
    """Return the targets of an answer's Link header by relation, each an absolute path."""
    targets = {relation: link["url"] for relation, link in response.links.items()}
    assert all(target.startswith(f"{API}/") for target in targets.values())
    return {str(relation): target for relation, target in targets.items()}
