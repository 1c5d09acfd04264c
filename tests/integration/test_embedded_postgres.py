"""The embedded server, with real processes."""

import os
import re
import socket
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from adapters.postgres.binaries import find_binaries
from adapters.postgres.server import EmbeddedPostgres
from tests.integration.embedded_support import (
    Owner,
    children,
    is_served,
    mode,
    notes,
    server_pid,
    setting,
    write,
)

on_linux = pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks into /proc")


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


def test_any_path_will_do_however_odd_and_long(
    tmp_path: Path, embedded: Callable[[Path], EmbeddedPostgres]
) -> None:
    odd = 'it\'s a "da$ta" dir \\ ü'
    write(embedded(tmp_path.joinpath(odd, *["long" * 25] * 7)).start(), "first")
