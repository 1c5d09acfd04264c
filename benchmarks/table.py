"""Results as tables: on the terminal and in Markdown."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.results import Measurement, Results


@dataclass(frozen=True, slots=True)
class Figure:
    """A column group: what is shown of each measurement, and how."""

    title: str
    value: Callable[[Measurement], float | None]
    format: str


FIGURES: Final = (
    Figure("Requests per second", lambda each: each.rate, "{:,.0f}"),
    Figure("CPU seconds of the service for 1,000 requests", lambda each: each.service_cpu, "{:.2f}"),
    Figure("CPU seconds of PostgreSQL for 1,000 requests", lambda each: each.database_cpu, "{:.2f}"),
    Figure("Median latency, ms", lambda each: each.p50_ms, "{:.1f}"),
    Figure("99th percentile of the latency, ms", lambda each: each.p99_ms, "{:.1f}"),
    Figure("Slowest GET /health/live meanwhile, ms", lambda each: each.live_ms, "{:.1f}"),
    Figure("Memory of the service, MiB (all its processes)", lambda each: each.memory_mib, "{:.0f}"),
)
_NOTHING: Final = "-"


def markdown(results: Results) -> str:
    """Return everything that one wants to read, as a page."""
    parts = [f"# Benchmark of {results.began}", _facts(results)]
    for figure in FIGURES:
        parts += [f"## {figure.title}", _markdown_table(_cells(results, figure))]
    if faults := [_faults(each) for each in results.measurements if each.faults]:
        parts += ["## Wrong answers", "\n".join(faults)]
    return "\n\n".join(parts) + "\n"


def terminal(results: Results, figure: Figure) -> str:
    """Return one figure of all contenders at all workloads, in columns."""
    lines = _cells(results, figure)
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    aligned = (
        "  ".join(
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    )
    return "\n".join([figure.title, *aligned])


def progress(measurement: Measurement, titles: dict[str, str]) -> str:
    """Return one line about a measurement just taken."""
    faults = f"  WRONG: {measurement.faults}" if measurement.faults else ""
    return (
        f"round {measurement.round}  {measurement.workload:<16}{titles[measurement.contender]:<42}"
        f"{measurement.rate:>9,.0f}/s  p50 {measurement.p50_ms:7.1f} ms  p99 {measurement.p99_ms:7.1f} ms"
        f"  cpu {_shown(measurement.service_cpu, '{:.2f}')} + {measurement.database_cpu:.2f}{faults}"
    )


def comparison(before: Results, after: Results) -> str:
    """Return how the CPU seconds and the requests per second of both runs relate, where both measured."""
    lines = [("", "", "requests per second", "CPU of the service")]
    for contender in after.measured_contenders:
        for workload in after.measured_workloads:
            rate = _change(before, after, contender, workload, FIGURES[0])
            if rate != _NOTHING:
                lines.append((contender, workload, rate, _change(before, after, contender, workload, FIGURES[1])))
    title = f"Against {before.began} ({before.machine.get('revision', 'unknown')})"
    return "\n".join([title, *("{:<16}{:<16}{:>22}{:>22}".format(*line) for line in lines)])


def _change(before: Results, after: Results, contender: str, workload: str, figure: Figure) -> str:
    old = before.median(contender, workload, figure.value)
    new = after.median(contender, workload, figure.value)
    return f"{(new / old - 1) * 100:+.0f} %" if old and new else _NOTHING


def _cells(results: Results, figure: Figure) -> list[list[str]]:
    workloads = results.measured_workloads
    rows = (
        [results.median(contender, workload, figure.value) for workload in workloads]
        for contender in results.measured_contenders
    )
    return [
        ["", *workloads],
        *(
            [results.contenders[contender], *(_shown(value, figure.format) for value in row)]
            for contender, row in zip(results.measured_contenders, rows, strict=True)
            if any(value is not None for value in row)
        ),
    ]


def _markdown_table(lines: Sequence[Sequence[str]]) -> str:
    head, *rest = lines
    ruler = ["---", *("---:" for _ in head[1:])]
    return "\n".join("| " + " | ".join(line) + " |" for line in (head, ruler, *rest))


def _faults(measurement: Measurement) -> str:
    counted = "; ".join(f"{count} x {fault}" for fault, count in measurement.faults.items())
    return f"- {measurement.contender}, {measurement.workload}, round {measurement.round}: {counted}"


def _facts(results: Results) -> str:
    facts = {**results.machine, **results.options, **{f"not {name}": why for name, why in results.skipped.items()}}
    workloads = [f"- **{name}**: {results.workloads[name]}" for name in results.measured_workloads]
    return "\n".join([*(f"- {name}: {value}" for name, value in facts.items()), "", *workloads])


def _shown(value: float | None, form: str) -> str:
    return _NOTHING if value is None else form.format(value)
