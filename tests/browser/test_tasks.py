"""Tasks in a browser: written down, changed, moved over the board, and seen to move by others."""

import logging
import re
import time

import pytest
from playwright.sync_api import FloatRect, Locator, Page, expect

from tests.browser.chromium import Browsers
from tests.browser.site import Person

_LOG = logging.getLogger(__name__)
_MINE = "/tasks?assignee=me"
# What others do has to be seen within moments, not with the patience of the other expectations.
_MOMENTS = 5_000


class TestTasks:
    """The board is the team's: forms, buttons, keys and the mouse change it, and everyone sees it at once."""

    def test_a_task_is_written_down_changed_and_deleted(
        self, browsers: Browsers, manager: Person, scripts: bool
    ) -> None:
        title = f"Water the plants of {manager.username}"
        page = browsers.open(manager, scripts=scripts)
        page.goto("/tasks")
        page.get_by_role("link", name="New task").click()
        form = page.get_by_role("form", name="New task")
        form.get_by_role("button", name="Create the task").click()
        expect(page.get_by_role("alert")).to_contain_text("Title")
        form.get_by_label("Title").fill(title)
        form.get_by_label("Description").fill("One can a week.\n\nTwo in July.")
        form.get_by_label("Priority").select_option("High")
        form.get_by_label("Assignee").select_option(str(manager.id))
        form.get_by_label("Deadline").fill("2030-01-31T17:00")
        form.get_by_role("button", name="Create the task").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
        expect(page.get_by_role("main")).to_contain_text(f"31 January 2030, 17:00{'' if scripts else ' UTC'}")
        page.get_by_role("link", name="Edit").click()
        expect(page.get_by_label("Description")).to_have_value("One can a week.\n\nTwo in July.")
        page.get_by_label("Title").fill(f"{title}, twice")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(f"{title}, twice")
        page.get_by_text("Delete this task").click()
        page.get_by_role("button", name="Delete for good").click()
        expect(page.get_by_role("status").filter(has_text="deleted")).to_be_visible()
        page.goto("/tasks")
        expect(page.get_by_role("link", name=title)).to_have_count(0)

    def test_tasks_are_added_one_after_the_other_by_their_titles(
        self, browsers: Browsers, employee: Person, scripts: bool
    ) -> None:
        page = browsers.open(employee, scripts=scripts)
        page.goto(_MINE)
        field = page.get_by_label("Title of a new task")
        field.click()
        for plant in ("Plum", "Pear"):
            # Without clicking again: the focus is where the next title goes.
            page.keyboard.type(plant)
            page.keyboard.press("Enter")
            expect(_card(page, "To do", plant)).to_have_count(1)
            expect(field).to_be_focused()
            expect(field).to_have_value("")
        expect(page).to_have_url(re.compile(re.escape(_MINE)))
        page.keyboard.type("  ")
        page.keyboard.press("Enter")
        expect(_column(page, "To do").get_by_role("alert")).to_contain_text("Title")
        expect(page.get_by_role("heading", name="To do 2 tasks")).to_be_visible()

    def test_an_added_task_comes_into_sight_while_the_field_keeps_the_focus(
        self, browsers: Browsers, employee: Person
    ) -> None:
        for number in range(12):
            title = f"Row {number} of {employee.username}"
            employee.creates("/tasks", title=title, assigneeId=employee.id, deadline="2030-01-01T00:00:00Z")
        page = browsers.open(employee)
        page.goto(_MINE)
        field = page.get_by_label("Title of a new task")
        field.fill("Last of all")
        field.press("Enter")
        expect(_card(page, "To do", "Last of all")).to_be_in_viewport(ratio=1)
        expect(field).to_be_focused()

    def test_what_others_filter_or_do_leaves_a_title_that_is_being_typed(
        self, browsers: Browsers, employee: Person
    ) -> None:
        title = _created(employee, "Graft the cherry")
        page = browsers.open(employee)
        page.goto("/tasks")
        field = page.get_by_label("Title of a new task")
        field.fill("Half a ti")
        page.get_by_label("Assignee").select_option("Me")
        expect(page).to_have_url(_MINE)
        expect(_card(page, "To do", title)).to_be_visible()
        expect(field).to_have_value("Half a ti")
        field.press("Enter")
        expect(_card(page, "To do", "Half a ti")).to_have_count(1)
        assert employee.reads("/tasks?assigneeId=me")[0]["title"] == "Half a ti"

    def test_buttons_move_a_card(self, browsers: Browsers, employee: Person, scripts: bool) -> None:
        title = _created(employee, "Sweep the yard")
        page = browsers.open(employee, scripts=scripts)
        page.goto(_MINE)
        for button, column in (("Start", "In progress"), ("Done", "Done"), ("To do", "To do")):
            _button(page, button, title).click()
            expect(_card(page, column, title)).to_be_visible()
            expect(page.get_by_role("status").filter(has_text=re.compile(f"moved.*{column}"))).to_be_visible()
        expect(page).to_have_url(_MINE)

    def test_keys_move_a_card_and_the_focus_stays_on_it(self, browsers: Browsers, employee: Person) -> None:
        title = _created(employee, "Prune the roses")
        page = browsers.open(employee)
        page.goto(_MINE)
        link = page.get_by_role("link", name=title)
        link.focus()
        for column in ("In progress", "Done"):
            page.keyboard.press("Alt+ArrowRight")
            expect(_card(page, column, title)).to_be_visible()
            expect(page.get_by_role("status").filter(has_text=re.compile(f"moved.*{column}"))).to_be_visible()
            expect(link).to_be_focused()
        page.keyboard.press("Alt+ArrowRight")
        expect(page.get_by_role("status").filter(has_text="last column")).to_be_visible()

    def test_the_mouse_drags_a_card(self, browsers: Browsers, employee: Person) -> None:
        title = _created(employee, "Mow the lawn")
        page = browsers.open(employee)
        page.goto(_MINE)
        _card(page, "To do", title).drag_to(_column(page, "Done"))
        expect(_card(page, "Done", title)).to_be_visible()
        expect(page).to_have_url(_MINE)
        page.reload()
        expect(_card(page, "Done", title)).to_be_visible()

    @pytest.mark.parametrize("by", ["mouse", "keys"])
    def test_who_may_not_move_a_card_is_told_who_may(
        self, browsers: Browsers, employee: Person, manager: Person, by: str
    ) -> None:
        title = _created(manager, f"Count the hens by {by}")
        page = browsers.open(employee)
        page.goto("/tasks?q=hens")
        card = _card(page, "To do", title)
        if by == "mouse":
            _drag_across(page, card, _box(_column(page, "Done"))["x"] + 30)
        else:
            page.get_by_role("link", name=title).press("Alt+ArrowRight")
        expect(page.get_by_role("status").filter(has_text="Only its creator, its assignee")).to_be_visible()
        expect(card).to_be_visible()

    def test_a_card_is_dropped_anywhere_on_a_column_and_nowhere_else(
        self, browsers: Browsers, employee: Person
    ) -> None:
        *_, title = [_created(employee, f"Sow the {plant}") for plant in ("beans", "peas", "leeks")]
        page = browsers.open(employee)
        page.goto(_MINE)
        told = page.get_by_role("status")
        lowest = _card(page, "To do", title)
        _drag_across(page, lowest, 2)
        expect(told.filter(has_text="drop it on a column")).to_be_visible()
        _drag_across(page, lowest, _box(_column(page, "In progress"))["x"] + 30)
        expect(_card(page, "In progress", title)).to_be_visible()
        expect(told.filter(has_text=re.compile("moved to .In progress"))).to_be_visible()
        page.get_by_role("searchbox", name="Search").fill("sow")
        expect(told.filter(has_text="moved to")).to_have_count(0)

    def test_who_signed_out_meanwhile_is_told_so(self, browsers: Browsers, employee: Person) -> None:
        title = _created(employee, "Lock the gate")
        page = browsers.open(employee)
        page.goto(_MINE)
        page.context.clear_cookies()
        _button(page, "Start", title).click()
        expect(page.get_by_role("status").filter(has_text="not moved: you were signed out")).to_be_visible()
        expect(_card(page, "To do", title)).to_be_visible()

    def test_others_see_a_card_move_at_once_and_keep_their_place(
        self, browsers: Browsers, employee: Person, manager: Person
    ) -> None:
        title = _created(employee, "Rake the leaves")
        mover, watcher = browsers.open(employee), browsers.open(manager)
        for page in (mover, watcher):
            page.goto("/tasks?q=rake&sort=newest")
            expect(_card(page, "To do", title)).to_be_visible()
        search = watcher.get_by_role("searchbox", name="Search")
        search.press("End")
        began = time.monotonic()
        _button(mover, "Start", title).click()
        expect(_card(watcher, "In progress", title)).to_be_visible(timeout=_MOMENTS)
        _LOG.info("others saw the card move after %.2f s", time.monotonic() - began)
        expect(search).to_be_focused()
        expect(search).to_have_value("rake")

    def test_a_card_keeps_the_focus_while_others_move_it(
        self, browsers: Browsers, employee: Person, manager: Person
    ) -> None:
        title = _created(employee, "Fill the pond")
        page = browsers.open(manager)
        page.goto("/tasks?q=pond")
        link = page.get_by_role("link", name=title)
        link.focus()
        employee.changes(f"/tasks/{_id(employee, title)}", status="done")
        expect(_card(page, "Done", title)).to_be_visible(timeout=_MOMENTS)
        expect(link).to_be_focused()

    def test_tasks_come_and_go_as_others_write_and_delete_them(
        self, browsers: Browsers, employee: Person, manager: Person
    ) -> None:
        page = browsers.open(manager)
        page.goto("/tasks?q=hedge&priority=medium")
        title = _created(employee, "Trim the hedge")
        expect(_card(page, "To do", title)).to_be_visible(timeout=_MOMENTS)
        employee.changes(f"/tasks/{_id(employee, title)}", priority="high")
        expect(page.get_by_role("link", name=title)).to_have_count(0, timeout=_MOMENTS)

    def test_a_page_that_was_cut_off_says_so_and_catches_up(
        self, browsers: Browsers, employee: Person, manager: Person
    ) -> None:
        browsers.expect_fault("ERR_INTERNET_DISCONNECTED")
        title = _created(employee, "Paint the fence")
        page = browsers.open(manager)
        page.goto("/tasks?q=fence")
        page.context.set_offline(True)
        state = page.get_by_role("status")
        expect(state.filter(has_text="Not live")).to_be_visible()
        employee.changes(f"/tasks/{_id(employee, title)}", status="in_progress")
        page.context.set_offline(False)
        expect(_card(page, "In progress", title)).to_be_visible()
        expect(state.filter(has_text="Live again")).to_be_visible()

    def test_a_card_that_others_moved_is_not_moved_over(
        self, browsers: Browsers, employee: Person, scripts: bool
    ) -> None:
        # A page that does not follow what happens, be it for want of scripts or of a connection.
        browsers.expect_fault("ERR_FAILED")
        title = _created(employee, "Dig the beds")
        page = browsers.open(employee, scripts=scripts)
        page.route("**/live?*", lambda route: route.abort())
        page.goto(_MINE)
        employee.changes(f"/tasks/{_id(employee, title)}", status="done")
        _button(page, "Start", title).click()
        expect(page.get_by_text("meanwhile").first).to_be_visible()
        expect(_card(page, "Done", title)).to_be_visible()
        assert employee.reads(f"/tasks/{_id(employee, title)}")["status"] == "done"

    def test_a_form_that_others_were_faster_than_shows_both_versions(
        self, browsers: Browsers, employee: Person, scripts: bool
    ) -> None:
        title = _created(employee, "Build the shed")
        number = _id(employee, title)
        page = browsers.open(employee, scripts=scripts)
        page.goto(f"/tasks/{number}/edit")
        page.get_by_label("Description").fill("Of larch.")
        employee.changes(f"/tasks/{number}", description="Of oak.")
        if scripts:
            # It comes where the button was, and would take a click that is under way.
            expect(page.get_by_text("Someone changed this task")).to_be_visible()
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("region", name="Changed meanwhile")).to_contain_text("Of oak.")
        expect(page.get_by_label("Description")).to_have_value("Of larch.")
        assert employee.reads(f"/tasks/{number}")["description"] == "Of oak."
        page.get_by_role("button", name="Save mine").click()
        expect(page.get_by_role("main")).to_contain_text("Of larch.")

    @pytest.mark.parametrize("path", ["/tasks", "/tasks/list"])
    def test_filters_narrow_what_is_shown_and_stand_in_the_address(
        self, browsers: Browsers, employee: Person, scripts: bool, path: str
    ) -> None:
        title = _created(employee, f"Oil the gate{len(path)}{scripts}")
        page = browsers.open(employee, scripts=scripts)
        page.goto(path)
        page.get_by_label("Assignee").select_option("Me")
        page.get_by_role("searchbox", name="Search").fill("oil gate")
        show = page.get_by_role("button", name="Show")
        applies_by_itself = scripts and path == "/tasks"
        expect(show).to_be_visible(visible=not applies_by_itself)
        if not applies_by_itself:
            show.click()
        expect(page).to_have_url(re.compile(r"assignee=me"))
        expect(page).to_have_url(re.compile(r"q=oil(\+|%20)gate"))
        expect(page.get_by_role("link", name=title)).to_be_visible()


def _box(element: Locator) -> FloatRect:
    box = element.bounding_box()
    assert box is not None
    return box


def _drag_across(page: Page, card: Locator, x: float) -> None:
    """Drag a card neither up nor down, to so many pixels from the left of the window."""
    card.hover(position={"x": 30, "y": 8})
    page.mouse.down()
    page.mouse.move(x, _box(card)["y"] + 8, steps=3)
    page.mouse.up()


def _created(person: Person, title: str) -> str:
    unique = f"{title} of {person.username}"
    person.creates("/tasks", title=unique, assigneeId=person.id)
    return unique


def _id(person: Person, title: str) -> int:
    number: int = next(task["id"] for task in person.reads("/tasks?assigneeId=me") if task["title"] == title)
    return number


def _column(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=re.compile(f"^{name}"))


def _button(page: Page, text: str, title: str) -> Locator:
    return page.get_by_role("button", name=re.compile(f"^{text} ?: {title}$"))


def _card(page: Page, column: str, title: str) -> Locator:
    return _column(page, column).get_by_role("listitem").filter(has_text=title)
