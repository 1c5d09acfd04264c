"""`satchel export` and `satchel import` on a real PostgreSQL."""

import os
import stat
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.integration.cli_processes import Run
from tests.integration.postgresql import Server, new_database

FILE = """\
# Cheats

## List open ports
<!-- key: ports -->

- Platforms: Linux
- Topics: network

As root, names of others' processes are shown, too.

```bash
ss -tlnp
```

## Notes on everything

<!-- notes -->
# Not the title

```
not the code
```
<!-- /notes -->
"""


@pytest.fixture
def here(call: Run, database_url: str) -> str:
    """The URL of a database with an admin."""
    call("users", "create", "ada", "--role", "admin", stdin="password-1", DATABASE_URL=database_url)
    return database_url


@pytest.fixture
def there(call: Run, postgresql: Server, _template: str) -> Generator[str]:
    """The URL of another database with an admin of its own."""
    with new_database(postgresql, template=_template) as url:
        call("users", "create", "bob", "--role", "admin", stdin="password-1", DATABASE_URL=url)
        yield url


@pytest.mark.parametrize("name", ["cheats.md", "cheats.csv", "cheats.json"])
def test_an_export_taken_in_elsewhere_is_the_same_byte_for_byte(
    run: Run, call: Run, tmp_path: Path, here: str, there: str, name: str
) -> None:
    (tmp_path / "given.md").write_text(FILE)
    taken = call("import", "given.md", DATABASE_URL=here)
    assert (taken.returncode, taken.stderr) == (0, "")
    assert taken.stdout == "Created 2 cheats, updated 0 and left 0 as they were.\n"
    written = run("export", name, DATABASE_URL=here)
    assert (written.returncode, written.stdout, written.stderr) == (0, f"Exported 2 cheats to {name}.\n", "")
    first = (tmp_path / name).read_bytes()
    assert call("import", name, DATABASE_URL=there).stdout.startswith("Created 2 cheats,")
    assert call("export", name, DATABASE_URL=there).returncode == 0
    assert (tmp_path / name).read_bytes() == first
    again = call("import", name, DATABASE_URL=there)
    assert again.stdout == "Created 0 cheats, updated 0 and left 2 as they were.\n"
    assert [entry.name for entry in tmp_path.iterdir() if entry.name.startswith(".")] in ([], [".satchel"])


def test_standard_input_and_output_are_files_too(call: Run, here: str) -> None:
    assert call("import", "-", "--format", "markdown", stdin=FILE, DATABASE_URL=here).returncode == 0
    written = call("export", "-", "--format", "csv", DATABASE_URL=here)
    assert (written.returncode, written.stderr) == (0, "")
    assert written.stdout.startswith("key,title,language,platforms,topics,notes,code\n")
    assert "ports,List open ports,bash,Linux,network," in written.stdout


def test_a_dry_run_tells_and_changes_nothing(call: Run, tmp_path: Path, here: str) -> None:
    (tmp_path / "cheats.md").write_text(FILE)
    tried = call("import", "cheats.md", "--dry-run", DATABASE_URL=here)
    assert tried.stdout == (
        "create  List open ports\n"
        "create  Notes on everything\n"
        "Would create 2 cheats, update 0 and leave 0 as they are. Nothing was changed.\n"
    )
    assert call("export", "-", "--format", "json", DATABASE_URL=here).stdout == "[\n]\n"


def test_a_dry_run_lists_the_first_fifty_titles_and_counts_the_others(
    call: Run, tmp_path: Path, here: str
) -> None:
    def table(count: int, code: str) -> str:
        return "title,code\n" + "".join(f"Cheat {n:04},{code}\n" for n in range(count))

    (tmp_path / "cheats.csv").write_text(table(50, "old"))
    assert call("import", "cheats.csv", DATABASE_URL=here).returncode == 0
    (tmp_path / "cheats.csv").write_text(table(1_334, "new"))
    tried = call("import", "cheats.csv", "--dry-run", DATABASE_URL=here)
    assert tried.stdout.splitlines() == [
        *(f"create  Cheat {n:04}" for n in range(50, 100)),
        "create  ... and 1,234 more",
        *(f"update  Cheat {n:04}" for n in range(50)),
        "Would create 1,284 cheats, update 50 and leave 0 as they are. Nothing was changed.",
    ]
    (tmp_path / "cheats.csv").write_text('title\n"Bell \x07\nline"\n')
    tried = call("import", "cheats.csv", "--dry-run", DATABASE_URL=here)
    assert tried.stdout.startswith("create  Bell \ufffd\ufffdline\n")


def test_new_cheats_belong_to_the_owner_that_is_named(call: Run, tmp_path: Path, here: str) -> None:
    (tmp_path / "cheats.csv").write_text("title\nOne\n")
    assert call("import", "cheats.csv", "--owner", "ada", DATABASE_URL=here).returncode == 0
    nobody = call("import", "cheats.csv", "--owner", "bob", DATABASE_URL=here)
    assert (nobody.returncode, nobody.stderr) == (1, "Error: There is no user bob.\n")


def test_every_fault_is_told_with_its_line_and_nothing_is_changed(call: Run, tmp_path: Path, here: str) -> None:
    (tmp_path / "cheats.csv").write_text('title,key,topics\nGood,a,x\n" ",a,\n,B,"c\nd"\n')
    refused = call("import", "cheats.csv", DATABASE_URL=here)
    assert (refused.returncode, refused.stdout) == (1, "")
    first, *faults = refused.stderr.splitlines()
    assert first == "Error: cheats.csv cannot be imported, so nothing was changed:"
    assert [fault.split(" must")[0].split(" is")[0].strip() for fault in faults] == [
        "line 3: title", "line 3: key", "line 4: key", "line 4: title", "line 4: topics",
    ]  # fmt: skip
    assert call("export", "-", "--format", "json", DATABASE_URL=here).stdout == "[\n]\n"


def test_an_export_takes_the_place_of_the_file_before_and_keeps_its_rights(
    call: Run, tmp_path: Path, here: str
) -> None:
    target = tmp_path / "real.json"
    target.write_text("old")
    target.chmod(0o600)
    (tmp_path / "cheats.json").symlink_to("real.json")
    assert call("export", "cheats.json", DATABASE_URL=here).returncode == 0
    assert (tmp_path / "cheats.json").is_symlink()
    assert target.read_text() == "[\n]\n"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_an_export_that_fails_leaves_the_file_as_it_was(
    call: Run, tmp_path: Path, empty_database_url: str
) -> None:
    (tmp_path / "cheats.json").write_text("old")
    production = {"ENVIRONMENT": "production", "SECRET_KEY": os.urandom(24).hex()}
    failed = call("export", "cheats.json", DATABASE_URL=empty_database_url, **production)
    assert (failed.returncode, failed.stderr.count("\n")) == (1, 1)
    assert (tmp_path / "cheats.json").read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["cheats.json"]


def test_a_file_that_cannot_be_written_is_told_in_a_line(call: Run, here: str) -> None:
    failed = call("export", "nowhere/cheats.md", DATABASE_URL=here)
    assert (failed.returncode, failed.stderr) == (1, "Error: nowhere/cheats.md: No such file or directory\n")
