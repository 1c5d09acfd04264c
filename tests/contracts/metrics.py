"""Reading what Satchel tells Prometheus, with Prometheus's own parser."""

from dataclasses import dataclass

import httpx
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

METRICS = "/metrics"
REQUESTS = "satchel_http_requests_total"
DURATIONS = "satchel_http_request_duration_seconds"


@dataclass(frozen=True)
class Scrape:
    """What one scrape has told."""

    families: dict[str, Metric]

    @property
    def names(self) -> set[str]:
        """The families' names, as they stand in the text."""
        return {f"{name}_total" if family.type == "counter" else name for name, family in self.families.items()}

    def total(self, name: str, **labels: str) -> float:
        """Return the sum of the samples of this name with these labels, and any others."""
        return sum(value for _, value in self.samples(name, **labels))

    def samples(self, name: str, **labels: str) -> list[tuple[dict[str, str], float]]:
        """Return the samples of this name with these labels, and any others."""
        return [
            (sample.labels, sample.value)
            for family in self.families.values()
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        ]


def read(text: str) -> Scrape:
    """Return what a scrape's text says; each family stands in it once."""
    families = list(text_string_to_metric_families(text))
    assert len({family.name for family in families}) == len(families)
    assert all(family.documentation for family in families)
    return Scrape({family.name: family for family in families})


async def scrape(http: httpx.AsyncClient) -> Scrape:
    """Ask for metrics as Prometheus does."""
    response = await http.get(METRICS)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    return read(response.text)
