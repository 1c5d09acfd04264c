"""`satchel serve` on a real PostgreSQL, from its first line to its last."""

import json
import os
import re
import signal
import socket
import subprocess
import urllib.error
from contextlib import suppress
from pathlib import Path

import pytest

from adapters.postgres.postmaster import recorded_pid
from tests.integration.cli_processes import (
    KEY,
    PATIENCE,
    Run,
    Serve,
    Service,
    await_that,
    children,
    environment,
    lives,
)


def _health(service: Service) -> int:
    try:
        service.call("/health")
    except urllib.error.HTTPError as refusal:
        return refusal.code
    return 200


class TestServe:
    """`satchel serve` runs until it is told to end, and leaves nothing behind."""

    def test_it_brings_a_database_along_and_ends_with_it(
        self, run: Run, call: Run, serve: Serve, tmp_path: Path
    ) -> None:
        service = serve()
        service.url()
        advice = re.search(r'run "(.+ seed --demo)"', service.output)
        assert advice, service.output
        started = children(service.process.pid)
        signed_up = service.call("/api/v1/auth/signup", {"username": "ada", "password": "password-1"})
        assert signed_up["accessToken"]
        beside = call("users", "list", "--json")
        assert [user["username"] for user in json.loads(beside.stdout)] == ["ada"]
        seeded = subprocess.run(
            ["/bin/sh", "-c", advice[1]],
            capture_output=True, text=True, cwd=tmp_path, env=environment({}), timeout=PATIENCE, check=False,
        )  # fmt: skip
        assert (seeded.returncode, seeded.stdout) == (0, "There are users already: nothing was changed.\n")
        second = run("serve", "--port", "0")
        assert second.returncode == 1
        assert "Another Satchel" in second.stderr
        assert service.end() == 0
        assert not any(map(lives, started))
        assert "Traceback" not in service.output

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_a_signal_ends_it_with_exit_code_0_however_many_workers_it_has(
        self, serve: Serve, database_url: str, number: signal.Signals
    ) -> None:
        services = [serve("--workers", workers, DATABASE_URL=database_url) for workers in ("1", "2")]
        for service in services:
            assert service.call("/health")["status"] == "ok"
        started = {pid for service in services for pid in children(service.process.pid)}
        for service in services:
            assert service.end(number) == 0
            assert "Traceback" not in service.output
        await_that(lambda: not any(map(lives, started)))

    def test_its_own_postgresql_is_started_again_when_killed_and_nothing_acknowledged_is_lost(
        self, serve: Serve, tmp_path: Path
    ) -> None:
        service = serve()
        ada = {"username": "ada", "password": "password-1"}
        service.call("/api/v1/auth/signup", ada)
        statuses: set[int] = set()
        directory = tmp_path / ".satchel" / "postgres"
        # The pause is so short that a busy machine may not see it each time.
        for _ in range(3):
            killed = recorded_pid(directory)
            assert killed is not None
            os.kill(killed, signal.SIGKILL)
            while 503 not in statuses and recorded_pid(directory) in {killed, None}:
                statuses.add(_health(service))
            await_that(lambda: _health(service) == 200)
            if 503 in statuses:
                break
        assert 503 in statuses
        assert service.call("/api/v1/auth/login", ada)["accessToken"]
        assert service.end() == 0

    def test_without_its_own_postgresql_it_ends_with_exit_code_1_and_says_why(
        self, serve: Serve, tmp_path: Path
    ) -> None:
        service = serve()
        service.url()

        def killed_until_it_gives_up() -> bool:
            if (server := recorded_pid(tmp_path / ".satchel" / "postgres")) is not None:
                with suppress(ProcessLookupError):
                    os.kill(server, signal.SIGKILL)
            return service.process.poll() is not None

        await_that(killed_until_it_gives_up)
        assert service.process.returncode == 1
        assert "PostgreSQL ended 6 times within a minute" in service.output
        assert "Traceback" not in service.output

    def test_a_request_in_flight_is_finished(self, serve: Serve, database_url: str) -> None:
        service = serve(DATABASE_URL=database_url)
        body = b'{"username": "ada", "password": "password-1"}'
        host, port = service.url().removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=PATIENCE) as connection:
            connection.sendall(
                b"POST /api/v1/auth/signup HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                b"Expect: 100-continue\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
            )
            # The go-ahead says that the request is being worked on.
            assert connection.recv(64).startswith(b"HTTP/1.1 100")
            service.process.send_signal(signal.SIGTERM)
            connection.sendall(body)
            with connection.makefile("rb") as answer:
                assert answer.readline().startswith(b"HTTP/1.1 201")
        assert service.process.wait(PATIENCE) == 0

    def test_killed_it_leaves_neither_workers_nor_a_database_behind(self, serve: Serve) -> None:
        service = serve("--workers", "2")
        service.url()
        started = children(service.process.pid)
        assert len(started) >= 3
        assert service.end(signal.SIGKILL) == -signal.SIGKILL
        await_that(lambda: not any(map(lives, started)))

    def test_a_worker_that_ends_is_replaced(self, serve: Serve, database_url: str) -> None:
        service = serve("--workers", "2", DATABASE_URL=database_url)
        service.call("/health")
        before = workers_of(service)
        assert len(before) == 2
        os.kill(min(before), signal.SIGKILL)
        await_that(lambda: "was replaced" in service.output and len(workers_of(service)) == 2)
        assert service.call("/health")["status"] == "ok"

    def test_in_memory_it_serves_and_says_that_it_forgets(self, serve: Serve) -> None:
        service = serve(DATABASE_URL="memory://")
        assert service.call("/health")["status"] == "ok"
        assert "forgotten" in service.output

    def test_in_production_it_waits_for_a_database_that_is_away(self, serve: Serve) -> None:
        service = serve(ENVIRONMENT="production", SECRET_KEY=KEY, DATABASE_URL="postgresql://127.0.0.1:1/x")
        with pytest.raises(urllib.error.HTTPError, match="503"):
            service.call("/health/ready")
        assert "Requests are answered as soon as it is back.\n" in service.output
        assert "refused" in service.output
        assert service.end() == 0

    def test_in_production_it_says_that_migrations_are_missing(
        self, call: Run, serve: Serve, empty_database_url: str
    ) -> None:
        production = {"ENVIRONMENT": "production", "SECRET_KEY": KEY, "DATABASE_URL": empty_database_url}
        service = serve(**production)
        service.url()
        await_that(lambda: 'satchel migrate"' in service.output)
        assert "as soon as it is back" not in service.output
        with pytest.raises(urllib.error.HTTPError, match="503"):
            service.call("/health/ready")
        assert call("migrate", **production).returncode == 0
        service.call("/health/ready")
        assert service.end() == 0


def workers_of(service: Service) -> set[int]:
    found: set[int] = set()
    for pid in children(service.process.pid):
        with suppress(OSError):
            if b"serve" in Path(f"/proc/{pid}/cmdline").read_bytes():
                found.add(pid)
    return found
