"""The command line on a real PostgreSQL: the schema, demo data, and what goes wrong."""

import json
import socket
import subprocess
from pathlib import Path

import pytest

from tests.integration.cli_processes import KEY, SATCHEL, Run, Serve, environment


class TestMigrate:
    """`satchel migrate` brings the schema up to date, tells whether it is, and goes back."""

    def test_an_empty_database_is_brought_up_to_date_once(
        self, run: Run, call: Run, empty_database_url: str
    ) -> None:
        url = empty_database_url
        missing = call("migrate", "--check", DATABASE_URL=url)
        assert (missing.returncode, missing.stdout) == (1, "")
        assert missing.stderr.startswith("Error: The schema is empty")
        assert run("migrate", DATABASE_URL=url).returncode == 0
        assert call("migrate", "--check", DATABASE_URL=url).returncode == 0
        assert "as before" in call("migrate", DATABASE_URL=url).stdout

    def test_it_goes_down_and_up_to_a_revision(self, call: Run, database_url: str) -> None:
        down = call("migrate", "--to", "base", DATABASE_URL=database_url)
        assert (down.returncode, "The schema is empty" in down.stdout) == (0, True), down.stderr
        up = call("migrate", "--to", "0001", DATABASE_URL=database_url)
        assert (up.returncode, "at revision 0001" in up.stdout) == (0, True), up.stderr

    def test_an_unknown_revision_is_refused(self, call: Run, database_url: str) -> None:
        result = call("migrate", "--to", "nowhere", DATABASE_URL=database_url)
        assert result.returncode == 1
        assert "nowhere" in result.stderr
        assert "Traceback" not in result.stderr


class TestSeed:
    """`satchel seed --demo` fills an empty service, once."""

    def test_demo_users_and_tasks_come_once(self, run: Run, call: Run, serve: Serve, database_url: str) -> None:
        service = serve(DATABASE_URL=database_url)
        first = run("seed", "--demo", DATABASE_URL=database_url)
        assert (first.returncode, first.stderr) == (0, "")
        assert "admin/admin123" in first.stdout
        second = call("seed", "--demo", DATABASE_URL=database_url)
        assert (second.returncode, second.stdout) == (0, "There are users already: nothing was changed.\n")
        for username, password in (("admin", "admin123"), ("user", "user123")):
            signed_in = service.call("/api/v1/auth/login", {"username": username, "password": password})
            assert signed_in["user"]["username"] == username

    def test_where_anyone_signed_up_nothing_comes(self, call: Run, database_url: str) -> None:
        call("users", "create", "ada", stdin="password-1", DATABASE_URL=database_url)
        call("seed", "--demo", DATABASE_URL=database_url)
        assert len(json.loads(call("users", "list", "--json", DATABASE_URL=database_url).stdout)) == 1


class TestFailures:
    """What goes wrong is one line and exit code 1."""

    @pytest.mark.parametrize(
        "arguments", [("migrate",), ("users", "list"), ("seed", "--demo"), ("serve", "--port", "0")]
    )
    def test_a_database_that_is_away_is_one_error(self, run: Run, call: Run, arguments: tuple[str, ...]) -> None:
        # What serves takes signals into its own hands, so it needs a process of its own.
        satchel = run if "serve" in arguments else call
        result = satchel(*arguments, DATABASE_URL="postgresql://ada:hunter2@127.0.0.1:1/x")
        assert (result.returncode, result.stdout) == (1, "")
        assert result.stderr.startswith("Error: ")
        assert "Traceback" not in result.stderr
        assert "hunter2" not in result.stderr
        assert "connection refused" in result.stderr.lower()

    def test_production_does_not_migrate_by_itself(self, call: Run, empty_database_url: str) -> None:
        result = call("users", "list", ENVIRONMENT="production", SECRET_KEY=KEY, DATABASE_URL=empty_database_url)
        assert result.returncode == 1
        assert 'satchel migrate" first' in result.stderr

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
