"""What the HTTP surface owes those who write posts."""

import asyncio

import pytest

from domain.users import Role
from tests.contracts.http_audit import trail, types
from tests.contracts.http_scene import POSTS
from tests.contracts.http_service import API, Json, Person, Service, document, faults, problem

CHANGING = ["PATCH", "PUT"]
CONTENT = "The *board* shows deadlines now."
BEYOND = 9_000_000_000_000_000_000


async def writes(person: Person, title: str = "What is new", **fields: object) -> Json:
    """Write a post, a draft unless said otherwise, and return it."""
    response = await person.http.post(POSTS, json={"title": title, "content": CONTENT, **fields})
    assert response.status_code == 201, response.text
    return document(response)


async def publishes(person: Person, title: str = "What is new", **fields: object) -> Json:
    """Write a post that everyone may read, and return it."""
    return await writes(person, title, isPublished=True, **fields)


def path_of(post: Json) -> str:
    """Return where a post is."""
    return f"{POSTS}/{post['id']}"


@pytest.mark.anyio
class WritingPostsContract:
    """Writing a post, changing it and deleting it."""

    async def test_a_new_post_is_a_draft_and_returned_with_its_place_and_version(self, ada: Person) -> None:
        response = await ada.http.post(POSTS, json={"title": "What is new", "content": CONTENT})
        assert response.status_code == 201
        post = document(response)
        assert list(post) == [
            *("id", "title", "content", "authorId", "author", "isPublished", "createdAt", "updatedAt")
        ]
        assert (post["title"], post["content"], post["isPublished"]) == ("What is new", CONTENT, False)
        assert (post["authorId"], post["author"]) == (ada.id, ada.username)
        assert post["createdAt"] == post["updatedAt"]
        assert response.headers["location"] == path_of(post)
        assert response.headers["etag"] == '"1"'
        again = await ada.http.get(path_of(post))
        assert (document(again), again.headers["etag"]) == (post, '"1"')

    async def test_texts_are_kept_as_they_are_sent_but_for_blanks_around_the_title(self, ada: Person) -> None:
        content = "# Überprüfen 🪴\n\n<script>alert(1)</script>\t[x](javascript:y)  \n"
        post = await publishes(ada, "  Cafe\u0301 news \n", content=content)
        assert (post["title"], post["content"]) == ("Caf\u00e9 news", content)
        assert document(await ada.http.get(path_of(post))) == post

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            *(
                ("title", value)
                for value in ("", "four", "  four  ", " " * 9, "x" * 201, "title\0", None, 7, ["x"])
            ),
            *(
                ("content", value)
                for value in ("", "too short", " " * 20, "x" * 100_001, "content\0 here", None, 7)
            ),
            *(("isPublished", value) for value in ("true", 1, None, "")),
            *((name, 1) for name in ("id", "authorId", "author", "version")),
            ("createdAt", "2026-03-01T12:00:00Z"),
        ],
    )
    async def test_a_field_that_breaks_its_rule_is_refused_by_name(
        self, ada: Person, field: str, value: object
    ) -> None:
        post = await writes(ada)
        fields = {"title": "What is new", "content": CONTENT, field: value}
        assert set(faults(await ada.http.post(POSTS, json=fields))) == {field}
        for method in CHANGING:
            assert set(faults(await ada.http.request(method, path_of(post), json={field: value}))) == {field}
        assert document(await ada.http.get(path_of(post))) == post

    async def test_every_fault_is_named_at_once(self, ada: Person) -> None:
        wrong = {"title": "four", "content": 7, "isPublished": "yes", "authorId": 1}
        assert set(faults(await ada.http.post(POSTS, json=wrong))) == set(wrong)
        assert set(faults(await ada.http.post(POSTS, json={}))) == {"title", "content"}

    async def test_the_longest_texts_are_kept_and_changed(self, ada: Person) -> None:
        post = await publishes(ada, "🪴" * 200, content="🪴" * 100_000)
        assert (len(post["title"]), len(post["content"])) == (200, 100_000)
        after = document(await ada.http.patch(path_of(post), json={"content": "\ufdfa" * 100_000}))
        assert document(await ada.http.get(path_of(post))) == after

    @pytest.mark.parametrize("method", CHANGING)
    async def test_fields_sent_are_changed_and_fields_absent_stay(self, ada: Person, method: str) -> None:
        post = await writes(ada)
        response = await ada.http.request(method, path_of(post), json={"isPublished": True})
        after = document(response)
        assert after == {**post, "isPublished": True, "updatedAt": after["updatedAt"]}
        assert after["updatedAt"] > post["updatedAt"]
        assert response.headers["etag"] == '"2"'
        unchanged = await ada.http.request(method, path_of(post), json={"title": " What is new "})
        assert (document(unchanged), unchanged.headers["etag"]) == (after, '"2"')

    @pytest.mark.parametrize("method", [*CHANGING, "DELETE"])
    async def test_the_version_in_if_match_must_be_the_current_one(self, ada: Person, method: str) -> None:
        post = await writes(ada)
        await ada.http.patch(path_of(post), json={"title": "Second title"})
        body = None if method == "DELETE" else {"title": "Third title"}
        stale = await ada.http.request(method, path_of(post), json=body, headers={"If-Match": '"1"'})
        problem(stale, 412, "stale")
        assert document(await ada.http.get(path_of(post)))["title"] == "Second title"
        current = await ada.http.request(method, path_of(post), json=body, headers={"If-Match": '"2"'})
        assert current.is_success

    async def test_the_tag_of_a_post_changes_with_its_authors_name_and_still_names_its_version(
        self, service: Service
    ) -> None:
        author = await service.joins("named-at-first")
        path = path_of(await publishes(author))
        first = (await service.http.get(path)).headers["etag"]
        known = await service.http.get(path, headers={"If-None-Match": first})
        assert known.status_code == 304
        assert (await author.http.patch(f"{API}/users/{author.id}", json={"username": "named-anew"})).is_success
        seen = await service.http.get(path, headers={"If-None-Match": first})
        assert (seen.status_code, document(seen)["author"]) == (200, "named-anew")
        assert seen.headers["etag"] != first
        title = {"title": "Changed by its author"}
        assert (await author.http.patch(path, json=title, headers={"If-Match": first})).is_success

    async def test_simultaneous_changes_without_a_condition_are_all_made(self, ada: Person) -> None:
        path = path_of(await writes(ada))
        responses = await asyncio.gather(
            *(ada.http.patch(path, json={"title": f"Title {number}"}) for number in range(20))
        )
        assert {response.status_code for response in responses} == {200}
        assert (await ada.http.get(path)).headers["etag"] == '"21"'

    async def test_a_deleted_post_is_gone(self, ada: Person) -> None:
        post = await publishes(ada)
        response = await ada.http.delete(path_of(post))
        assert (response.status_code, response.content) == (204, b"")
        for refused in (
            await ada.http.delete(path_of(post)),
            await ada.http.get(path_of(post)),
            await ada.http.patch(path_of(post), json={"title": "Back again"}),
        ):
            problem(refused, 404, "not-found")

    async def test_a_draft_is_kept_from_others_whatever_they_try(self, service: Service, ada: Person) -> None:
        draft = await writes(ada)
        manager = await service.joins("curious", Role.MANAGER)
        for http in (manager.http, service.http):
            hidden = problem(await http.get(path_of(draft)), 404, "not-found")
            missing = problem(await http.get(f"{POSTS}/{BEYOND}"), 404, "not-found")
            assert hidden["detail"].replace(str(draft["id"]), "N") == missing["detail"].replace(str(BEYOND), "N")
            head = await http.get(path_of(draft), headers={"If-None-Match": '"1"'})
            problem(head, 404, "not-found")
        problem(await manager.http.patch(path_of(draft), json={"title": "Mine now"}), 404, "not-found")
        conditional = await manager.http.delete(path_of(draft), headers={"If-Match": '"9"'})
        problem(conditional, 404, "not-found")

    async def test_a_post_that_is_taken_back_is_kept_from_others_again(
        self, service: Service, ada: Person
    ) -> None:
        post = await publishes(ada)
        assert (await service.http.get(path_of(post))).status_code == 200
        await ada.http.patch(path_of(post), json={"isPublished": False})
        problem(await service.http.get(path_of(post)), 404, "not-found")

    async def test_each_change_is_one_event_that_never_holds_the_content(
        self, service: Service, root: Person
    ) -> None:
        author = await service.joins("event-writer")
        post = await writes(author)
        for changes in ({"content": "Other content"}, {"isPublished": True}, {"isPublished": False}):
            assert (await author.http.patch(path_of(post), json=changes)).is_success
        assert (await root.http.delete(path_of(post))).is_success
        events = await trail(root, f"subjectType=post&subjectId={post['id']}")
        assert types(events) == ["post.created", *["post.updated"] * 3, "post.deleted"]
        assert [event["actorId"] for event in events] == [*[author.id] * 4, root.id]
        assert [event["data"].get("title") for event in events] == [*["What is new"] * 3, None, "What is new"]
        assert [event["data"]["isPublished"] for event in events] == [False, False, True, False, False]
        assert "content'" not in str(events).replace("'changed': ['content']", "")
        assert "board" not in str(events)
