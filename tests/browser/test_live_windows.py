"""Many windows of one browser that follow what happens at the same time."""

from typing import Final

from playwright.sync_api import Page, expect

from tests.browser.chromium import Browsers
from tests.browser.site import Person

# One more than browsers open connections to a server over HTTP/1.1.
_WINDOWS: Final = 7


def _shown_in(windows: list[Page], title: str) -> None:
    for window in windows:
        expect(window.get_by_role("link", name=title)).to_be_visible()


def _created(person: Person, title: str) -> str:
    unique = f"{title} of {person.username}"
    person.creates("/tasks", title=unique)
    return unique


class TestManyWindows:
    """Seven windows share one stream, so none of them and no further page waits for a connection."""

    def test_all_follow_and_the_next_one_carries_on_where_the_first_is_left(
        self, browsers: Browsers, employee: Person, manager: Person
    ) -> None:
        first = browsers.open(manager)
        windows = [first, *(first.context.new_page() for _ in range(_WINDOWS - 1))]
        for window in windows:
            window.goto("/tasks?q=orchard")
        _shown_in(windows, _created(employee, "Prune the orchard"))
        first.close()
        _shown_in(windows[1:], _created(employee, "Mow the orchard"))
        windows[1].goto("/account")
        _shown_in(windows[2:], _created(employee, "Water the orchard"))

    def test_a_window_that_comes_back_catches_up_from_the_stream_of_another(
        self, browsers: Browsers, employee: Person, manager: Person
    ) -> None:
        leading = browsers.open(manager)
        leading.goto("/tasks?q=meadow")
        before = leading.locator("[data-live]").get_attribute("data-live")
        title = _created(employee, "Rake the meadow")
        _shown_in([leading], title)
        late = leading.context.new_page()
        # As a window that was opened before, and waits for its turn since.
        late.route(
            "**/tasks?q=meadow",
            lambda route: route.fulfill(
                body=late.request.get(route.request.url).text().replace("/live?after=", f"{before}#"),
                content_type="text/html",
            ),
        )
        late.add_init_script(
            "window.seen = [];"
            "document.addEventListener('satchel:event', ({ detail }) => window.seen.push(detail.data.title))"
        )
        late.goto("/tasks?q=meadow")
        late.wait_for_function("title => window.seen.includes(title)", arg=title)
        _shown_in([leading, late], _created(employee, "Mow the meadow"))

    def test_without_locks_each_window_follows_by_itself(
        self, browsers: Browsers, employee: Person, manager: Person
    ) -> None:
        page = browsers.open(manager)
        page.context.add_init_script("delete Navigator.prototype.locks")
        other = page.context.new_page()
        for window in (page, other):
            window.goto("/tasks?q=lawn")
        _shown_in([page, other], _created(employee, "Cut the lawn"))
