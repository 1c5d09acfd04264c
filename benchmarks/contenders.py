"""Who is compared, and how each is started: the way its users start it."""

import os
import shutil
import sys
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from benchmarks.processes import (
    NotStarted,
    free_port,
    peer_environment,
    program,
    run_to_end,
    running,
    satchel_environment,
    satchel_environment_without_limits,
    satchel_program,
)
from benchmarks.replica import running_replica

# Where Debian and Ubuntu put the sources of Go packages.
_GO_SOURCES: Final = "/usr/share/gocode"
_GO_MISSING: Final = (
    "needs Go, pgx, golang-jwt and x/crypto (Debian and Ubuntu: apt-get install golang-go "
    "golang-github-jackc-pgx-v4-dev golang-github-golang-jwt-jwt-dev golang-golang-x-crypto-dev)"
)
WHEN_ASKED: Final = frozenset({"satchel-1-unlimited", "satchel-1-replica"})
"""Who takes part only when asked to."""
_PEERS: Final = Path(__file__).resolve().with_name("peers")


class Unavailable(RuntimeError):
    """This contender cannot be had on this machine; the text says what it wants."""


@dataclass(frozen=True, slots=True)
class Contender:
    """A service to compare.

    Attributes:
        name: as the command line takes it.
        title: as tables show it.
        command: what starts it, given the port and a folder for what has to be built first.
        environment: what it is told, given the URL of the database.
        has_cursors: whether it leads through lists by cursor, as Satchel does; by page number otherwise.
        liveness: the path of a sign of life that needs no database, if there is one.
        reads_replica: whether it is given a replica of the database besides.
    """

    name: str
    title: str
    command: Callable[[int, Path], list[str]]
    environment: Callable[[str], dict[str, str]] = peer_environment
    has_cursors: bool = False
    liveness: str | None = None
    reads_replica: bool = False


@dataclass(frozen=True, slots=True)
class Service:
    """A contender that runs.

    Attributes:
        port: of 127.0.0.1.
        pid: the parent of all its processes.
    """

    contender: Contender
    port: int
    pid: int


@contextmanager
def running_service(contender: Contender, url: str, folder: Path) -> Generator[Service]:
    """Yield the contender, answering requests; it has ended afterwards.

    Args:
        contender: who.
        url: of the database.
        folder: for its log and what is built.

    Raises:
        Unavailable: it cannot be had on this machine.
        NotStarted: it should have run, and does not.
    """
    port = free_port()
    command = contender.command(port, folder)
    log = folder / f"{contender.name}.log"
    environment = contender.environment(url)
    with ExitStack() as stack:
        if contender.reads_replica:
            environment["DATABASE_READ_URL"] = stack.enter_context(running_replica(url, folder))
        process = stack.enter_context(running(command, environment, log=log, port=port))
        yield Service(contender, port, process.pid)


def _satchel(workers: int) -> Contender:
    return Contender(
        f"satchel-{workers}",
        f"Satchel, {workers} worker{'s' if workers > 1 else ''}",
        lambda port, _: [satchel_program(), "serve", "--port", str(port), "--workers", str(workers)],
        satchel_environment,
        has_cursors=True,
        liveness="/health/live",
    )


def _flask(port: int, _folder: Path) -> list[str]:
    scale = ["--workers", "4", "--threads", "2", "--no-control-socket"]
    return [program("gunicorn"), "--bind", f"127.0.0.1:{port}", *scale, "benchmarks.peers.flask.app:app"]


def _uvicorn(module: str) -> Callable[[int, Path], list[str]]:
    scale = ["--workers", "2", "--no-access-log"]
    return lambda port, _: [program("uvicorn"), "--port", str(port), *scale, f"benchmarks.peers.{module}.app:app"]


def _go(port: int, folder: Path) -> list[str]:
    go = shutil.which("go")
    if go is None:
        raise Unavailable(_GO_MISSING)
    built = folder / "go-peer"
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "GOCACHE": str(folder / "go-cache"),
        "GO111MODULE": "off",
        "GOPATH": os.pathsep.join([str(folder / "go"), _GO_SOURCES]),
    }
    try:
        run_to_end([go, "build", "-o", str(built), "."], environment, folder=_PEERS / "go")
    except NotStarted as error:
        print(error, file=sys.stderr)
        raise Unavailable(_GO_MISSING) from error
    return [str(built), str(port)]


CONTENDERS: Final = {
    contender.name: contender
    for contender in (
        _satchel(1),
        _satchel(2),
        replace(
            _satchel(1),
            name="satchel-1-unlimited",
            title="Satchel, 1 worker, counting no requests",
            environment=satchel_environment_without_limits,
        ),
        replace(
            _satchel(1),
            name="satchel-1-replica",
            title="Satchel, 1 worker, lists from a replica",
            reads_replica=True,
        ),
        Contender("flask", "Flask + SQLAlchemy, gunicorn 4x2", _flask),
        Contender("fastapi-sync", "FastAPI + SQLAlchemy, sync, 2 workers", _uvicorn("fastapi_sync")),
        Contender("fastapi-async", "FastAPI + SQLAlchemy, async, 2 workers", _uvicorn("fastapi_async")),
        Contender("litestar", "Litestar + advanced-alchemy, 2 workers", _uvicorn("litestar")),
        Contender("go", "Go net/http + pgx", _go),
    )
}
