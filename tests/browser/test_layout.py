"""Every page fits a phone; with `--screenshots DIR`, pictures of all of them to look at."""

import re
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Page

from tests.browser.chromium import Browsers, Scheme
from tests.browser.pages import ALSO_EMPTY, ANYONE, SIGNED_IN, Things, show
from tests.browser.site import Site

_PHONE, _DESK, _HEIGHT = 375, 1280, 800
_SCHEMES: Final[tuple[Scheme, ...]] = ("light", "dark")

# What sticks out to the right, and what is cut off there without saying so by dots or letting itself be scrolled.
_MISFITS: Final = """() => {
  const width = document.documentElement.clientWidth;
  const style = (element) => getComputedStyle(element);
  const isHidden = (element) => style(element).clipPath !== 'none' || element.closest('.visually-hidden');
  const scrolls = (element) => element && (getComputedStyle(element).overflowX !== 'visible' ||
    scrolls(element.parentElement));
  const shown = [...document.querySelectorAll('body *')].filter((element) =>
    element instanceof HTMLElement && element.checkVisibility() && !isHidden(element));
  const out = shown.filter((element) =>
    element.getBoundingClientRect().right > width + 1 && !scrolls(element.parentElement));
  const cut = shown.filter((element) =>
    ['hidden', 'clip'].includes(style(element).overflowX) && style(element).textOverflow !== 'ellipsis' &&
    element.tagName !== 'INPUT' && element.scrollWidth > element.clientWidth + 1);
  const told = (what, elements) => elements.map((element) => `${what}: ${element.outerHTML.slice(0, 200)}`);
  const scroll = document.documentElement.scrollWidth;
  return [...(scroll > width ? [`the page is ${scroll} px wide`] : []), ...told('out', out), ...told('cut', cut)];
}"""


@pytest.fixture
def screenshots(pytestconfig: pytest.Config) -> Path | None:
    """Where pictures go, if any are wanted."""
    folder: Path | None = pytestconfig.getoption("screenshots", default=None)
    return folder


class TestLayout:
    """Nothing has to be scrolled sideways, and nothing is cut off, at 375 px."""

    def test_the_pages_for_everyone_fit(
        self, browsers: Browsers, things: Things, screenshots: Path | None
    ) -> None:
        _check_all(browsers.open(width=_PHONE), things, ANYONE, _named(screenshots, "anyone"))

    def test_the_pages_for_those_who_are_signed_in_fit(
        self, browsers: Browsers, site: Site, things: Things, screenshots: Path | None
    ) -> None:
        page = browsers.open(site.admin, width=_PHONE)
        _check_all(page, things, SIGNED_IN, _named(screenshots, "signed-in"))

    def test_pages_with_nothing_on_them_fit(
        self, browsers: Browsers, empty_site: Site, things: Things, screenshots: Path | None
    ) -> None:
        page = browsers.open(empty_site.admin, site=empty_site, width=_PHONE)
        _check_all(page, things, ALSO_EMPTY, _named(screenshots, "empty"))


def _named(folder: Path | None, prefix: str) -> Path | None:
    return None if folder is None else folder / prefix


def _check_all(page: Page, things: Things, paths: Sequence[str], pictures: Path | None) -> None:
    misfits: dict[str, list[str]] = {}
    for path in paths:
        show(page, things.address(path))
        if found := page.evaluate(_MISFITS):
            misfits[path] = found
        if pictures is not None:
            _photograph(page, pictures, path)
    assert misfits == {}


def _photograph(page: Page, folder: Path, path: str) -> None:
    name = re.sub(r"[^a-z]+", "-", path).strip("-") or "home"
    for width, scheme in product((_DESK, _PHONE), _SCHEMES):
        page.set_viewport_size({"width": width, "height": _HEIGHT})
        page.emulate_media(color_scheme=scheme)
        page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=True)
