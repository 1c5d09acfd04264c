"""What the HTTP surface owes those who sort what the team knows, by platform and by topic."""

import asyncio
from collections import Counter

import pytest

from domain.users import Role
from tests.contracts.http_service import API, Json, Person, Service, document, faults, items, links, problem

CHEATS = f"{API}/cheats"


@pytest.fixture(scope="class")
async def boss(service: Service, anyio_backend: str) -> Person:
    """A manager, signed in."""
    return await service.joins("boss", Role.MANAGER)


async def add(person: Person, path: str, name: str) -> Json:
    """Add a platform or topic and return it."""
    response = await person.http.post(path, json={"name": name})
    assert response.status_code == 201, response.text
    return document(response)


class _TaxonomyContract:
    """What holds for platforms and for topics; `path` and `field` say which."""

    path: str
    field: str

    async def test_one_is_added_read_and_listed_with_the_cheats_under_it(self, ada: Person) -> None:
        response = await ada.http.post(self.path, json={"name": "  Ubuntu Linux "})
        tag = document(response)
        assert tag == {"id": tag["id"], "name": "Ubuntu Linux"}
        assert response.headers["location"] == f"{self.path}/{tag['id']}"
        assert response.headers["etag"] == '"1"'
        assert document(await ada.http.get(response.headers["location"])) == tag
        for _ in range(2):
            await ada.http.post(CHEATS, json={"title": "apt", self.field: [tag["id"]]})
        (listed,) = items(await ada.http.get(f"{self.path}?q=ubuntu"))
        assert listed == tag | {"cheatCount": 2}

    @pytest.mark.parametrize("twin", ["postgresql", " PostgreSQL", "PostgreSQL  ", "POSTGRESQL"])
    async def test_a_name_is_there_once_whatever_its_case_and_blanks(self, ada: Person, twin: str) -> None:
        await ada.http.post(self.path, json={"name": "PostgreSQL"})
        response = await ada.http.post(self.path, json={"name": twin})
        assert [error["field"] for error in problem(response, 409, "taken")["errors"]] == ["name"]

    async def test_of_twenty_who_add_one_name_at_once_one_succeeds(self, ada: Person) -> None:
        responses = await asyncio.gather(
            *(ada.http.post(self.path, json={"name": ("Race", "RACE", " race ")[n % 3]}) for n in range(20))
        )
        assert Counter(response.status_code for response in responses) == {201: 1, 409: 19}

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"name": ""},
            {"name": "   "},
            {"name": "x" * 81},
            {"name": None},
            {"name": 7},
            {"name": "a\0b"},
            {"name": "a\nb"},
        ],
        ids=str,
    )
    async def test_a_name_that_is_none_is_refused(self, ada: Person, body: Json) -> None:
        assert set(faults(await ada.http.post(self.path, json=body))) == {"name"}

    async def test_they_are_listed_by_name_regardless_of_case(self, ada: Person) -> None:
        for name in ("zz-delta", "ZZ-alpha", "zz-Charlie", "ZZ-bravo"):
            await add(ada, self.path, name)
        names = ["ZZ-alpha", "ZZ-bravo", "zz-Charlie", "zz-delta"]
        walked: list[str] = []
        target: str | None = f"{self.path}?q=zz-&limit=3"
        while target is not None:
            response = await ada.http.get(target)
            walked += [tag["name"] for tag in items(response)]
            target = links(response).get("next")
        assert walked == names
        downwards = await ada.http.get(f"{self.path}?q=zz-&sort=-name&page=1")
        assert [tag["name"] for tag in items(downwards)] == names[::-1]
        assert downwards.headers["x-total-count"] == "4"

    async def test_a_manager_renames_one_if_nobody_else_did_meanwhile(self, ada: Person, boss: Person) -> None:
        tag = await add(ada, self.path, "Kubernets")
        path = f"{self.path}/{tag['id']}"
        response = await boss.http.put(path, json={"name": "Kubernetes"}, headers={"If-Match": '"1"'})
        assert document(response) == tag | {"name": "Kubernetes"}
        assert response.headers["etag"] == '"2"'
        problem(await boss.http.patch(path, json={"name": "k8s"}, headers={"If-Match": '"1"'}), 412, "stale")
        assert document(await boss.http.patch(path, json={})) == document(response)
        assert (await boss.http.patch(path, json={"name": "KUBERNETES"})).status_code == 200

    async def test_one_in_use_is_deleted_only_by_force_and_cheats_then_do_without(
        self, ada: Person, boss: Person
    ) -> None:
        tag = await add(ada, self.path, "Doomed")
        created = await ada.http.post(CHEATS, json={"title": "Under it", self.field: [tag["id"]]})
        cheat, path = created.headers["location"], f"{self.path}/{tag['id']}"
        problem(await boss.http.delete(path), 409, "in-use")
        problem(await boss.http.delete(f"{path}?force=false"), 409, "in-use")
        assert set(faults(await boss.http.delete(f"{path}?force=perhaps"))) == {"force"}
        assert document(await ada.http.get(cheat))[self.field] == [tag["id"]]
        assert (await boss.http.delete(f"{path}?force=true")).status_code == 204
        seen = await ada.http.get(cheat)
        assert document(seen)[self.field] == []
        assert seen.headers["etag"] != created.headers["etag"]
        problem(await boss.http.delete(path), 404, "not-found")

    async def test_one_that_nothing_stands_under_goes_at_once(self, ada: Person, boss: Person) -> None:
        tag = await add(ada, self.path, "Unused")
        response = await boss.http.delete(f"{self.path}/{tag['id']}")
        assert (response.status_code, response.content) == (204, b"")

    async def test_a_cheat_created_while_its_tag_goes_is_either_under_it_or_refused(
        self, ada: Person, boss: Person
    ) -> None:
        for number in range(10):
            tag = await add(ada, self.path, f"Fleeting {number}")
            created, deleted = await asyncio.gather(
                ada.http.post(CHEATS, json={"title": "Late", self.field: [tag["id"]]}),
                boss.http.delete(f"{self.path}/{tag['id']}"),
            )
            assert (created.status_code, deleted.status_code) in {(201, 409), (422, 204)}
            if created.status_code == 422:
                assert set(faults(created)) == {self.field}

    @pytest.mark.parametrize("id", ["0", "-1", "999999", str(2**63), "1.0", "٣", "%00"])
    async def test_what_there_is_not_is_not_found(self, boss: Person, id: str) -> None:
        for method, body in (("GET", None), ("PATCH", {"name": "x"}), ("DELETE", None)):
            problem(await boss.http.request(method, f"{self.path}/{id}", json=body), 404, "not-found")


@pytest.mark.anyio
class PlatformsContract(_TaxonomyContract):
    """Platforms."""

    path = f"{API}/platforms"
    field = "platformIds"


@pytest.mark.anyio
class TopicsContract(_TaxonomyContract):
    """Topics."""

    path = f"{API}/topics"
    field = "topicIds"
