"""Posts in a browser: written, looked at before anyone else does, published, read, changed and deleted."""

from playwright.sync_api import Locator, Page, expect

from tests.browser.chromium import Browsers
from tests.browser.site import Person


class TestPosts:
    """A post is a draft until its author lets everyone read it."""

    def test_a_post_goes_from_draft_to_the_home_page_and_away(
        self, browsers: Browsers, employee: Person, scripts: bool
    ) -> None:
        title = f"The garden in March by {employee.username}"
        page, stranger = browsers.open(employee, scripts=scripts), browsers.open(scripts=scripts)
        page.goto("/posts")
        page.get_by_role("link", name="Write a post").click()
        page.get_by_role("button", name="Publish").click()
        expect(page.get_by_role("alert")).to_contain_text("Title")
        page.get_by_label("Title").fill(title)
        page.get_by_label("Text", exact=True).fill("The *bees* are back.\n\n<img src=x onerror=alert(1)>")
        page.get_by_role("button", name="Save draft").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
        expect(page.get_by_text("Draft", exact=True)).to_be_visible()
        address = page.url
        _finds_nothing(stranger, address)
        page.get_by_role("button", name="Publish").click()
        expect(page.get_by_role("status").filter(has_text="Everyone can read it")).to_be_visible()
        stranger.goto("/")
        stranger.get_by_role("link", name=title).click()
        expect(stranger.get_by_role("emphasis")).to_have_text("bees")
        expect(stranger.locator("img[src=x]")).to_have_count(0)
        page.get_by_role("link", name="Edit").click()
        page.get_by_label("Text", exact=True).fill("The *bees* sleep.")
        page.get_by_role("button", name="Save changes").click()
        expect(page.get_by_role("main")).to_contain_text("The bees sleep.")
        page.get_by_text("Delete", exact=True).click()
        page.get_by_role("button", name="Delete for good").click()
        expect(page.get_by_role("status").filter(has_text="deleted")).to_be_visible()
        _finds_nothing(stranger, address)

    def test_a_text_is_previewed_while_it_is_typed(self, browsers: Browsers, employee: Person) -> None:
        page = browsers.open(employee)
        page.goto("/posts/new")
        content = page.get_by_label("Text", exact=True)
        content.press_sequentially("A **bold** plan")
        expect(_preview(page).get_by_role("strong")).to_have_text("bold")
        expect(content).to_be_focused()

    def test_without_scripts_a_button_shows_the_preview_and_keeps_the_text(
        self, browsers: Browsers, employee: Person
    ) -> None:
        page = browsers.open(employee, scripts=False)
        page.goto("/posts/new")
        page.get_by_label("Title").fill("A plan for the shed")
        page.get_by_label("Text", exact=True).fill("A **bold** plan")
        page.get_by_role("button", name="Preview").click()
        expect(_preview(page).get_by_role("strong")).to_have_text("bold")
        expect(page.get_by_label("Text", exact=True)).to_have_value("A **bold** plan")
        page.get_by_role("button", name="Save draft").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("A plan for the shed")

    def test_an_editor_that_others_were_faster_than_keeps_what_was_typed(
        self, browsers: Browsers, employee: Person, scripts: bool
    ) -> None:
        post = employee.creates("/posts", title="About the compost", content="It is warm.")
        page = browsers.open(employee, scripts=scripts)
        page.goto(f"/posts/{post['id']}/edit")
        page.get_by_label("Text", exact=True).fill("It is too warm.")
        employee.changes(f"/posts/{post['id']}", content="It is cold by now.")
        if scripts:
            # It comes where the button was, and would take a click that is under way.
            expect(page.get_by_text("Someone changed this post")).to_be_visible()
        page.get_by_role("button", name="Save draft").click()
        meanwhile = page.get_by_role("region", name="How the post is now")
        meanwhile.get_by_text("The text as it is now").click()
        expect(meanwhile).to_contain_text("It is cold by now.")
        expect(page.get_by_label("Text", exact=True)).to_have_value("It is too warm.")
        page.get_by_role("button", name="Save draft").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("About the compost")
        assert employee.reads(f"/posts/{post['id']}")["content"] == "It is too warm."

    def test_posts_are_found_by_their_words(self, browsers: Browsers, employee: Person, scripts: bool) -> None:
        post = employee.creates(
            "/posts", title=f"Quinces of {employee.username}", content="Both in fall.", isPublished=True
        )
        page = browsers.open(scripts=scripts)
        page.goto("/posts")
        page.get_by_role("searchbox").fill(f"quince {employee.username}")
        page.get_by_role("button", name="Search").click()
        expect(page.get_by_role("link", name=post["title"]).first).to_be_visible()
        expect(page.get_by_role("main").get_by_role("heading", level=2)).to_have_count(1)
        page.get_by_role("link", name=employee.username).first.click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(employee.username)


def _preview(page: Page) -> Locator:
    return page.get_by_role("region", name="Preview")


def _finds_nothing(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.get_by_role("heading", level=1)).to_have_text("There is nothing here")
