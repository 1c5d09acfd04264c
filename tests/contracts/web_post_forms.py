"""Writing posts in a browser without scripts. Needs the fixture `service`."""

import pytest

from domain.posts import PostChanges
from domain.users import Role
from tests.contracts.http_service import Service
from tests.contracts.web_browser import LOGIN, at_a_browser, csrf_of, field, sent_by, signed_in, tags
from tests.contracts.web_injection import SCRIPTS
from tests.contracts.web_posts import NEW, POSTS, TEXT, changes_meanwhile, in_role, version_in, words, writes


@pytest.mark.anyio
class WritingPagesContract:
    """Writing, previewing, publishing, changing and deleting."""

    async def test_a_published_post_is_read_by_everyone_and_stands_on_the_home_page(
        self, service: Service
    ) -> None:
        path = await writes(await signed_in(service, "pam"), "What is new on the board")
        visitor = at_a_browser(service)
        page = await visitor.opens(path)
        assert page.status_code == 200
        assert "<em>board</em>" in page.text
        assert [name for name, _ in tags(page, "h1", "h2")] == ["h1", "h2"]
        assert "pam" in words(page)
        assert not [each for _, each in tags(page, "form") if each.get("action", "").startswith(POSTS)]
        for listing in ("/", POSTS):
            listed = await visitor.opens(listing)
            assert path in {each["href"] for _, each in tags(listed, "a")}
            assert "The board shows deadlines now. Look at it." in words(listed)

    async def test_a_draft_is_seen_by_its_author_and_admins_alone(self, service: Service) -> None:
        author = await signed_in(service, "petra")
        path = await writes(author, "Not yet for everyone", publishes=False)
        assert "Draft" in words(await author.opens(path))
        assert path in (await author.opens(f"{POSTS}?drafts=true")).text
        assert path not in (await author.opens(POSTS)).text
        assert (await (await in_role(service, "post-admin", Role.ADMIN)).opens(path)).status_code == 200
        manager = await in_role(service, "post-manager", Role.MANAGER)
        for other in (manager, at_a_browser(service)):
            assert (await other.opens(path)).status_code == 404
        assert path not in (await manager.opens(f"{POSTS}?drafts=true")).text
        assert (await manager.opens(f"{path}/edit")).status_code == 404

    async def test_a_draft_is_published_and_taken_back_from_its_page(self, service: Service) -> None:
        author, visitor = await signed_in(service, "peer"), at_a_browser(service)
        path = await writes(author, "Soon for everyone", publishes=False)
        for state, seen in (("on", 200), ("off", 404)):
            sent = {"version": version_in(await author.opens(path)), "isPublished": state}
            assert (await author.sends(f"{path}/publication", sent, form_at=path)).status_code == 303
            assert (await visitor.opens(path)).status_code == seen

    async def test_who_can_read_it_is_told_only_where_that_changed(self, service: Service) -> None:
        author = await signed_in(service, "philo")
        path = await writes(author, "What it is about", publishes=False)
        await author.opens(path)
        opened = sent_by(await author.opens(f"{path}/edit"))
        for number, (state, told) in enumerate(
            (
                ("on", "Everyone can read it now."),
                ("on", "Your changes are saved."),
                ("off", "Saved as a draft: its author and admins alone see it."),
                ("off", "Your changes are saved."),
            ),
            start=1,
        ):
            sent = {**opened, "title": f"What it is about, {number}", "version": str(number), "isPublished": state}
            assert (await author.http.post(path, data=sent)).status_code == 303
            assert told in words(await author.opens(path))

    async def test_every_fault_stands_beside_its_field_and_the_text_is_still_there(self, service: Service) -> None:
        author = await signed_in(service, "paul")
        page = await author.sends(POSTS, {"title": "four", "content": "\nshort"}, form_at=NEW)
        assert page.status_code == 422
        assert field(page, "title")["value"] == "four"
        for name in ("title", "content"):
            assert field(page, name)["aria-invalid"] == "true"
        ids = [each["id"] for _, each in tags(page) if "id" in each]
        assert len(ids) == len(set(ids))
        assert ">\n\nshort</textarea>" in page.text

    async def test_a_preview_shows_the_text_below_its_form_and_keeps_nothing(self, service: Service) -> None:
        author = await signed_in(service, "pina")
        page = await author.sends(f"{POSTS}/preview", {"title": "new", "content": "**So** far"}, form_at=NEW)
        assert page.status_code == 200
        assert "<strong>So</strong> far" in page.text
        assert field(page, "title")["value"] == "new"
        assert "**So** far</textarea>" in page.text
        assert "You have no drafts" in words(await author.opens(f"{POSTS}?drafts=true"))
        # What came back is sent to where it belongs, with the version that was opened.
        path = await writes(author, "To be changed")
        edited = await author.opens(f"{path}/edit")
        sent = {each["name"]: each.get("value", "") for _, each in tags(edited, "input") if "name" in each}
        page = await author.http.post(f"{POSTS}/preview", data={**sent, "content": "Other text"})
        assert [each["action"] for _, each in tags(page, "form") if "/posts" in each.get("action", "")] == [path]
        assert version_in(page) == version_in(edited)
        assert "Take back to draft" in words(page)

    async def test_a_script_gets_the_preview_alone(self, service: Service) -> None:
        author = await signed_in(service, "pola")
        token = csrf_of(await author.opens(NEW))
        headers = {"HX-Request": "true", "X-CSRF-Token": token}
        part = await author.http.post(f"{POSTS}/preview", data={"content": "# So\n\nfar"}, headers=headers)
        assert part.text.split() == ["<h3>So</h3>", "<p>far</p>"]
        part = await author.http.post(f"{POSTS}/preview", data={"content": "a" * 100_001}, headers=headers)
        assert part.status_code == 422
        assert "<form" not in part.text
        assert (await author.http.post(f"{POSTS}/preview", data={}, headers=headers)).text.strip() == ""

    async def test_a_post_that_moved_on_is_shown_beside_what_was_written(self, service: Service) -> None:
        author = await signed_in(service, "pia")
        path = await writes(author, "First title")
        opened = version_in(await author.opens(f"{path}/edit"))
        await changes_meanwhile(
            service, path, PostChanges(title="Title from elsewhere", content="Text from elsewhere")
        )
        mine = {"title": "Title of mine", "content": "What I have written", "version": opened}
        page = await author.sends(path, mine, form_at=f"{path}/edit")
        assert page.status_code == 412
        for text in ("Title from elsewhere", "Text from elsewhere", "What I have written"):
            assert text in words(page)
        assert page.text.count("Someone changed this post meanwhile") == 1
        assert [each for _, each in tags(page, "a") if each.get("href") == path]
        assert field(page, "title")["value"] == "Title of mine"
        assert "Title from elsewhere" in words(await author.opens(path))
        # Sent again as it came back, it is kept: its author has seen what it replaces.
        again = {**mine, "version": version_in(page), "isPublished": "on"}
        assert (await author.http.post(path, data={"csrf": csrf_of(page), **again})).status_code == 303
        assert "What I have written" in words(await author.opens(path))

    async def test_what_two_editors_did_to_different_fields_both_survives(self, service: Service) -> None:
        author = await signed_in(service, "pelin")
        path = await writes(author, "The first title")
        opened = sent_by(await author.opens(f"{path}/edit"))
        await changes_meanwhile(service, path, PostChanges(content="Text from elsewhere"))
        # Looking at it before saving changes nothing of that, nor does a fault that is mended first.
        page = await author.http.post(f"{POSTS}/preview", data={**opened, "title": "Four"})
        page = await author.http.post(path, data={**sent_by(page), "title": "Four", "isPublished": "on"})
        assert page.status_code == 422
        mine = {**sent_by(page), "title": "The title of mine", "isPublished": "on"}
        page = await author.http.post(path, data=mine)
        assert page.status_code == 412
        told = page.text.partition("How the post is now")[2].partition("</section>")[0]
        assert "<dt>Title</dt>" not in told
        assert "Text from elsewhere" in told
        assert (await author.http.post(path, data={**sent_by(page), "isPublished": "on"})).status_code == 303
        after = words(await author.opens(path))
        assert "The title of mine" in after
        assert "Text from elsewhere" in after

    async def test_what_was_written_outlives_the_post_itself(self, service: Service) -> None:
        author = await signed_in(service, "piet")
        path = await writes(author, "Soon to be gone")
        page = await author.opens(f"{path}/edit")
        sent = {"version": version_in(page)}
        assert (await author.sends(f"{path}/delete", sent, form_at=path)).status_code == 303
        mine = {"csrf": csrf_of(page), "title": "Title of mine", "content": "Still here", **sent}
        refused = await author.http.post(path, data=mine)
        assert refused.status_code == 404
        assert "Still here</textarea>" in refused.text
        assert [each["action"] for _, each in tags(refused, "form") if POSTS in each["action"]] == [POSTS]

    async def test_a_post_is_not_deleted_as_someone_else_left_it(self, service: Service) -> None:
        author = await signed_in(service, "pius")
        path = await writes(author, "About to be better")
        page = await author.opens(path)
        assert [each for _, each in tags(page, "details") if each.get("class") == "ask"]
        await changes_meanwhile(service, path, PostChanges(content="Better than before"))
        stale = {"csrf": csrf_of(page), "version": version_in(page)}
        for action in ("delete", "publication"):
            assert (await author.http.post(f"{path}/{action}", data=stale)).status_code == 412
        assert "Better than before" in words(await author.opens(path))

    async def test_others_can_neither_change_nor_delete_it_and_admins_can(self, service: Service) -> None:
        author = await signed_in(service, "pavel")
        path = await writes(author, "Mine and mine alone")
        sent = {"title": "Yours now", "content": TEXT, "version": "1", "isPublished": "on"}
        for role, status in ((Role.EMPLOYEE, 403), (Role.MANAGER, 403), (Role.ADMIN, 303)):
            other = await in_role(service, f"other-{role}", role)
            page = await other.opens(path)
            assert bool([each for _, each in tags(page, "a") if each["href"] == f"{path}/edit"]) is (status == 303)
            assert (await other.opens(f"{path}/edit")).status_code == (200 if status == 303 else 403)
            for action, version in ((path, "1"), (f"{path}/publication", "2"), (f"{path}/delete", "2")):
                fields = {**sent, "version": version if status == 303 else "1"}
                assert (await other.sends(action, fields, form_at="/")).status_code == status, action
        assert (await author.opens(path)).status_code == 404

    async def test_who_is_not_signed_in_is_asked_to_and_brought_back(self, service: Service) -> None:
        path = await writes(await signed_in(service, "perla"), "For everyone to read")
        visitor = at_a_browser(service)
        for closed in (NEW, f"{path}/edit", f"{POSTS}?drafts=true", "/people/1"):
            answer = await visitor.http.get(closed)
            assert answer.status_code == 303
            assert answer.headers["location"].startswith(f"{LOGIN}?next=")
        for action in (POSTS, path, f"{path}/delete", f"{path}/publication", f"{POSTS}/preview"):
            answer = await visitor.sends(action, {"title": "Title", "content": TEXT, "version": "1"}, form_at="/")
            assert answer.headers["location"].startswith(LOGIN)
            assert (await visitor.http.post(action, data={"title": "Title"})).status_code == 403
        assert (await visitor.opens(path)).status_code == 200

    @pytest.mark.parametrize("text", SCRIPTS)
    async def test_no_text_becomes_markup(self, service: Service, text: str) -> None:
        author = await in_role(service, f"pest-{SCRIPTS.index(text)}", Role.EMPLOYEE)
        title = f"Title {text}"
        path = await writes(author, title, f"Content {text}")
        pages = [await author.opens(each) for each in (path, POSTS, "/", f"{path}/edit")]
        pages.append(await author.http.get(POSTS, params={"q": text}))
        await changes_meanwhile(service, path, PostChanges(content=f"Other {text}"))
        sent = {"title": text, "content": text, "version": "1"}
        pages.append(await author.sends(path, sent, form_at=f"{path}/edit"))
        pages.append(await author.sends(f"{POSTS}/preview", sent, form_at=NEW))
        for page in pages:
            found = list(tags(page))
            assert not [
                each for name, each in found if name == "script" and not each["src"].startswith("/static/")
            ]
            assert {"iframe", "style", "svg/onload"}.isdisjoint(name for name, _ in found)
            assert not [each for _, each in found if any(name.startswith("on") for name in each)]
            assert not [each for name, each in found if name == "img" and not each["src"].startswith("/static/")]
            assert not [each for _, each in found if each.get("href", "").startswith("javascript")]
        if "\u2028" not in text:
            assert title in words(pages[0])
