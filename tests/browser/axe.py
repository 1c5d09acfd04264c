"""What axe finds wrong with a page (WCAG 2.2, level AA)."""

from collections.abc import Sequence
from importlib.resources import files
from typing import Any, Final

from playwright.sync_api import Page

_AXE: Final = (files("axe_playwright_python") / "axe.min.js").read_text()
_STANDARDS: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
# axe looks at the size of targets only when asked to.
_OPTIONS: Final = {
    "runOnly": {"type": "tag", "values": _STANDARDS},
    "rules": {"target-size": {"enabled": True}},
    "resultTypes": ["violations"],
}
_CONTRAST: Final = {"runOnly": {"type": "rule", "values": ["color-contrast"]}, "resultTypes": ["violations"]}


def violations_of(page: Page) -> list[str]:
    """Return what is wrong with a page, in light colours and in dark ones."""
    page.evaluate(_AXE)
    found = _found_by_axe(page, _OPTIONS)
    page.emulate_media(color_scheme="dark")
    found += [f"dark: {each}" for each in _found_by_axe(page, _CONTRAST)]
    page.emulate_media(color_scheme="light")
    return found


def _found_by_axe(page: Page, options: dict[str, Any]) -> list[str]:
    violations: Sequence[dict[str, Any]] = page.evaluate(
        "async (options) => (await axe.run(document, options)).violations", options
    )
    return [
        f"{rule['id']}: {' '.join(map(str, node['target']))}: {node['failureSummary']}"
        for rule in violations
        for node in rule["nodes"]
    ]
