"""What the HTTP surface owes those who read posts, signed in or not."""

import httpx
import pytest

from tests.contracts.http_paging import walk
from tests.contracts.http_posts import BEYOND, path_of, publishes, writes
from tests.contracts.http_scene import POSTS
from tests.contracts.http_search import finds
from tests.contracts.http_service import API, Json, Person, Service, document, faults, items, problem
from tests.contracts.http_users import USERS


async def titles(http: httpx.AsyncClient, query: str = "") -> list[str]:
    """Return the titles of the first page of this query."""
    response = await http.get(f"{POSTS}?{query}")
    assert response.status_code == 200, response.text
    return [post["title"] for post in items(response)]


@pytest.mark.anyio
class ReadingPostsContract:
    """Reading posts, signed in or not."""

    @pytest.fixture(scope="class")
    async def blog(self, service: Service, ada: Person, anyio_backend: str) -> Json:
        """Posts and drafts of two people, by their titles."""
        bob = await service.joins("bob")
        return {
            post["title"]: post
            for post in (
                await publishes(ada, "Charlie"),
                await writes(ada, "Draft of a plant", content="Nothing to see yet."),
                await publishes(bob, "bravo plant"),
                await writes(bob, "Bob's draft"),
                await publishes(ada, "Älpha", content="About a plant, too."),
            )
        }

    async def test_a_published_post_is_read_without_signing_in(self, service: Service, blog: Json) -> None:
        response = await service.http.get(path_of(blog["Charlie"]))
        assert (response.status_code, document(response)) == (200, blog["Charlie"])
        tag = response.headers["etag"]
        assert response.headers["cache-control"] == "private, no-cache"
        assert "Authorization" in response.headers["vary"]
        known = await service.http.get(path_of(blog["Charlie"]), headers={"If-None-Match": tag})
        assert (known.status_code, known.content) == (304, b"")
        assert (await service.http.head(path_of(blog["Charlie"]))).status_code == 200

    @pytest.mark.parametrize("header", ["Bearer wrong", "Bearer", "Basic YWRhOmFkYQ==", "", "Bearer a b"])
    async def test_a_token_that_does_not_count_is_refused_and_not_overlooked(
        self, service: Service, blog: Json, header: str
    ) -> None:
        for path in (POSTS, path_of(blog["Charlie"])):
            response = await service.http.get(path, headers={"Authorization": header})
            problem(response, 401, "unauthenticated")
            assert response.headers["www-authenticate"].startswith("Bearer")

    async def test_whoever_signed_out_reads_on_without_their_token_alone(
        self, service: Service, blog: Json
    ) -> None:
        person = await service.joins("leaver")
        assert (await person.http.get(path_of(blog["Charlie"]))).status_code == 200
        await person.http.post(f"{API}/auth/logout")
        problem(await person.http.get(path_of(blog["Charlie"])), 401, "unauthenticated")

    @pytest.mark.parametrize(
        ("query", "anyones", "adas"),
        [
            ("", "Älpha,bravo plant,Charlie", "Älpha,bravo plant,Draft of a plant,Charlie"),
            ("isPublished=true", "Älpha,bravo plant,Charlie", "Älpha,bravo plant,Charlie"),
            ("isPublished=false", "", "Draft of a plant"),
            ("sort=createdAt", "Charlie,bravo plant,Älpha", "Charlie,Draft of a plant,bravo plant,Älpha"),
            ("sort=title", "Älpha,bravo plant,Charlie", "Älpha,bravo plant,Charlie,Draft of a plant"),
            ("sort=-title", "Charlie,bravo plant,Älpha", "Draft of a plant,Charlie,bravo plant,Älpha"),
            ("q=PLANT", "bravo plant,Älpha", "bravo plant,Draft of a plant,Älpha"),
            ("q=plant&sort=title", "Älpha,bravo plant", "Älpha,bravo plant,Draft of a plant"),
            ("q=plant&isPublished=false", "", "Draft of a plant"),
            ("authorId={ada}", "Älpha,Charlie", "Älpha,Draft of a plant,Charlie"),
            ("authorId={bob}", "bravo plant", "bravo plant"),
            ("authorId={bob}&isPublished=false", "", ""),
            ("authorId=999999", "", ""),
        ],
    )
    async def test_a_list_holds_what_is_wanted_and_may_be_seen(
        self, service: Service, ada: Person, blog: Json, query: str, anyones: str, adas: str
    ) -> None:
        query = query.format(ada=ada.id, bob=blog["bravo plant"]["authorId"])
        for http, expected in ((service.http, anyones), (ada.http, adas)):
            assert ",".join(await titles(http, query)) == expected
            numbered = await http.get(f"{POSTS}?{query}&page=1&limit=1")
            assert numbered.headers["x-total-count"] == str(len(expected.split(",")) if expected else 0)

    async def test_admins_list_the_drafts_of_all(self, root: Person, blog: Json) -> None:
        drafts = await titles(root.http, "isPublished=false")
        assert drafts == ["Bob's draft", "Draft of a plant"]

    async def test_me_is_whoever_is_signed_in_and_nobody_else(
        self, service: Service, ada: Person, blog: Json
    ) -> None:
        mine = await titles(ada.http, "authorId=me&isPublished=false")
        assert mine == ["Draft of a plant"]
        refused = await service.http.get(f"{POSTS}?authorId=me")
        assert "me" in problem(refused, 401, "unauthenticated")["detail"]
        assert refused.headers["www-authenticate"] == "Bearer"

    async def test_a_list_is_of_whole_posts_and_walked_by_its_links(
        self, service: Service, ada: Person, blog: Json
    ) -> None:
        listed = items(await ada.http.get(f"{POSTS}?authorId=me"))
        assert listed == [blog["Älpha"], blog["Draft of a plant"], blog["Charlie"]]
        for person, query in ((ada, "sort=title&limit=1"), (ada, "q=plant&limit=1"), (ada, "limit=2")):
            walked = await walk(person, f"{POSTS}?{query}")
            assert [post["title"] for page in walked for post in page] == await titles(
                person.http, query.replace("limit", "x")
            )

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("isPublished=yes", {"isPublished"}),
            ("isPublished=", {"isPublished"}),
            ("authorId=0", {"authorId"}),
            ("authorId=9223372036854775808", {"authorId"}),
            ("authorId=you", {"authorId"}),
            ("sort=updatedAt", {"sort"}),
            ("sort=content", {"sort"}),
            ("q=%00", {"q"}),
            ("q=" + "x" * 201, {"q"}),
            ("q=a+b+c+d+e+f+g+h+i", {"q"}),
            ("limit=101&page=0", {"limit", "page"}),
            ("cursor=abc", {"cursor"}),
        ],
    )
    async def test_a_parameter_that_breaks_its_rule_is_refused_by_name(
        self, service: Service, query: str, expected: set[str]
    ) -> None:
        assert set(faults(await service.http.get(f"{POSTS}?{query}"))) == expected

    @pytest.mark.parametrize("id", ["0", "-1", "01", "abc", "%D9%A1", "9223372036854775808", "%00", str(BEYOND)])
    async def test_what_is_no_id_is_no_post(self, service: Service, ada: Person, id: str) -> None:
        problem(await service.http.get(f"{POSTS}/{id}"), 404, "not-found")
        problem(await ada.http.patch(f"{POSTS}/{id}", json={"title": "A title"}), 404, "not-found")
        problem(await ada.http.delete(f"{POSTS}/{id}"), 404, "not-found")

    async def test_the_author_is_called_what_they_are_called_now_and_when_they_are_gone(
        self, service: Service, root: Person
    ) -> None:
        author = await service.joins("before")
        post = await publishes(author, "Whose is this?")
        assert (await author.http.patch(f"{USERS}/{author.id}", json={"username": "after"})).is_success
        assert document(await service.http.get(path_of(post)))["author"] == "after"
        assert (await root.http.delete(f"{USERS}/{author.id}")).is_success
        listed = items(await service.http.get(f"{POSTS}?authorId={author.id}"))
        assert [(each["author"], each["authorId"]) for each in listed] == [("after", author.id)]
        assert (await root.http.delete(path_of(post))).status_code == 204

    async def test_search_finds_published_posts_and_ones_own_drafts(
        self, service: Service, ada: Person, blog: Json
    ) -> None:
        found = await finds(ada, "plant", "&type=post")
        assert [hit["title"] for hit in found] == ["bravo plant", "Draft of a plant", "Älpha"]
        assert found[2]["snippet"] == "About a <mark>plant</mark>, too."
        other = await service.joins("searcher")
        assert [hit["title"] for hit in await finds(other, "plant")] == ["bravo plant", "Älpha"]
