"""What operators read of metrics, in the documentation, in alerts and on the dashboard, is what Satchel tells."""

import json
import os
import re
import shutil
import subprocess

import pytest

from tests.contracts.http_service import Service
from tests.contracts.metrics import scrape
from tests.unit.tests_on_pages import ROOT, page

DEPLOY = ROOT / "deploy"
ALERTS = DEPLOY / "prometheus" / "alerts.yaml"
DASHBOARD = DEPLOY / "grafana" / "satchel.json"
NAME = re.compile(r"\b(?:satchel|process)_[a-z_]+\b")
PARTS = re.compile(r"_(bucket|sum|count)$")


def named_in(text: str) -> set[str]:
    """Return the metrics that a text names."""
    return {PARTS.sub("", name) for name in NAME.findall(text)}


@pytest.mark.anyio
async def test_the_page_lists_every_metric_as_it_is_told(service: Service) -> None:
    told = await scrape(service.http)
    table = re.findall(
        r"^\| `(\w+)` \| (counter|gauge|histogram) \| ([^|]*)\| (.+) \|$", page("monitoring.md"), re.MULTILINE
    )
    assert {name for name, *_ in table} == told.names
    for name, kind, labels, help_ in table:
        family = told.families[name.removesuffix("_total") if kind == "counter" else name]
        assert (family.type, family.documentation) == (kind, help_)
        for sample in family.samples:
            assert set(sample.labels) - {"le"} == set(re.findall(r"`(\w+)`", labels))


@pytest.mark.anyio
@pytest.mark.parametrize("text", [ALERTS.read_text(), DASHBOARD.read_text()], ids=["alerts", "dashboard"])
async def test_alerts_and_dashboard_ask_for_what_is_told(service: Service, text: str) -> None:
    asked = named_in(text)
    assert asked
    assert asked <= (await scrape(service.http)).names


def test_the_page_explains_every_alert() -> None:
    alerts = re.findall(r"- alert: (\w+)", ALERTS.read_text())
    assert re.findall(r"^\| `(Satchel\w+)` \|", page("monitoring.md"), re.MULTILINE) == alerts
    assert set(re.findall(r'alertname="(\w+)"', (ALERTS.with_name("alerts.test.yaml")).read_text())) == set(alerts)


def test_every_panel_has_a_place_and_says_what_it_shows() -> None:
    panels = json.loads(DASHBOARD.read_text())["panels"]
    assert all(panel["description"].endswith(".") for panel in panels)
    assert len({(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels}) == len(panels)


@pytest.mark.skipif(
    shutil.which("promtool") is None and not os.environ.get("REQUIRE_PROMTOOL"), reason="promtool is not here"
)
@pytest.mark.parametrize(
    "command",
    [
        "promtool check rules deploy/prometheus/alerts.yaml",
        "promtool check config --syntax-only deploy/prometheus/prometheus.yml",
        *re.findall(r"^\$ (promtool .*)$", page("monitoring.md"), re.MULTILINE),
    ],
)
def test_prometheus_itself_finds_nothing_wrong(command: str) -> None:
    done = subprocess.run(command.split(), cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
