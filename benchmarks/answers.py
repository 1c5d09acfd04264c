"""Whether all contenders do the same work: their answers to the same requests, side by side."""

from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from typing import Final, TypeAlias

from benchmarks.contenders import Service
from benchmarks.load import WrongAnswer, ask, ask_for_all
from benchmarks.rows import PEOPLE_TASKS
from benchmarks.workloads import WORKLOADS, Request, Workload, refreshing

Json: TypeAlias = "dict[str, Json] | list[Json] | str | float | datetime | None"

_TRIED: Final = 3
_TIMES: Final = {"createdAt", "updatedAt", "deadline"}
# What differs from one answer to the next, or is a service's own affair.
_OWN: Final = {"accessToken", "refreshToken", "expiresIn", "latencyMs", "uptimeSeconds", "version"}
_OF_NEW_ROWS: Final = {"id", "createdAt", "updatedAt"}


class Answers:
    """What the first contender answered, for the others to be compared with."""

    def __init__(self) -> None:
        """Know none yet."""
        self._first: dict[tuple[str, int], Json] = {}

    def compare(self, service: Service, tokens: Sequence[tuple[str, str]], workload: Workload, tasks: int) -> None:
        """Ask some requests of a workload and compare the answers; the first to be asked sets the measure.

        Raises:
            WrongAnswer: this contender answers otherwise.
        """
        access, refresh = tokens[0]
        requests = [refreshing(refresh)] if workload.refreshes else workload.requests(0, tasks)
        for place, request in enumerate(islice(requests, _TRIED)):
            found = _comparable(ask(service.port, request, access), _unequal(request))
            wanted = self._first.setdefault((workload.name, place), found)
            if found != wanted:
                raise WrongAnswer(
                    f"{service.contender.title} answers {request.method} {request.path} unlike the first: "
                    f"{_difference(found, wanted)}"
                )


def _unequal(request: Request) -> set[str]:
    if request.method == "POST" and request.status == 201:
        return _OF_NEW_ROWS
    return {"updatedAt"} if request.method == "PATCH" else set()


def _comparable(value: Json, unequal: set[str]) -> Json:
    if isinstance(value, list):
        return [_comparable(part, unequal) for part in value]
    if not isinstance(value, dict):
        return value
    return {
        name: part is not None if name in unequal else _part(name, part, unequal)
        for name, part in value.items()
        if name not in _OWN
    }


def _part(name: str, value: Json, unequal: set[str]) -> Json:
    if name in _TIMES and isinstance(value, str):
        # Z and +00:00 are the same moment.
        return datetime.fromisoformat(value)
    return _comparable(value, unequal)


def _difference(found: Json, wanted: Json, place: str = "") -> str:
    """Return where two answers part first, and what stands there."""
    parts = _parts(found), _parts(wanted)
    if not parts[0] or parts[0].keys() != parts[1].keys():
        return f"{place or 'all of it'} is {str(found)[:300]} and not {str(wanted)[:300]}"
    name = next(name for name, part in parts[0].items() if part != parts[1][name])
    return _difference(parts[0][name], parts[1][name], f"{place}/{name}")


def _parts(value: Json) -> dict[str, Json]:
    if isinstance(value, list):
        return {str(place): part for place, part in enumerate(value)}
    return value if isinstance(value, dict) else {}


def check(service: Service, tokens: Sequence[tuple[str, str]], answers: Answers, tasks: int) -> None:
    """Compare a contender's answers to some requests of every workload.

    Raises:
        WrongAnswer: it answers otherwise than the first.
    """
    # A mixed day sends what the others send, and what it creates would be found by its own lists.
    for workload in (each for each in WORKLOADS.values() if each.name != "day"):
        answers.compare(service, tokens, workload, tasks)
    _check_refusals(service, tokens[0][0])


def _check_refusals(service: Service, access: str) -> None:
    """See that tokens are verified, and that a task is not for everyone to change."""
    reading = Request("GET", "/api/v1/tasks")
    changing = Request("PATCH", f"/api/v1/tasks/{PEOPLE_TASKS[1][0]}", b'{"status": "done"}')
    forged = access[:-4] + ("AAAA" if not access.endswith("AAAA") else "BBBB")
    for request, token, statuses in (
        (reading, "", {401}),
        # Flask-JWT-Extended says 422 of a signature that is wrong.
        (reading, forged, {401, 422}),
        (changing, access, {403}),
    ):
        status = ask_for_all(service.port, request, token).status
        if status not in statuses:
            raise WrongAnswer(f"{service.contender.title} answers {request.method} {request.path} with {status}")
