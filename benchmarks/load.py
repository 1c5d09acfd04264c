"""The load generator as the benchmark sees it: a process that is started, let go, and reports."""

import subprocess
import sys
import threading
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.generator import Order, Report
from benchmarks.rows import PEOPLE, Person
from benchmarks.workloads import Request, signing_in

_SECONDS_TO_ANSWER = 10
_SECONDS_LEFT = 60
_ROOT = Path(__file__).resolve().parents[1]


class WrongAnswer(RuntimeError):
    """A contender did not answer as all must."""


class Answer(msgspec.Struct):
    """One answer; the names of its headers are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


def ask(port: int, request: Request, token: str) -> Any:
    """Send one request and return what the JSON of its answer holds.

    Raises:
        WrongAnswer: the status is another than the expected one.
    """
    answer = ask_for_all(port, request, token)
    if answer.status != request.status:
        raise WrongAnswer(f"{request.method} {request.path}: {answer.status} {answer.body[:300]!r}")
    return msgspec.json.decode(answer.body)


def ask_for_all(port: int, request: Request, token: str) -> Answer:
    """Send one request and return the answer, whatever it is."""
    connection = HTTPConnection("127.0.0.1", port, timeout=_SECONDS_TO_ANSWER)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    if request.body:
        headers["Content-Type"] = "application/json"
    try:
        connection.request(request.method, request.path, request.body, headers)
        response = connection.getresponse()
        return Answer(
            response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
        )
    finally:
        connection.close()


def sign_in_everyone(port: int, connections: int) -> list[tuple[str, str]]:
    """Return an access token and a refresh token for each connection, each of a session of its own."""

    def tokens(person: Person) -> tuple[str, str]:
        answer = ask(port, signing_in(person), "")
        return answer["accessToken"], answer["refreshToken"]

    with ThreadPoolExecutor(4) as threads:
        return list(threads.map(tokens, (PEOPLE[place % len(PEOPLE)] for place in range(connections))))


@contextmanager
def warmed_up(order: Order) -> Generator[Callable[[], Report]]:
    """Yield, once the generator has warmed up, what lets it begin and returns its report.

    Raises:
        WrongAnswer: it ended by itself.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.generator"],
        cwd=_ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    # Bounded in time whatever the contender does.
    patience = threading.Timer(order.warm_up + order.seconds + _SECONDS_LEFT, process.kill)
    patience.start()

    def exchange(line: bytes) -> bytes:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("the generator was started without pipes")
        process.stdin.write(line + b"\n")
        process.stdin.flush()
        if not (answer := process.stdout.readline()):
            raise WrongAnswer("the load generator ended by itself; what it said stands above")
        return answer

    try:
        exchange(msgspec.json.encode(order))
        yield lambda: msgspec.json.decode(exchange(b"go"), type=Report)
    finally:
        patience.cancel()
        process.kill()
        process.communicate()
