"""The process itself, by the names that Prometheus's client libraries agree on."""

import resource
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from entrypoints.metrics.families import Family, Kind, Sum, gauge
from entrypoints.web.answers import VERSION

_STATM: Final = Path("/proc/self/statm")
_DESCRIPTORS: Final = Path("/proc/self/fd")


def telling_process() -> Callable[[], Iterator[Family]]:
    """Return what tells of this process, which has just begun."""
    started_at = time.time()

    def families() -> Iterator[Family]:
        yield Family(
            "satchel_build_info",
            Kind.GAUGE,
            "Always 1; the version stands in the label.",
            [((VERSION,), (1,))],
            ("version",),
            sum=Sum.MOST,
        )
        yield gauge("satchel_workers", "Processes that answer requests.", 1)
        yield gauge(
            "process_start_time_seconds", "When the oldest process began, since 1970.", started_at, sum=Sum.LEAST
        )
        yield Family(
            "process_cpu_seconds_total",
            Kind.COUNTER,
            "Seconds of a CPU, of user and system together.",
            [((), (time.process_time(),))],
        )
        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        if files != resource.RLIM_INFINITY:
            yield gauge("process_max_fds", "Files that one process may open.", files, sum=Sum.LEAST)
        # Linux alone tells.
        with suppress(OSError):
            pages = int(_STATM.read_text(encoding="ascii").split()[1])
            yield gauge(
                "process_resident_memory_bytes", "Memory of all processes.", pages * resource.getpagesize()
            )
            yield gauge("process_open_fds", "Files open in all processes.", sum(1 for _ in _DESCRIPTORS.iterdir()))

    return families
