"""Which pages show commands, and which tests carry them out."""

from pathlib import Path

from tests.integration.walks import without_section

ROOT = Path(__file__).parents[1]
PAGES = ["README.md", *sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.md"))]

# `tests/integration/test_documented_commands.py` carries out every command of every page, but for those of these
# sections (None: of the whole page, or what is left of it), which want more than a shell and a database. Their
# tests carry the commands out as they stand, too; but the benchmarks, which take hours, are only read by make and
# by what it would start, `kubectl` has no cluster, and PgBouncer is set up by the test's own hand.
ELSEWHERE: dict[tuple[str, str | None], str] = {
    ("README.md", "## Test it"): ".ci/run",
    ("docs/performance.md", None): "tests/unit/test_performance_page.py",
    ("docs/operating.md", "## Behind PgBouncer"): "tests/integration/test_pgbouncer.py",
    ("docs/operating.md", "### Archiving the log"): "tests/integration/test_documented_scenes.py",
    ("docs/command-line.md", "## satchel audit archive"): "tests/integration/test_documented_scenes.py",
    ("docs/command-line.md", "## satchel doctor"): "tests/integration/test_documented_scenes.py",
    ("docs/backup.md", "## To any moment"): "tests/integration/test_point_in_time.py",
    ("docs/backup.md", None): "tests/integration/test_backup.py",
    ("docs/deploying.md", "## nginx"): "tests/unit/test_deployment.py",
    ("docs/deploying.md", "## Kubernetes"): "tests/unit/test_deployment.py",
    ("docs/deploying.md", None): "tests/containers/image.py",
    ("docs/monitoring.md", "## What to watch, and the alerts"): "tests/unit/test_monitoring_page.py",
    ("docs/clients.md", None): "tests/clients/test_tours.py",
    ("docs/front-end.md", None): "tests/unit/test_clients_page.py",
}


def text_to_walk(page: str) -> str:
    """Return a page without the sections that other tests carry out."""
    text = (ROOT / page).read_text(encoding="utf-8")
    for named, heading in ELSEWHERE:
        if named == page:
            text = "" if heading is None else without_section(text, heading)
    return text
