"""What was measured: kept as JSON, and summed up by medians."""

from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median
from typing import Final

import msgspec

FORMAT: Final = 1


class Measurement(msgspec.Struct, frozen=True):
    """One contender at one workload, once.

    Attributes:
        contender: its name.
        workload: its name.
        round: from 1 upwards.
        requests: how many were answered.
        rate: answers a second.
        p50_ms: median latency.
        p99_ms: 99th percentile of the latency.
        service_cpu: CPU seconds of the service, for 1,000 requests; None where there is no service.
        database_cpu: CPU seconds of PostgreSQL, for 1,000 requests.
        generator_cpu: how busy the load generator was, 1 being one core.
        memory_mib: of the service, right afterwards; None where there is no service.
        faults: wrong answers, described.
        live_ms: how long the slowest sign of life took meanwhile; None where none was asked for.
    """

    contender: str
    workload: str
    round: int
    requests: int
    rate: float
    p50_ms: float
    p99_ms: float
    service_cpu: float | None
    database_cpu: float
    generator_cpu: float
    memory_mib: float | None
    faults: dict[str, int] = {}
    live_ms: float | None = None


class Results(msgspec.Struct):
    """One run of the benchmark.

    Attributes:
        began: RFC 3339, UTC.
        machine: facts about it, by their names.
        options: what the run was told.
        contenders: titles, by name, in their order.
        workloads: titles, by name, in their order.
        skipped: why, by the contender's name.
        measurements: all of them, in the order in which they were taken.
    """

    began: str
    machine: dict[str, str]
    options: dict[str, str]
    contenders: dict[str, str]
    workloads: dict[str, str]
    skipped: dict[str, str]
    measurements: list[Measurement]
    format: int = FORMAT

    def of(self, contender: str, workload: str) -> list[Measurement]:
        """Return all rounds of a contender at a workload."""
        return [each for each in self.measurements if (each.contender, each.workload) == (contender, workload)]

    def median(self, contender: str, workload: str, figure: Callable[[Measurement], float | None]) -> float | None:
        """Return the median of a figure over all rounds; None where it was never taken."""
        return _median(figure(each) for each in self.of(contender, workload))

    @property
    def measured_contenders(self) -> list[str]:
        """Names of those who took part, in order."""
        took_part = {each.contender for each in self.measurements}
        return [name for name in self.contenders if name in took_part]

    @property
    def measured_workloads(self) -> list[str]:
        """Names of what was asked, in order."""
        asked = {each.workload for each in self.measurements}
        return [name for name in self.workloads if name in asked]


def read(path: Path) -> Results:
    """Return the results of an earlier run.

    Raises:
        ValueError: the file holds none, or those of another format.
    """
    results = msgspec.json.decode(path.read_bytes(), type=Results)
    if results.format != FORMAT:
        raise ValueError(f"{path} has format {results.format}, and this benchmark reads {FORMAT}")
    return results


def write(results: Results, path: Path) -> None:
    """Keep the results."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=1))


def _median(figures: Iterable[float | None]) -> float | None:
    known = [figure for figure in figures if figure is not None]
    return median(known) if known else None
