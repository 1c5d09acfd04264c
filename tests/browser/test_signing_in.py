"""Coming in, staying and leaving, in a browser."""

from playwright.sync_api import Page, expect

from tests.browser.chromium import Browsers
from tests.browser.site import PASSWORD, Person, Site


class TestSigningIn:
    """An account takes one form to make, one to enter, and one button to leave."""

    def test_a_newcomer_registers_and_is_greeted(self, browsers: Browsers, scripts: bool) -> None:
        page = browsers.open(scripts=scripts)
        page.goto("/")
        page.get_by_role("link", name="Create an account").click()
        username = f"newcomer-{'with' if scripts else 'without'}"
        page.get_by_label("Username").fill(username)
        page.get_by_label("Email").fill(f"{username}@example.org")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Create the account").click()
        expect(page.get_by_role("status").filter(has_text=username)).to_be_visible()
        expect(page.get_by_role("link", name="Register")).to_have_count(0)

    def test_what_is_wrong_stands_beside_its_field_and_nothing_has_to_be_typed_again(
        self, browsers: Browsers, employee: Person, scripts: bool
    ) -> None:
        page = browsers.open(scripts=scripts)
        page.goto("/auth/register")
        page.get_by_label("Username").fill(employee.username)
        page.get_by_label("Email").fill("kept@example.org")
        page.get_by_label("Password").fill("short")
        page.get_by_role("button", name="Create the account").click()
        expect(page.get_by_role("alert")).to_contain_text("Password")
        expect(page.get_by_label("Password")).to_have_attribute("aria-invalid", "true")
        expect(page.get_by_label("Password")).to_have_value("")
        expect(page.get_by_label("Email")).to_have_value("kept@example.org")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Create the account").click()
        expect(page.get_by_label("Username")).to_have_attribute("aria-invalid", "true")

    def test_a_wrong_password_lets_nobody_in(self, browsers: Browsers, employee: Person, scripts: bool) -> None:
        page = browsers.open(scripts=scripts)
        _sign_in(page, employee.username, "not the password")
        expect(page.get_by_role("alert")).to_be_visible()
        expect(page.get_by_label("Username or email")).to_have_value(employee.username)
        page.goto("/")
        expect(page.get_by_role("link", name="Register")).to_be_visible()

    def test_one_comes_back_to_the_page_that_one_wanted(
        self, browsers: Browsers, employee: Person, scripts: bool
    ) -> None:
        page = browsers.open(scripts=scripts)
        page.goto("/account?from=a%20letter")
        _fill_in(page, employee.username, employee.password)
        expect(page).to_have_url("/account?from=a%20letter")

    def test_a_session_ends_with_the_browser_unless_it_is_to_be_remembered(
        self, browsers: Browsers, employee: Person
    ) -> None:
        for is_remembered in (False, True):
            page = browsers.open()
            _sign_in(page, employee.username, employee.password, is_remembered=is_remembered)
            expect(page.get_by_role("link", name="Register")).to_have_count(0)
            kept = next(each for each in page.context.cookies() if each.get("name") == "satchel_session")
            # A cookie without an end goes with the browser, which says -1.
            assert (kept.get("expires", -1) > 0) is is_remembered

    def test_signing_out_is_told_and_closes_what_the_back_button_shows(
        self, browsers: Browsers, employee: Person, scripts: bool
    ) -> None:
        page = browsers.open(employee, scripts=scripts)
        page.goto("/account")
        page.get_by_text(employee.username, exact=True).first.click()
        page.get_by_role("button", name="Sign out", exact=True).click()
        expect(page.get_by_role("status").filter(has_text="signed out")).to_be_visible()
        page.go_back()
        expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")

    def test_someone_who_waits_for_approval_is_told_so(self, browsers: Browsers, site: Site) -> None:
        site.admin.creates("/users", username="patience", password=PASSWORD, isApproved=False)
        page = browsers.open()
        _sign_in(page, "patience", PASSWORD)
        expect(page.get_by_role("alert")).to_contain_text("approv")
        page.goto("/auth/waiting")
        expect(page.get_by_role("heading", level=1)).to_have_text("Almost there")

    def test_colours_stay_as_they_were_chosen(self, browsers: Browsers, scripts: bool) -> None:
        page = browsers.open(scripts=scripts)
        page.goto("/problems")
        page.get_by_role("button", name="Dark").click()
        expect(page.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")
        expect(page).to_have_url("/problems")
        expect(page.locator("html")).to_have_css("color-scheme", "dark")
        page.goto("/auth/login")
        expect(page.locator("html")).to_have_css("color-scheme", "dark")


def _sign_in(page: Page, username: str, password: str, *, is_remembered: bool = False) -> None:
    page.goto("/auth/login")
    _fill_in(page, username, password, is_remembered=is_remembered)


def _fill_in(page: Page, username: str, password: str, *, is_remembered: bool = False) -> None:
    page.get_by_label("Username or email").fill(username)
    page.get_by_label("Password").fill(password)
    page.get_by_label("Remember me").set_checked(is_remembered)
    page.get_by_role("button", name="Sign in").click()
