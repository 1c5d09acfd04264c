"""The command line as operators meet it: real processes on a real PostgreSQL."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Generator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

SATCHEL = str(Path(sys.executable).with_name("satchel"))
KEY = "Zk3v9QpX7dL2sW8eRt5yUu1iOo4pAa6sDd0f"
PATIENCE = 60.0

Run = Callable[..., subprocess.CompletedProcess[str]]


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "LC_ALL": "C.UTF-8", **variables}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a command to its end in this test's folder, with these variables alone."""

    def run(*arguments: str, stdin: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [SATCHEL, *arguments],
            input=stdin, capture_output=True, text=True, cwd=tmp_path, env=environment(variables),
            timeout=PATIENCE, check=False,
        )  # fmt: skip

    return run


class Service:
    """A `satchel serve` of this test's own, on a free port."""

    def __init__(self, folder: Path, *arguments: str, **variables: str) -> None:
        self._output = folder / "output"
        with self._output.open("w") as output:
            self.process = subprocess.Popen(
                [SATCHEL, "serve", "--port", "0", *arguments],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=folder, env=environment(variables),
                start_new_session=True,
            )  # fmt: skip

    @property
    def output(self) -> str:
        return self._output.read_text()

    def url(self) -> str:
        """Wait until it says that it listens, and return where."""
        await_that(lambda: "listens on" in self.output or self.process.poll() is not None)
        found = re.search(r"listens on (http://\S+)", self.output)
        assert found, self.output
        return found[1]

    def call(self, path: str, body: dict[str, str] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310  # our own URL
            self.url() + path, data, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310  # our own URL
            return json.load(answer)

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


@pytest.fixture
def serve(tmp_path: Path) -> Generator[Callable[..., Service]]:
    """Start services in this test's folder."""
    services: list[Service] = []

    def serve(*arguments: str, **variables: str) -> Service:
        services.append(Service(tmp_path, *arguments, **variables))
        return services[-1]

    yield serve
    for service in services:
        if service.process.poll() is None:
            service.end()


Serve = Callable[..., Service]


def await_that(condition: Callable[[], object]) -> None:
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
    stat = subprocess.run(
        ["/bin/ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout.strip()
    return bool(stat) and not stat.startswith("Z")


class TestMigrate:
    """`satchel migrate` brings the schema up to date, tells whether it is, and goes back."""

    def test_an_empty_database_is_brought_up_to_date_once(self, run: Run, empty_database_url: str) -> None:
        url = empty_database_url
        missing = run("migrate", "--check", DATABASE_URL=url)
        assert (missing.returncode, missing.stdout) == (1, "")
        assert missing.stderr.startswith("Error: The schema is empty")
        assert run("migrate", DATABASE_URL=url).returncode == 0
        assert run("migrate", "--check", DATABASE_URL=url).returncode == 0
        assert "as before" in run("migrate", DATABASE_URL=url).stdout

    def test_it_goes_down_and_up_to_a_revision(self, run: Run, database_url: str) -> None:
        down = run("migrate", "--to", "base", DATABASE_URL=database_url)
        assert (down.returncode, "The schema is empty" in down.stdout) == (0, True), down.stderr
        up = run("migrate", "--to", "0001", DATABASE_URL=database_url)
        assert (up.returncode, "at revision 0001" in up.stdout) == (0, True), up.stderr

    def test_an_unknown_revision_is_refused(self, run: Run, database_url: str) -> None:
        result = run("migrate", "--to", "nowhere", DATABASE_URL=database_url)
        assert result.returncode == 1
        assert "nowhere" in result.stderr
        assert "Traceback" not in result.stderr


class TestUsers:
    """`satchel users` adds accounts and lists them."""

    def test_an_account_is_added_with_a_piped_password_and_listed(self, run: Run, database_url: str) -> None:
        created = run(
            "users", "create", "ada", "--role", "admin", "--email", "ada@example.org",
            stdin="pässword 1\n", DATABASE_URL=database_url,
        )  # fmt: skip
        assert (created.returncode, created.stderr) == (0, "")
        assert created.stdout.startswith("Created admin ada (id ")
        (ada,) = json.loads(run("users", "list", "--json", DATABASE_URL=database_url).stdout)
        assert (ada["username"], ada["email"], ada["role"]) == ("ada", "ada@example.org", "admin")
        assert (ada["isApproved"], ada["isActive"]) == (True, True)
        assert not any("password" in name.lower() for name in ada)
        assert "ada@example.org" in run("users", "list", DATABASE_URL=database_url).stdout

    def test_a_taken_name_and_a_bad_account_are_told_in_a_line(self, run: Run, database_url: str) -> None:
        assert run("users", "create", "ada", stdin="password-1", DATABASE_URL=database_url).returncode == 0
        taken = run("users", "create", "ADA", stdin="password-1", DATABASE_URL=database_url)
        assert (taken.returncode, taken.stderr) == (1, "Error: This username is taken.\n")
        bad = run("users", "create", "a", "--email", "x", stdin="short", DATABASE_URL=database_url)
        assert bad.returncode == 1
        assert all(field in bad.stderr for field in ("username", "email", "password"))
        assert bad.stderr.count("\n") == 1


class TestSeed:
    """`satchel seed --demo` fills an empty service, once."""

    def test_demo_users_and_tasks_come_once(self, run: Run, serve: Serve, database_url: str) -> None:
        first = run("seed", "--demo", DATABASE_URL=database_url)
        assert (first.returncode, first.stderr) == (0, "")
        assert "admin/admin123" in first.stdout
        second = run("seed", "--demo", DATABASE_URL=database_url)
        assert (second.returncode, second.stdout) == (0, "There are users already: nothing was changed.\n")
        service = serve(DATABASE_URL=database_url)
        for username, password in (("admin", "admin123"), ("user", "user123")):
            signed_in = service.call("/api/v1/auth/login", {"username": username, "password": password})
            assert signed_in["user"]["username"] == username

    def test_where_anyone_signed_up_nothing_comes(self, run: Run, database_url: str) -> None:
        run("users", "create", "ada", stdin="password-1", DATABASE_URL=database_url)
        run("seed", "--demo", DATABASE_URL=database_url)
        assert len(json.loads(run("users", "list", "--json", DATABASE_URL=database_url).stdout)) == 1


class TestFailures:
    """What goes wrong is one line and exit code 1."""

    @pytest.mark.parametrize(
        "arguments", [("migrate",), ("users", "list"), ("seed", "--demo"), ("serve", "--port", "0")]
    )
    def test_a_database_that_is_away_is_one_error(self, run: Run, arguments: tuple[str, ...]) -> None:
        result = run(*arguments, DATABASE_URL="postgresql://ada:hunter2@127.0.0.1:1/x")
        assert (result.returncode, result.stdout) == (1, "")
        assert result.stderr.startswith("Error: ")
        assert "Traceback" not in result.stderr
        assert "hunter2" not in result.stderr

    def test_production_does_not_migrate_by_itself(self, run: Run, empty_database_url: str) -> None:
        result = run("users", "list", ENVIRONMENT="production", SECRET_KEY=KEY, DATABASE_URL=empty_database_url)
        assert result.returncode == 1
        assert "satchel migrate" in result.stderr

    def test_a_port_in_use_is_told_before_anything_is_begun(self, run: Run, tmp_path: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = str(other.getsockname()[1])
            result = run("serve", "--port", port)
        assert result.returncode == 1
        assert result.stderr.startswith(f"Error: Cannot listen on 127.0.0.1 port {port}: address already in use.")
        assert not (tmp_path / ".satchel" / "postgres").exists()

    def test_a_reader_that_has_seen_enough_is_no_error(self, tmp_path: Path) -> None:
        with subprocess.Popen(
            [SATCHEL, "openapi"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path, env=environment({})
        ) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            process.stdout.close()
            assert process.stderr.read() == b""


class TestServe:
    """`satchel serve` runs until it is told to end, and leaves nothing behind."""

    def test_it_brings_a_database_along_and_ends_with_it(self, run: Run, serve: Serve) -> None:
        service = serve()
        service.url()
        assert 'run "satchel seed --demo"' in service.output
        started = children(service.process.pid)
        signed_up = service.call("/api/v1/auth/signup", {"username": "ada", "password": "password-1"})
        assert signed_up["accessToken"]
        beside = run("users", "list", "--json")
        assert [user["username"] for user in json.loads(beside.stdout)] == ["ada"]
        second = run("serve", "--port", "0")
        assert second.returncode == 1
        assert "Another Satchel" in second.stderr
        assert service.end() == 0
        assert not any(map(lives, started))
        assert "Traceback" not in service.output

    @pytest.mark.parametrize("workers", ["1", "2"])
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_a_signal_ends_it_with_exit_code_0(
        self, serve: Serve, database_url: str, workers: str, number: signal.Signals
    ) -> None:
        service = serve("--workers", workers, DATABASE_URL=database_url)
        assert service.call("/health")["status"] == "ok"
        started = children(service.process.pid)
        assert service.end(number) == 0
        await_that(lambda: not any(map(lives, started)))
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
        assert service.end() == 0


def workers_of(service: Service) -> set[int]:
    found: set[int] = set()
    for pid in children(service.process.pid):
        with suppress(OSError):
            if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes():
                found.add(pid)
    return found
