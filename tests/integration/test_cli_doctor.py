"""`satchel doctor`: what is unfit is named before it does harm, and nothing is changed."""

import json
import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from subprocess import CompletedProcess
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

from tests.integration.cli_processes import KEY, Run
from tests.integration.pgbouncer import bouncing
from tests.integration.postgresql import database_name


def verdicts(told: CompletedProcess[str]) -> dict[str, str]:
    """Return the verdict on each subject, as JSON has them."""
    return {each["subject"]: each["verdict"] for each in json.loads(told.stdout)["findings"]}


@contextmanager
def hardened(url: str) -> Generator[str]:
    """Yield the URL with a role that owns nothing and may not do anything yet."""
    role = sql.Identifier(f"{database_name(url)}_service")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'x'").format(role))
        try:
            parts = urlsplit(url)
            address = parts.netloc.rpartition("@")[2]
            yield parts._replace(netloc=f"{database_name(url)}_service:x@{address}").geturl()
        finally:
            connection.execute(sql.SQL("DROP OWNED BY {0}; DROP ROLE {0}").format(role))


def test_a_fit_database_fails_in_nothing_and_comes_out_as_it_was(call: Run, database_url: str) -> None:
    told = call("doctor", DATABASE_URL=database_url)
    assert max(map(len, told.stdout.splitlines())) <= 80
    again = verdicts(call("doctor", "--json", DATABASE_URL=database_url))
    # A server that is there for tests alone may well do without it.
    del again["durability"]
    assert "fail" not in again.values(), told.stdout
    assert {again[each] for each in ("database", "version", "encoding", "migrations", "log", "news")} == {"ok"}


def test_a_database_without_the_schema_fails_and_has_none_afterwards(call: Run, empty_database_url: str) -> None:
    told = call("doctor", "--json", DATABASE_URL=empty_database_url)
    assert told.returncode == 1
    assert verdicts(told)["migrations"] == "fail"
    with psycopg.connect(empty_database_url) as connection:
        assert connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)


def test_a_database_that_is_away_is_one_finding_of_all_and_no_secret_is_shown(call: Run) -> None:
    told = call(
        "doctor",
        DATABASE_URL="postgresql://ada:hunter2@127.0.0.1:1/x",
        ENVIRONMENT="production",
        SECRET_KEY=KEY,
    )
    assert told.returncode == 1
    assert "FAIL  database" in told.stdout
    assert "ok    secret key" in told.stdout
    assert not any(secret in told.stdout + told.stderr for secret in ("hunter2", KEY))


def test_a_database_that_takes_connections_and_says_nothing_is_not_waited_for(call: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        taken: list[socket.socket] = []
        taking = threading.Thread(target=lambda: taken.append(silent.accept()[0]))
        taking.start()
        told = call("doctor", DATABASE_URL=f"postgresql://ada@127.0.0.1:{silent.getsockname()[1]}/x")
        taking.join()
        taken[0].close()
    assert told.returncode == 1
    assert "FAIL  database" in told.stdout


def test_every_fault_of_the_settings_is_a_finding(call: Run) -> None:
    told = call("doctor", PORT="x", WORKERS="0")
    assert told.returncode == 1
    assert told.stdout.count("FAIL  settings") == 2


def test_the_demo_that_forgets_needs_no_database(call: Run) -> None:
    told = call("doctor", DATABASE_URL="memory://")
    assert (told.returncode, "warn  database" in told.stdout) == (0, True)


def test_satchels_own_server_is_not_started(call: Run, tmp_path: Path) -> None:
    told = call("doctor")
    assert (told.returncode, "does not run" in told.stdout) == (0, True)
    assert not (tmp_path / ".satchel").exists()


def test_what_others_may_read_and_whom_one_should_not_trust_is_told(
    call: Run, database_url: str, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("LOG_LEVEL=info\n")
    (tmp_path / ".env").chmod(0o644)
    told = call("doctor", "--json", DATABASE_URL=database_url, TRUSTED_PROXIES="0.0.0.0/0", SECRET_KEY="a" * 40)
    found = verdicts(told)
    assert (found["secret files"], found["proxies"], found["secret key"]) == ("warn", "fail", "warn")


@pytest.mark.parametrize(
    ("statement", "subject", "found"),
    [
        ("ALTER TABLE events DISABLE TRIGGER only_grows", "log", "switched off"),
        ("ALTER DATABASE {} SET synchronous_commit = off", "durability", "synchronous_commit"),
        ("ALTER DATABASE {} CONNECTION LIMIT 6", "connections", "11 of 6"),
        ("UPDATE alembic_version SET version_num = '0001'", "migrations", "at revision 0001"),
    ],
)
def test_what_somebody_did_to_the_database_is_found(
    call: Run, database_url: str, statement: str, subject: str, found: str
) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(statement.format(database_name(database_url)).encode())
    told = call("doctor", "--json", DATABASE_URL=database_url)
    assert (told.returncode, verdicts(told)[subject]) == (1, "fail")
    assert any(
        found in each["found"] for each in json.loads(told.stdout)["findings"] if each["subject"] == subject
    )


def test_events_that_nobody_seals_are_told(call: Run, database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "INSERT INTO waiting_events (type, subject_type, subject_id, data, occurred_at)"
            " VALUES ('task.created', 'task', 1, '{}', now() - interval '1 hour')"
        )
    assert verdicts(call("doctor", "--json", DATABASE_URL=database_url))["sealing"] == "warn"


def test_the_rights_of_a_role_that_owns_nothing_are_looked_at(call: Run, database_url: str) -> None:
    with hardened(database_url) as url:
        none = call("doctor", "--json", DATABASE_URL=url)
        assert (none.returncode, verdicts(none)["rights"]) == (1, "fail")
        role = urlsplit(url).username
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}".encode())
            connection.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}".encode())
        too_many = call("doctor", "--json", DATABASE_URL=url)
        assert (verdicts(too_many)["rights"], verdicts(too_many)["log"]) == ("ok", "warn")


def test_a_pooler_that_the_settings_do_not_speak_of_is_found(call: Run, database_url: str) -> None:
    with bouncing(database_url) as pooled:
        unaware = call("doctor", "--json", DATABASE_URL=pooled)
        assert (unaware.returncode, verdicts(unaware)["pooler"]) == (1, "fail")
        aware = call(
            "doctor",
            "--json",
            DATABASE_URL=pooled,
            DATABASE_POOLER="transaction",
            DATABASE_LISTEN_URL=database_url,
        )
        assert (verdicts(aware)["pooler"], verdicts(aware)["news"]) == ("ok", "ok")
