"""The bill of materials lists what is installed, and where it came from stays nobody's business."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
_SECONDS = 120

pytestmark = pytest.mark.skipif(
    not (ROOT / ".venv-clients/.clients").exists() and os.environ.get("REQUIRE_CLIENTS") != "1",
    reason="NO BILL OF MATERIALS WAS WRITTEN: `make client-tools` installs what writes it.",
)


@pytest.fixture(scope="module")
def bill() -> dict[str, Any]:
    """What `make sbom` writes; it holds that to the schema of CycloneDX itself."""
    subprocess.run(["make", "sbom"], cwd=ROOT, check=True, capture_output=True, timeout=_SECONDS)  # noqa: S607
    found: dict[str, Any] = json.loads((ROOT / "dist/sbom.json").read_text())
    return found


def test_everything_in_the_lock_is_listed_with_its_version_and_hashes(bill: dict[str, Any]) -> None:
    lock = (ROOT / "requirements/production.txt").read_text()
    locked = re.findall(r"^([\w.-]+)(?:\[[\w,]+\])?==(\S+)", lock, re.MULTILINE)
    assert {(it["name"], it["version"]) for it in bill["components"]} == set(locked)
    for component in bill["components"]:
        assert any("hashes" in it for it in component["externalReferences"]), component["name"]
        assert component["purl"] == f"pkg:pypi/{component['name']}@{component['version']}"


def test_it_is_of_satchel(bill: dict[str, Any]) -> None:
    assert bill["metadata"]["component"]["name"] == "satchel"
    assert bill["bomFormat"] == "CycloneDX"


def test_it_names_no_machine(bill: dict[str, Any]) -> None:
    """No folder, no address, no port: one public index, whatever it was installed from."""
    text = json.dumps(bill)
    assert "file:" not in text
    hosts = {host for host in re.findall(r"https?://([^/\"]+)", text) if "pypi" in host}
    assert len(hosts) == 1
    assert all(re.fullmatch(r"[a-z]+\.org", host) for host in hosts)
