"""One's own account in a browser: name, password, devices, and leaving."""

from playwright.sync_api import expect

from tests.browser.chromium import Browsers
from tests.browser.site import PASSWORD, Person


class TestAccount:
    """Everyone looks after their own account, and after where they are signed in."""

    def test_a_new_name_counts_at_once(self, browsers: Browsers, employee: Person, scripts: bool) -> None:
        page = browsers.open(employee, scripts=scripts)
        page.goto("/account")
        profile = page.get_by_role("form", name="Profile")
        profile.get_by_label("Email").fill("no address")
        profile.get_by_role("button", name="Save profile").click()
        expect(page.get_by_role("alert")).to_contain_text("Email")
        profile.get_by_label("Email").fill(f"{employee.username}@example.org")
        profile.get_by_label("Username").fill(f"{employee.username}-too")
        profile.get_by_role("button", name="Save profile").click()
        expect(page.get_by_role("banner")).to_contain_text(f"{employee.username}-too")
        expect(profile.get_by_label("Email")).to_have_value(f"{employee.username}@example.org")

    def test_a_form_that_another_device_was_faster_than_shows_both_versions(
        self, browsers: Browsers, employee: Person, scripts: bool
    ) -> None:
        page = browsers.open(employee, scripts=scripts)
        page.goto("/account")
        profile = page.get_by_role("form", name="Profile")
        profile.get_by_label("Email").fill(f"mine-{employee.id}@example.org")
        employee.changes(f"/users/{employee.id}", email=f"other-{employee.id}@example.org")
        profile.get_by_role("button", name="Save profile").click()
        expect(page.get_by_role("note")).to_contain_text(f"other-{employee.id}@example.org")
        expect(profile.get_by_label("Email")).to_have_value(f"mine-{employee.id}@example.org")
        profile.get_by_role("button", name="Save profile").click()
        expect(page.get_by_role("status").first).to_be_visible()
        assert employee.reads("/auth/me")["email"] == f"mine-{employee.id}@example.org"

    def test_a_new_password_signs_out_every_other_browser(
        self, browsers: Browsers, employee: Person, scripts: bool
    ) -> None:
        page, other = browsers.open(employee, scripts=scripts), browsers.open(employee)
        page.goto("/account")
        form = page.get_by_role("form", name="Password")
        form.get_by_label("Current password").fill("not the password")
        form.get_by_label("New password").fill("quite another battery staple")
        form.get_by_role("button", name="Change password").click()
        expect(page.get_by_role("alert")).to_be_visible()
        form.get_by_label("Current password").fill(employee.password)
        form.get_by_label("New password").fill("quite another battery staple")
        form.get_by_role("button", name="Change password").click()
        expect(page.get_by_role("status").first).to_be_visible()
        other.goto("/account")
        expect(other.get_by_role("heading", level=1)).to_have_text("Sign in")
        page.reload()
        expect(page.get_by_role("heading", level=1)).to_have_text("Account")

    def test_other_devices_are_signed_out_one_by_one_or_all_together(
        self, browsers: Browsers, employee: Person, scripts: bool
    ) -> None:
        page = browsers.open(employee, scripts=scripts)
        others = [browsers.open(employee), browsers.open(employee)]
        page.goto("/account")
        sessions = page.get_by_role("region", name="Where you are signed in").get_by_role("listitem")
        # These three, and the one of the API.
        expect(sessions).to_have_count(4)
        expect(sessions.filter(has_text="This device")).to_have_count(1)
        sessions.filter(has_not_text="This device").first.get_by_role("button", name="Sign out").click()
        expect(sessions).to_have_count(3)
        page.get_by_role("button", name="Sign out everywhere else").click()
        expect(sessions).to_have_count(1)
        for other in others:
            other.goto("/tasks")
            expect(other.get_by_role("heading", level=1)).to_have_text("Sign in")

    def test_an_open_page_says_that_its_session_has_ended(self, browsers: Browsers, employee: Person) -> None:
        page, other = browsers.open(employee), browsers.open(employee)
        page.goto("/tasks")
        other.goto("/account")
        other.get_by_role("button", name="Sign out everywhere else").click()
        expect(page.get_by_role("status").filter(has_text="signed out")).to_be_visible()
        page.get_by_role("link", name="Sign in").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")

    def test_leaving_takes_ones_own_name_in_writing_and_ones_password(
        self, browsers: Browsers, employee: Person, scripts: bool
    ) -> None:
        page = browsers.open(employee, scripts=scripts)
        page.goto("/account")
        page.get_by_role("link", name="Delete my account").click()
        page.get_by_label("Username").fill("somebody else")
        page.get_by_role("button", name="Delete my account").click()
        expect(page.get_by_role("alert")).to_be_visible()
        page.get_by_label("Username").fill(employee.username)
        page.get_by_label("Your password").fill(PASSWORD)
        page.get_by_role("button", name="Delete my account").click()
        expect(page.get_by_role("status").first).to_be_visible()
        page.goto("/account")
        expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
