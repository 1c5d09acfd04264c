"""Cheats in a browser: found as one types, copied, kept at hand, written and changed."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.chromium import Browsers
from tests.browser.site import Person


class TestCheats:
    """What nobody wants to look up twice is found with a few letters, and taken along."""

    def test_results_follow_what_is_typed(self, browsers: Browsers, employee: Person) -> None:
        title = _created(employee, "Grafting in spring")
        page = browsers.open(employee)
        page.goto("/cheats")
        search = page.get_by_role("searchbox")
        search.press_sequentially(f"grafting {employee.username}")
        expect(_results(page).get_by_role("listitem").get_by_role("heading")).to_have_text([title])
        expect(page).to_have_url(re.compile("q=grafting"))
        expect(page.get_by_role("status").filter(has_text="1 cheat")).to_have_count(1)
        expect(search).to_be_focused()
        search.fill("no such thing anywhere")
        expect(_results(page)).to_contain_text("No cheat fits")

    def test_filters_narrow_what_is_shown_and_stand_in_the_address(
        self, browsers: Browsers, employee: Person, scripts: bool
    ) -> None:
        platform = employee.creates("/platforms", name=f"Orchard of {employee.username}")
        title = _created(employee, "Thinning apples", platformIds=[platform["id"]])
        _created(employee, "Picking apples")
        page = browsers.open(employee, scripts=scripts)
        page.goto("/cheats")
        page.get_by_text("Platforms", exact=True).click()
        page.get_by_label(platform["name"]).check()
        page.get_by_label("Mine").check()
        page.get_by_role("button", name="Search").click()
        expect(_results(page).get_by_role("heading")).to_have_text([title])
        expect(page).to_have_url(re.compile(f"platformId={platform['id']}"))
        page.reload()
        expect(_results(page).get_by_role("heading")).to_have_text([title])

    def test_a_cheat_is_written_down_changed_and_deleted(
        self, browsers: Browsers, employee: Person, scripts: bool
    ) -> None:
        title = f"Sharpen the shears of {employee.username}"
        page = browsers.open(employee, scripts=scripts)
        page.goto("/cheats")
        page.get_by_role("link", name="New cheat").click()
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("alert")).to_contain_text("Title")
        page.get_by_label("Title").fill(title)
        page.get_by_label("Language").fill("python")
        page.get_by_label("Code").fill("for edge in shears:\n    grind(edge)  # <b>slowly</b>")
        page.get_by_label("New platforms").fill(f"Shed of {employee.username}")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
        expect(page.get_by_role("region", name="Code")).to_contain_text("grind(edge)  # <b>slowly</b>")
        expect(page.get_by_role("link", name=f"Shed of {employee.username}")).to_be_visible()
        page.get_by_role("link", name="Edit").click()
        page.get_by_label("Notes").fill("Wear gloves.")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("main")).to_contain_text("Wear gloves.")
        page.get_by_text("Delete this cheat").click()
        page.get_by_role("button", name="Delete for good").click()
        expect(page.get_by_role("status").filter(has_text="deleted")).to_be_visible()
        page.goto(f"/cheats?q={employee.username}+shears")
        expect(_results(page)).to_contain_text("No cheat fits")

    def test_a_long_list_of_platforms_is_narrowed_by_a_few_letters(
        self, browsers: Browsers, employee: Person
    ) -> None:
        names = [
            f"{each} of {employee.username}" for each in ("Forêt", "Forge", *map("Field {}".format, range(12)))
        ]
        ids = [employee.creates("/platforms", name=name)["id"] for name in names]
        _created(employee, "Everywhere", platformIds=ids)
        page = browsers.open(employee)
        page.goto("/cheats/new")
        listed = page.get_by_role("group", name="Platforms")
        listed.get_by_label(names[1]).check()
        field = listed.get_by_role("searchbox", name="Find platforms")
        field.fill(f"FORET {employee.username}")
        expect(listed.get_by_role("status")).to_have_text(re.compile("^1 of [0-9]+ platforms fit"))
        # What fits, and what is ticked already.
        expect(listed.get_by_role("checkbox")).to_have_count(2)
        field.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("New cheat")
        listed.get_by_label(names[1]).uncheck()
        expect(listed.get_by_role("checkbox")).to_have_count(1)
        field.fill(f"nowhere {employee.username}")
        expect(listed.get_by_role("status")).to_have_text("None fits. Add it below as a new one.")
        expect(listed.locator("[data-choices]")).to_be_hidden()
        field.press("Enter")
        expect(page.get_by_role("alert")).to_have_count(0)
        page.goto("/cheats")
        page.get_by_text("Platforms", exact=True).click()
        page.get_by_role("searchbox", name="Find platforms").fill(f"forge {employee.username}")
        page.get_by_label(names[1]).check()
        expect(page).to_have_url(re.compile(f"platformId={ids[1]}"))
        expect(_results(page).get_by_role("heading")).to_have_text([f"Everywhere of {employee.username}"])

    def test_code_is_copied_as_it_was_written(self, browsers: Browsers, employee: Person) -> None:
        code = "\n".join(f"line {number} <&>" for number in range(30))
        title = _created(employee, "A long list", code=code)
        page = browsers.open(employee)
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        # From the list, which shows the beginning alone, and from its own page, which shows all of it.
        page.goto(f"/cheats?q={employee.username}")
        page.get_by_role("button", name=re.compile(f"Copy {title}")).click()
        expect(_results(page)).to_contain_text("Copied")
        assert page.evaluate("() => navigator.clipboard.readText()") == code
        page.evaluate("() => navigator.clipboard.writeText('')")
        page.get_by_role("link", name=title, exact=True).click()
        page.get_by_role("button", name=re.compile("Copy the code")).click()
        expect(page.get_by_role("main")).to_contain_text("Copied")
        assert page.evaluate("() => navigator.clipboard.readText()") == code

    def test_a_file_is_imported_once_one_has_seen_what_it_would_do(
        self, browsers: Browsers, employee: Person
    ) -> None:
        title = f"Store the tubers of {employee.username}"
        page = browsers.open(employee)
        page.goto("/cheats")
        page.get_by_role("link", name="Import or export").click()
        expect(page.get_by_label("File")).to_be_visible()
        table = f"title,code\n{title},true\n".encode()
        page.get_by_label("File").set_input_files({"name": "x.csv", "mimeType": "text/csv", "buffer": table})
        expect(page.get_by_label("Format")).to_have_value("csv")
        page.get_by_role("button", name="Try it first").click()
        expect(page.get_by_role("region", name="This would happen")).to_contain_text(title)
        assert employee.reads("/cheats?ownerId=me") == []
        page.get_by_role("button", name="Import", exact=True).click()
        expect(page.get_by_role("status").filter(has_text="Created 1")).to_be_visible()
        assert employee.reads("/cheats?ownerId=me")[0]["title"] == title

    def test_the_bag_takes_a_cheat_in_and_gives_it_back(
        self, browsers: Browsers, employee: Person, manager: Person, scripts: bool
    ) -> None:
        title = _created(manager, "Tie a knot")
        page = browsers.open(employee, scripts=scripts)
        page.goto(f"/cheats?q={manager.username}+knot")
        _results(page).get_by_role("button", name="Keep in my bag").click()
        expect(_results(page).get_by_role("button", name=re.compile("^In my bag"))).to_be_visible()
        page.goto("/dashboard")
        expect(page.get_by_role("region", name="My bag").get_by_role("link", name=title)).to_be_visible()
        page.goto("/cheats?inBag=true")
        _results(page).get_by_role("button", name=re.compile("^In my bag")).click()
        expect(_results(page).get_by_role("button", name=re.compile("^In my bag"))).to_have_count(0)
        assert employee.reads("/cheats?inBag=true") == []

    def test_a_form_that_others_were_faster_than_shows_both_versions(
        self, browsers: Browsers, employee: Person, scripts: bool
    ) -> None:
        title = _created(employee, "Store the bulbs")
        number = employee.reads("/cheats?ownerId=me")[0]["id"]
        page = browsers.open(employee, scripts=scripts)
        page.goto(f"/cheats/{number}/edit")
        page.get_by_label("Notes").fill("In sand.")
        employee.changes(f"/cheats/{number}", notes="In sawdust.")
        if scripts:
            # It comes where the button was, and would take a click that is under way.
            expect(page.get_by_text("Someone changed this cheat")).to_be_visible()
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("region", name="How the cheat is now")).to_contain_text("In sawdust.")
        expect(page.get_by_label("Notes")).to_have_value("In sand.")
        page.get_by_role("button", name="Save mine").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
        expect(page.get_by_role("main")).to_contain_text("In sand.")

    def test_managers_rename_and_delete_what_cheats_stand_under(
        self, browsers: Browsers, manager: Person, scripts: bool
    ) -> None:
        topic = manager.creates("/topics", name=f"Bees of {manager.username}")
        _created(manager, "Count the hives", topicIds=[topic["id"]])
        page = browsers.open(manager, scripts=scripts)
        page.goto("/cheats/tags")
        page.get_by_role("link", name=f"Edit {topic['name']}").click()
        page.get_by_label("Name", exact=True).fill(f"Wasps of {manager.username}")
        page.get_by_role("button", name="Rename").click()
        page.get_by_role("link", name=f"Edit Wasps of {manager.username}").click()
        page.get_by_text("Delete this topic").click()
        page.get_by_label("Take it off 1 cheat").check()
        page.get_by_role("button", name="Delete for good").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Platforms and topics")
        expect(page.get_by_role("link", name=f"Wasps of {manager.username}")).to_have_count(0)


def _created(person: Person, title: str, **fields: object) -> str:
    unique = f"{title} of {person.username}"
    person.creates("/cheats", **{"title": unique, "code": "true", **fields})
    return unique


def _results(page: Page) -> Locator:
    return page.get_by_role("region", name="Results")
