"""The import contracts hold, and each of them really fails where it is broken."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def lint_imports(checkout: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter on a checkout, on none of our installed packages."""
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--config", checkout / "pyproject.toml"],
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": f"{checkout / 'src'}{os.pathsep}{checkout}", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the code that a test may spoil."""
    for package in ("src", "migrations"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("static", "__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_code_keeps_every_contract(checkout: Path) -> None:
    result = lint_imports(checkout)

    assert result.returncode == 0, result.stdout
    assert "4 kept, 0 broken" in result.stdout


@pytest.mark.parametrize(
    ("module", "forbidden_import", "contract"),
    [
        ("domain/tasks.py", "import application.tasks", "Arrows point inward"),
        ("application/tasks.py", "import adapters.memory.store", "Arrows point inward"),
        ("application/tasks.py", "import msgspec", "The inside knows no framework"),
        ("domain/users.py", "import sqlalchemy", "The inside knows no framework"),
        ("adapters/memory/store.py", "import adapters.sql.store", "Adapters know nothing of each other"),
        ("entrypoints/http/tasks.py", "import adapters.sql.store", "The containers alone know the adapters"),
    ],
)
def test_a_forbidden_import_is_found(checkout: Path, module: str, forbidden_import: str, contract: str) -> None:
    spoiled = checkout / "src" / module
    spoiled.write_text(f"{spoiled.read_text()}\n{forbidden_import}\n")

    result = lint_imports(checkout)

    assert result.returncode == 1
    assert f"{contract} BROKEN" in result.stdout
