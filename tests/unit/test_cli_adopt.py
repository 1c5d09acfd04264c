"""`satchel adopt` where no database is needed: wrong usage, and files of names that cannot be read."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from entrypoints.cli.main import main


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("[tables", "cannot be read", id="no TOML"),
        pytest.param("\N{NO-BREAK SPACE}", "cannot be read", id="odd TOML"),
        pytest.param("[table]", "cannot be read", id="an unknown part"),
        pytest.param("[tables]\nusers = 1", "cannot be read", id="a number for a name"),
        pytest.param("[tables]\nusers = true", "false for what is to be left alone", id="true for a name"),
    ],
)
def test_a_file_of_names_that_says_nothing_is_refused(tmp_path: Path, text: str, message: str) -> None:
    names = tmp_path / "names.toml"
    names.write_text(text, encoding="utf-8")
    result = CliRunner().invoke(main, ("adopt", "app.db", "--map", str(names)))
    assert result.exit_code == 1
    assert message in result.stderr


@pytest.mark.parametrize("text", [b"", b"\xff", b"[" * 100_000, b"[]", b'{"tables": []}', b'{"rows": {}}'])
def test_a_file_of_names_that_is_no_such_json_is_refused(tmp_path: Path, text: bytes) -> None:
    names = tmp_path / "names.json"
    names.write_bytes(text)
    result = CliRunner().invoke(main, ("adopt", "app.db", "--map", str(names)))
    assert result.exit_code == 1
    assert "cannot be read" in result.stderr


@pytest.mark.parametrize(
    "url", ["postgresql://a:b@c@d/app", "postgresql://a:p#ss@d/app", "postgresql://a@d:0/app"]
)
def test_a_url_with_a_fault_is_refused_without_its_password(url: str) -> None:
    result = CliRunner().invoke(main, ("adopt", url))
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: SOURCE ")
    assert url.partition(":")[2] not in result.stderr
