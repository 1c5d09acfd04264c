"""`satchel export` and `satchel import` where no database is needed: wrong usage, and files whole or not there."""

import os
from contextlib import suppress
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from entrypoints.cli.files import replaced
from entrypoints.cli.main import main


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("export",), "FILE"),
        (("export", "cheats.txt"), "--format json|csv|markdown"),
        (("export", "-"), "--format json|csv|markdown"),
        (("export", "cheats.md", "--format", "xml"), "xml"),
        (("export", "."), "is a directory"),
        (("import", "missing.md"), "does not exist"),
        (("import", "."), "is a directory"),
    ],
)
def test_wrong_usage_is_told_with_exit_code_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], hint: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2
    assert hint in result.stderr


@pytest.mark.parametrize("before", [None, b"old"])
def test_a_file_that_is_not_written_to_its_end_is_as_it_was(tmp_path: Path, before: bytes | None) -> None:
    path = tmp_path / "cheats.json"
    if before is not None:
        path.write_bytes(before)
    with suppress(KeyboardInterrupt), replaced(path) as file:
        file.write(b"half of")
        file.flush()
        raise KeyboardInterrupt
    assert (path.read_bytes() if path.exists() else None) == before
    assert [entry.name for entry in tmp_path.iterdir()] == ([] if before is None else ["cheats.json"])


def test_nobody_meets_a_file_that_is_half_written(tmp_path: Path) -> None:
    path = tmp_path / "cheats.json"
    path.write_bytes(b"old")
    with replaced(path) as file:
        file.write(b"new")
        file.flush()
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"


def test_a_failed_write_is_told_in_a_line(tmp_path: Path) -> None:
    with pytest.raises(click.ClickException, match="no space"), replaced(tmp_path / "cheats.json"):
        raise OSError(28, "no space left on device")
    assert not list(tmp_path.iterdir())


def test_what_is_no_regular_file_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        with replaced(pipe) as file:
            file.write(b"text")
        assert os.read(reader, 10) == b"text"
    finally:
        os.close(reader)
    assert pipe.is_fifo()
