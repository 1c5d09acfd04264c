"""A request is carried out once, also where those who carry it out are many, or die at the wrong moment."""

import json
import os
import signal
import tempfile
import threading
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from adapters.postgres.server import EmbeddedPostgres
from tests.integration.cli_processes import PATIENCE, Serve, Service, await_that

ADA = {"username": "ada", "password": "password-1"}


@pytest.fixture
def own_postgresql() -> Generator[str]:
    """A server that the test may change the settings of."""
    with tempfile.TemporaryDirectory(prefix="satchel-test-", ignore_cleanup_errors=True) as directory:
        server = EmbeddedPostgres(Path(directory))
        try:
            yield server.start()
        finally:
            server.stop()


@contextmanager
def _commits_that_nobody_hears_of(connection: psycopg.Connection) -> Generator[None]:
    """Have the server keep what is committed, and wait for a standby that is not there before it says so."""
    for standby in ("nobody", ""):
        connection.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{standby}'")  # ours
        connection.execute("SELECT pg_reload_conf()")
        if standby:
            yield


def _post_task(service: Service, token: str, key: str) -> tuple[Any, str | None]:
    """Create a task under the key; return it, and whether that was done before."""
    request = urllib.request.Request(  # noqa: S310  # our own URL
        service.url() + "/api/v1/tasks",
        json.dumps({"title": f"Under {key}"}).encode(),
        {"Content-Type": "application/json", "Authorization": f"Bearer {token}", "Idempotency-Key": key},
    )
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310  # our own URL
        return json.load(answer), answer.headers["Idempotent-Replayed"]


def test_killed_between_commit_and_answer_it_answers_the_next_time_and_makes_nothing_twice(
    own_postgresql: str, serve: Serve
) -> None:
    """The database has kept the task and its answer; the service that would have told is no more."""
    variables = {"DATABASE_URL": own_postgresql, "SECRET_KEY": "k3v9QpX7dL2sW8eRt5yUu1iOo4pAa6sDd0f"}
    service = serve(**variables)
    token: str = service.call("/api/v1/auth/signup", ADA)["accessToken"]

    def unheard() -> None:
        with suppress(OSError):
            _post_task(service, token, "this one")

    with psycopg.connect(own_postgresql, autocommit=True) as connection:

        def are_sealed() -> bool:
            return connection.execute("SELECT FROM waiting_events").fetchone() is None

        def is_kept() -> bool:
            # One that waits for the standby is on the disk.
            waiting = "SELECT FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND application_name = 'satchel'"
            return connection.execute(waiting).fetchone() is not None

        # Nothing else is to be kept at that moment: neither a block of ids, nor the places of events in the log.
        _post_task(service, token, "one before")
        await_that(are_sealed)
        with _commits_that_nobody_hears_of(connection):
            asking = threading.Thread(target=unheard)
            asking.start()
            await_that(is_kept)
            os.killpg(service.process.pid, signal.SIGKILL)
            asking.join(PATIENCE)
        again = serve(**variables)
        task, replayed = _post_task(again, token, "this one")
        assert replayed == "true"
        made = "SELECT id FROM tasks WHERE title = 'Under this one'"
        assert connection.execute(made).fetchall() == [(task["id"],)]
