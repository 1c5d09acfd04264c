"""Reading posts in a browser without scripts. Needs the fixture `service`."""

import re
from html.parser import HTMLParser

import httpx
import pytest

from domain.posts import PostChanges
from domain.users import Role
from tests.contracts.http_service import PASSWORD, Service
from tests.contracts.web_browser import Reader, at_a_browser, field, signed_in, tags

NEW, POSTS = "/posts/new", "/posts"
TEXT = "The *board* shows deadlines now.\n\n## How to use it\n\nLook at it."


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        self.found.append(data)


def words(page: httpx.Response) -> str:
    """Return the text of a page as it is read."""
    parser = _Words()
    parser.feed(page.text)
    return " ".join("".join(parser.found).split())


async def writes(author: Reader, title: str, text: str = TEXT, *, publishes: bool = True) -> str:
    """Write a post and return its path."""
    sent = {"title": title, "content": text, "isPublished": "on" if publishes else "off"}
    answer = await author.sends(POSTS, sent, form_at=NEW)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


async def in_role(service: Service, username: str, role: Role) -> Reader:
    """Give someone an account of this role and sign them in at a browser."""
    await service.container.create_user()(None, username=username, password=PASSWORD, role=role)
    reader = at_a_browser(service)
    assert (await reader.signs_in(username)).status_code == 303
    return reader


async def changes_meanwhile(service: Service, path: str, changes: PostChanges) -> None:
    """Change a post from elsewhere, as its author."""
    post_id = int(path.rpartition("/")[2])
    async with service.container.units_of_work()() as uow:
        found = await uow.posts.get(post_id)
        assert found is not None
        author = await uow.users.get(found.post.author_id)
    assert author is not None
    await service.container.change_post()(author, post_id=post_id, changes=changes)


def version_in(page: httpx.Response) -> str:
    """Return the version that the editor's form carries."""
    return next(each["value"] for _, each in tags(page, "input") if each.get("name") == "version")


@pytest.mark.anyio
class ReadingPagesContract:
    """Lists of posts, and the pages of people."""

    async def test_lists_are_walked_to_their_end_and_keep_what_was_asked_for(self, service: Service) -> None:
        author = await signed_in(service, "quentin")
        paths = [await writes(author, f"Walking {number}", f"Number {number} of {'walks'}") for number in range(5)]
        walked = list[str]()
        address: str | None = f"{POSTS}?q=walking&limit=2"
        while address is not None:
            page = await at_a_browser(service).opens(address)
            walked += re.findall(r'<h2 dir="auto"><a href="([^"]*)"', page.text)
            assert field(page, "q")["value"] == "walking"
            address = next((each["href"] for _, each in tags(page, "a") if each.get("rel") == "next"), None)
        assert walked == paths[::-1]

    async def test_a_list_of_one_author_is_named_after_them(self, service: Service) -> None:
        author = await signed_in(service, "quirin")
        path = await writes(author, "By me and by nobody else")
        visitor = at_a_browser(service)
        link = next(
            each["href"] for _, each in tags(await visitor.opens(path), "a") if "author=" in each.get("href", "")
        )
        page = await visitor.opens(link)
        assert "Posts by quirin" in words(page)
        assert re.findall(r'<h2 dir="auto"><a href="([^"]*)"', page.text) == [path]

    @pytest.mark.parametrize(
        ("query", "status"),
        [
            ("author=x", 422),
            ("author=0", 422),
            (f"author={2**63}", 422),
            ("drafts=perhaps", 422),
            ("cursor=abc", 422),
            ("limit=0", 422),
            (f"q={'x' * 201}", 422),
            ("q=%00", 422),
            (f"author={2**63 - 1}", 200),
            ("q=&colour=red&sort=title", 200),
        ],
    )
    async def test_a_question_without_sense_is_told_so_on_a_page(
        self, service: Service, query: str, status: int
    ) -> None:
        page = await at_a_browser(service).opens(f"{POSTS}?{query}")
        assert page.status_code == status
        assert [name for name, _ in tags(page, "h1")] == ["h1"]

    @pytest.mark.parametrize("number", ["0", "x", "-1", "9" * 30, str(2**63 - 1), "%00", "1.0"])
    async def test_what_is_no_post_and_no_person_is_a_missing_page(self, service: Service, number: str) -> None:
        reader = await in_role(service, f"reader-{abs(hash(number))}", Role.ADMIN)
        for path in (f"{POSTS}/{number}", f"{POSTS}/{number}/edit", f"/people/{number}"):
            assert (await reader.opens(path)).status_code == 404
        answer = await reader.sends(f"{POSTS}/{number}/delete", {"version": "1"}, form_at="/")
        assert answer.status_code == 404

    async def test_a_person_is_shown_with_what_their_reader_may_see(self, service: Service) -> None:
        author = await signed_in(service, "quinn")
        path = await writes(author, "Read by everyone")
        draft = await writes(author, "Read by few", publishes=False)
        href = next(
            each["href"] for _, each in tags(await author.opens(path), "a") if "/people/" in each.get("href", "")
        )
        admin = await in_role(service, "people-admin", Role.ADMIN)
        other = await in_role(service, "people-other", Role.MANAGER)
        for reader, sees_draft in ((author, True), (admin, True), (other, False)):
            page = await reader.opens(href)
            links = {each["href"] for _, each in tags(page, "a")}
            assert path in links
            assert (draft in links) is sees_draft
            assert "quinn Employee" in words(page)

    async def test_who_left_has_no_page_but_their_posts_stay_with_their_name(self, service: Service) -> None:
        author, reader = await signed_in(service, "quill"), await signed_in(service, "quest")
        path = await writes(author, "Written before leaving")
        user = await service.container.find_user()(username="quill")
        await service.container.delete_user()(user, user_id=user.id)
        assert (await reader.opens(f"/people/{user.id}")).status_code == 404
        for each in (reader, at_a_browser(service)):
            assert "quill" in words(await each.opens(path))
