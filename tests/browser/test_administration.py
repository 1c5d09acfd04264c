"""What admins do in a browser: let people in, give roles, look back, tell other systems."""

import re

from playwright.sync_api import expect

from tests.browser.chromium import Browsers
from tests.browser.site import PASSWORD, Person, Site


class TestAdministration:
    """Admins decide who comes in and what they may do, and see what was done."""

    def test_whoever_waits_is_let_in_with_a_role_and_the_record_says_by_whom(
        self, browsers: Browsers, site: Site, scripts: bool
    ) -> None:
        newcomer = f"newcomer-{site.joins().username}"
        site.admin.creates("/users", username=newcomer, password=PASSWORD, isApproved=False)
        page = browsers.open(site.admin, scripts=scripts)
        page.goto("/dashboard")
        expect(page.get_by_role("region", name="Waiting for approval")).to_contain_text(newcomer)
        page.goto("/admin/users")
        form = page.get_by_role("form", name=f"Approve {newcomer}")
        form.get_by_role("combobox").select_option("manager")
        form.get_by_role("button", name="Approve").click()
        expect(page.get_by_role("status").filter(has_text=newcomer)).to_be_visible()
        expect(form).to_have_count(0)
        page.goto(f"/admin/users?q={newcomer}")
        expect(page.get_by_role("row").filter(has_text=newcomer)).to_contain_text("Manager")
        page.goto("/admin/audit")
        page.get_by_label("What happened").select_option("user.approved")
        page.get_by_role("button", name="Show").click()
        expect(page.get_by_role("listitem").filter(has_text=newcomer).first).to_contain_text("admin")

    def test_a_role_is_given_and_the_last_admin_keeps_theirs(
        self, browsers: Browsers, site: Site, employee: Person, scripts: bool
    ) -> None:
        page = browsers.open(site.admin, scripts=scripts)
        page.goto(f"/admin/users/{employee.id}")
        page.get_by_label("Role").select_option("manager")
        page.get_by_role("button", name="Save account").click()
        expect(page.get_by_label("Role")).to_have_value("manager")
        expect(page.get_by_role("region", name="History")).to_contain_text("manager")
        page.goto(f"/admin/users/{site.admin.id}")
        page.get_by_label("Role").select_option("employee")
        page.get_by_role("button", name="Save account").click()
        expect(page.get_by_role("alert")).to_contain_text("admin")
        assert site.admin.reads("/auth/me")["role"] == "admin"

    def test_an_account_is_made_deleted_and_restored(self, browsers: Browsers, site: Site, scripts: bool) -> None:
        username = f"made-{site.joins().username}"
        page = browsers.open(site.admin, scripts=scripts)
        page.goto("/admin/users")
        page.get_by_role("link", name="New user").click()
        page.get_by_label("Username").fill(username)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Create user").click()
        expect(page.get_by_role("status").filter(has_text=username)).to_be_visible()
        page.goto(f"/admin/users?q={username}")
        page.get_by_role("link", name=username).click()
        page.get_by_text("Delete…", exact=True).click()
        page.get_by_role("button", name="Delete this account").click()
        page.goto(f"/admin/users?q={username}&status=deleted")
        page.get_by_role("link", name=username).click()
        page.get_by_role("button", name="Restore this account").click()
        expect(page.get_by_role("button", name="Save account")).to_be_visible()

    def test_a_webhook_is_added_and_its_secret_shown_once(
        self, browsers: Browsers, site: Site, scripts: bool
    ) -> None:
        description = f"The chat {'with' if scripts else 'without'} scripts"
        page = browsers.open(site.admin, scripts=scripts)
        page.goto("/admin/webhooks")
        page.get_by_role("link", name=re.compile("New webhook|Add the first webhook")).first.click()
        page.get_by_label("Address").fill("https://chat.example.org/hook")
        page.get_by_label("Description").fill(description)
        page.get_by_role("checkbox").first.check()
        page.get_by_role("button", name="Add webhook").click()
        expect(page.get_by_label("Secret")).to_have_value(re.compile("^whsec_"))
        page.get_by_role("link", name="I have copied it").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(description)
        expect(page.get_by_role("main")).not_to_contain_text("whsec_")
        page.get_by_text("Delete…", exact=True).click()
        page.get_by_role("button", name="Delete this webhook").click()
        expect(page.get_by_role("main")).not_to_contain_text(description)

    def test_others_are_told_that_this_is_not_theirs(self, browsers: Browsers, manager: Person) -> None:
        page = browsers.open(manager)
        page.goto("/dashboard")
        expect(page.get_by_role("navigation", name="Main").get_by_role("link", name="Admin")).to_have_count(0)
        for path in ("/admin/users", "/admin/audit", "/admin/webhooks"):
            page.goto(path)
            expect(page.get_by_role("heading", level=1)).to_have_text("This is not allowed")
