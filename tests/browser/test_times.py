"""Times in a browser: shown and entered as the reader's clock has them, whatever the season."""

from playwright.sync_api import Locator, Page, expect

from tests.browser.chromium import Browsers
from tests.browser.site import Person

_MOMENTS = 5_000


class TestTimes:
    """With scripts, times are those of the reader's own zone; what is kept is UTC."""

    def test_a_deadline_is_entered_and_shown_in_the_zone_of_its_reader(
        self, browsers: Browsers, employee: Person
    ) -> None:
        page = browsers.open(employee, timezone="Europe/Berlin")
        page.goto("/tasks/new")
        expect(page.get_by_text("(Europe/Berlin)")).to_be_visible()
        _deadline(page).fill("2030-07-31T17:00")
        page.get_by_role("button", name="Create the task").click()
        expect(page.get_by_role("alert")).to_contain_text("Title")
        expect(_deadline(page)).to_have_value("2030-07-31T17:00")
        page.get_by_label("Title").fill("Pick the plums")
        page.get_by_role("button", name="Create the task").click()
        shown = page.get_by_text("31 July 2030, 17:00", exact=True)
        expect(shown).to_have_attribute("title", "31 July 2030, 15:00 UTC")
        assert _kept(employee) == "2030-07-31T15:00:00Z"
        page.get_by_role("link", name="Edit").click()
        # Clocks are put back before then.
        _deadline(page).fill("2030-12-31T17:00")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("31 December 2030, 17:00", exact=True)).to_be_visible()
        assert _kept(employee) == "2030-12-31T16:00:00Z"
        page.get_by_role("link", name="Edit").click()
        _deadline(page).fill("")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("status").filter(has_text="saved")).to_be_visible()
        assert _kept(employee) is None

    def test_a_deadline_that_is_left_alone_stays_as_it_is(self, browsers: Browsers, employee: Person) -> None:
        # In the hour that comes twice as clocks are put back, and finer than the field shows.
        deadline = "2030-10-27T01:30:15Z"
        number = employee.creates("/tasks", title="Dry the pears", deadline=deadline, assigneeId=employee.id)["id"]
        page = browsers.open(employee, timezone="Europe/Berlin")
        page.goto(f"/tasks/{number}/edit")
        expect(_deadline(page)).to_have_value("2030-10-27T02:30")
        page.get_by_label("Title").fill("Dry the prunes")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Dry the prunes")
        assert _kept(employee) == deadline

    def test_what_others_changed_meanwhile_is_not_taken_back_with_an_old_deadline(
        self, browsers: Browsers, employee: Person
    ) -> None:
        number = employee.creates(
            "/tasks", title="Press the cider", deadline="2030-07-01T10:00:00Z", assigneeId=employee.id
        )["id"]
        page = browsers.open(employee, timezone="America/New_York")
        page.goto(f"/tasks/{number}/edit")
        page.get_by_label("Title").fill("Press the perry")
        employee.changes(f"/tasks/{number}", deadline="2030-08-01T10:00:00Z")
        expect(page.get_by_text("Someone changed this task")).to_be_visible()
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("region", name="Changed meanwhile")).to_contain_text("1 August 2030, 06:00")
        expect(_deadline(page)).to_have_value("2030-08-01T06:00")
        page.get_by_role("button", name="Save mine").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Press the perry")
        assert _kept(employee) == "2030-08-01T10:00:00Z"

    def test_cards_that_come_later_show_the_same_clock(self, browsers: Browsers, employee: Person) -> None:
        page = browsers.open(employee, timezone="Asia/Tokyo")
        page.goto("/tasks?assignee=me")
        employee.creates("/tasks", title="Rack the wine", deadline="2030-05-06T20:00:00Z", assigneeId=employee.id)
        card = page.get_by_role("listitem").filter(has_text="Rack the wine")
        expect(card).to_contain_text("7 May 2030, 05:00", timeout=_MOMENTS)


def _deadline(page: Page) -> Locator:
    return page.get_by_label("Deadline")


def _kept(person: Person) -> str | None:
    deadline: str | None = person.reads("/tasks?creatorId=me")[0]["deadline"]
    return deadline
