"""How many statements and round trips an operation costs once everything is warm; docs/performance.md says why."""

import asyncio
import re
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

import httpx
import pytest
from sqlalchemy import func, select

from adapters.sql import connections
from tests.contracts.http_accounts import ME, REFRESH, SIGN_IN, SIGN_OUT
from tests.contracts.http_cheats import creates
from tests.contracts.http_service import API, PASSWORD, TASKS, Json, Person, Service, links
from tests.contracts.http_taxonomy import CHEATS, add
from tests.contracts.http_users import USERS
from tests.integration.round_trips import Cost, Meter, metering, serving_alone
from tests.integration.session_instances import eventually, statements

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform != "linux", reason="psycopg lets libpq trace on Linux alone"),
]

PERFORMANCE: Final = Path(__file__).parents[2] / "docs" / "performance.md"
HELLO: Final = f"{API}/hello"
_SECTION: Final = re.compile(r"^## What an operation costs$(.*?)^## ", re.MULTILINE | re.DOTALL)
_DESCRIBED: Final = re.compile(r"^\| ([^|]+?) +\| (\d+) +\| (\d+) +\|", re.MULTILINE)


class Scene(NamedTuple):
    """Ada, who asks; Bob, who is there, too; and platforms and topics."""

    service: Service
    meter: Meter
    ada: Person
    bob: Person
    tags: Json

    async def settles(self, person: Person) -> Person:
        """Return someone when the service knows them by their session, as it does those who come often."""

        async def is_known() -> bool:
            _, cost = await self.meter.cost_of(person.http.get(HELLO))
            return cost == Cost(0, 0)

        await eventually(is_known)
        return person


Request = Callable[[], Awaitable[httpx.Response]]


@pytest.fixture(scope="module")
async def scene(
    anyio_backend: str, module_database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[Scene]:
    """A service under the meter, with enough in it for lists to have further pages.

    All tests together make fewer things of a kind than ids are fetched at once.
    """
    directory = tmp_path_factory.mktemp("metered")
    with metering(directory) as meter:
        async with serving_alone(directory, module_database_url) as service:
            ada, bob = await service.joins("ada"), await service.joins("bob")
            tags: Json = {
                f"{kind}Ids": [(await add(ada, f"{API}/{kind}s", name))["id"] for name in ("One", "Two")]
                for kind in ("platform", "topic")
            }
            for _ in range(3):
                await ada.creates_task(priority="high", assigneeId=ada.id)
                await creates(ada, **tags)
            scene = Scene(service, meter, ada, bob, tags)
            await scene.settles(ada)
            yield scene


async def read_task(scene: Scene) -> Request:
    return partial(scene.ada.http.get, f"{TASKS}/{(await scene.ada.creates_task())['id']}")


async def read_known_task(scene: Scene) -> Request:
    path = f"{TASKS}/{(await scene.ada.creates_task())['id']}"
    return partial(scene.ada.http.get, path, headers={"If-None-Match": '"1"'})


async def list_tasks(scene: Scene) -> Request:
    return partial(scene.ada.http.get, f"{TASKS}?limit=2")


async def list_tasks_on(scene: Scene) -> Request:
    return partial(scene.ada.http.get, links(await scene.ada.http.get(f"{TASKS}?limit=2"))["next"])


async def filter_tasks(scene: Scene) -> Request:
    query = f"status=todo,in_progress&priority=high&assigneeId={scene.ada.id}&limit=2"
    return partial(scene.ada.http.get, f"{TASKS}?{query}")


async def search_tasks(scene: Scene) -> Request:
    return partial(scene.ada.http.get, f"{TASKS}?q=plants&limit=2")


async def list_cheats(scene: Scene) -> Request:
    return partial(scene.ada.http.get, f"{CHEATS}?limit=2")


async def create_task(scene: Scene) -> Request:
    return partial(scene.ada.http.post, TASKS, json={"title": "Feed the cat", "assigneeId": scene.ada.id})


async def change_task(scene: Scene) -> Request:
    path = f"{TASKS}/{(await scene.ada.creates_task())['id']}"
    return partial(scene.ada.http.patch, path, json={"title": "Feed the dog", "status": "done"})


async def change_nothing(scene: Scene) -> Request:
    task = await scene.ada.creates_task()
    return partial(scene.ada.http.patch, f"{TASKS}/{task['id']}", json={"title": task["title"]})


async def delete_task(scene: Scene) -> Request:
    return partial(scene.ada.http.delete, f"{TASKS}/{(await scene.ada.creates_task())['id']}")


async def create_cheat(scene: Scene) -> Request:
    return partial(scene.ada.http.post, CHEATS, json={"title": "List open ports", **scene.tags})


async def keep_in_bag(scene: Scene) -> Request:
    return partial(scene.ada.http.put, f"{CHEATS}/{(await creates(scene.bob))['id']}/bag")


async def look_up_person(scene: Scene) -> Request:
    return partial(scene.ada.http.get, f"{USERS}/{scene.bob.id}")


async def sign_in(scene: Scene) -> Request:
    return partial(scene.service.http.post, SIGN_IN, json={"username": "bob", "password": PASSWORD})


async def refresh(scene: Scene) -> Request:
    token = (await scene.service.signs_in("bob")).refresh_token
    return partial(scene.service.http.post, REFRESH, json={"refreshToken": token})


async def sign_out(scene: Scene) -> Request:
    return partial((await scene.settles(await scene.service.signs_in("bob"))).http.post, SIGN_OUT)


async def who_am_i(scene: Scene) -> Request:
    return partial(scene.ada.http.get, ME)


async def say_hello(scene: Scene) -> Request:
    return partial(scene.ada.http.get, HELLO)


async def check_health(scene: Scene) -> Request:
    return partial(scene.service.http.get, "/health")


class Operation(NamedTuple):
    """What is asked, how it is prepared, the status of a right answer, and what it may cost."""

    name: str
    prepared: Callable[[Scene], Awaitable[Request]]
    status: int
    statements: int
    round_trips: int


OPERATIONS: Final = (
    Operation("read a task", read_task, 200, statements=1, round_trips=1),
    Operation("read a task that has not changed (304)", read_known_task, 304, statements=1, round_trips=1),
    Operation("a page of tasks", list_tasks, 200, statements=1, round_trips=1),
    Operation("the next page, by cursor", list_tasks_on, 200, statements=1, round_trips=1),
    Operation("a page of filtered tasks", filter_tasks, 200, statements=1, round_trips=1),
    Operation("search tasks", search_tasks, 200, statements=1, round_trips=1),
    Operation("a page of cheats with their tags", list_cheats, 200, statements=1, round_trips=1),
    Operation("look a person up", look_up_person, 200, statements=1, round_trips=1),
    Operation("create a task", create_task, 201, statements=2, round_trips=1),
    Operation("change a task", change_task, 200, statements=3, round_trips=2),
    Operation("change a task to what it is", change_nothing, 200, statements=1, round_trips=1),
    Operation("delete a task", delete_task, 204, statements=3, round_trips=2),
    Operation("create a cheat with tags", create_cheat, 201, statements=5, round_trips=3),
    Operation("keep a cheat in one's bag", keep_in_bag, 204, statements=2, round_trips=2),
    Operation("sign in", sign_in, 200, statements=6, round_trips=5),
    Operation("refresh the tokens", refresh, 200, statements=2, round_trips=2),
    Operation("sign out", sign_out, 204, statements=2, round_trips=2),
    Operation("who am I", who_am_i, 200, statements=0, round_trips=0),
    Operation("say hello", say_hello, 200, statements=0, round_trips=0),
    Operation("check the health", check_health, 200, statements=1, round_trips=1),
)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
async def test_an_operation_costs_no_more_and_no_less(scene: Scene, operation: Operation) -> None:
    """Once it was done before: then ids are in stock, statements prepared, and the caller is known."""
    for _ in range(2):
        await (await operation.prepared(scene))()
    request = await operation.prepared(scene)
    with statements() as sent:
        response, cost = await scene.meter.cost_of(request())
    assert response.status_code == operation.status, response.text
    assert cost == Cost(operation.statements, operation.round_trips), "\n\n".join(sent)


def test_the_documentation_tells_what_an_operation_costs() -> None:
    """The same figures, in the same order."""
    (section,) = _SECTION.findall(PERFORMANCE.read_text())
    described = [(name, int(sent), int(waits)) for name, sent, waits in _DESCRIBED.findall(section)]
    assert described == [(each.name, each.statements, each.round_trips) for each in OPERATIONS]


async def test_reads_of_one_turn_share_a_round_trip(database_url: str, tmp_path: Path) -> None:
    statement = select(func.pg_backend_pid())
    with metering(tmp_path) as meter:
        lanes = connections.Connections(database_url, pool_size=4)
        await lanes.look_up(statement, {})
        _, cost = await meter.cost_of(asyncio.gather(lanes.look_up(statement, {}), lanes.look_up(statement, {})))
        await lanes.close()
    assert cost == Cost(statements=2, round_trips=1)


async def test_a_transaction_of_its_own_adds_two_of_each(database_url: str, tmp_path: Path) -> None:
    """BEGIN and COMMIT are waited for like the statement between them."""
    with metering(tmp_path) as meter:
        # Of the module, where the meter has put its own.
        connection = await connections.PatientConnection.begin(conninfo=database_url, prepare_threshold=0)

        async def transact() -> None:
            await connection.execute("SELECT pg_backend_pid()")
            await connection.commit()

        await transact()
        _, cost = await meter.cost_of(transact())
        await connection.close()
    assert cost == Cost(statements=3, round_trips=3)
