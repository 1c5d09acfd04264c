"""An embedded server has one owner, and lives no longer, whatever becomes of that: real processes, real kills."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.postgres.server import EmbeddedPostgres, EmbeddedPostgresError, running_url
from tests.integration.embedded_support import (
    Owner,
    children,
    eventually,
    is_alive,
    is_served,
    notes,
    server_pid,
    write,
)

on_linux = pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks into /proc")


def test_a_server_ends_when_its_owner_is_killed(data_dir: Path, owner: Callable[..., Owner]) -> None:
    service = owner(data_dir)
    service.answer()
    server = server_pid(data_dir)
    service.kill()
    eventually(lambda: not is_served(data_dir))
    eventually(lambda: not is_alive(server))


def test_a_server_ends_although_a_forked_child_of_its_killed_owner_lives_on(
    data_dir: Path, owner: Callable[..., Owner], embedded: Callable[[Path], EmbeddedPostgres]
) -> None:
    service = owner(data_dir, "--fork")
    child = int(service.answer()["child"])
    try:
        service.process.kill()
        service.process.wait()
        eventually(lambda: not is_served(data_dir))
        assert running_url(data_dir) is None
        assert notes(embedded(data_dir).start()) == ["first"]
    finally:
        os.kill(child, signal.SIGKILL)


def test_what_was_committed_before_a_kill_is_there_after_a_restart_at_once(
    data_dir: Path, owner: Callable[..., Owner], embedded: Callable[[Path], EmbeddedPostgres]
) -> None:
    service = owner(data_dir)
    write(service.url(), "second")
    service.kill()
    assert notes(embedded(data_dir).start()) == ["first", "second"]


@on_linux
def test_a_server_that_lost_owner_and_keeper_is_ended_by_the_next_start(
    data_dir: Path, owner: Callable[..., Owner], embedded: Callable[[Path], EmbeddedPostgres]
) -> None:
    service = owner(data_dir)
    url = service.url()
    left = server_pid(data_dir)
    for child in set(children(service.process.pid)) - {left}:
        os.kill(child, signal.SIGKILL)
    service.kill()
    write(url, "orphaned")
    assert notes(embedded(data_dir).start()) == ["first", "orphaned"]
    assert server_pid(data_dir) != left


@pytest.mark.parametrize("milliseconds", [0, 15, 35, 60])
def test_a_kill_at_any_moment_of_a_start_leaves_no_server_behind(
    data_dir: Path, owner: Callable[..., Owner], milliseconds: int
) -> None:
    service = owner(data_dir)
    time.sleep(milliseconds / 1000)
    service.kill()
    survivor = owner(data_dir)
    assert notes(survivor.url()) == ["first"]
    assert survivor.end() == 0
    assert not is_served(data_dir)


@pytest.mark.parametrize("entry", ["postgres.new/global", "postgres"])
def test_a_first_start_that_is_killed_halfway_does_not_spoil_the_next(
    tmp_path: Path, owner: Callable[..., Owner], embedded: Callable[[Path], EmbeddedPostgres], entry: str
) -> None:
    service = owner(tmp_path)
    eventually((tmp_path / entry).exists)
    service.kill()
    write(embedded(tmp_path).start(), "first")
    assert not (tmp_path / "postgres.new").exists()


def test_a_second_owner_is_refused_by_name_and_the_first_keeps_working(
    data_dir: Path, owner: Callable[..., Owner], embedded: Callable[[Path], EmbeddedPostgres]
) -> None:
    first = owner(data_dir)
    url = first.url()
    with pytest.raises(EmbeddedPostgresError, match=rf"Another Satchel \(process {first.process.pid}\)"):
        embedded(data_dir).start()
    assert notes(url) == ["first"]
    assert running_url(data_dir) == url


def test_the_url_is_known_beside_the_service_only_while_it_runs(
    data_dir: Path, owner: Callable[..., Owner]
) -> None:
    assert running_url(data_dir / "nowhere") is None
    assert running_url(data_dir) is None
    service = owner(data_dir)
    assert service.url() == running_url(data_dir)
    service.end()
    assert running_url(data_dir) is None
    killed = owner(data_dir)
    assert notes(killed.url()) == ["first"]
    killed.kill()
    assert running_url(data_dir) is None


def test_a_server_somebody_else_started_on_the_data_is_left_alone(
    data_dir: Path, embedded: Callable[[Path], EmbeddedPostgres]
) -> None:
    url = embedded(data_dir).start()
    # Without its locks it is like one that was started by hand.
    (data_dir / "postgres.lock").unlink()
    (data_dir / "postgres.running").unlink()
    with pytest.raises(EmbeddedPostgresError, match=r"Process \d+ seems to serve .* already"):
        embedded(data_dir).start()
    assert notes(url) == ["first"]
