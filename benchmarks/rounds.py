"""The method: everyone at everything, in rounds that begin with another contender each time.

What disturbs a machine for minutes then meets all contenders alike, and the median over the rounds leaves out what
disturbs it for seconds.
"""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks import pgbench, rows
from benchmarks.answers import Answers, check
from benchmarks.contenders import Contender, Service, Unavailable, running_service
from benchmarks.database import Database
from benchmarks.generator import Order
from benchmarks.load import sign_in_everyone, warmed_up
from benchmarks.resources import cpu_seconds, memory_mib, settled_cpu_seconds
from benchmarks.results import Measurement
from benchmarks.workloads import Workload

CONNECTIONS = 32


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how often.

    Attributes:
        rounds: how many.
        seconds: that count, of each measurement.
        warm_up: seconds before those.
        tasks: how many there are.
    """

    rounds: int
    seconds: float
    warm_up: float
    tasks: int


@dataclass(frozen=True, slots=True)
class Participant:
    """A service and those who are signed in to it."""

    service: Service
    tokens: list[tuple[str, str]]

    @property
    def name(self) -> str:
        """The contender's name."""
        return self.service.contender.name


def start_all(
    contenders: Sequence[Contender], database: Database, folder: Path, stack: ExitStack, plan: Plan
) -> tuple[list[Participant], dict[str, str]]:
    """Start everyone and see that all answer alike.

    Args:
        contenders: who.
        database: what they all work on.
        folder: for their logs.
        stack: ends them all.
        plan: for how many tasks there are.

    Returns:
        Those who run, and by name why others do not.

    Raises:
        NotStarted: one that should run does not.
        WrongAnswer: one answers otherwise than the first.
    """
    answers = Answers()
    participants: list[Participant] = []
    skipped: dict[str, str] = {}
    for contender in contenders:
        try:
            service = stack.enter_context(running_service(contender, database.url, folder))
        except Unavailable as reason:
            skipped[contender.name] = str(reason)
            continue
        participant = Participant(service, sign_in_everyone(service.port, CONNECTIONS))
        # The first session's refresh token is spent by the check.
        check(service, participant.tokens, answers, plan.tasks)
        rows.put_in_order(database.url, tasks=plan.tasks)
        participants.append(participant)
    return participants, skipped


def measure_all(
    participants: Sequence[Participant],
    workloads: Sequence[Workload],
    database: Database,
    plan: Plan,
    *,
    with_pgbench: bool,
    report: Callable[[Measurement], None],
) -> None:
    """Let everyone do everything, as often as planned.

    Args:
        participants: who.
        workloads: what.
        database: what they all work on.
        plan: how long and how often.
        with_pgbench: whether the database by itself takes part.
        report: told each measurement as soon as it is taken.
    """
    for number in range(1, plan.rounds + 1):
        for workload in workloads:
            shift = (number - 1) % len(participants) if participants else 0
            for participant in (*participants[shift:], *participants[:shift]):
                report(measure(participant, workload, database, plan, number=number))
                if workload.writes:
                    rows.put_in_order(database.url, tasks=plan.tasks)
            if with_pgbench and pgbench.has(workload):
                report(pgbench.measure(database, workload, tasks=plan.tasks, seconds=plan.seconds, number=number))
                rows.put_in_order(database.url, tasks=plan.tasks)


def measure(
    participant: Participant,
    workload: Workload,
    database: Database,
    plan: Plan,
    *,
    number: int,
    path: str | None = None,
) -> Measurement:
    """Let one contender do one thing, and watch.

    Args:
        participant: who.
        workload: what.
        database: where the rows are.
        plan: how long.
        number: of the round.
        path: of a list to ask for in place of the workload's requests.
    """
    service = participant.service
    with warmed_up(ordered(participant, workload, plan, path=path)) as go:
        service_used, database_used = cpu_seconds(service.pid), cpu_seconds(database.pid)
        report = go()
        thousands = max(report.requests, 1) / 1000
        service_cpu = (settled_cpu_seconds(service.pid) - service_used) / thousands
        database_cpu = (settled_cpu_seconds(database.pid) - database_used) / thousands
    return Measurement(
        contender=participant.name,
        workload=workload.name,
        round=number,
        requests=report.requests,
        rate=report.rate,
        p50_ms=report.p50_ms,
        p99_ms=report.p99_ms,
        service_cpu=service_cpu,
        database_cpu=database_cpu,
        generator_cpu=report.cpu / plan.seconds,
        memory_mib=memory_mib(service.pid),
        faults=report.faults,
        live_ms=report.watched_ms,
    )


def ordered(participant: Participant, workload: Workload, plan: Plan, *, path: str | None = None) -> Order:
    """Return what the load generator is told; see `measure`."""
    port = participant.service.port
    return Order(
        port=port,
        workload=workload.name,
        # A session that was refreshed once goes on with another token; these begin anew.
        tokens=sign_in_everyone(port, CONNECTIONS) if workload.refreshes else participant.tokens,
        tasks=plan.tasks,
        warm_up=plan.warm_up,
        seconds=plan.seconds,
        path=path,
        watched=participant.service.contender.liveness,
    )
