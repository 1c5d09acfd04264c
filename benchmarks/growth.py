"""How a list keeps its speed while it grows: its first page and a deep one, among more and more tasks."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import msgspec

from benchmarks import rows
from benchmarks.database import Database
from benchmarks.load import WrongAnswer, ask_for_all
from benchmarks.results import Measurement
from benchmarks.rounds import Participant, Plan, measure
from benchmarks.workloads import PAGE, WORKLOADS, Request

DEEP_PAGE = 10_000
# As far as a client may step at once; a cursor leads on whatever the size of the pages before.
_STRIDE = 100


def measure_growth(
    participants: Sequence[Participant],
    database: Database,
    plan: Plan,
    sizes: Sequence[int],
    *,
    announce: Callable[[str], None],
    report: Callable[[Measurement], None],
) -> dict[str, str]:
    """Measure the lists at each size.

    Args:
        participants: who.
        database: with as many tasks as the plan says.
        plan: how long and how often.
        sizes: numbers of tasks, ascending.
        announce: told what takes a while.
        report: told each measurement as soon as it is taken.

    Returns:
        The titles of what was measured, by the names in the measurements.
    """
    titles: dict[str, str] = {}
    present = plan.tasks
    for size in sizes:
        if size > present:
            announce(f"Adding tasks: {present:,} -> {size:,}")
            rows.add_tasks(database.url, first=present + 1, last=size)
            present = size
        deep_page = min(DEEP_PAGE, size // PAGE)
        grown = replace(plan, tasks=size)
        kinds = {
            "first": "first page",
            "deep": f"page {deep_page:,}",
            "search": "20 with a word",
            "task": "one task by id",
        }
        titles |= {f"{kind}-{size}": f"{title} of {size:,} tasks" for kind, title in kinds.items()}
        announce(f"Walking to page {deep_page:,} of {size:,} tasks")
        deep = {each.name: _path_of_page(each, deep_page) for each in participants}
        for number in range(1, plan.rounds + 1):
            for kind in kinds:
                shift = (number - 1) % len(participants)
                for participant in (*participants[shift:], *participants[:shift]):
                    workload = WORKLOADS["tasks" if kind in {"first", "deep"} else kind]
                    path = deep[participant.name] if kind == "deep" else None
                    found = measure(participant, workload, database, grown, number=number, path=path)
                    report(_renamed(found, f"{kind}-{size}"))
    return titles


def _renamed(measurement: Measurement, workload: str) -> Measurement:
    return msgspec.structs.replace(measurement, workload=workload)


def _path_of_page(participant: Participant, page: int) -> str:
    """Return the path of a page: by number, or by the cursor that walking there yields."""
    if not participant.service.contender.has_cursors:
        return f"/api/v1/tasks?limit={PAGE}&page={page}"
    skipped = (page - 1) * PAGE
    path = f"/api/v1/tasks?limit={min(_STRIDE, skipped)}"
    access = participant.tokens[0][0]
    while skipped:
        answer = ask_for_all(participant.service.port, Request("GET", path), access)
        target, separator, _ = answer.headers.get("link", "").removeprefix("<").partition('>; rel="next"')
        if not separator:
            raise WrongAnswer(f"{path} leads no further: {answer.status} {answer.body[:300]!r}")
        limit = int(path.partition("limit=")[2].partition("&")[0])
        skipped -= limit
        path = target.replace(f"limit={limit}", f"limit={min(_STRIDE, skipped) or PAGE}")
    return path
