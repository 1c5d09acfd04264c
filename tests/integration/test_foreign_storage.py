"""A store that another package brings is run by one setting, with no file of Satchel's touched."""

import sys
from pathlib import Path

import pytest

from tests.contracts.http_service import API, PASSWORD
from tests.integration.cli_processes import Run, Serve

# What its author writes, but for the store itself, which is no less one for being taken from next door.
_PACKAGE = '''
from adapters.memory.storage import InMemoryStorage


class ShelfStorage(InMemoryStorage):
    """Keeps everything on a shelf."""

    async def is_current(self) -> bool:
        return not self.is_dusty


def open_shelf(url: str, *, pool_size: int) -> ShelfStorage:
    place = url.removeprefix("shelf://")
    if not place:
        raise ValueError("write shelf://PLACE")
    storage = ShelfStorage()
    storage.is_dusty = place == "attic"
    return storage
'''
_INSTALLED = {
    "shelf.py": _PACKAGE,
    "shelf-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: shelf\nVersion: 1.0\n",
    "shelf-1.0.dist-info/entry_points.txt": "[satchel.storage]\nshelf = shelf:open_shelf\n",
}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where the package is installed; it can be imported from there."""
    place = tmp_path / "installed"
    for name, text in _INSTALLED.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text)
    monkeypatch.setattr(sys, "path", [str(place), *sys.path])
    return place


@pytest.fixture
def call(call: Run, place: Path) -> Run:
    """Return what runs commands where the package is installed."""
    return call


def test_the_service_runs_on_it(serve: Serve, place: Path) -> None:
    service = serve(DATABASE_URL="shelf://study", PYTHONPATH=str(place))
    account = {"username": "ada", "password": PASSWORD}
    assert service.call(f"{API}/auth/signup", account)["user"]["username"] == "ada"
    assert service.call(f"{API}/auth/login", account)["user"]["username"] == "ada"
    assert service.call("/health")["status"] == "ok"
    assert service.end() == 0


def test_commands_of_the_service_work_with_it(call: Run) -> None:
    listed = call("users", "list", DATABASE_URL="shelf://study")
    assert listed.returncode == 0, listed.stderr
    assert "is another package's store" in call("doctor", DATABASE_URL="shelf://study").stdout


@pytest.mark.parametrize(
    "command", [("migrate",), ("postgres", "psql"), ("audit", "archive", "x", "--before", "2026-01-01")]
)
def test_commands_of_postgresql_say_that_they_are(call: Run, command: tuple[str, ...]) -> None:
    refused = call(*command, DATABASE_URL="shelf://study")
    assert refused.returncode == 1
    assert "This works on PostgreSQL alone" in refused.stderr


@pytest.mark.parametrize(
    ("variables", "fault"),
    [
        ({"DATABASE_URL": "shelf://"}, "DATABASE_URL: write shelf://PLACE"),
        ({"DATABASE_URL": "drawer://desk"}, "DATABASE_URL: must be postgresql://"),
        ({"DATABASE_URL": "shelf://study", "DATABASE_READ_URL": "postgresql://a@b/c"}, "DATABASE_READ_URL: "),
    ],
)
def test_what_it_cannot_use_it_says(call: Run, variables: dict[str, str], fault: str) -> None:
    refused = call("users", "list", **variables)
    assert refused.returncode == 1
    assert fault in refused.stderr


def test_one_that_does_not_fit_this_version_is_not_worked_with(call: Run) -> None:
    refused = call("users", "list", DATABASE_URL="shelf://attic")
    assert refused.returncode == 1
    found = call("doctor", DATABASE_URL="shelf://attic")
    assert (found.returncode, "does not fit" in found.stdout) == (1, True)
