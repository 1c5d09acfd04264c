"""`satchel audit verify` on a real PostgreSQL: whoever alters the log is found out."""

import re
from collections.abc import Generator

import psycopg
import pytest

from tests.integration.cli_processes import Run, calling_in
from tests.integration.postgresql import Server, database_name, new_database


@pytest.fixture(scope="module")
def demo(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A database with the demo, to be copied, and the place and hash of the last event in its log."""
    call = calling_in(tmp_path_factory.mktemp("demo"))
    call("seed", "--demo", DATABASE_URL=module_database_url)
    told = call("audit", "verify", DATABASE_URL=module_database_url)
    whole = re.fullmatch(r"The log is whole: [0-9]+ events. The last is\n([0-9]+:[0-9a-f]{64})\n", told.stdout)
    assert whole, told
    return database_name(module_database_url), whole[1]


@pytest.fixture
def demo_url(postgresql: Server, demo: tuple[str, str]) -> Generator[str]:
    """A copy of it for one test."""
    with new_database(postgresql, template=demo[0]) as url:
        yield url


@pytest.fixture
def noted(demo: tuple[str, str]) -> str:
    """The place and hash of the last event, as they were noted."""
    return demo[1]


def _tamper(url: str, statement: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("ALTER TABLE events DISABLE TRIGGER only_grows")
        connection.execute(statement.encode())
        connection.execute("ALTER TABLE events ENABLE TRIGGER only_grows")


def test_an_empty_log_is_whole(call: Run, database_url: str) -> None:
    told = call("audit", "verify", DATABASE_URL=database_url)
    assert (told.returncode, told.stdout) == (0, "The log is empty.\n")


def test_a_whole_log_has_the_hash_that_was_noted(run: Run, demo_url: str, noted: str) -> None:
    assert run("audit", "verify", "--expect", noted, DATABASE_URL=demo_url).returncode == 0


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ('UPDATE events SET data = \'{"username": "mallory"}\' WHERE id = 2', "Event 2 is not what was written"),
        ("UPDATE events SET actor_id = 1 WHERE id = 1", "Event 1 is not what was written"),
        ("DELETE FROM events WHERE id = 3", "Event 3 is missing"),
        ("DELETE FROM events WHERE id = 1", "Event 1 is missing"),
        ("UPDATE events SET type = 'task.sung' WHERE id > 9", "Event 10 is missing"),
        ("UPDATE events SET data = 'null' WHERE id = 5", "Event 5 cannot be read"),
        ("UPDATE events SET data = '[1]' WHERE id = 5", "Event 5 cannot be read"),
        ("UPDATE events SET data = jsonb_build_object('n', repeat('9', 5000)::numeric) WHERE id = 5", "Event 5"),
        ("UPDATE events SET data = (repeat('[', 3000) || repeat(']', 3000))::jsonb WHERE id = 5", "Event 5"),
        ("UPDATE events SET subject_type = 'song' WHERE id = 5", "Event 5 cannot be read"),
        ("UPDATE events SET occurred_at = 'infinity' WHERE id = 5", "Event 5 cannot be read"),
        ("UPDATE events SET occurred_at = '0044-03-15 BC' WHERE id = 5", "Event 5 cannot be read"),
        (
            "ALTER TABLE events DROP CONSTRAINT ck_events_id_positive; UPDATE events SET id = -5 WHERE id = 3",
            "Event 1 is missing",
        ),
    ],
)
def test_whatever_was_altered_is_named(call: Run, demo_url: str, statement: str, found: str) -> None:
    _tamper(demo_url, statement)
    told = call("audit", "verify", DATABASE_URL=demo_url)
    assert told.returncode == 1
    assert found in told.stderr
    assert len(told.stderr.splitlines()) == 1


def test_a_cut_off_end_shows_to_who_kept_a_hash(call: Run, demo_url: str, noted: str) -> None:
    place = noted.partition(":")[0]
    _tamper(demo_url, "DELETE FROM events WHERE id = (SELECT max(id) FROM events)")
    assert call("audit", "verify", DATABASE_URL=demo_url).returncode == 0
    told = call("audit", "verify", "--expect", noted, DATABASE_URL=demo_url)
    assert told.returncode == 1
    assert f"Event {place} is gone" in told.stderr


def test_a_log_written_anew_shows_to_who_kept_a_hash(call: Run, demo_url: str) -> None:
    told = call("audit", "verify", "--expect", f"2:{'0' * 64}", DATABASE_URL=demo_url)
    assert told.returncode == 1
    assert "Event 2 has another hash" in told.stderr


def test_each_of_several_noted_hashes_is_looked_at(call: Run, demo_url: str, noted: str) -> None:
    place = noted.partition(":")[0]
    told = call("audit", "verify", "--expect", f"{place}:{'0' * 64}", "--expect", noted, DATABASE_URL=demo_url)
    assert told.returncode == 1
    assert f"Event {place} has another hash" in told.stderr


@pytest.mark.parametrize("mistyped", ["", "4", "0:" + "a" * 64, "4:abc", "x:" + "a" * 64, "-1:" + "a" * 64])
def test_what_is_no_place_and_hash_is_wrong_usage(call: Run, database_url: str, mistyped: str) -> None:
    told = call("audit", "verify", "--expect", mistyped, DATABASE_URL=database_url)
    assert told.returncode == 2
    assert "--expect" in told.stderr
