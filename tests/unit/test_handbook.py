"""The reference that is made of the code, and the links of pages that move."""

import pytest

from entrypoints.http.problem_kinds import KINDS
from handbook.commands import commands_page
from handbook.http_api import http_api_page
from handbook.operations import operations
from handbook.pages import with_links_within
from handbook.permissions import permissions_page
from handbook.problems import problems_page


def test_each_operation_is_told_with_its_bodies_and_refusals() -> None:
    page = http_api_page()
    for operation in operations():
        assert f"\n### {operation.method} {operation.path}\n" in page
    told = page.partition("\n### POST /api/v1/tasks\n")[2].partition("\n### ")[0]
    assert "Body: [NewTask](#newtask)." in told
    assert "- **201**: [Task](#task)" in told
    assert (
        "422 [idempotency-key-reused](problems.md#idempotency-key-reused) or [invalid](problems.md#invalid)"
        in told
    )


def test_a_summary_that_asks_ends_as_it_does() -> None:
    assert "**Where am I signed in?** Return" in http_api_page()
    assert "**Create a task.** Create" in http_api_page()


def test_each_member_of_a_body_is_told_with_its_bounds() -> None:
    told = http_api_page().partition("\n### NewTask\n")[2].partition("\n### ")[0]
    assert "| `title` | string, 1 to 255 characters |" in told
    assert "| `status` (optional) | [AcceptedTaskStatus](#acceptedtaskstatus) | default `todo` |" in told
    assert "| `deadline` (optional) | string, date-time or null |" in told


def test_each_kind_of_problem_is_told_with_its_remedy() -> None:
    page = problems_page()
    for kind in KINDS.values():
        assert f"\n## {kind.slug}\n\n**{kind.status} " in page
        assert kind.remedy in page


def test_each_command_is_told_with_its_options() -> None:
    page = commands_page()
    for heading in ("satchel", "satchel users set-password", "satchel audit verify"):
        assert f"\n## {heading}\n" in page
    assert "Usage: satchel import [OPTIONS] FILE" in page
    assert "--dry-run" in page


def test_permissions_are_those_that_are_tested() -> None:
    assert "| `PATCH /tasks/{taskId}` | another's | - | - | yes | yes |" in permissions_page()
    assert "| `GET /posts` | all | yes | yes | yes | yes |" in permissions_page()


@pytest.mark.parametrize(
    ("origin", "place", "link", "on_the_site"),
    [
        ("README.md", "readme.md", "[a](docs/pages.md#x)", "[a](pages.md#x)"),
        ("README.md", "readme.md", "[docs/decisions/](docs/decisions/)", "[docs/decisions/](decisions/index.md)"),
        ("docs/pages.md", "pages.md", "[a](../README.md#let-people-in)", "[a](readme.md#let-people-in)"),
        ("docs/decisions/0001-x.md", "decisions/0001-x.md", "[a](../pages.md)", "[a](../pages.md)"),
        ("docs/pages.md", "pages.md", "[a](https://example.org/x)", "[a](https://example.org/x)"),
        ("docs/pages.md", "pages.md", "[a](#below)", "[a](#below)"),
        ("docs/pages.md", "pages.md", "[the alerts](../deploy/a.yaml)", "the alerts (`deploy/a.yaml`)"),
        ("README.md", "readme.md", "[LICENSE](LICENSE)", "LICENSE"),
        ("docs/pages.md", "pages.md", "```md\n[a](../README.md)\n```", "```md\n[a](../README.md)\n```"),
    ],
)
def test_links_lead_to_pages_of_the_site(origin: str, place: str, link: str, on_the_site: str) -> None:
    """What has no page there is named instead."""
    assert with_links_within(f"See\n{link}\n", origin, place) == f"See\n{on_the_site}\n"
