"""What is open in a browser while others change it."""

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import Browsers
from tests.browser.site import Person


class TestNews:
    """Whoever has something open hears of what others do to it, and loses nothing by it."""

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
            expect(page.get_by_text("Someone changed this task")).to_be_visible()
        reader.get_by_role("link", name="See it as it is now").click()
        expect(reader.get_by_role("heading", level=1)).to_have_text("Tar the roof, soon")
        expect(reader.get_by_text("Someone changed this task")).to_be_hidden()
        manager.deletes(path)
        for page in (reader, writer):
            expect(page.get_by_text("Someone deleted this task")).to_be_visible()
            expect(page.get_by_text("Someone changed this task")).to_be_hidden()
        expect(writer.get_by_label("Description")).to_have_value("With pitch.")

    @pytest.mark.parametrize(
        ("kind", "typed_in", "begun", "theirs"),
        [
            ("cheat", "Code", {"code": "graft()", "notes": "In spring."}, {"notes": "In autumn."}),
            ("post", "Text", {"content": "The roof is tight."}, {"title": "The roof of the shed"}),
        ],
    )
    def test_who_edits_a_cheat_or_a_post_is_told_and_both_keep_what_they_wrote(
        self,
        browsers: Browsers,
        employee: Person,
        kind: str,
        typed_in: str,
        begun: dict[str, str],
        theirs: dict[str, str],
    ) -> None:
        path = f"/{kind}s/{employee.creates(f'/{kind}s', title='The roof', **begun)['id']}"
        page = browsers.open(employee)
        page.goto(f"{path}/edit")
        page.get_by_label(typed_in, exact=kind == "post").fill("Tar it, with pitch.")
        employee.changes(path, **theirs)
        expect(page.get_by_text(f"Someone changed this {kind}. What you write stays")).to_be_visible()
        save = page.get_by_role("button", name="Save").first
        save.click()
        expect(page.get_by_role("heading", name=f"How the {kind} is now")).to_be_visible()
        expect(page.get_by_text("What you write stays").first).to_be_hidden()
        save.click()
        expect(page.get_by_role("heading", level=1)).to_have_text(theirs.get("title", "The roof"))
        kept = employee.reads(path)
        assert kept | theirs == kept
        assert "Tar it, with pitch." in kept.values()
        page.goto(f"{path}/edit")
        employee.deletes(path)
        expect(page.get_by_text(f"Someone deleted this {kind}")).to_be_visible()
