"""PostgreSQL by itself: the same statements, prepared, sent by pgbench. No service can be faster than that."""

import tempfile
from pathlib import Path
from typing import Final

from benchmarks.database import Database
from benchmarks.processes import plain_environment, run_to_end
from benchmarks.resources import cpu_seconds, settled_cpu_seconds
from benchmarks.results import Measurement
from benchmarks.workloads import Workload

NAME: Final = "pgbench"
TITLE: Final = "PostgreSQL alone, by pgbench"

_SCRIPTS: Final = Path(__file__).resolve().with_name("peers") / NAME
_CLIENTS = 16
# In a line of pgbench's log: which transaction of a client, and what it took in microseconds.
_LATENCY: Final = 2


def has(workload: Workload) -> bool:
    """Tell whether there is a script of the same statements."""
    return _script(workload).exists()


def measure(database: Database, workload: Workload, *, tasks: int, seconds: float, number: int) -> Measurement:
    """Let pgbench send a workload's statements for some seconds, whole ones.

    Raises:
        NotStarted: pgbench failed.
        ValueError: it is not installed.
    """
    if database.pgbench is None:
        raise ValueError("pgbench is not installed beside the server")
    used = cpu_seconds(database.pid)
    duration = max(1, round(seconds))
    with tempfile.TemporaryDirectory() as folder:
        run_to_end(
            [
                str(database.pgbench),
                *("--no-vacuum", "--protocol=prepared", f"--client={_CLIENTS}", "--jobs=2", f"--time={duration}"),
                *("--log", f"--log-prefix={folder}/log", f"--define=tasks={tasks}", f"--file={_script(workload)}"),
                database.url,
            ],
            plain_environment(database.url),
        )
        latencies = sorted(
            int(line.split(" ")[_LATENCY]) / 1000
            for log in Path(folder).iterdir()
            for line in log.read_text().splitlines()
        )
    count = len(latencies)
    return Measurement(
        contender=NAME,
        workload=workload.name,
        round=number,
        requests=count,
        rate=count / duration,
        p50_ms=latencies[count // 2],
        p99_ms=latencies[min(count - 1, count * 99 // 100)],
        service_cpu=None,
        database_cpu=(settled_cpu_seconds(database.pid) - used) / count * 1000,
        generator_cpu=0.0,
        memory_mib=None,
    )


def _script(workload: Workload) -> Path:
    return _SCRIPTS / f"{workload.name}.sql"
