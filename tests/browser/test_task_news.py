"""A task that is open in a browser while others change it."""

from playwright.sync_api import expect

from tests.browser.chromium import Browsers
from tests.browser.site import Person

_MOMENTS = 5_000


class TestTaskNews:
    """Whoever has a task open hears of what others do to it, and loses nothing by it."""

    def test_who_has_a_task_open_is_told_when_others_change_or_delete_it(
        self, browsers: Browsers, employee: Person, manager: Person
    ) -> None:
        path = f"/tasks/{employee.creates('/tasks', title='Tar the roof')['id']}"
        reader, writer = browsers.open(manager), browsers.open(employee)
        reader.goto(path)
        writer.goto(f"{path}/edit")
        writer.get_by_label("Description").fill("With pitch.")
        employee.changes(path, title="Tar the roof, soon")
        for page in (reader, writer):
            expect(page.get_by_text("Someone changed this task")).to_be_visible(timeout=_MOMENTS)
        reader.get_by_role("link", name="See it as it is now").click()
        expect(reader.get_by_role("heading", level=1)).to_have_text("Tar the roof, soon")
        expect(reader.get_by_text("Someone changed this task")).to_be_hidden()
        manager.deletes(path)
        for page in (reader, writer):
            expect(page.get_by_text("Someone deleted this task")).to_be_visible(timeout=_MOMENTS)
            expect(page.get_by_text("Someone changed this task")).to_be_hidden()
        expect(writer.get_by_label("Description")).to_have_value("With pitch.")
