"""Every page can be used without seeing it, without a mouse, and in both colours (WCAG 2.2, level AA)."""

from collections.abc import Sequence
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations_of
from tests.browser.chromium import Browsers
from tests.browser.pages import ALSO_EMPTY, ANYONE, SIGNED_IN, Things, show
from tests.browser.site import Person, Site

_REACHABLE: Final = """() => {
  const names = 'a[href], button, input:not([type="hidden"]), select, textarea, summary, [tabindex="0"]';
  window.tabStops = new Set();
  window.unseen = new Set();
  window.timesLeft = 0;
  document.addEventListener('focusin', ({ target }) => {
    window.tabStops.add(target);
    const style = getComputedStyle(target);
    if (style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 1) window.unseen.add(target.outerHTML);
  });
  document.addEventListener('focusout', ({ relatedTarget }) => { window.timesLeft += relatedTarget === null; });
  window.reachable = [...document.querySelectorAll(names)].filter((element) =>
    !element.disabled && element.checkVisibility({ visibilityProperty: true }) &&
    (element.type !== 'radio' || element.checked));
  return window.reachable.length;
}"""
_FAULTS: Final = """() => [
  ...(window.timesLeft ? [] : [`the focus does not leave ${document.activeElement.outerHTML}`]),
  ...window.reachable.filter((each) => !window.tabStops.has(each)).map((each) => `not reached: ${each.outerHTML}`),
  ...[...window.unseen].map((html) => `focus not seen: ${html}`),
]"""
# A field for a date has a stop for each of its parts.
_STOPS_OF_A_DATE: Final = 8
_FORMS: Final = (
    "/auth/register",
    "/tasks/new",
    "/cheats/new",
    "/cheats/import",
    "/posts/new",
    "/admin/users/new",
    "/admin/webhooks/new",
)


class TestAccessibility:
    """What axe, the keyboard and the colours of the system find on each page."""

    def test_the_pages_for_everyone_are_accessible(self, browsers: Browsers, things: Things) -> None:
        _check_all(browsers.open(), things, ANYONE)

    def test_the_pages_for_those_who_are_signed_in_are_accessible(
        self, browsers: Browsers, site: Site, things: Things
    ) -> None:
        _check_all(browsers.open(site.admin), things, SIGNED_IN)

    def test_pages_with_nothing_on_them_are_accessible(
        self, browsers: Browsers, empty_site: Site, things: Things
    ) -> None:
        _check_all(browsers.open(empty_site.admin, site=empty_site), things, ALSO_EMPTY)

    @pytest.mark.parametrize("path", _FORMS)
    def test_a_form_with_faults_is_accessible_and_begins_with_them(
        self, browsers: Browsers, site: Site, path: str
    ) -> None:
        page = browsers.open(None if path == "/auth/register" else site.admin)
        show(page, path)
        # What browsers themselves ask for is not what is tried here.
        page.locator("main form").last.evaluate("form => { form.noValidate = true; form.requestSubmit(); }")
        expect(page.get_by_role("alert")).to_be_focused()
        assert violations_of(page) == []

    def test_the_tab_key_reaches_everything_and_one_sees_where_one_is(
        self, browsers: Browsers, site: Site, things: Things
    ) -> None:
        page = browsers.open(site.admin)
        faults: dict[str, list[str]] = {}
        for path in SIGNED_IN:
            show(page, things.address(path))
            if found := _keyboard_faults(page):
                faults[path] = found
        assert faults == {}

    def test_the_first_stop_leads_past_the_navigation(self, browsers: Browsers, employee: Person) -> None:
        page = browsers.open(employee)
        page.goto("/posts")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_role("main")).to_be_focused()


def _check_all(page: Page, things: Things, paths: Sequence[str]) -> None:
    violations: dict[str, list[str]] = {}
    for path in paths:
        show(page, things.address(path))
        if found := violations_of(page):
            violations[path] = found
    assert violations == {}


def _keyboard_faults(page: Page) -> list[str]:
    stops = page.evaluate(_REACHABLE) + 1
    dates = page.locator('[type^="date"]').count()
    # Enough for two rounds: where the focus begins in the middle, as with a field, the second leads to the top.
    runs = (stops, *[_STOPS_OF_A_DATE] * (1 + stops // _STOPS_OF_A_DATE + 2 * dates))
    faults: list[str] = []
    for presses in runs:
        # Held down: one message to the browser instead of one for each stop.
        page.keyboard.press("+".join(["Tab"] * presses))
        faults = page.evaluate(_FAULTS)
        if not faults:
            break
    return faults
