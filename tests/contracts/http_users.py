"""What the HTTP surface owes those who look people up, and change or delete accounts."""

import pytest

from domain.users import Role
from tests.contracts.http_accounts import ME, SIGN_UP, USER_FIELDS, is_in, refresh
from tests.contracts.http_service import (
    API,
    PASSWORD,
    Json,
    Person,
    Service,
    document,
    faults,
    items,
    links,
    problem,
)

USERS = f"{API}/users"
PERSON_FIELDS = {"id", "username", "role", "createdAt"}


@pytest.fixture(scope="class")
async def root(service: Service, anyio_backend: str) -> Person:
    """An admin, signed in."""
    return await service.joins("root", Role.ADMIN)


@pytest.mark.anyio
class UserListContract:
    """Listing people."""

    async def test_others_get_who_somebody_is_and_no_more(
        self, service: Service, ada: Person, root: Person
    ) -> None:
        listed = items(await ada.http.get(USERS))
        assert [set(user) for user in listed if user["id"] == ada.id] == [USER_FIELDS]
        others = [set(user) for user in listed if user["id"] != ada.id]
        assert others
        assert all(fields == PERSON_FIELDS for fields in others)
        assert all(set(user) == USER_FIELDS for user in items(await root.http.get(USERS)))

    @pytest.mark.parametrize("status", ["pending", "approved", "disabled", "deleted"])
    async def test_asking_by_status_is_for_admins(self, ada: Person, root: Person, status: str) -> None:
        problem(await ada.http.get(f"{USERS}?status={status}"), 403, "forbidden")
        assert (await root.http.get(f"{USERS}?status={status}")).status_code == 200

    async def test_names_are_found_by_fragments_regardless_of_case_and_accents(
        self, service: Service, root: Person
    ) -> None:
        await service.joins("Zoë.Müller")
        for q in ("zoe", "MULLER", "oë.mü", "zoe mull"):
            found = items(await root.http.get(USERS, params={"q": q}))
            assert [user["username"] for user in found] == ["Zoë.Müller"], q
        for q in ("zo%", "zo_", "zoe\\", "' OR 1=1"):
            assert items(await root.http.get(USERS, params={"q": q})) == [], q

    async def test_addresses_are_found_by_admins_alone(self, service: Service, ada: Person, root: Person) -> None:
        vera = await service.joins("vera")
        await vera.http.patch(f"{USERS}/{vera.id}", json={"email": "someone@quite.example"})
        assert [user["id"] for user in items(await root.http.get(f"{USERS}?q=quite.ex"))] == [vera.id]
        assert items(await ada.http.get(f"{USERS}?q=quite.ex")) == []

    async def test_both_page_modes_walk_the_whole_list_once(self, service: Service, root: Person) -> None:
        for number in range(7):
            await service.joins(f"walker-{number}")
        everyone = [user["id"] for user in items(await root.http.get(f"{USERS}?limit=100&q=walker"))]
        for first in (
            f"{USERS}?q=walker&limit=3&sort=username",
            f"{USERS}?q=walker&limit=3&page=1&sort=-username",
        ):
            walked: list[int] = []
            target: str | None = first
            while target is not None:
                response = await root.http.get(target)
                walked += [user["id"] for user in items(response)]
                target = links(response).get("next")
            assert sorted(walked) == sorted(everyone)
            assert walked == sorted(everyone, reverse="sort=-" in first)
        assert (await root.http.get(f"{USERS}?q=walker&page=1")).headers["x-total-count"] == "7"

    async def test_by_role(self, service: Service, root: Person) -> None:
        boss = await service.joins("boss", Role.MANAGER)
        assert [user["id"] for user in items(await root.http.get(f"{USERS}?role=manager"))] == [boss.id]

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ("status=gone", "status"),
            ("role=king", "role"),
            ("sort=password", "sort"),
            ("sort=email", "sort"),
            ("q=" + "x" * 201, "q"),
            ("limit=0", "limit"),
            ("cursor=nonsense", "cursor"),
            ("page=1&cursor=x", "cursor"),
        ],
    )
    async def test_a_parameter_that_is_none_is_named(self, root: Person, query: str, field: str) -> None:
        assert field in faults(await root.http.get(f"{USERS}?{query}"))


@pytest.mark.anyio
class AccountsOfOthersContract:
    """What admins do with accounts, and their owners with their own."""

    async def test_an_admin_creates_accounts(self, service: Service, root: Person) -> None:
        response = await root.http.post(
            USERS, json={"username": "made", "password": PASSWORD, "email": "made@example.org", "role": "manager"}
        )
        assert response.status_code == 201
        made = document(response)
        assert set(made) == USER_FIELDS
        assert (made["role"], made["isApproved"]) == ("manager", True)
        assert document(await root.http.get(response.headers["location"])) == made
        await service.signs_in("made")
        again = await root.http.post(USERS, json={"username": "MADE", "password": PASSWORD})
        assert [error["field"] for error in problem(again, 409, "taken")["errors"]] == ["username"]

    async def test_others_create_none(self, service: Service) -> None:
        for role in (Role.EMPLOYEE, Role.MANAGER):
            person = await service.joins(f"creating-{role}", role)
            response = await person.http.post(USERS, json={"username": "nope", "password": PASSWORD})
            problem(response, 403, "forbidden")

    async def test_people_change_their_name_and_address(self, service: Service) -> None:
        person = await service.joins("before")
        for method in ("PATCH", "PUT"):
            changes = {"username": f"after-{method}", "email": f"{method}@example.org"}
            response = await person.http.request(method, f"{USERS}/{person.id}", json=changes)
            assert response.status_code == 200
            assert document(response).items() >= changes.items()
            assert document(await person.http.get(ME)) == document(response)
        response = await person.http.patch(f"{USERS}/{person.id}", json={"email": None})
        assert document(response)["email"] is None

    @pytest.mark.parametrize("change", [{"role": "admin"}, {"isApproved": True}, {"isActive": True}])
    async def test_nobody_gives_themselves_rights(self, service: Service, change: Json) -> None:
        person = await service.joins(f"climber-{next(iter(change))}", Role.MANAGER)
        before = document(await person.http.get(ME))
        problem(await person.http.patch(f"{USERS}/{person.id}", json=change), 403, "forbidden")
        assert document(await person.http.get(ME)) == before

    @pytest.mark.parametrize(
        "field", ["id", "version", "createdAt", "updatedAt", "deletedAt", "password", "passwordHash", "is_active"]
    )
    async def test_what_is_not_to_be_changed_is_refused(self, root: Person, field: str) -> None:
        assert field in faults(await root.http.patch(f"{USERS}/{root.id}", json={field: 1}))

    @pytest.mark.parametrize("field", ["username", "role", "isApproved", "isActive"])
    async def test_null_clears_nothing_but_the_address(self, root: Person, field: str) -> None:
        assert field in faults(await root.http.patch(f"{USERS}/{root.id}", json={field: None}))

    async def test_a_change_can_be_made_to_the_version_that_was_seen_alone(self, root: Person) -> None:
        response = await root.http.post(USERS, json={"username": "versioned", "password": PASSWORD})
        path, tag = response.headers["location"], response.headers["etag"]
        response = await root.http.patch(path, json={"role": "manager"}, headers={"If-Match": tag})
        assert response.headers["etag"] != tag
        assert (await root.http.get(path)).headers["etag"] == response.headers["etag"]
        response = await root.http.patch(path, json={"role": "admin"}, headers={"If-Match": tag})
        problem(response, 412, "stale")
        problem(await root.http.delete(path, headers={"If-Match": tag}), 412, "stale")

    async def test_who_is_deleted_is_nowhere_and_comes_back_when_restored(
        self, service: Service, root: Person
    ) -> None:
        person = await service.joins("phoenix")
        path = f"{USERS}/{person.id}"
        response = await person.http.delete(path)
        assert (response.status_code, response.content) == (204, b"")
        assert not await is_in(person)
        problem(await refresh(service, person.refresh_token), 401, "unauthenticated")
        for method in ("GET", "DELETE"):
            problem(await root.http.request(method, path), 404, "not-found")
        problem(await root.http.patch(path, json={"role": "admin"}), 404, "not-found")
        assert items(await root.http.get(f"{USERS}?q=phoenix")) == []
        (deleted,) = items(await root.http.get(f"{USERS}?status=deleted&q=phoenix"))
        assert deleted["id"] == person.id
        sign_up = await service.http.post(SIGN_UP, json={"username": "Phoenix", "password": PASSWORD})
        problem(sign_up, 409, "taken")
        problem(await person.http.post(f"{path}/restore"), 401, "unauthenticated")
        assert document(await root.http.post(f"{path}/restore"))["id"] == person.id
        assert not await is_in(person)
        assert await is_in(await service.signs_in("phoenix"))

    async def test_nobody_deletes_anothers_account_but_admins(self, service: Service, ada: Person) -> None:
        manager = await service.joins("reaper", Role.MANAGER)
        problem(await manager.http.delete(f"{USERS}/{ada.id}"), 403, "forbidden")
        assert await is_in(ada)

    @pytest.mark.parametrize("action", ["approve", "reject", "restore"])
    async def test_deciding_over_others_is_for_admins(self, service: Service, ada: Person, action: str) -> None:
        response = await ada.http.post(f"{USERS}/{ada.id}/{action}", json={})
        problem(response, 403, "forbidden")
        response = await service.http.post(f"{USERS}/{ada.id}/{action}", json={})
        problem(response, 401, "unauthenticated")

    @pytest.mark.parametrize("id", ["0", "-1", "999999", str(2**63), "1" * 30, "1.0", "٣", "me", "%00", "1%2F2"])
    @pytest.mark.parametrize("action", ["/approve", "/reject", "/restore", ""])
    async def test_whom_there_is_not_is_not_found(self, root: Person, id: str, action: str) -> None:
        method = "POST" if action else "DELETE"
        problem(await root.http.request(method, f"{USERS}/{id}{action}"), 404, "not-found")

    async def test_a_reason_and_a_role_are_checked(self, root: Person) -> None:
        path = f"{USERS}/{root.id}"
        assert set(faults(await root.http.post(f"{path}/reject", json={"reason": "x" * 1001}))) == {"reason"}
        assert set(faults(await root.http.post(f"{path}/approve", json={"role": "king"}))) == {"role"}
        assert set(faults(await root.http.post(f"{path}/approve", json={"reason": "x"}))) == {"reason"}
        problem(await root.http.post(f"{path}/approve", content=b"{"), 415, "unsupported-media-type")
