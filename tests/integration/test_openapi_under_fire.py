"""The running service, held to its OpenAPI document by Schemathesis: thousands of requests, as everyone."""

import os
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from domain.users import Role
from tests.integration.cli_processes import environment
from tests.integration.http_server import running_server

_HERE = Path(__file__).parent
_ROOT = _HERE.parents[1]
_SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
# Given, it is how many requests each operation gets in every phase that makes them up, whoever asks.
_EXAMPLES = os.environ.get("TEST_OPENAPI_EXAMPLES")


@pytest.fixture(scope="module")
def address(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """Where the server listens; that it ends well, without a stack trace in its log, is checked at the end."""
    settings = {"DATABASE_URL": module_database_url, "RATE_LIMIT_SIGN_IN_FAILURES": "10000"}
    with running_server(tmp_path_factory.mktemp("server"), settings) as address:
        yield address


@pytest.mark.parametrize(
    ("caller", "phases"),
    [
        ("nobody", "examples"),
        (Role.EMPLOYEE, "examples,fuzzing"),
        (Role.MANAGER, "coverage"),
        (Role.ADMIN, "examples,stateful"),
    ],
)
def test_every_answer_is_as_the_document_says(
    address: str, module_database_url: str, tmp_path: Path, caller: str, phases: str
) -> None:
    """No 5xx, no status, header or body that the document does not name, nothing taken that it forbids."""
    run = subprocess.run(
        [
            *(_SCHEMATHESIS, "--config-file", _HERE / "schemathesis.toml", "run", f"{address}/openapi.json"),
            *("--phases", phases if _EXAMPLES is None else "examples,coverage,fuzzing,stateful"),
            *("--max-examples", _EXAMPLES or "2"),
        ],
        env=environment(
            {
                "CALLER_ADDRESS": address,
                "CALLER_ROLE": caller,
                "DATABASE_URL": module_database_url,
                "PYTHONPATH": str(_ROOT),
            }
        ),
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
