"""What those who follow the events cost: memory of each while nothing happens, and how soon an event is with all.

    python -m benchmarks.readers [--readers 1000] [--websocket]

Satchel runs on the in-memory store, with readers on this machine alone.
"""

import argparse
import asyncio
import re
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Final

import click
import httpx

from benchmarks.processes import satchel_program
from benchmarks.resources import cpu_seconds, memory_mib

API: Final = "/api/v1"
_OF_ONE_USER: Final = 50
_AT_ONCE: Final = 50
_EVENTS: Final = 50
_HANDSHAKE: Final = (
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)


class Reader:
    """One connection, and when it saw which task. Pings go unanswered, which is borne for 40 seconds."""

    def __init__(self) -> None:
        self.seen: dict[bytes, float] = {}
        self.has_begun = asyncio.Event()

    async def follow(self, port: int, token: str, path: str, more: str) -> None:
        """Read until cut off."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n{more}\r\n"
        writer.write(head.encode())
        while data := await reader.read(65_536):
            self.has_begun.set()
            now = time.perf_counter()
            for mark in re.findall(rb"mark-\d+", data):
                self.seen.setdefault(mark, now)
        writer.close()


async def measure(address: str, pid: int, *, readers: int, is_websocket: bool) -> None:
    """Let so many follow, and print what was measured."""
    async with httpx.AsyncClient(base_url=address, timeout=60) as http:
        tokens: list[str] = []
        for number in range(-(-readers // _OF_ONE_USER)):
            account = {"username": f"reader-{number}", "password": "correct horse battery staple"}
            tokens.append((await http.post(f"{API}/auth/signup", json=account)).json()["accessToken"])
        path = f"{API}/events/ws" if is_websocket else f"{API}/events"
        more = _HANDSHAKE if is_websocket else ""
        port = httpx.URL(address).port or 80
        before = memory_mib(pid)
        following = [Reader() for _ in range(readers)]
        tasks: list[asyncio.Task[None]] = []
        for first in range(0, readers, _AT_ONCE):
            some = following[first : first + _AT_ONCE]
            token = tokens[first // _OF_ONE_USER]
            tasks += [asyncio.create_task(reader.follow(port, token, path, more)) for reader in some]
            await asyncio.gather(*(reader.has_begun.wait() for reader in some))
        kib = (memory_mib(pid) - before) * 1024 / readers
        click.echo(f"{readers:,} readers: {kib:.1f} KiB each")
        cpu, idle_from = cpu_seconds(pid), time.perf_counter()
        await asyncio.sleep(10)
        busy = (cpu_seconds(pid) - cpu) / (time.perf_counter() - idle_from)
        click.echo(f"while nothing happens: {busy:.1%} of a core")
        sent: dict[bytes, float] = {}
        headers = {"Authorization": f"Bearer {tokens[0]}"}
        cpu = cpu_seconds(pid)
        for number in range(_EVENTS):
            mark = f"mark-{number}"
            sent[mark.encode()] = time.perf_counter()
            (await http.post(f"{API}/tasks", json={"title": mark}, headers=headers)).raise_for_status()
            await asyncio.sleep(0.25)
        await asyncio.sleep(2)
        delays = [at - sent[mark] for reader in following for mark, at in reader.seen.items()]
        per_event = (cpu_seconds(pid) - cpu) / len(delays) * 1e6
        click.echo(f"{len(delays):,} of {readers * _EVENTS:,} arrived, for {per_event:.0f} µs of CPU each")
        deciles = statistics.quantiles(delays, n=100)
        click.echo(
            f"after {deciles[49] * 1e3:.0f} ms (median), {deciles[98] * 1e3:.0f} ms (99 %) from the request on"
        )
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def main() -> None:
    """Measure as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--readers", type=int, default=1_000)
    parser.add_argument("--websocket", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            "PATH": "/usr/bin:/bin",
            "HOME": folder,
            "DATABASE_URL": "memory://",
            "LOG_LEVEL": "warning",
        }
        with subprocess.Popen(  # noqa: S603  # our own program
            [satchel_program(), "serve", "--port", "0"],
            env=environment, cwd=Path(folder), stdout=subprocess.PIPE, text=True,
        ) as server:  # fmt: skip
            try:
                lines = server.stdout or ()
                address = next(found[1] for line in lines if (found := re.search(r"(http://\S+) ", line)))
                asyncio.run(measure(address, server.pid, readers=options.readers, is_websocket=options.websocket))
            finally:
                server.terminate()


if __name__ == "__main__":
    main()
