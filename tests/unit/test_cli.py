"""The command line where no database is needed: usage, settings, exit codes."""

import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from domain.errors import Fault, Invalid, Taken, Unavailable
from entrypoints.cli.config import config
from entrypoints.cli.main import main
from entrypoints.cli.messages import in_words, program
from entrypoints.cli.table import aligned

pytestmark = pytest.mark.usefixtures("restored_logs")

Satchel = Callable[..., Result]
KEY = "Zk3v9QpX7dL2sW8eRt5yUu1iOo4pAa6sDd0f"


@pytest.fixture
def satchel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Satchel:
    """Run a command in an empty folder, with these variables alone."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, piped: bytes | None = None, **variables: str) -> Result:
        return CliRunner(env={"COLUMNS": "100", **variables}).invoke(main, arguments, input=piped)

    return run


def commands(group: click.Group, *path: str) -> list[tuple[str, ...]]:
    """Return the path of every command beneath the group."""
    found: list[tuple[str, ...]] = []
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        found.append((*path, name))
        if isinstance(command, click.Group):
            found += commands(command, *path, name)
    return found


@pytest.mark.parametrize("path", [(), *commands(main)], ids=" ".join)
def test_every_command_has_help_with_examples(satchel: Satchel, path: tuple[str, ...]) -> None:
    result = satchel(*path, "--help")
    assert result.exit_code == 0
    assert f"Examples:\n    satchel {' '.join(path)}".rstrip() in result.stdout or "| satchel" in result.stdout
    assert "\b" not in result.stdout
    assert "..." not in result.stdout.replace("[ARGS]...", "")


def test_the_list_of_commands_tells_of_each_what_its_own_help_begins_with(satchel: Satchel) -> None:
    told = satchel("--help").stdout.partition("Commands:\n")[2].partition("\n\n")[0]
    context = click.Context(main)
    known = [(name, main.get_command(context, name)) for name in main.list_commands(context)]
    assert told.splitlines() == [
        f"  {name:<8}  {command.get_short_help_str(limit=200)}" for name, command in known if command is not None
    ]


def test_help_comes_without_loading_what_commands_work_with() -> None:
    """A separate process, since this one has loaded everything before."""
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys; from entrypoints.cli.main import main; print(*sys.modules)"],
        capture_output=True, text=True, check=True, env={"PYTHONPATH": os.pathsep.join(sys.path)},
    ).stdout.split()  # fmt: skip
    assert not {"litestar", "sqlalchemy", "alembic", "entrypoints.container"} & set(loaded)


def test_the_version_is_shown(satchel: Satchel) -> None:
    assert satchel("--version").stdout.startswith("satchel 0.")


@pytest.mark.parametrize(
    "arguments",
    [
        ("fly",), ("serve", "--fast"), ("seed",), ("users", "create"),
        ("users", "create", "ada", "--role", "king"), ("users", "approve"),
        ("migrate", "--check", "--to", "0001"), ("users", "create", "ada", "password-as-argument"),
    ],
)  # fmt: skip
def test_wrong_usage_is_told_with_exit_code_2(satchel: Satchel, arguments: tuple[str, ...]) -> None:
    result = satchel(*arguments)
    assert result.exit_code == 2
    assert "Usage: " in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [("serve",), ("migrate",), ("seed", "--demo"), ("users", "list"), ("users", "create", "ada"), ("config",)],
)
def test_every_fault_of_the_settings_is_told_at_once(satchel: Satchel, arguments: tuple[str, ...]) -> None:
    result = satchel(*arguments, ENVIRONMENT="production", PORT="x", SECRET_KEY="hunter2")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: Satchel cannot use these settings:\n")
    for name in ("PORT", "SECRET_KEY", "DATABASE_URL"):
        assert f"\n  {name}: " in result.stderr
    assert "hunter2" not in result.output


@pytest.mark.parametrize(
    ("option", "value"), [("--port", "abc"), ("--port", "65536"), ("--workers", "x"), ("--workers", "0")]
)
def test_a_number_that_serve_cannot_use_is_wrong_usage_of_that_option(
    satchel: Satchel, option: str, value: str
) -> None:
    result = satchel("serve", option, value)
    assert result.exit_code == 2
    assert f"Invalid value for '{option}'" in result.stderr


def test_options_of_serve_are_checked_together_with_the_variables(satchel: Satchel) -> None:
    result = satchel("serve", "--host", "http://x", "--workers", "2", DATABASE_URL="memory://")
    assert result.exit_code == 1
    assert "  HOST: " in result.stderr
    assert "  WORKERS: " in result.stderr


def test_config_shows_values_and_sources_but_no_secret(satchel: Satchel, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("WORKERS=3\n")
    url = "postgresql://ada:hunter2@db/satchel"
    result = satchel("config", PORT="9000", SECRET_KEY=KEY, DATABASE_URL=url)
    rows = {line.split()[0]: line.split()[1:] for line in result.stdout.splitlines()}
    assert rows["PORT"] == ["9000", "environment"]
    assert rows["WORKERS"] == ["3", ".env"]
    assert rows["LOG_FORMAT"] == ["console", "default"]
    assert rows["DATABASE_URL"] == ["postgresql://ada:********@db/satchel", "environment"]
    assert KEY not in result.output
    assert "hunter2" not in result.output


def test_config_makes_nothing_and_says_what_the_first_start_will_make(satchel: Satchel, tmp_path: Path) -> None:
    result = satchel("config")
    assert result.exit_code == 0
    assert "(made at the first start)" in result.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("piped", "message"),
    [
        (b"", "There is no password on standard input."),
        (b"\npassword-1\n", "There is no password on standard input."),
        (b"p\xe4ssword-1\n", "The password cannot be read: standard input is not UTF-8 text."),
    ],
)
def test_a_piped_password_that_is_none_is_refused(satchel: Satchel, piped: bytes, message: str) -> None:
    result = satchel("users", "create", "ada", piped=piped)
    assert (result.exit_code, result.stderr) == (1, f"Error: {message}\n")


def test_openapi_prints_the_document(satchel: Satchel) -> None:
    assert json.loads(satchel("openapi").stdout)["openapi"].startswith("3.1")


@pytest.mark.parametrize("arguments", [("seed", "--demo"), ("users", "list"), ("migrate",)])
def test_commands_that_keep_something_are_refused_on_a_store_that_forgets(
    satchel: Satchel, arguments: tuple[str, ...]
) -> None:
    result = satchel(*arguments, DATABASE_URL="memory://")
    assert result.exit_code == 1
    assert "memory://" in result.stderr


def test_production_gets_no_demo_users(satchel: Satchel) -> None:
    result = satchel(
        "seed", "--demo", ENVIRONMENT="production", SECRET_KEY=KEY, DATABASE_URL="postgresql://localhost/x"
    )
    assert result.exit_code == 1
    assert 'users create"' in result.stderr


def test_ctrl_c_ends_quietly_with_130(satchel: Satchel, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(config, "callback", interrupted)
    result = satchel("config")
    assert result.exit_code == 130
    assert result.output.strip() == ""


def test_refusals_read_as_one_line() -> None:
    assert in_words(Invalid(Fault("email", "is odd"), Fault("role", "is none"))) == "email is odd; role is none"
    assert in_words(Taken("username")) == "This username is taken."
    assert in_words(Unavailable("It is away.")) == "It is away."


def test_the_reason_why_something_is_away_is_told_on_a_line_of_its_own() -> None:
    assert in_words(Unavailable("It is away.", reason="connection refused")) == "It is away.\nconnection refused"


class TestProgram:
    """Messages name the command so that it can be run as printed."""

    @pytest.fixture
    def bin(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """The folder of a program `satchel` that was started by its path; it is not on the PATH."""
        program = tmp_path / "my venv" / "bin" / "satchel"
        program.parent.mkdir(parents=True)
        program.touch(stat.S_IRWXU)
        monkeypatch.setattr(sys, "argv", [str(program), "serve"])
        monkeypatch.setenv("PATH", str(tmp_path))
        return program.parent

    def test_on_the_path_its_name_suffices(self, bin: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", str(bin))
        assert program() == "satchel"

    def test_elsewhere_its_path_is_told_from_the_working_directory(
        self, bin: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(bin.parent)
        assert program() == "bin/satchel"
        monkeypatch.chdir(bin)
        assert program() == "./satchel"

    def test_a_blank_in_its_path_is_quoted(self, bin: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(bin.parents[1])
        assert program() == "'my venv/bin/satchel'"

    def test_far_away_its_whole_path_is_shorter(self, bin: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        far = bin.joinpath(*["deep"] * 60)
        far.mkdir(parents=True)
        monkeypatch.chdir(far)
        assert program() == f"'{bin}{os.sep}satchel'"


def test_a_table_is_as_wide_as_its_longest_values() -> None:
    assert aligned(("ID", "NAME"), [("1", "ada"), ("1000", "b")]) == "ID    NAME\n1     ada\n1000  b"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
def test_what_cannot_be_written_is_told_in_one_line() -> None:
    with Path("/dev/full").open("w") as full:
        told = subprocess.run(
            [str(Path(sys.executable).with_name("satchel")), "--help"],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert (told.returncode, told.stderr) == (1, "Error: No space left on device\n")
