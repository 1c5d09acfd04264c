"""The load generator: one process, one loop, requests rendered beforehand, and hardly any parsing.

Run by `benchmarks.load` as `python -m benchmarks.generator`. It reads one Order as a line of JSON, warms up, says
`ready`, waits for a line, sends for the ordered time, and writes one Report.
"""

import asyncio
import resource
import sys
import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import cycle
from typing import Any, Final, cast

import msgspec
import uvloop

from benchmarks.workloads import PAGE, WORKLOADS, Request, Workload, refreshing

_CHECKED_EVERY: Final = 64
_WATCHED_EVERY: Final = 0.02
_SECONDS_TO_FINISH = 20
_LENGTH: Final = b"content-length:"


class Order(msgspec.Struct):
    """What to send.

    Attributes:
        port: of 127.0.0.1.
        workload: its name.
        tokens: an access token and a refresh token for each connection.
        tasks: how many tasks there are.
        warm_up: seconds before anything counts.
        seconds: for how long it counts.
        path: of a list to ask for over and over, in place of the workload's requests.
        watched: the path of a sign of life to ask for beside, on a connection of its own.
    """

    port: int
    workload: str
    tokens: list[tuple[str, str]]
    tasks: int
    warm_up: float
    seconds: float
    path: str | None = None
    watched: str | None = None


class Report(msgspec.Struct):
    """What came back.

    Attributes:
        requests: answered since counting began, those included that were under way at the end.
        rate: answers a second within the time.
        p50_ms: median of the time from sending a request to having its whole answer.
        p99_ms: its 99th percentile.
        faults: wrong answers, described; empty if all is well.
        cpu: seconds that the generator itself used.
        watched_ms: how long the slowest sign of life took; None if none was asked for.
    """

    requests: int
    rate: float
    p50_ms: float
    p99_ms: float
    faults: dict[str, int]
    cpu: float
    watched_ms: float | None = None


class Tally:
    """What all connections have seen together."""

    def __init__(self) -> None:
        """Begin at nothing."""
        self.latencies = array("d")
        self.ends = array("d")
        self.faults: dict[str, int] = {}
        self.is_open = True

    def fault(self, text: str) -> None:
        """Count something that must not be."""
        self.faults[text] = self.faults.get(text, 0) + 1


class Connection(asyncio.Protocol):
    """Sends its next request as soon as the last is answered."""

    def __init__(self, requests: Iterator[tuple[bytes, Request]], tally: Tally, *, refreshes: bool) -> None:
        """Know what to send; an iterator of requests, each as bytes and as what it was made from."""
        self._requests = requests
        self._tally = tally
        self._refreshes = refreshes
        self._transport: asyncio.WriteTransport | None = None
        self._received = bytearray()
        self._missing = 0
        self._sent = 0.0
        self._answers = 0
        self._request = Request("GET", "/")
        self.idle = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        self._transport = cast("asyncio.WriteTransport", transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        """Collect the answer; when it is whole, go on."""
        received = self._received
        received += data
        if not self._missing:
            head = received.find(b"\r\n\r\n")
            if head < 0:
                return
            self._missing = head + 4 + _content_length(received, head)
        if len(received) < self._missing:
            return
        now = time.perf_counter()
        self._tally.latencies.append(now - self._sent)
        self._tally.ends.append(now)
        self._answers += 1
        self._look_at(received)
        received.clear()
        self._missing = 0
        if self._tally.is_open:
            self._send()
        else:
            self.idle.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """Count it: every contender keeps connections alive."""
        if not self.idle.is_set():
            self._tally.fault(f"connection lost: {exc or 'closed by the other end'}")
            self.idle.set()

    def close(self) -> None:
        """Hang up."""
        self.idle.set()
        if self._transport is not None:
            self._transport.close()

    def _send(self) -> None:
        wire, self._request = next(self._requests)
        self._sent = time.perf_counter()
        if self._transport is not None:
            self._transport.write(wire)

    def _look_at(self, answer: bytearray) -> None:
        wanted = self._request
        status = int(answer[9:12])
        if status != wanted.status:
            self._tally.fault(f"{wanted.method} {wanted.path}: {status} instead of {wanted.status}")
            return
        if self._refreshes:
            token = msgspec.json.decode(answer[answer.index(b"\r\n\r\n") :])["refreshToken"]
            following = refreshing(token)
            self._requests = iter([(following.rendered(""), following)])
        elif self._answers % _CHECKED_EVERY == 1 and (fault := _fault(wanted, answer)):
            self._tally.fault(f"{wanted.method} {wanted.path}: {fault}")


def _content_length(answer: bytearray, end: int) -> int:
    head = bytes(answer[:end]).lower()
    start = head.find(_LENGTH)
    if start < 0:
        raise ValueError("the answer has no Content-Length, as every contender's must")
    return int(head[start + len(_LENGTH) :].split(b"\r\n", 1)[0])


def _fault(wanted: Request, answer: bytearray) -> str | None:
    body: Any = msgspec.json.decode(answer[answer.index(b"\r\n\r\n") :])
    if wanted.rows is not None:
        return None if len(body) == wanted.rows else f"{len(body)} rows instead of {wanted.rows}"
    if wanted.method == "GET" and wanted.path.startswith("/api/v1/tasks/"):
        return None if str(body["id"]) == wanted.path.rpartition("/")[2] else "another task"
    return None


def _requests(order: Order, workload: Workload, place: int) -> Iterator[tuple[bytes, Request]]:
    access, refresh = order.tokens[place]
    if workload.refreshes:
        first = refreshing(refresh)
        return iter([(first.rendered(""), first)])
    if order.path is not None:
        requests: Sequence[Request] = [Request("GET", order.path, rows=PAGE)]
    else:
        requests = workload.requests(place, order.tasks)
    return cycle([(request.rendered(access), request) for request in requests])


async def generate(order: Order, ready: Callable[[], None], go: Callable[[], object]) -> Report:
    """Send what is ordered.

    Args:
        order: what.
        ready: called once it is warm.
        go: returns when counting is to begin; called in a thread, as it may block.
    """
    workload = WORKLOADS[order.workload]
    tally = Tally()
    loop = asyncio.get_running_loop()
    connections: list[Connection] = []
    for place in range(len(order.tokens)):
        connect = partial(
            Connection,
            _requests(order, workload, place),
            tally,
            refreshes=workload.refreshes,
        )
        _, connection = await loop.create_connection(connect, "127.0.0.1", order.port)
        connections.append(connection)
    await asyncio.sleep(order.warm_up)
    ready()
    await loop.run_in_executor(None, go)
    first, began, used = len(tally.ends), time.perf_counter(), _own_cpu()
    watching = None if order.watched is None else asyncio.create_task(_watch(order.port, order.watched, tally))
    await asyncio.sleep(order.seconds)
    tally.is_open = False
    ended = time.perf_counter()
    async with asyncio.timeout(_SECONDS_TO_FINISH):
        for connection in connections:
            await connection.idle.wait()
        watched = None if watching is None else await watching
    report = _report(tally, first=first, seconds=ended - began, ended=ended, cpu=_own_cpu() - used)
    report.watched_ms = watched
    for connection in connections:
        connection.close()
    return report


async def _watch(port: int, path: str, tally: Tally) -> float:
    """Ask for a sign of life until the others have done; return how long the slowest took, in milliseconds."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    request = Request("GET", path)
    slowest = 0.0
    while tally.is_open:
        began = time.perf_counter()
        writer.write(request.rendered(""))
        head = bytearray(await reader.readuntil(b"\r\n\r\n"))
        slowest = max(slowest, (time.perf_counter() - began) * 1000)
        await reader.readexactly(_content_length(head, len(head)))
        if (status := int(head[9:12])) != request.status:
            tally.fault(f"GET {path}: {status} instead of {request.status}")
        await asyncio.sleep(_WATCHED_EVERY)
    writer.close()
    return slowest


def _report(tally: Tally, *, first: int, seconds: float, ended: float, cpu: float) -> Report:
    latencies = sorted(tally.latencies[first:])
    if not latencies:
        tally.fault("no answer at all")
        latencies = [0.0]
    in_time = sum(1 for end in tally.ends[first:] if end <= ended)
    return Report(
        requests=len(tally.ends) - first,
        rate=in_time / seconds,
        p50_ms=latencies[len(latencies) // 2] * 1000,
        p99_ms=latencies[min(len(latencies) - 1, len(latencies) * 99 // 100)] * 1000,
        faults=tally.faults,
        cpu=cpu,
    )


def _own_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _main() -> None:
    order = msgspec.json.decode(sys.stdin.readline(), type=Order)
    report = uvloop.run(generate(order, lambda: print("ready", flush=True), sys.stdin.readline))
    print(msgspec.json.encode(report).decode(), flush=True)


if __name__ == "__main__":
    _main()
