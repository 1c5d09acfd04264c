"""What GitHub runs: only commands of the Makefile and actions that stay as they are, with few rights."""

import re
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

ROOT = Path(__file__).parents[2]
TEXTS = {path.name: path.read_text() for path in sorted((ROOT / ".github" / "workflows").glob("*.yml"))}
WORKFLOWS: dict[str, dict[str, Any]] = {name: msgspec.yaml.decode(text) for name, text in TEXTS.items()}
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
CHANGES = runpy.run_path(str(ROOT / ".github" / "changes.py"))["changes"]
_PINNED = re.compile(r"uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")


def jobs() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every job with its name."""
    for workflow, described in WORKFLOWS.items():
        for name, job in described["jobs"].items():
            yield f"{workflow} {name}", job


JOBS = dict(jobs())


def steps() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every step with the name of its job."""
    for name, job in JOBS.items():
        for step in job["steps"]:
            yield name, step


def test_there_are_workflows() -> None:
    assert set(WORKFLOWS) == {"ci.yml", "release.yml", "security.yml"}


def test_what_runs_is_what_everyone_can_run() -> None:
    """A target that is gone would only fail at GitHub."""
    commands = "\n".join(step.get("run", "") for _, step in steps())
    asked = {target for line in re.findall(r"^make (.+)$", commands, re.MULTILINE) for target in line.split()}
    assert {"check", "test", "audit", "clients", "sbom", "dist"} <= asked
    assert asked <= TARGETS


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_a_workflow_may_read_and_no_more(workflow: str) -> None:
    """What a job needs beyond that, it says itself."""
    assert WORKFLOWS[workflow]["permissions"] in ({}, {"contents": "read"})


@pytest.mark.parametrize("job", JOBS)
def test_a_job_ends(job: str) -> None:
    """After less than GitHub's six hours."""
    assert JOBS[job]["timeout-minutes"] <= 60


@pytest.mark.parametrize("workflow", TEXTS)
def test_an_action_is_named_by_its_commit(workflow: str) -> None:
    """A tag can be moved to something else; the version beside it is for people."""
    uses = [line for line in TEXTS[workflow].splitlines() if "uses:" in line]
    assert uses
    assert [line for line in uses if not _PINNED.search(line)] == []


def test_no_checkout_leaves_its_token_behind() -> None:
    for job, step in steps():
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False, job


def test_no_command_holds_what_others_wrote() -> None:
    """Names of branches and titles are text for a shell to run where they are put into a command."""
    assert [job for job, step in steps() if "${{" in step.get("run", "")] == []


def test_no_command_sees_a_secret() -> None:
    """The one there is goes to an action that signs in."""
    for job, step in steps():
        if "run" in step:
            assert "secrets." not in str(step), job


CHANGELOG = "# Changelog\n\n## Unreleased\n\n- Soon.\n\n## 1.2.0 - 2026-01-31\n\n- New.\n\n## 1.1.0\n\n- Old.\n"


def test_a_release_tells_its_own_changes() -> None:
    assert CHANGES(CHANGELOG, "1.2.0") == "- New.\n"
    assert CHANGES(CHANGELOG, "1.1.0") == "- Old.\n"


@pytest.mark.parametrize("version", ["1.2", "1.2.1", "2.0.0"])
def test_a_release_without_changes_is_none(version: str) -> None:
    with pytest.raises(LookupError, match="does not tell"):
        CHANGES(CHANGELOG, version)
