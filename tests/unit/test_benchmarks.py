"""The yardstick itself: what it sends, what it takes for an answer, and how it sums up."""

import asyncio
import os
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest

from benchmarks import plot, results, table
from benchmarks.generator import Order, Report, generate
from benchmarks.options import read_options
from benchmarks.profile import flame_graph, read_stacks, shares
from benchmarks.resources import cpu_seconds, memory_mib
from benchmarks.results import Measurement, Results
from benchmarks.rounds import CONNECTIONS
from benchmarks.workloads import WORKLOADS

TASKS = 10_000
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\ncontent-length: 2\r\n\r\n{}"


@asynccontextmanager
async def service(answers: Callable[[bytes], list[bytes]]) -> AsyncGenerator[tuple[int, list[bytes]]]:
    """Yield the port of a service and what it was sent; it sends each answer piece by piece, none is the end."""
    sent: list[bytes] = []
    serving: list[asyncio.Task[None] | None] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.append(asyncio.current_task())
        while head := await until_blank_line(reader):
            length = next((int(line.split(b":")[1]) for line in head.split(b"\r\n") if b"Content-L" in line), 0)
            sent.append(head + await reader.readexactly(length))
            pieces = answers(sent[-1])
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0)
            if not pieces:
                break
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], sent
        await asyncio.gather(*(task for task in serving if task))


async def until_blank_line(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionResetError):
        return b""


async def report_of(port: int, workload: str, *, watched: str | None = None) -> Report:
    order = Order(port, workload, [("access", "refresh")], tasks=TASKS, warm_up=0.02, seconds=0.1, watched=watched)
    return await generate(order, lambda: None, lambda: None)


def measurement(contender: str, number: int, rate: float, *, workload: str = "task") -> Measurement:
    return Measurement(
        contender=contender,
        workload=workload,
        round=number,
        requests=int(rate),
        rate=rate,
        p50_ms=1.0,
        p99_ms=2.0,
        service_cpu=0.5,
        database_cpu=0.1,
        generator_cpu=0.2,
        memory_mib=100.0,
    )


def results_of(*measurements: Measurement) -> Results:
    return Results(
        began="2026-01-31T17:00:00+00:00",
        machine={"processor": "abacus"},
        options={"rounds": "3"},
        contenders={"satchel-1": "Satchel, 1 worker", "flask": "Flask <& friends>", "go": "Go"},
        workloads={"task": "one task", "day": "a mixed day"},
        skipped={"go": "needs Go"},
        measurements=list(measurements),
    )


@pytest.mark.anyio
async def test_an_answer_in_pieces_is_one_answer() -> None:
    """However the network cuts it, also in the middle of its head."""
    async with service(lambda _: [OK[:20], OK[20:-1], OK[-1:]]) as (port, _):
        report = await report_of(port, "health")
    assert report.requests > 0
    assert report.faults == {}


@pytest.mark.anyio
async def test_a_wrong_status_is_a_fault_with_the_request_that_met_it() -> None:
    """Fast refusals must not pass for fast answers."""
    refusal = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"
    async with service(lambda _: [refusal]) as (port, _):
        report = await report_of(port, "health")
    assert report.faults.keys() == {"GET /health: 503 instead of 200"}


@pytest.mark.anyio
async def test_another_task_than_the_one_asked_for_is_a_fault() -> None:
    """Some bodies are looked into, the first of each connection among them."""
    body = b'{"id": -1}'
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    async with service(lambda _: [answer]) as (port, _):
        report = await report_of(port, "task")
    assert all(fault.endswith("another task") for fault in report.faults)
    assert report.faults


@pytest.mark.anyio
async def test_a_service_that_hangs_up_is_at_fault() -> None:
    """Whoever closes connections would otherwise be waited for."""
    async with service(lambda _: []) as (port, _):
        report = await report_of(port, "health")
    assert any(fault.startswith("connection lost") for fault in report.faults)


@pytest.mark.anyio
async def test_each_refresh_spends_the_token_of_the_answer_before() -> None:
    """A spent one shown again would end the session."""
    given = 0

    def next_token(_: bytes) -> list[bytes]:
        nonlocal given
        given += 1
        body = msgspec.json.encode({"refreshToken": f"token-{given}"})
        return [b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)]

    async with service(next_token) as (port, sent):
        await report_of(port, "refresh")
    tokens = [msgspec.json.decode(request.partition(b"\r\n\r\n")[2])["refreshToken"] for request in sent]
    assert tokens == ["refresh", *(f"token-{n}" for n in range(1, len(tokens)))]


@pytest.mark.anyio
async def test_a_sign_of_life_is_asked_for_beside_and_its_slowest_answer_told() -> None:
    """On a connection of its own: who works on something long still answers others."""
    async with service(lambda _: [OK]) as (port, sent):
        report = await report_of(port, "health", watched="/alive")
        unwatched = await report_of(port, "health")
    assert any(b"/alive" in request for request in sent)
    assert report.watched_ms is not None
    assert report.watched_ms > 0
    assert unwatched.watched_ms is None


def test_no_two_connections_change_the_same_task() -> None:
    """What is measured is changing tasks, not fighting for one."""
    changed = Counter(
        path
        for connection in range(CONNECTIONS)
        for path in {request.path for request in WORKLOADS["change"].requests(connection, TASKS)}
    )
    assert set(changed.values()) == {1}


def test_every_change_changes_something() -> None:
    """Saying the same of a task twice in a row would cost nothing."""
    by_task: dict[str, list[bytes]] = {}
    for request in [*WORKLOADS["change"].requests(0, TASKS)] * 2:
        by_task.setdefault(request.path, []).append(request.body)
    assert all(one != other for bodies in by_task.values() for one, other in pairwise(bodies))


def test_four_fifths_of_a_mixed_day_are_reads() -> None:
    """As its title says."""
    methods = [request.method for request in WORKLOADS["day"].requests(0, TASKS)]
    assert methods.count("GET") * 5 == len(methods) * 4


def test_the_median_of_the_rounds_counts() -> None:
    """One round that something disturbed does no harm."""
    found = results_of(*(measurement("flask", n, rate) for n, rate in enumerate((100.0, 3.0, 110.0), 1)))
    assert found.median("flask", "task", lambda each: each.rate) == 100.0
    assert found.median("flask", "day", lambda each: each.rate) is None


def test_results_can_be_kept_and_read_again(tmp_path: Path) -> None:
    """With every round, to be compared with the next run."""
    found = results_of(measurement("satchel-1", 1, 10.0))
    results.write(found, tmp_path / "old.json")
    assert results.read(tmp_path / "old.json") == found


def test_results_of_another_format_are_refused(tmp_path: Path) -> None:
    """Figures that mean something else must not be compared."""
    found = results_of()
    found.format += 1
    results.write(found, tmp_path / "old.json")
    with pytest.raises(ValueError, match="format"):
        results.read(tmp_path / "old.json")


def test_the_page_holds_figures_machine_and_what_was_skipped() -> None:
    """Whoever reads a figure has to know of what it is."""
    page = table.markdown(results_of(measurement("satchel-1", 1, 1234.0)))
    assert "| Satchel, 1 worker | 1,234 |" in page
    assert "- processor: abacus" in page
    assert "- not go: needs Go" in page
    assert "Wrong answers" not in page


def test_the_page_names_wrong_answers() -> None:
    """They are no part of a good result."""
    wrong = msgspec.structs.replace(measurement("flask", 1, 9.0), faults={"GET /health: 500 instead of 200": 4})
    assert "- flask, task, round 1: 4 x GET /health: 500 instead of 200" in table.markdown(results_of(wrong))


def test_the_plot_is_well_formed_and_has_a_bar_for_each_who_took_part() -> None:
    """Titles with signs of XML in them, too."""
    found = results_of(measurement("satchel-1", 1, 10.0), measurement("flask", 1, 0.0))
    root = ElementTree.fromstring(plot.svg(found))  # noqa: S314 - our own
    bars = [each for each in root.iter() if each.get("class", "").startswith("bar")]
    assert [bar.get("class") for bar in bars] == ["bar own", "bar"]


def test_a_flame_graph_shows_each_call_as_wide_as_its_share_of_the_time() -> None:
    """Callees stand on their callers, without what all have in common."""
    lines = (
        "main (satchel:1);run (asyncio/runners.py:86);app (litestar/app.py:3);get <task> (http/tasks.py:9) 30\n"
        "main (satchel:1);run (asyncio/runners.py:86);app (litestar/app.py:4) 10\n"
    )
    root = ElementTree.fromstring(flame_graph(read_stacks(lines), "one task"))  # noqa: S314 - our own
    svg = "{http://www.w3.org/2000/svg}"
    widths = {
        frame.findtext(f"{svg}title"): float(rectangle.get("width", "0"))
        for frame in root.iter(f"{svg}g")
        for rectangle in frame.iter(f"{svg}rect")
    }
    assert widths == {
        "all: 100.0%": 1200,
        "app (litestar/app.py): 100.0%": 1200,
        "get <task> (http/tasks.py): 75.0%": 900,
    }


def test_time_belongs_to_the_innermost_that_is_known() -> None:
    """What the standard library does, it does for its caller."""
    lines = (
        "run (asyncio/runners.py:86);app (litestar/app.py:3);get (entrypoints/http/tasks.py:9);dumps (x.py:1) 30\n"
        "run (asyncio/runners.py:86);app (litestar/app.py:4) 60\n"
        "run (asyncio/runners.py:86) 10\n"
    )
    assert list(shares(read_stacks(lines)).values()) == [0.6, 0.3, 0.1]


def test_two_runs_are_compared_where_both_measured() -> None:
    """In per cent of the former."""
    before = results_of(measurement("flask", 1, 100.0))
    after = results_of(measurement("flask", 1, 125.0), measurement("satchel-1", 1, 7.0))
    lines = table.comparison(before, after).splitlines()[2:]
    assert [line.split()[:4] for line in lines] == [["flask", "task", "+25", "%"]]


def test_what_children_use_counts_for_their_parent() -> None:
    """Those that have ended, too: workers come and go."""
    before = cpu_seconds(os.getpid())
    subprocess.run([sys.executable, "-c", "while __import__('time').process_time() < 0.4: pass"], check=True)
    # The kernel counts in ticks, of which the last of each process is lost.
    assert cpu_seconds(os.getpid()) - before >= 0.2
    assert memory_mib(os.getpid()) > 1


def test_unknown_names_are_refused_with_those_that_are_known(capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody waits twenty minutes to learn of a typing error."""
    with pytest.raises(SystemExit):
        read_options(["--contenders", "satchel-2,flusk"])
    said = capsys.readouterr().err
    assert "unknown: flusk" in said
    assert "fastapi-sync" in said


def test_smoke_is_satchel_alone_and_short() -> None:
    """So that it can run with every change."""
    options = read_options(["--smoke"])
    assert options.contenders == ("satchel-1",)
    assert options == replace(options, rounds=1, seconds=0.3, growth=False)
