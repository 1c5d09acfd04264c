"""Where an embedded server cannot be had, nothing is harmed, and it is said why."""

from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.postgres.binaries import Binaries, find_binaries
from adapters.postgres.server import EmbeddedPostgres, EmbeddedPostgresError
from tests.integration.embedded_support import is_served, write


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
