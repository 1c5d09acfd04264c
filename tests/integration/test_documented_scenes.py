"""Sections of the documentation that want a scene: a log that is years old, a schema of an older version."""

import secrets
from pathlib import Path

import psycopg
import pytest

from tests.documented import ELSEWHERE, ROOT
from tests.integration.cli_processes import Run
from tests.integration.test_cli_archive import happened
from tests.integration.walks import section, walk

HERE = Path(__file__).relative_to(ROOT).as_posix()
NOBODY = "http://127.0.0.1:9"


def text(page: str, heading: str) -> str:
    """Return a section that the list of those tried elsewhere says is tried here."""
    assert ELSEWHERE[page, heading] == HERE
    return section((ROOT / page).read_text(encoding="utf-8"), heading)


@pytest.mark.parametrize(
    ("page", "heading"),
    [("docs/command-line.md", "## satchel audit archive"), ("docs/operating.md", "### Archiving the log")],
)
def test_the_events_of_a_year_move_into_a_file(
    page: str, heading: str, call: Run, program: Path, database_url: str, tmp_path: Path
) -> None:
    """After those of the year before, from a log with one event a year."""
    happened(database_url, -430, -100, 0)
    call("audit", "archive", "events-until-2025.jsonl", "--before", "2025-01-01", DATABASE_URL=database_url)
    walk(text(page, heading), tmp_path, program, NOBODY, database_url)


def test_a_schema_of_an_older_version_is_found_unfit(program: Path, database_url: str, tmp_path: Path) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    production = f"```sh\nexport ENVIRONMENT=production SECRET_KEY={secrets.token_urlsafe(48)}\n```\n"
    walk(production + text("docs/command-line.md", "## satchel doctor"), tmp_path, program, NOBODY, database_url)
