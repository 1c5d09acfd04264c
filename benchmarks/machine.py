"""The machine that the figures are of, and how much of it takes part."""

import os
import platform
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

_ROOT: Final = Path(__file__).resolve().parents[1]
_LIBRARIES: Final = ("litestar", "sqlalchemy", "psycopg", "flask", "fastapi", "uvicorn", "gunicorn", "asyncpg")


def keep_to_cores(count: int) -> int:
    """Let this process and all that it starts run on so many cores only; return on how many they do."""
    cores = sorted(os.sched_getaffinity(0))[:count]
    os.sched_setaffinity(0, cores)
    return len(cores)


def facts(*, cores: int, postgresql: str) -> dict[str, str]:
    """Return what one has to know of a machine to compare figures."""
    return {
        "processor": _first("/proc/cpuinfo", "model name"),
        "cores used": f"{cores} of {os.cpu_count()}",
        "memory": _first("/proc/meminfo", "MemTotal"),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "postgresql": postgresql,
        "revision": _revision(),
        "load before": f"{os.getloadavg()[0]:.2f}",
        **dict(_versions(_LIBRARIES)),
    }


def _first(path: str, name: str) -> str:
    lines = (line.partition(":") for line in Path(path).read_text().splitlines())
    return next((value.strip() for key, _, value in lines if key.strip() == name), "unknown")


def _versions(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    for name in names:
        with suppress(PackageNotFoundError):
            yield name, version(name)


def _revision() -> str:
    """Return the commit, with a plus where files differ from it."""
    try:
        said = subprocess.run(
            ["git", "describe", "--always", "--dirty=+"],  # noqa: S607 - whichever git there is
            cwd=_ROOT,
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return said.stdout.strip()
