"""The command line, in a folder of the test's own: in processes, as operators meet it, or quicker in this one."""

import json
import logging
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import structlog
from click.testing import CliRunner

from entrypoints.cli.main import main

SATCHEL = str(Path(sys.executable).with_name("satchel"))
KEY = "Zk3v9QpX7dL2sW8eRt5yUu1iOo4pAa6sDd0f"
PATIENCE = 180.0

Run = Callable[..., subprocess.CompletedProcess[str]]


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the whole environment of a command that is given these variables; `satchel` is not on its PATH."""
    return {"PATH": "/usr/bin:/bin", "HOME": os.environ.get("HOME", "/"), "LC_ALL": "C.UTF-8", **variables}


def running_in(folder: Path) -> Run:
    """Return what runs a command to its end in this folder, with these variables alone."""

    def run(*arguments: str, stdin: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [SATCHEL, *arguments],
            input=stdin, capture_output=True, text=True, cwd=folder, env=environment(variables),
            timeout=PATIENCE, check=False,
        )  # fmt: skip

    return run


def calling_in(folder: Path) -> Run:
    """Return what does the same within this process, which spares a start of Python.

    For commands that come to their end by themselves; what they would do to the process as a whole, such as
    taking signals, they do to this one.
    """

    def call(*arguments: str, stdin: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        with _own_logs(), pytest.MonkeyPatch.context() as patch:
            patch.chdir(folder)
            for name in os.environ:
                patch.delenv(name)
            for name, value in environment(variables).items():
                patch.setenv(name, value)
            patch.setattr(sys, "argv", [SATCHEL, *arguments])
            result = CliRunner().invoke(main, arguments, stdin, prog_name="satchel", catch_exceptions=False)
        return subprocess.CompletedProcess(arguments, result.exit_code, result.stdout, result.stderr)

    return call


@contextmanager
def _own_logs() -> Generator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        logging.captureWarnings(False)
        structlog.reset_defaults()


class Service:
    """A `satchel serve` of a test's own, on a free port."""

    def __init__(self, folder: Path, *arguments: str, **variables: str) -> None:
        with tempfile.NamedTemporaryFile("w", dir=folder, prefix="output-", delete=False) as output:
            self._output = Path(output.name)
            self.process = subprocess.Popen(
                [SATCHEL, "serve", "--port", "0", *arguments],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=folder, env=environment(variables),
                start_new_session=True,
            )  # fmt: skip

    @property
    def output(self) -> str:
        """What it has printed and logged so far."""
        return self._output.read_text()

    def url(self) -> str:
        """Wait until it says that it listens, and return where."""
        await_that(lambda: "listens on" in self.output or self.process.poll() is not None)
        found = re.search(r"listens on (http://\S+)", self.output)
        assert found, self.output
        return found[1]

    def call(self, path: str, body: dict[str, str] | None = None) -> Any:
        """Return the JSON that it answers; a body is sent with POST."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310  # our own URL
            self.url() + path, data, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310  # our own URL
            return json.load(answer)

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send the signal and return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


Serve = Callable[..., Service]


@contextmanager
def serving_in(folder: Path) -> Generator[Serve]:
    """Yield what starts services in this folder; they end with the block."""
    services: list[Service] = []

    def serve(*arguments: str, **variables: str) -> Service:
        services.append(Service(folder, *arguments, **variables))
        return services[-1]

    try:
        yield serve
    finally:
        for service in services:
            if service.process.poll() is None:
                service.end()


def await_that(condition: Callable[[], object]) -> None:
    """Wait until the condition holds."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.05)


def children(pid: int) -> set[int]:
    """Return the living processes that this one started, and those that they started."""
    listing = subprocess.run(["/bin/ps", "-eo", "pid=,ppid=,stat="], capture_output=True, text=True, check=True)
    rows = [line.split() for line in listing.stdout.splitlines()]
    direct = {int(row[0]) for row in rows if int(row[1]) == pid and not row[2].startswith("Z")}
    return direct.union(*(children(child) for child in direct))


def lives(pid: int) -> bool:
    """Tell whether there is such a process that has not ended."""
    stat = subprocess.run(
        ["/bin/ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout.strip()
    return bool(stat) and not stat.startswith("Z")
