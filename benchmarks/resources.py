"""What a tree of processes uses, as Linux counts it (proc(5))."""

import os
import time
from pathlib import Path
from typing import Final

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PAUSE = 0.1
_MOST_SECONDS_UNTIL_QUIET = 5.0
# In the list that begins after the command's name, which is the second field and may hold anything.
_PARENT = 1
_TIMES: Final = slice(11, 15)


def cpu_seconds(root: int) -> float:
    """Return the CPU time of a process, its living descendants and those it has waited for, in seconds."""
    return sum(sum(map(int, fields[_TIMES])) for fields in _tree(root).values()) / _TICKS


def memory_mib(root: int) -> float:
    """Return the memory of a process and its descendants in MiB; what they share counts once (PSS)."""
    return sum(map(_proportional_kib, _tree(root))) / 1024


def settled_cpu_seconds(root: int) -> float:
    """Return the CPU time as soon as the tree has come to rest: work that a request leaves behind counts, too."""
    deadline = time.monotonic() + _MOST_SECONDS_UNTIL_QUIET
    before = cpu_seconds(root)
    while True:
        time.sleep(_PAUSE)
        now = cpu_seconds(root)
        # A single tick is what a service does that has nothing to do.
        if now - before <= 1 / _TICKS or time.monotonic() > deadline:
            return now
        before = now


def _tree(root: int) -> dict[int, list[str]]:
    """Return the fields of /proc/PID/stat behind the name, for a process and all its descendants."""
    stats = {pid: fields for pid in _pids() if (fields := _stat(pid))}
    children: dict[int, list[int]] = {}
    for pid, fields in stats.items():
        children.setdefault(int(fields[_PARENT]), []).append(pid)
    found: dict[int, list[str]] = {}
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        if pid in stats:
            found[pid] = stats[pid]
            waiting += children.get(pid, [])
    return found


def _pids() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdecimal()]


def _stat(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _proportional_kib(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
