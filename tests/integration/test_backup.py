"""Everything is lost and comes back from a backup; what is no whole backup does not come at all."""

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess

import psycopg
import pytest
from psycopg import sql

from adapters.sql.tables import metadata, throttles
from tests.integration.cli_processes import PATIENCE, Run, Serve, calling_in, environment
from tests.integration.postgresql import Server, database_name, new_database
from tests.integration.walks import BASH, matches, script, steps

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "deploy" / "backup"

_COUNT = sql.SQL("SELECT count(*) FROM {}")

Shell = Callable[..., CompletedProcess[str]]


@dataclass(frozen=True)
class Backup:
    """A backup of the demo: the file, and how many rows were in each table."""

    file: Path
    rows: dict[str, int]

    @property
    def head(self) -> str:
        """The end of the log, as it was noted."""
        return self.file.with_name(f"{self.file.name}.head").read_text().strip()


@pytest.fixture(scope="module")
def shell(program: Path) -> Shell:
    """Runs one of the scripts in a folder, where `satchel` is not on the PATH."""

    def run(folder: Path, name: str, *arguments: str, url: str, **variables: str) -> CompletedProcess[str]:
        return subprocess.run(
            [SCRIPTS / name, *arguments],
            cwd=folder,
            env=environment({"DATABASE_URL": url, "SATCHEL": str(program), **variables}),
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.fixture(scope="module")
def made(shell: Shell, postgresql: Server, _template: str, tmp_path_factory: pytest.TempPathFactory) -> Backup:
    """The backup of a database that has since been lost."""
    folder = tmp_path_factory.mktemp("backup")
    with new_database(postgresql, template=_template) as url:
        calling_in(folder)("seed", "--demo", DATABASE_URL=url)
        told = shell(folder, "backup.sh", "backups", url=url)
        assert told.returncode == 0, told.stderr
        return Backup(folder / told.stdout.splitlines()[-1], counted(url))


@pytest.fixture
def backup(made: Backup, tmp_path: Path) -> Backup:
    """The same, in files of the test's own."""
    folder = shutil.copytree(made.file.parent, tmp_path / "backups")
    return Backup(folder / made.file.name, made.rows)


def counted(url: str) -> dict[str, int]:
    """Return how many rows each table has."""
    with psycopg.connect(url) as connection:
        return {
            name: connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))).fetchall()[
                0
            ][0]
            for name in metadata.tables
            if name != throttles.name
        }


def test_what_was_lost_comes_back_whole_and_work_goes_on(
    shell: Shell, serve: Serve, call: Run, backup: Backup, empty_database_url: str, tmp_path: Path
) -> None:
    restored = shell(tmp_path, "restore.sh", str(backup.file), url=empty_database_url)
    assert restored.returncode == 0, restored.stderr
    assert backup.head in restored.stdout
    assert counted(empty_database_url) == backup.rows
    service = serve(DATABASE_URL=empty_database_url)
    answer = service.call("/api/v1/auth/login", {"username": "admin", "password": "admin123"})
    assert answer["user"]["username"] == "admin"
    newcomer = service.call("/api/v1/auth/signup", {"username": "grace", "password": "correct horse 9"})
    assert newcomer["user"]["id"] > backup.rows["users"]
    told = call("audit", "verify", "--expect", backup.head, DATABASE_URL=empty_database_url)
    assert told.returncode == 0, told.stderr


def test_a_backup_is_for_its_owner_alone_and_leaves_nothing_unfinished(made: Backup) -> None:
    name = made.file.name
    assert {path.name: path.stat().st_mode & 0o777 for path in made.file.parent.iterdir()} == {
        name: 0o600,
        f"{name}.head": 0o600,
        f"{name}.sha256": 0o600,
    }


def test_backups_that_begin_at_the_same_time_are_several(shell: Shell, database_url: str, tmp_path: Path) -> None:
    with ThreadPoolExecutor() as threads:
        begun = [threads.submit(shell, tmp_path, "backup.sh", "backups", url=database_url) for _ in range(2)]
        both = [backup.result() for backup in begun]
    assert [each.returncode for each in both] == [0, 0], both
    names = {Path(each.stdout.strip()).name for each in both}
    assert len(names) == 2
    kept = {path.name for path in (tmp_path / "backups").iterdir()}
    assert kept == {f"{name}{ending}" for name in names for ending in ("", ".head", ".sha256")}


def test_a_log_that_is_not_whole_is_copied_in_place_of_the_oldest_but_not_in_silence(
    shell: Shell, backup: Backup, database_url: str, tmp_path: Path
) -> None:
    (backup.file.parent / "satchel-20250101T000000Z.dump").write_bytes(b"")
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "INSERT INTO events VALUES (2, 'task.created', NULL, 'task', 1, '{}', now(), sha256('forged'))"
        )
    told = shell(tmp_path, "backup.sh", "backups", "2", url=database_url)
    assert told.returncode == 1
    assert "not whole" in told.stderr
    kept = {path for path in backup.file.parent.glob("*.dump") if path.stat().st_size}
    assert kept == {backup.file, tmp_path / told.stdout.splitlines()[-1]}
    assert not (backup.file.parent / "satchel-20250101T000000Z.dump").exists()


def test_a_service_file_of_libpq_leads_nowhere_else(
    shell: Shell, backup: Backup, empty_database_url: str, tmp_path: Path
) -> None:
    (tmp_path / "services").write_text("[other]\nhost=127.0.0.1\nport=1\ndbname=other\n")
    restored = shell(
        tmp_path, "restore.sh", str(backup.file), url=empty_database_url,
        PGSERVICE="other", PGSERVICEFILE=str(tmp_path / "services"),
    )  # fmt: skip
    assert restored.returncode == 0, restored.stderr
    assert counted(empty_database_url) == backup.rows


def test_a_database_that_is_away_leaves_no_backup(shell: Shell, tmp_path: Path) -> None:
    told = shell(tmp_path, "backup.sh", "backups", url="postgresql://ada:hunter2@127.0.0.1:1/x")
    assert told.returncode != 0
    assert "hunter2" not in told.stderr
    assert not (tmp_path / "backups").exists()


class TestRefusals:
    """What restore.sh does not do."""

    @pytest.mark.parametrize("damage", ["cut", "changed", "renamed", "unvouched", "gone", "forged"])
    def test_what_is_no_whole_backup_is_refused(
        self, shell: Shell, backup: Backup, empty_database_url: str, damage: str, tmp_path: Path
    ) -> None:
        content = backup.file.read_bytes()
        vouched = backup.file.with_name(f"{backup.file.name}.sha256")
        match damage:
            case "cut":
                backup.file.write_bytes(content[:-1000])
            case "changed":
                backup.file.write_bytes(content[:5000] + bytes([content[5000] ^ 1]) + content[5001:])
            case "renamed":
                shutil.copy(backup.file, backup.file.with_name("other.dump"))
                vouched.write_text(vouched.read_text().replace(backup.file.name, "other.dump"))
                backup.file.write_bytes(content[:-1000])
            case "unvouched":
                vouched.unlink()
            case "gone":
                backup.file.unlink()
            case _:
                backup.file.write_bytes(b"no dump")
                vouched.write_text(f"{hashlib.sha256(b'no dump').hexdigest()}  {backup.file.name}\n")
        refused = shell(tmp_path, "restore.sh", str(backup.file), url=empty_database_url)
        assert refused.returncode == 1
        assert "Nothing was changed" in refused.stderr
        with psycopg.connect(empty_database_url) as connection:
            tables = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
        assert tables == (0,)

    def test_a_database_that_holds_anything_is_left_alone_unless_it_is_to_be_replaced(
        self, shell: Shell, call: Run, backup: Backup, database_url: str, tmp_path: Path
    ) -> None:
        call("users", "create", "grace", stdin="correct horse 9", DATABASE_URL=database_url)
        before = counted(database_url)
        refused = shell(tmp_path, "restore.sh", str(backup.file), url=database_url)
        assert refused.returncode == 1
        assert "not empty" in refused.stderr
        assert counted(database_url) == before
        torn = backup.file.with_name("torn.dump")
        torn.write_bytes(backup.file.read_bytes()[:-2000])
        torn.with_name("torn.dump.sha256").write_text(hashlib.sha256(torn.read_bytes()).hexdigest())
        failed = shell(tmp_path, "restore.sh", "--replace", str(torn), url=database_url)
        assert (failed.returncode, "Nothing was changed" in failed.stderr) == (1, True), failed.stderr
        assert counted(database_url) == before
        replaced = shell(tmp_path, "restore.sh", "--replace", str(backup.file), url=database_url)
        assert replaced.returncode == 0, replaced.stderr
        assert counted(database_url) == backup.rows


def test_the_page_does_what_it_says(call: Run, program: Path, database_url: str, tmp_path: Path) -> None:
    call("seed", "--demo", DATABASE_URL=database_url)
    (tmp_path / "deploy").symlink_to(ROOT / "deploy")
    walk = steps((ROOT / "docs" / "backup.md").read_text(encoding="utf-8"))
    outputs = tmp_path / "outputs"
    outputs.mkdir()
    variables = environment({"DATABASE_URL": database_url})
    variables["PATH"] = os.pathsep.join([str(program.parent), variables["PATH"]])
    finished = subprocess.run(
        [BASH, "-s"],
        input=script(walk, outputs),
        cwd=tmp_path,
        env=variables,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    for number, step in enumerate(walk):
        said = (outputs / str(number)).read_text()
        assert matches(step.expected or "…", said), said


class TestPostgres:
    """`satchel postgres` leads PostgreSQL's own programs to the database."""

    def test_a_program_works_on_the_database_and_knows_the_password_from_its_environment(
        self, run: Run, database_url: str
    ) -> None:
        told = run("postgres", "psql", "-XAtc", "SELECT current_database()", DATABASE_URL=database_url)
        assert (told.returncode, told.stdout.strip()) == (0, database_name(database_url))

    def test_its_exit_code_is_passed_on(self, call: Run, database_url: str) -> None:
        assert call("postgres", "sh", "-c", "exit 7", DATABASE_URL=database_url).returncode == 7

    def test_a_program_that_is_not_there_is_one_error(self, call: Run, database_url: str) -> None:
        told = call("postgres", "pg_nothing", DATABASE_URL=database_url)
        assert told.returncode == 1
        assert re.fullmatch(r"Error: There is no pg_nothing here: .*\n", told.stderr)
