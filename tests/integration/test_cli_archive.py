"""The oldest events move into a file, and the log holds together with it and without it."""

import asyncio
import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from adapters.sql import migration
from adapters.sql.store import SqlStore
from application.ports.archiving import LogCutter
from domain.events import Event, EventType, Head, SubjectType
from tests.contracts.http_service import Person, Service, faults
from tests.contracts.http_streams import EVENTS, following
from tests.contracts.sample import DAY, NOON
from tests.contracts.sealing import seal
from tests.integration.cli_processes import SATCHEL, Run, await_that, environment
from tests.integration.test_cli_doctor import hardened


def happened(url: str, *days: int) -> None:
    """Have an event happen on each of these days after the first of them all, in this order."""

    async def happen() -> None:
        store = SqlStore(url, pool_size=2)
        async with store.unit_of_work() as uow:
            for number in days:
                at = NOON + number * DAY
                uow.events.add(Event(EventType.TASK_DELETED, None, SubjectType.TASK, 1, at, {"title": "é"}))
            await uow.commit()
        await seal(store.unit_of_work)
        await store.close()

    asyncio.run(happen())


def ids(url: str) -> list[int]:
    """Return the places that there are in the log."""
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute("SELECT id FROM events ORDER BY id")]


def day(number: int) -> str:
    """Return a day as the command takes it."""
    return f"{NOON + number * DAY:%Y-%m-%d}"


@pytest.fixture
def url(database_url: str) -> str:
    """A database in whose log six events stand, on days 0 to 5."""
    happened(database_url, *range(6))
    return database_url


def test_what_is_archived_leaves_the_log_and_both_hold_together(call: Run, url: str, tmp_path: Path) -> None:
    noted = call("audit", "verify", DATABASE_URL=url).stdout.splitlines()[1]
    told = call("audit", "archive", "old.jsonl", "--before", day(3), DATABASE_URL=url)
    assert told.returncode == 0, told.stderr
    assert ids(url) == [4, 5, 6]
    lines = (tmp_path / "old.jsonl").read_text().splitlines()
    assert [json.loads(line).get("id") for line in lines] == [None, 1, 2, 3]
    assert told.stdout.splitlines()[1] == f"3:{json.loads(lines[-1])['hash']}"
    assert (tmp_path / "old.jsonl").stat().st_mode & 0o777 == 0o600
    alone = call("audit", "verify", "--expect", noted, DATABASE_URL=url)
    assert (alone.returncode, "3 events behind 3" in alone.stdout) == (0, True), alone.stderr
    both = call("audit", "verify", "--archive", "old.jsonl", "--expect", f"1:{json.loads(lines[1])['hash']}",
                DATABASE_URL=url)  # fmt: skip
    assert both.returncode == 0, both.stderr


def test_the_log_goes_on_and_is_archived_again(call: Run, url: str, tmp_path: Path) -> None:
    call("audit", "archive", "first.jsonl", "--before", day(2), DATABASE_URL=url)
    happened(url, 6, 7)
    second = call("audit", "archive", "second.jsonl", "--before", day(100), DATABASE_URL=url)
    assert second.returncode == 0, second.stderr
    assert ids(url) == [8]
    files = ("--archive", "second.jsonl", "--archive", "first.jsonl")
    assert call("audit", "verify", *files, DATABASE_URL=url).returncode == 0
    gap = call("audit", "verify", "--archive", "first.jsonl", DATABASE_URL=url)
    assert (gap.returncode, "the log begins behind event 7" in gap.stderr) == (1, True)
    asked = call("audit", "verify", "--expect", f"1:{'0' * 64}", DATABASE_URL=url)
    assert (asked.returncode, "Event 1 is archived" in asked.stderr) == (1, True)
    for forged in (b'"title":"e"', b'"id":1'):
        content = (tmp_path / "first.jsonl").read_bytes()
        (tmp_path / "forged.jsonl").write_bytes(content.replace('"title":"é"'.encode(), forged, 1))
        told = call("audit", "verify", "--archive", "forged.jsonl", *files[:2], DATABASE_URL=url)
        assert (told.returncode, "Traceback" in told.stderr) == (1, False)


def test_a_trial_writes_and_changes_nothing(call: Run, url: str, tmp_path: Path) -> None:
    told = call("audit", "archive", "old.jsonl", "--before", day(3), "--dry-run", DATABASE_URL=url)
    assert (told.returncode, told.stdout) == (0, "Would archive 3 events up to 3. Nothing was changed.\n")
    assert ids(url) == [1, 2, 3, 4, 5, 6]
    assert not (tmp_path / "old.jsonl").exists()


def test_an_event_that_is_late_keeps_those_behind_it(call: Run, database_url: str) -> None:
    happened(database_url, 0, 9, 1, 2)
    call("audit", "archive", "old.jsonl", "--before", day(3), DATABASE_URL=database_url)
    assert ids(database_url) == [2, 3, 4]


@pytest.mark.parametrize(
    ("before", "statement", "why"),
    [
        (day(0), "SELECT", "no events of before"),
        (day(3), "UPDATE events SET actor_id = 7 WHERE id = 5", "Event 5 is not what was written"),
        (
            day(3),
            "ALTER TABLE webhook_deliveries DISABLE TRIGGER ALL; INSERT INTO webhook_deliveries"
            " (webhook_id, event_id, status, attempts, created_at)"
            " VALUES (1, 2, 'delivered', 1, now())",
            "Webhooks are still told",
        ),
    ],
)
def test_what_must_stay_stays(call: Run, url: str, tmp_path: Path, before: str, statement: str, why: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("ALTER TABLE events DISABLE TRIGGER only_grows")
        connection.execute(statement.encode())
        connection.execute("ALTER TABLE events ENABLE TRIGGER only_grows")
    told = call("audit", "archive", "old.jsonl", "--before", before, DATABASE_URL=url)
    assert (told.returncode, why in told.stderr) == (1, True), told
    assert ids(url) == [1, 2, 3, 4, 5, 6]
    assert list(tmp_path.glob("*.jsonl")) == []


def test_nothing_is_written_over_an_archive(call: Run, url: str, tmp_path: Path) -> None:
    (tmp_path / "old.jsonl").write_text("precious")
    told = call("audit", "archive", "old.jsonl", "--before", day(3), DATABASE_URL=url)
    assert (told.returncode, (tmp_path / "old.jsonl").read_text()) == (1, "precious")


def test_of_two_at_once_into_one_file_the_second_is_refused(call: Run, url: str, tmp_path: Path) -> None:
    order = ("audit", "archive", "old.jsonl", "--before", day(3))
    with ThreadPoolExecutor() as elsewhere, psycopg.connect(url) as connection:
        connection.execute("LOCK TABLE events")
        first = elsewhere.submit(call, *order, DATABASE_URL=url)
        await_that(lambda: connection.execute("SELECT FROM pg_locks WHERE NOT granted").rowcount)
        second = subprocess.run(
            [SATCHEL, *order],
            cwd=tmp_path,
            env=environment({"DATABASE_URL": url}),
            capture_output=True,
            check=False,
        )
        connection.commit()
        assert (second.returncode, b"must be a new file" in second.stderr) == (1, True), second
        assert first.result().returncode == 0
    assert ids(url) == [4, 5, 6]
    assert call("audit", "verify", "--archive", "old.jsonl", DATABASE_URL=url).returncode == 0


def test_a_role_that_does_not_own_the_log_takes_nothing_out(call: Run, url: str, tmp_path: Path) -> None:
    with hardened(url) as service_url, psycopg.connect(url, autocommit=True) as connection:
        role = service_url.partition("//")[2].partition(":")[0]
        connection.execute(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}".encode())
        told = call("audit", "archive", "old.jsonl", "--before", day(3), DATABASE_URL=service_url,
                    ENVIRONMENT="production", SECRET_KEY="Zk3v9QpX7dL2sW8eRt5yUu1iOo4pAa6sDd0f")  # fmt: skip
    assert (told.returncode, "owns the log" in told.stderr) == (1, True), told
    assert ids(url) == [1, 2, 3, 4, 5, 6]
    assert not (tmp_path / "old.jsonl").exists()


class TestFollowing:
    """Who follows what happens goes on after an event that is there, or begins anew."""

    @pytest.mark.anyio
    async def test_after_an_archived_event_nobody_goes_on(self, service: Service, ada: Person) -> None:
        for title in ("One", "Two", "Three"):
            await ada.creates_task(title)
        await service.container.seal_events()()
        async with service.container.units_of_work()() as uow:
            _, second, _ = await uow.events.after(0, limit=3)
        cutter: LogCutter = service.container.store().log_cutter()
        await cutter.cut(Head(second.id, second.hash))
        assert set(faults(await ada.http.get(f"{EVENTS}?after={second.id - 1}"))) == {"after"}
        for after in (0, second.id):
            async with following(ada, service.app, f"after={after}") as stream:
                assert (await stream.event()).id == second.id + 1


class TestParts:
    """The log lies in parts of a million places each."""

    FAR = """
        INSERT INTO events (id, type, subject_type, subject_id, data, occurred_at, hash)
        SELECT id, 'task.deleted', 'task', 1, '{}', now(), sha256('x')
        FROM unnest(ARRAY[1, 999999, 1000000, 4999999, 5000000, 77000000]::bigint[]) AS id
    """

    COUNTS = "SELECT tableoid::regclass::text, count(*) FROM events GROUP BY 1"

    def _counts(self, url: str) -> dict[str, int]:
        with psycopg.connect(url) as connection:
            return dict(connection.execute(self.COUNTS).fetchall())

    def test_each_event_has_its_part_and_what_is_beyond_all_of_them_the_rest(self, database_url: str) -> None:
        with psycopg.connect(database_url) as connection:
            connection.execute(self.FAR)
        assert self._counts(database_url) == {"events_0": 2, "events_1": 1, "events_4": 1, "events_rest": 2}

    def test_migrating_makes_the_parts_that_are_needed_next(self, database_url: str) -> None:
        with psycopg.connect(database_url) as connection:
            connection.execute(self.FAR)
        migration.upgrade(database_url)
        assert self._counts(database_url) == {"events_0": 2, "events_1": 1, "events_4": 1, "events_5": 2}
        migration.upgrade(database_url)
        with psycopg.connect(database_url) as connection:
            connection.execute(
                "INSERT INTO events SELECT 78000001, type, 1, 'task', 1, data, occurred_at, hash"
                " FROM events LIMIT 1"
            )
        assert self._counts(database_url)["events_78"] == 1

    @pytest.mark.parametrize("statement", ["DELETE FROM {}", "TRUNCATE {}", "UPDATE {} SET actor_id = 7"])
    def test_no_part_can_be_changed_directly_either(self, database_url: str, statement: str) -> None:
        with psycopg.connect(database_url) as connection:
            connection.execute(self.FAR)
        migration.upgrade(database_url)
        with psycopg.connect(database_url, autocommit=True) as connection:
            for (part,) in connection.execute(
                "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'events'::regclass"
            ).fetchall():
                with pytest.raises(psycopg.errors.InsufficientPrivilege, match="only grows"):
                    connection.execute(statement.format(part).encode())
