"""What the HTTP surface owes those who keep what they know."""

import asyncio
from collections import Counter

import pytest

from domain.users import Role
from tests.contracts.http_service import API, Json, Person, Service, document, faults, items, links, problem
from tests.contracts.http_taxonomy import CHEATS, add

FIELDS = {"id", "title", "notes", "code", "language", "platformIds", "topicIds", "ownerId", "inBag"} | {
    "createdAt",
    "updatedAt",
}


async def creates(person: Person, title: str = "List open ports", **fields: object) -> Json:
    """Create a cheat and return it."""
    response = await person.http.post(CHEATS, json={"title": title, **fields})
    assert response.status_code == 201, response.text
    return document(response)


async def titles(person: Person, query: str = "") -> list[str]:
    """Return the titles on the first page of a list."""
    response = await person.http.get(f"{CHEATS}?{query}")
    assert response.status_code == 200, response.text
    return [cheat["title"] for cheat in items(response)]


def _in_order(value: Json | set[str]) -> str:
    """Name a case the same in every process."""
    return ",".join(sorted(value)) if isinstance(value, set) else str(value)[:40]


@pytest.mark.anyio
class CheatsContract:
    """Creating, reading, changing, deleting."""

    async def test_a_cheat_comes_back_as_it_was_sent(self, ada: Person) -> None:
        linux = await add(ada, f"{API}/platforms", "Linux")
        net = await add(ada, f"{API}/topics", "Networking")
        sent = {
            "title": "Which process listens on a port?",
            "notes": "Needs root for others' processes.\n\n*Markdown* is kept as it is.",
            "code": "ss -tlnp | grep ':80 '\n",
            "language": "Bash",
            "platformIds": [linux["id"]],
            "topicIds": [net["id"]],
        }
        response = await ada.http.post(CHEATS, json=sent)
        assert response.status_code == 201
        cheat = document(response)
        assert set(cheat) == FIELDS
        assert cheat.items() >= (sent | {"language": "bash", "ownerId": ada.id, "inBag": True}).items()
        assert response.headers["location"] == f"{CHEATS}/{cheat['id']}"
        assert response.headers["etag"] == '"1"'
        assert document(await ada.http.get(response.headers["location"])) == cheat

    async def test_only_the_title_is_needed(self, ada: Person) -> None:
        cheat = await creates(ada, "Bare")
        expected: Json = {"notes": "", "code": "", "language": None, "platformIds": [], "topicIds": []}
        assert cheat.items() >= expected.items()

    async def test_ids_come_back_ascending_and_each_once(self, ada: Person) -> None:
        ids = [(await add(ada, f"{API}/topics", f"Order {number}"))["id"] for number in range(3)]
        cheat = await creates(ada, topicIds=[ids[2], ids[0], ids[2], ids[1]])
        assert cheat["topicIds"] == sorted(ids)

    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            ({}, {"title"}),
            ({"title": " "}, {"title"}),
            ({"title": "x" * 201}, {"title"}),
            ({"title": "x", "notes": "x" * 100_001, "code": "x" * 100_001}, {"notes", "code"}),
            ({"title": "x", "notes": None, "code": None}, {"notes", "code"}),
            ({"title": "x", "language": "not a name"}, {"language"}),
            ({"title": "x", "language": "x" * 41}, {"language"}),
            ({"title": "x", "language": ""}, {"language"}),
            ({"title": "x", "platformIds": [999_999], "topicIds": [2**62]}, {"platformIds", "topicIds"}),
            ({"title": "x", "platformIds": [0]}, {"platformIds"}),
            ({"title": "x", "platformIds": [2**63]}, {"platformIds"}),
            ({"title": "x", "platformIds": "1"}, {"platformIds"}),
            ({"title": "x", "topicIds": [1.5]}, {"topicIds"}),
            ({"title": "x", "topicIds": None}, {"topicIds"}),
            ({"title": "x", "topicIds": list(range(1, 102))}, {"topicIds"}),
            ({"title": "a\0b", "notes": "\0"}, {"title", "notes"}),
            ({"title": "x", "id": 1, "ownerId": 1, "inBag": False}, {"id", "ownerId", "inBag"}),
            ({"title": "x", "key": "abc", "version": 1}, {"key", "version"}),
        ],
        ids=_in_order,
    )
    async def test_every_field_at_fault_is_named(self, ada: Person, body: Json, expected: set[str]) -> None:
        assert set(faults(await ada.http.post(CHEATS, json=body))) == expected

    @pytest.mark.parametrize("field", ["platformIds", "topicIds"])
    async def test_half_of_a_surrogate_pair_among_the_ids_is_refused(self, ada: Person, field: str) -> None:
        body = b'{"title": "x", "%s": ["\\ud800"]}' % field.encode()
        response = await ada.http.post(CHEATS, content=body, headers={"Content-Type": "application/json"})
        assert set(faults(response)) == {field}

    async def test_fields_sent_change_and_others_stay(self, ada: Person) -> None:
        topic = (await add(ada, f"{API}/topics", "Changing"))["id"]
        cheat = await creates(ada, "Before", notes="kept", language="sql", topicIds=[topic])
        path = f"{CHEATS}/{cheat['id']}"
        changed = document(await ada.http.patch(path, json={"title": "After", "language": None}))
        assert changed == cheat | {"title": "After", "language": None, "updatedAt": changed["updatedAt"]}
        changed = document(await ada.http.put(path, json={"topicIds": []}))
        assert (changed["topicIds"], changed["notes"]) == ([], "kept")
        assert document(await ada.http.get(path)) == changed

    async def test_of_twenty_changes_to_one_version_one_is_made(self, ada: Person) -> None:
        cheat = await creates(ada)
        responses = await asyncio.gather(
            *(
                ada.http.put(f"{CHEATS}/{cheat['id']}", json={"notes": str(n)}, headers={"If-Match": '"1"'})
                for n in range(20)
            )
        )
        assert Counter(response.status_code for response in responses) == {200: 1, 412: 19}

    async def test_a_deleted_cheat_is_gone_for_good(self, ada: Person) -> None:
        path = f"{CHEATS}/{(await creates(ada, 'Doomed'))['id']}"
        problem(await ada.http.delete(path, headers={"If-Match": '"2"'}), 412, "stale")
        response = await ada.http.delete(path)
        assert (response.status_code, response.content) == (204, b"")
        for method in ("GET", "DELETE", "PUT"):
            problem(await ada.http.request(method, path, json={} if method == "PUT" else None), 404, "not-found")
        problem(await ada.http.put(f"{path}/bag"), 404, "not-found")

    @pytest.mark.parametrize("id", ["0", "-1", "999999", str(2**63), "1.0", "٣", "%00", "bag"])
    async def test_what_there_is_not_is_not_found(self, ada: Person, id: str) -> None:
        for method, path in (("GET", ""), ("DELETE", ""), ("PUT", "/bag"), ("DELETE", "/bag")):
            problem(await ada.http.request(method, f"{CHEATS}/{id}{path}"), 404, "not-found")


@pytest.mark.anyio
class BagContract:
    """One's own bag."""

    async def test_each_has_a_bag_of_their_own(self, service: Service, ada: Person) -> None:
        other = await service.joins("grace")
        cheat = await creates(ada, "In whose bag?")
        path = f"{CHEATS}/{cheat['id']}"
        assert document(await other.http.get(path))["inBag"] is False
        for _ in range(2):
            response = await other.http.put(f"{path}/bag")
            assert (response.status_code, response.content) == (204, b"")
        assert document(await other.http.get(path))["inBag"] is True
        assert await titles(other, "inBag=true") == ["In whose bag?"]
        for _ in range(2):
            assert (await other.http.delete(f"{path}/bag")).status_code == 204
        assert document(await other.http.get(path))["inBag"] is False
        assert document(await ada.http.get(path))["inBag"] is True

    async def test_what_is_known_of_a_cheat_includes_the_bag(self, ada: Person) -> None:
        path = f"{CHEATS}/{(await creates(ada))['id']}"
        tag = (await ada.http.get(path)).headers["etag"]
        assert (await ada.http.get(path, headers={"If-None-Match": tag})).status_code == 304
        await ada.http.delete(f"{path}/bag")
        seen = await ada.http.get(path, headers={"If-None-Match": tag})
        assert document(seen)["inBag"] is False
        changed = await ada.http.patch(path, json={"notes": "x"}, headers={"If-Match": seen.headers["etag"]})
        assert changed.status_code == 200

    async def test_twenty_times_at_once_is_once(self, ada: Person) -> None:
        path = f"{CHEATS}/{(await creates(ada))['id']}/bag"
        responses = await asyncio.gather(*(ada.http.put(path) for _ in range(20)))
        assert Counter(response.status_code for response in responses) == {204: 20}


@pytest.fixture(scope="class")
async def library(service: Service, ada: Person, anyio_backend: str) -> Person:
    """Someone with a few cheats to find."""
    platforms = [(await add(ada, f"{API}/platforms", name))["id"] for name in ("Linux", "macOS")]
    topics = [(await add(ada, f"{API}/topics", name))["id"] for name in ("Shell", "Files")]
    await creates(ada, "Find files", code="find . -name '*.py'", platformIds=platforms, topicIds=topics)
    await creates(ada, "Café au lait", notes="Ein Müller sagt: findet man", topicIds=topics[:1])
    await creates(ada, "C# lambda", code="x => x + 1", language="c#")
    await creates(ada, "100% of it", notes="back\\slash and under_score", platformIds=platforms[:1])
    manager = await service.joins("manager", Role.MANAGER)
    await creates(manager, "Someone else's", code="SELECT 1 -- a comment")
    return ada


@pytest.mark.anyio
class FindingCheatsContract:
    """Filters, search, order, pages."""

    async def test_the_newest_comes_first(self, library: Person) -> None:
        assert (await titles(library))[0] == "Someone else's"
        assert (await titles(library, "sort=createdAt"))[0] == "Find files"
        by_title = await titles(library, "sort=title")
        assert by_title == sorted(by_title, key=str.casefold)

    @pytest.mark.parametrize(
        ("q", "expected"),
        [
            ("FIND", ["Find files", "Café au lait"]),
            ("cafe", ["Café au lait"]),
            ("muller", ["Café au lait"]),
            ("nam", ["Find files"]),
            ("100%", ["100% of it"]),
            ("%", ["100% of it"]),
            ("back\\slash", ["100% of it"]),
            ("under_score", ["100% of it"]),
            ("underXscore", []),
            ("c#", ["C# lambda"]),
            ("=>", ["C# lambda"]),
            ("*.py", ["Find files"]),
            ("select & comment", []),
            ("select comment", ["Someone else's"]),
            ("find nothing", []),
        ],
    )
    async def test_words_and_fragments_are_found_whatever_they_hold(
        self, library: Person, q: str, expected: list[str]
    ) -> None:
        response = await library.http.get(CHEATS, params={"q": q})
        assert [cheat["title"] for cheat in items(response)] == expected

    async def test_every_platform_and_topic_asked_for_must_fit(self, library: Person) -> None:
        platforms = {tag["name"]: tag["id"] for tag in items(await library.http.get(f"{API}/platforms"))}
        topics = {tag["name"]: tag["id"] for tag in items(await library.http.get(f"{API}/topics"))}
        linux, mac = platforms["Linux"], platforms["macOS"]
        assert set(await titles(library, f"platformId={linux}")) == {"Find files", "100% of it"}
        assert await titles(library, f"platformId={linux}&platformId={mac}") == ["Find files"]
        assert await titles(library, f"platformId={linux},{mac}") == ["Find files"]
        assert await titles(library, f"topicId={topics['Files']}&topicId={topics['Shell']}") == ["Find files"]
        assert await titles(library, "platformId=999999") == []

    async def test_by_owner_and_by_bag(self, library: Person) -> None:
        assert "Someone else's" not in await titles(library, "ownerId=me")
        assert len(await titles(library, "ownerId=me")) == 4
        assert len(await titles(library, "inBag=true")) == 4
        assert await titles(library, "ownerId=999999") == []

    async def test_both_page_modes_walk_the_whole_list_once(self, library: Person) -> None:
        everything = await titles(library, "limit=100")
        for first in (f"{CHEATS}?limit=2", f"{CHEATS}?limit=2&page=1"):
            walked: list[str] = []
            target: str | None = first
            while target is not None:
                response = await library.http.get(target)
                walked += [cheat["title"] for cheat in items(response)]
                target = links(response).get("next")
            assert walked == everything

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ("sort=code", "sort"),
            ("platformId=zero", "platformId"),
            ("topicId=0", "topicId"),
            ("platformId=" + ",".join(map(str, range(1, 22))), "platformId"),
            ("ownerId=you", "ownerId"),
            ("inBag=maybe", "inBag"),
            ("q=" + "x" * 201, "q"),
            ("limit=101", "limit"),
            ("page=0", "page"),
        ],
    )
    async def test_a_parameter_that_is_none_is_named(self, library: Person, query: str, field: str) -> None:
        assert set(faults(await library.http.get(f"{CHEATS}?{query}"))) == {field}
