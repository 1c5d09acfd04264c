"""Clients generated from the OpenAPI document, at work on a running service; `make clients` writes them."""

import os
import re
import subprocess
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.integration.http_server import running_server

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
PAGE = (ROOT / "docs" / "clients.md").read_text()
WALKS = re.findall(r"^```sh\n([^`]+)```\n```text\n([^`]+)```", PAGE, re.MULTILINE)
ADDRESS = "http://127.0.0.1:8080"
_SECONDS = 120
_ARE_WRITTEN = (EXAMPLES / "typescript/api").exists() and (EXAMPLES / "python/satchel_client").exists()

pytestmark = pytest.mark.skipif(
    not _ARE_WRITTEN and os.environ.get("REQUIRE_CLIENTS") != "1",
    reason="NO GENERATED CLIENT WAS TRIED: `make clients` writes them.",
)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """Where a Satchel listens that forgets."""
    with running_server(tmp_path_factory.mktemp("server"), {"DATABASE_URL": "memory://"}) as address:
        yield address


@pytest.mark.parametrize(("command", "expected"), WALKS, ids=["TypeScript", "Python"])
def test_a_tour_of_the_page_goes_as_it_says(address: str, command: str, expected: str) -> None:
    """Signing up, creating twice with one key, reading to the end of a list, and being refused."""
    walk = subprocess.run(
        ["/bin/sh", "-euc", command.replace(ADDRESS, address)],
        cwd=ROOT, capture_output=True, text=True, timeout=_SECONDS, check=False,
    )  # fmt: skip
    assert (walk.stdout, walk.stderr) == (expected, "")
