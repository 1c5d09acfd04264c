"""The command line where no database is needed: usage, settings, exit codes."""

import json
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from domain.errors import Fault, Invalid, Taken, Unavailable
from entrypoints.cli.main import in_words, main
from entrypoints.cli.table import aligned

Satchel = Callable[..., Result]
KEY = "Zk3v9QpX7dL2sW8eRt5yUu1iOo4pAa6sDd0f"


@pytest.fixture
def satchel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Satchel:
    """Run a command in an empty folder, with these variables alone."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, **variables: str) -> Result:
        return CliRunner(env={"COLUMNS": "100", **variables}).invoke(main, arguments)

    return run


def commands(group: click.Group, *path: str) -> list[tuple[str, ...]]:
    """Return the path of every command beneath the group."""
    found: list[tuple[str, ...]] = []
    for name, command in group.commands.items():
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


def test_the_version_is_shown(satchel: Satchel) -> None:
    assert satchel("--version").stdout.startswith("satchel 0.")


@pytest.mark.parametrize(
    "arguments",
    [
        ("fly",), ("serve", "--fast"), ("seed",), ("users", "create"),
        ("users", "create", "ada", "--role", "king"),
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


def test_options_of_serve_are_checked_as_the_variables_they_replace(satchel: Satchel) -> None:
    result = satchel("serve", "--port", "99999", "--workers", "2", DATABASE_URL="memory://")
    assert result.exit_code == 1
    assert "  PORT: " in result.stderr
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
    assert "satchel users create" in result.stderr


def test_ctrl_c_ends_quietly_with_130(satchel: Satchel, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(main.commands["config"], "callback", interrupted)
    result = satchel("config")
    assert result.exit_code == 130
    assert result.output.strip() == ""


def test_refusals_read_as_one_line() -> None:
    assert in_words(Invalid(Fault("email", "is odd"), Fault("role", "is none"))) == "email is odd; role is none"
    assert in_words(Taken("username")) == "This username is taken."
    assert in_words(Unavailable("It is away.")) == "It is away."


def test_a_table_is_as_wide_as_its_longest_values() -> None:
    assert aligned(("ID", "NAME"), [("1", "ada"), ("1000", "b")]) == "ID    NAME\n1     ada\n1000  b"
