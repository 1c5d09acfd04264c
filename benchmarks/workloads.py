"""What is asked of every contender, request by request."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any, Final

import msgspec

from benchmarks.rows import PEOPLE, PEOPLE_TASKS, SEARCH_WORDS, Person

PAGE: Final = 20
_STATUSES: Final = ("todo", "in_progress", "done")
_PRIORITIES: Final = ("low", "medium", "high")
# Far more than a connection sends before it begins anew, so that no answer is always the same.
_VARIETY: Final = 64
# Primes, so that connections walk over the rows in ways of their own.
_STEP, _SPREAD = 7_919, 104_729


class Request(msgspec.Struct, frozen=True):
    """One HTTP request, without the token of whoever sends it.

    Attributes:
        method: such as GET.
        path: with the query.
        body: JSON, or nothing.
        status: of a right answer.
        rows: how many things a right answer lists; None if it is no list.
        is_public: whether no token is sent.
    """

    method: str
    path: str
    body: bytes = b""
    status: int = 200
    rows: int | None = None
    is_public: bool = False

    def rendered(self, token: str) -> bytes:
        """Return the bytes that go over the wire."""
        head = f"{self.method} {self.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n"
        if not self.is_public:
            head += f"Authorization: Bearer {token}\r\n"
        if self.body:
            head += f"Content-Type: application/json\r\nContent-Length: {len(self.body)}\r\n"
        return head.encode() + b"\r\n" + self.body


@dataclass(frozen=True, slots=True)
class Workload:
    """Requests of one kind.

    Attributes:
        name: as the command line takes it.
        title: as tables show it.
        requests: what one connection sends, over and over; given its number and how many tasks there are.
        writes: whether rows change, so that they are put in order afterwards.
        refreshes: whether each request spends the refresh token of the answer before.
    """

    name: str
    title: str
    requests: Callable[[int, int], Sequence[Request]]
    writes: bool = False
    refreshes: bool = False


def refreshing(refresh_token: str) -> Request:
    """Return the request that spends a refresh token."""
    return Request("POST", "/api/v1/auth/refresh", _json({"refreshToken": refresh_token}), is_public=True)


def signing_in(person: Person) -> Request:
    """Return the request that signs a person in."""
    body = _json({"username": person.username, "password": person.password})
    return Request("POST", "/api/v1/auth/login", body, is_public=True)


def _json(value: Any) -> bytes:
    return msgspec.json.encode(value)


def _one_task(connection: int, tasks: int) -> Sequence[Request]:
    ids = ((connection * _SPREAD + n * _STEP) % tasks + 1 for n in range(_VARIETY))
    return [Request("GET", f"/api/v1/tasks/{task_id}") for task_id in ids]


def _task_page(_connection: int, _tasks: int) -> Sequence[Request]:
    return [Request("GET", f"/api/v1/tasks?limit={PAGE}", rows=PAGE)]


def _cheat_page(_connection: int, _tasks: int) -> Sequence[Request]:
    return [Request("GET", f"/api/v1/cheats?limit={PAGE}", rows=PAGE)]


def _filtered_tasks(connection: int, _tasks: int) -> Sequence[Request]:
    path = "/api/v1/tasks?status=todo,in_progress&priority=high&assigneeId={}&limit={}"
    return [
        Request("GET", path.format(PEOPLE[(connection + n) % len(PEOPLE)].id, PAGE), rows=PAGE)
        for n in range(len(PEOPLE))
    ]


def _search(connection: int, _tasks: int) -> Sequence[Request]:
    words = [SEARCH_WORDS[(connection + n) % len(SEARCH_WORDS)] for n in range(len(SEARCH_WORDS))]
    return [Request("GET", f"/api/v1/tasks?q={word}&sort=-createdAt&limit={PAGE}", rows=PAGE) for word in words]


def _create(connection: int, _tasks: int) -> Sequence[Request]:
    return [
        Request(
            "POST",
            "/api/v1/tasks",
            _json(
                {
                    "title": f"Water the plants of floor {n} for {connection}",
                    "description": "All of them, also the one behind the printer.",
                    "priority": _PRIORITIES[n % len(_PRIORITIES)],
                }
            ),
            status=201,
        )
        for n in range(_VARIETY)
    ]


def _change(connection: int, _tasks: int) -> Sequence[Request]:
    # Connections keep to the tasks of one person each: the race for one row is not what is measured here.
    own = PEOPLE_TASKS[connection % len(PEOPLE)]
    return [
        Request(
            "PATCH",
            f"/api/v1/tasks/{task_id}",
            _json({"title": f"Feed the cat, plan {n}", "status": _STATUSES[n % len(_STATUSES)]}),
        )
        for n, task_id in enumerate(islice(cycle(own), _VARIETY))
    ]


def _sign_in(connection: int, _tasks: int) -> Sequence[Request]:
    return [signing_in(PEOPLE[connection % len(PEOPLE)])]


def _health(_connection: int, _tasks: int) -> Sequence[Request]:
    return [Request("GET", "/health", is_public=True)]


def _mixed_day(connection: int, tasks: int) -> Sequence[Request]:
    """Of 20 requests 16 read: 6 one task, 4 the tasks, 2 the cheats, 2 a filtered list, 1 search, 1 health."""
    order = (
        _one_task, _task_page, _create, _one_task, _cheat_page, _filtered_tasks, _one_task, _change, _task_page,
        _one_task, _search, _one_task, _create, _task_page, _cheat_page, _one_task, _change, _filtered_tasks,
        _task_page, _health,
    )  # fmt: skip
    kinds = {kind: cycle(kind(connection, tasks)) for kind in set(order)}
    start = connection % len(order)
    return [next(kinds[kind]) for kind in islice(cycle(order), start, start + len(order) * _VARIETY)]


WORKLOADS: Final = {
    workload.name: workload
    for workload in (
        Workload("task", "one task by id", _one_task),
        Workload("tasks", "a page of 20 tasks", _task_page),
        Workload("cheats", "a page of 20 cheats with their platforms and topics", _cheat_page),
        Workload("filter", "20 tasks by status, priority and assignee", _filtered_tasks),
        Workload("search", "20 tasks with a word", _search),
        Workload("create", "create a task", _create, writes=True),
        Workload("change", "change a task", _change, writes=True),
        Workload("sign-in", "sign in (argon2id, 19 MiB)", _sign_in, writes=True),
        Workload("refresh", "refresh the tokens", _sign_in, writes=True, refreshes=True),
        Workload("health", "GET /health", _health),
        Workload("day", "a mixed day, 80 % reads", _mixed_day, writes=True),
    )
}
