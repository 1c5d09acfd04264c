"""Processes that a benchmark starts, and ends whatever happens."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Final

SECRET_KEY: Final = secrets.token_urlsafe(48)
"""What all contenders sign tokens with."""

_SECONDS_TO_START = 60
_SECONDS_TO_STOP = 15
_SECONDS_TO_RUN = 300
_PAUSE = 0.1


class NotStarted(RuntimeError):
    """A process ended or said nothing; the text tells where its log is."""


def plain_environment(url: str) -> dict[str, str]:
    """Return what every contender is told, and nothing of what else this process knows."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": os.environ.get("HOME", "/"),
        "TZ": "UTC",
        "DATABASE_URL": url,
        "SECRET_KEY": SECRET_KEY,
    }


def satchel_environment(url: str) -> dict[str, str]:
    """Return the settings of Satchel in production, but for two.

    Tokens live as long as the longest run, and one address may refresh as many as it likes: all comes from one.
    """
    return plain_environment(url) | {
        "ENVIRONMENT": "production",
        "ACCESS_TOKEN_MINUTES": "1440",
        "RATE_LIMIT_ANONYMOUS_REQUESTS": "1000000",
    }


def satchel_environment_without_limits(url: str) -> dict[str, str]:
    """Return the same, where requests are not counted."""
    return satchel_environment(url) | {"RATE_LIMIT_REQUESTS": "0", "RATE_LIMIT_ANONYMOUS_REQUESTS": "0"}


def peer_environment(url: str) -> dict[str, str]:
    """Return what a peer is told, and where it is to be imported from."""
    return plain_environment(url) | {"PYTHONPATH": str(Path(__file__).resolve().parents[1])}


def program(name: str) -> str:
    """Return the path of a program that is installed beside this Python."""
    return str(Path(sys.executable).with_name(name))


def satchel_program() -> str:
    """Return the path of `satchel` in an environment of its own, where no peer's packages are."""
    return str(Path(__file__).resolve().parents[1] / ".venv" / "bin" / "satchel")


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def run_to_end(command: Sequence[str], environment: Mapping[str, str], *, folder: Path | None = None) -> str:
    """Run a program and return what it printed.

    Raises:
        NotStarted: it failed; with the end of what it said.
    """
    ended = subprocess.run(  # noqa: S603 - a program of this environment, with arguments of ours
        command,
        env=dict(environment),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_SECONDS_TO_RUN,
        check=False,
    )
    if ended.returncode:
        raise NotStarted(f"{command[0]} failed:\n{ended.stdout[-2000:]}")
    return ended.stdout


@contextmanager
def running(
    command: Sequence[str], environment: Mapping[str, str], *, log: Path, port: int
) -> "Generator[subprocess.Popen[bytes]]":
    """Yield a service that answers `GET /health`; it and all its children are ended afterwards.

    Args:
        command: what to start.
        environment: all that it is told.
        log: the file that takes both its outputs.
        port: where on 127.0.0.1 it is going to listen.

    Raises:
        NotStarted: it does not answer.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - the same
            command,
            env=dict(environment),
            cwd=log.parent,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            # Ctrl-C is for the benchmark alone, which then ends the rest in order.
            start_new_session=True,
        )
    try:
        _await_answer(process, log, port)
        yield process
    finally:
        _end(process)


def _await_answer(process: "subprocess.Popen[bytes]", log: Path, port: int) -> None:
    deadline = time.monotonic() + _SECONDS_TO_START
    while process.poll() is None and time.monotonic() < deadline:
        connection = HTTPConnection("127.0.0.1", port, timeout=_PAUSE * 20)
        try:
            connection.request("GET", "/health")
            if connection.getresponse().status == 200:
                return
        except (OSError, HTTPException):
            pass
        finally:
            connection.close()
        time.sleep(_PAUSE)
    raise NotStarted(f"{process.args!r} does not answer; its log is {log}:\n{log.read_text()[-2000:]}")


def _end(process: "subprocess.Popen[bytes]") -> None:
    with suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(_SECONDS_TO_STOP)
    # The session is the process's own, so whatever is left in its group is its children.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
