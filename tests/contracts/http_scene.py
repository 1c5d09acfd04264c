"""What a permission is tried on: someone who tries, someone else, and the things that are theirs."""

from collections.abc import Awaitable
from dataclasses import dataclass, replace
from itertools import count

import httpx

from domain.users import Role
from tests.contracts.http_deliveries import eventually
from tests.contracts.http_service import API, PASSWORD, TASKS, Json, Person, Service, items
from tests.contracts.http_users import USERS
from tests.contracts.http_webhooks import WEBHOOKS

AUTH = f"{API}/auth"
CHEATS = f"{API}/cheats"
POSTS = f"{API}/posts"
NEW_TITLE = {"title": "Another title"}
NEW_POST = {**NEW_TITLE, "content": "With some content"}
OUTSIDE: dict[str, Json] = {"waiting": {"isApproved": False}, "disabled": {"isActive": False}, "deleted": {}}
"""States of an account that lets nobody in, and the changes that lead there; the last is a call of its own."""

_numbers = count(1)


@dataclass(frozen=True)
class Scene:
    """Someone who tries something, someone else, and an admin who sets the scene."""

    service: Service
    root: Person
    actor: Person
    other: Person

    async def asks(
        self, method: str, path: str | Awaitable[str], body: Json | list[Json] | None = None
    ) -> httpx.Request:
        """Return the actor's request, not sent yet, to what is made for it."""
        path = path if isinstance(path, str) else await path
        return self.actor.http.build_request(method, path, json=body)

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

    async def post(self, *, of: Person) -> str:
        """Publish a post and return its path."""
        path = await self.draft(of=of)
        assert (await of.http.patch(path, json={"isPublished": True})).is_success
        return path

    async def draft(self, *, of: Person) -> str:
        """Write a draft and return its path."""
        made = await of.http.post(POSTS, json=NEW_POST)
        assert made.is_success, made.text
        return str(made.headers["location"])

    async def import_of(self, owner: Person) -> httpx.Request:
        """Let someone import a cheat, and return the actor's request to import it changed."""
        cheat = {"key": f"k{next(_numbers)}", **NEW_TITLE}
        made = await owner.http.post(f"{CHEATS}/import", json=[cheat])
        assert made.is_success, made.text
        return await self.asks("POST", f"{CHEATS}/import", [{**cheat, "code": "changed"}])

    async def tag(self, kind: str) -> str:
        """Make a platform or topic and return its path."""
        made = await self.other.http.post(f"{API}/{kind}s", json=new_tag())
        assert made.is_success, made.text
        return str(made.headers["location"])

    async def webhook(self, action: str = "") -> str:
        """Add a webhook that nothing is sent to and return its path, or that of an action on it."""
        made = await self.root.http.post(WEBHOOKS, json=new_webhook())
        assert made.is_success, made.text
        return made.headers["location"] + action

    async def delivery(self, action: str = "") -> str:
        """Have a webhook told of its own beginning and return the delivery's path, or that of an action on it."""
        path = await self.webhook("/deliveries")

        async def has_come_up() -> bool:
            return bool(items(await self.root.http.get(path)))

        await eventually(has_come_up)
        return f"{path}/{items(await self.root.http.get(path))[0]['id']}{action}"

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


def another_name() -> Json:
    """Return a change that gives an account a name nobody has."""
    return {"username": f"renamed-{next(_numbers)}"}


def new_tag() -> Json:
    """Return a platform or topic that is not there yet."""
    return {"name": f"Tag {next(_numbers)}"}


def new_webhook() -> Json:
    """Return a webhook that is told of its own beginning, at an address that is never tried."""
    # Of a network that is for documentation.
    return {"url": "https://192.0.2.1/hook", "types": ["webhook.created"]}


def newcomer() -> Json:
    """Return an account that is not there yet."""
    return {"username": f"made-{next(_numbers)}", "password": PASSWORD}


async def set_scene(service: Service, root: Person, role: Role) -> Scene:
    """Return a scene with an actor of this role."""
    actor = await service.joins(f"actor-{next(_numbers)}", role)
    return Scene(service, root, actor, await _someone_else(service))


async def with_someone_else(scene: Scene) -> Scene:
    """Return the scene with someone new in the other's place, whose account nothing has become of."""
    return replace(scene, other=await _someone_else(scene.service))


async def _someone_else(service: Service) -> Person:
    return await service.joins(f"other-{next(_numbers)}")
