"""`satchel adopt` on a real PostgreSQL, with the files of older services."""

import json
import sqlite3
from pathlib import Path

import pytest

from tests.contracts import older_services
from tests.contracts.older_services import sqlite_url
from tests.integration.cli_processes import Run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the databases of five services, the name of each that of the function that makes it."""
    for make in older_services.ALL:
        make(sqlite_url(tmp_path / f"{make.__name__}.db"))
    return tmp_path


def script(path: Path, *statements: str) -> None:
    """Make an SQLite file with these statements."""
    connection = sqlite3.connect(path)
    connection.executescript(";".join(statements))
    connection.close()


def test_one_service_after_the_other_comes_in_and_the_second_time_changes_nothing(
    call: Run, database_url: str, folder: Path
) -> None:
    sources = [path.name for path in sorted(folder.glob("*.db"))]
    before = {name: (folder / name).read_bytes() for name in sources}
    for source in sources:
        result = call("adopt", source, "--skip-invalid", DATABASE_URL=database_url)
        assert result.returncode == 0, result.stderr
    told = call("adopt", "accounts.db", DATABASE_URL=database_url)
    assert "Nothing of it was missing, so nothing was changed." in told.stdout
    listed = json.loads(call("users", "list", "--json", DATABASE_URL=database_url).stdout)
    assert {user["username"] for user in listed} == {"Ada", "bob", "cleo", "dora", "erik", "fay", "gus"}
    assert {name: (folder / name).read_bytes() for name in sources} == before
    assert sorted(path.name for path in folder.glob("*.db*")) == sources


def test_a_dry_run_tells_what_would_be_done(call: Run, database_url: str, folder: Path) -> None:
    result = call("adopt", "task_manager.db", "--dry-run", DATABASE_URL=database_url)
    assert result.returncode == 0
    assert result.stdout == (
        "WHAT   NEW  HERE BEFORE  LEFT OUT\n"
        "users  2    0            0\n"
        "tasks  3    0            1\n"
        "Not read: tasks.color.\n"
        "Nothing was changed.\n"
        "As it is, all of it would be refused: mend what is listed above, or see --skip-invalid.\n"
    )
    assert result.stderr == "tasks 4: creator is missing, and there is no admin to own it; name an owner\n"
    assert call("users", "list", "--json", DATABASE_URL=database_url).stdout == "[]\n"


def test_one_row_that_breaks_a_rule_refuses_everything(call: Run, database_url: str, folder: Path) -> None:
    result = call("adopt", "task_manager.db", DATABASE_URL=database_url)
    assert result.returncode == 1
    assert "tasks 4: creator is missing" in result.stderr
    assert "--skip-invalid" in result.stderr
    assert call("users", "list", "--json", DATABASE_URL=database_url).stdout == "[]\n"


def test_who_comes_in_without_a_password_is_told_with_what_to_do(
    call: Run, database_url: str, folder: Path
) -> None:
    result = call("adopt", "accounts.db", DATABASE_URL=database_url)
    assert "Admins among the new users: Ada." in result.stdout
    assert "Without a password that can be checked here: dora." in result.stdout
    assert "users set-password NAME" in result.stdout
    assert "1f3870be" not in result.stdout + result.stderr
    given = call("users", "set-password", "dora", stdin="a new password", DATABASE_URL=database_url)
    assert given.returncode == 0


@pytest.mark.parametrize("form", ["toml", "json"])
def test_names_of_ones_own_come_from_a_file(call: Run, database_url: str, tmp_path: Path, form: str) -> None:
    script(
        tmp_path / "own.db",
        "CREATE TABLE person (id, called, password, kind)",
        "CREATE TABLE job (id, what, who, state)",
        "INSERT INTO person VALUES (1, 'John Doe', 'secret', 'boss')",
        "INSERT INTO job VALUES (1, 'Repair the roof', 1, 'waiting')",
    )
    names = {
        "tables": {"users": "person", "tasks": "job"},
        "columns": {"users": {"username": "called", "role": "kind"}, "tasks": {"title": "what", "creator": "who"}},
        "values": {
            "users": {"username": {"John Doe": "john.doe"}, "role": {"boss": "manager"}},
            "tasks": {"status": {"waiting": "todo"}},
        },
    }
    toml = "\n".join(
        [
            "[tables]", 'users = "person"', 'tasks = "job"',
            "[columns.users]", 'username = "called"', 'role = "kind"',
            "[columns.tasks]", 'title = "what"', 'creator = "who"',
            "[values.users]", 'username = { "John Doe" = "john.doe" }', 'role = { boss = "manager" }',
            "[values.tasks]", 'status = { waiting = "todo" }',
        ]
    )  # fmt: skip
    (tmp_path / f"names.{form}").write_text(toml if form == "toml" else json.dumps(names))
    result = call("adopt", "own.db", "--map", f"names.{form}", DATABASE_URL=database_url)
    assert result.returncode == 0, result.stderr
    (listed,) = json.loads(call("users", "list", "--json", DATABASE_URL=database_url).stdout)
    assert (listed["username"], listed["role"]) == ("john.doe", "manager")


def test_users_may_be_in_another_database(call: Run, database_url: str, folder: Path) -> None:
    script(
        folder / "alone.db",
        "CREATE TABLE tasks (id, title, user_id)",
        "INSERT INTO tasks VALUES (1, 'Of Ada', 1), (2, 'Of Bob', 2)",
    )
    refused = call("adopt", "alone.db", DATABASE_URL=database_url)
    assert refused.returncode == 1
    assert "tasks 1: creator refers to the user '1', who is missing or left out" in refused.stderr
    result = call("adopt", "alone.db", "--users", "accounts.db", DATABASE_URL=database_url)
    assert result.returncode == 0, result.stderr
    assert "tasks  2    0" in result.stdout


def test_an_older_database_that_is_away_is_told_in_a_line_without_its_password(
    call: Run, database_url: str
) -> None:
    result = call("adopt", "postgresql://flask:geheim@127.0.0.1:1/app", DATABASE_URL=database_url)
    assert result.returncode == 1
    assert result.stderr.startswith("Error: The older database cannot be read.\n")
    assert "geheim" not in result.stderr
