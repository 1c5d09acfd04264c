"""`python -m benchmarks`: measure, show, keep. See docs/performance.md."""

import signal
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from types import FrameType
from typing import NoReturn

from benchmarks import machine, pgbench, plot, results, table
from benchmarks.contenders import CONTENDERS
from benchmarks.database import Database, running_database
from benchmarks.growth import measure_growth
from benchmarks.load import WrongAnswer
from benchmarks.options import TASKS, Options, read_options
from benchmarks.processes import NotStarted
from benchmarks.profile import profile
from benchmarks.results import Measurement, Results
from benchmarks.rounds import CONNECTIONS, Plan, measure_all, start_all
from benchmarks.workloads import WORKLOADS


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark and return its exit code: 0 done, 1 it failed or an answer was wrong, 130 interrupted."""
    options = read_options(arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    options.out.mkdir(parents=True, exist_ok=True)
    cores = machine.keep_to_cores(options.cores)
    try:
        before = None if options.compare is None else results.read(options.compare)
        found = _run(options, cores)
    except (NotStarted, WrongAnswer, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    for figure in table.FIGURES[:2] if found.measurements else ():
        print(f"\n{table.terminal(found, figure)}")
    if before is not None:
        print(f"\n{table.comparison(before, found)}")
    return 1 if any(each.faults for each in found.measurements) else 0


def _interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _run(options: Options, cores: int) -> Results:
    plan = Plan(rounds=options.rounds, seconds=options.seconds, warm_up=options.seconds / 3, tasks=TASKS)
    _say("Starting PostgreSQL and filling it")
    with running_database(options.out, tasks=TASKS) as database, ExitStack() as services:
        found = Results(
            began=datetime.now(UTC).isoformat(timespec="seconds"),
            machine=machine.facts(cores=cores, postgresql=database.version),
            options={
                "seconds": f"{options.seconds:g}",
                "rounds": str(options.rounds),
                "connections": str(CONNECTIONS),
            },
            contenders={name: each.title for name, each in CONTENDERS.items()} | {pgbench.NAME: pgbench.TITLE},
            workloads={name: each.title for name, each in WORKLOADS.items()},
            skipped={},
            measurements=[],
        )
        try:
            _measure(options, plan, database, services, found)
        finally:
            # Whatever ends the run early, what was measured until then is kept.
            if found.measurements:
                _keep(found, options)
    return found


def _measure(options: Options, plan: Plan, database: Database, services: ExitStack, found: Results) -> None:
    def report(measurement: Measurement) -> None:
        found.measurements.append(measurement)
        _say(table.progress(measurement, found.contenders))

    chosen = [each for name, each in CONTENDERS.items() if name in options.contenders]
    _say(f"Starting {', '.join(each.name for each in chosen)}, and comparing their answers")
    participants, skipped = start_all(chosen, database, options.out, services, plan)
    if pgbench.NAME in options.contenders and database.pgbench is None:
        skipped[pgbench.NAME] = "is not installed beside the server"
    for name, reason in skipped.items():
        _say(f"SKIPPED {name}: {reason}")
    found.skipped = skipped
    if options.profile:
        for participant in participants:
            for name in options.workloads:
                picture, shares = profile(participant, WORKLOADS[name], plan, options.out)
                _say(
                    "\n".join(
                        [f"Drawn: {picture}", *(f"{share:6.0%}  {owner}" for owner, share in shares.items())]
                    )
                )
        return
    if options.growth:
        found.workloads = measure_growth(participants, database, plan, options.sizes, announce=_say, report=report)
        return
    measure_all(
        participants,
        [WORKLOADS[name] for name in options.workloads],
        database,
        plan,
        with_pgbench=pgbench.NAME in options.contenders and pgbench.NAME not in skipped,
        report=report,
    )


def _keep(found: Results, options: Options) -> None:
    name = f"{'growth' if options.growth else 'bench'}-{found.began[:19].replace(':', '')}"
    results.write(found, options.out / f"{name}.json")
    (options.out / f"{name}.md").write_text(table.markdown(found))
    (options.out / f"{name}.svg").write_text(plot.svg(found))
    _say(f"Kept in {options.out / name}.json, .md and .svg")


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
