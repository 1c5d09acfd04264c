"""Metrics of `satchel serve` as Prometheus meets it: workers at one port, and a port for metrics alone."""

import os
import signal
import socket
import urllib.request
from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit

import pytest

from tests.contracts.http_service import SECRET_KEY
from tests.contracts.metrics import DURATIONS, METRICS, REQUESTS, Scrape, read
from tests.integration.cli_processes import Service, await_that, children, serving_in
from tests.integration.postgresql import Server, new_database

LIVE = {"method": "GET", "route": "/health/live", "status": "200"}


def free_port() -> int:
    """Return a port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def fetch(url: str) -> str:
    """Return what is answered there."""
    with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310  # our own URL
        text: str = answer.read().decode()
        return text


class Monitored:
    """Two workers, and where their metrics are."""

    def __init__(self, service: Service, port: int, scratch: Path) -> None:
        self.service = service
        self.scratch = scratch
        self.url = service.url()
        self.metrics_url = f"http://127.0.0.1:{port}"

    def scrape(self) -> Scrape:
        """Ask for metrics on a connection of its own, so that any of the workers may answer."""
        return read(fetch(self.metrics_url + METRICS))

    def live(self) -> float:
        """Return how many signs of life were counted."""
        return self.scrape().total(REQUESTS, **LIVE)


@pytest.fixture(scope="module")
def monitored(
    postgresql: Server, _template: str, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Monitored]:
    """A service of two workers, which leaves nothing behind."""
    port = free_port()
    with ExitStack() as stack:
        url = stack.enter_context(new_database(postgresql, template=_template))
        serve = stack.enter_context(serving_in(tmp_path_factory.mktemp("satchel")))
        scratch = tmp_path_factory.mktemp("scratch")
        variables = {"DATABASE_URL": url, "SECRET_KEY": SECRET_KEY, "METRICS_PORT": str(port), "WORKERS": "2"}
        service = serve(**variables, TMPDIR=str(scratch))
        yield Monitored(service, port, scratch)
        assert service.end() == 0
        assert list(scratch.iterdir()) == []


def test_a_scrape_tells_of_all_workers(monitored: Monitored) -> None:
    await_that(lambda: monitored.scrape().total("satchel_workers") == 2)
    before = monitored.live()
    for _ in range(40):
        fetch(f"{monitored.url}/health/live")
    # The other worker tells once a second.
    await_that(lambda: monitored.live() == before + 40)
    told = monitored.scrape()
    assert told.total(f"{DURATIONS}_count", **LIVE) == before + 40
    assert told.total("satchel_database_most", pool="reads") == 6
    assert told.total("process_resident_memory_bytes") > 2 * 2**20


def test_a_killed_worker_takes_nothing_along(monitored: Monitored) -> None:
    for _ in range(20):
        fetch(f"{monitored.url}/health/live")
    await_that(lambda: monitored.live() >= 20)
    await_that(lambda: monitored.scrape().total("satchel_workers") == 2)
    before = monitored.live()
    # One of those that began last, and not the one that looks after them.
    victim = max(children(monitored.service.process.pid))
    os.kill(victim, signal.SIGKILL)
    await_that(lambda: "was replaced" in monitored.service.output)
    await_that(lambda: monitored.scrape().total("satchel_workers") == 2)
    assert monitored.live() >= before


def test_what_is_refused_on_the_wire_is_counted(monitored: Monitored) -> None:
    before = monitored.scrape().total(REQUESTS, route="refused", status="400")
    address = urlsplit(monitored.url)
    with socket.create_connection((address.hostname, address.port), timeout=30) as connection:
        connection.sendall(b"this is not HTTP\r\n\r\n")
        while connection.recv(4096):
            pass
    await_that(lambda: monitored.scrape().total(REQUESTS, route="refused", status="400") == before + 1)


def test_each_port_has_its_own(monitored: Monitored) -> None:
    for url in (monitored.url + METRICS, f"{monitored.metrics_url}/health"):
        with pytest.raises(HTTPError, match="404"):
            fetch(url)


def test_what_they_share_is_theirs_alone(monitored: Monitored) -> None:
    (folder,) = monitored.scratch.iterdir()
    assert folder.stat().st_mode & 0o777 == 0o700
