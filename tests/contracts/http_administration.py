"""What the HTTP surface owes admins, and those they decide over."""

import asyncio
from collections import Counter

import pytest

from domain.users import Role
from tests.contracts.http_accounts import ME, SIGN_IN, SIGN_UP, is_in
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
from tests.contracts.http_users import USERS

AUDIT = f"{API}/audit"


async def signs_up(service: Service, username: str) -> Json:
    """Make someone who waits, where an admin lets people in, and return the account."""
    response = await service.http.post(SIGN_UP, json={"username": username, "password": PASSWORD})
    assert response.status_code == 201, response.text
    user: Json = document(response)["user"]
    return user


@pytest.mark.anyio
class QueueContract:
    """The queue of those who wait."""

    variables = {"SIGNUP_APPROVAL": "admin"}  # noqa: RUF012  # read by the fixture, never written

    async def test_who_waits_is_listed_approved_and_comes_in(self, service: Service, root: Person) -> None:
        waiting = await signs_up(service, "newcomer")
        listed = items(await root.http.get(f"{USERS}?status=pending"))
        assert [user["id"] for user in listed] == [waiting["id"]]
        response = await root.http.post(f"{USERS}/{waiting['id']}/approve", json={"role": "manager"})
        assert response.status_code == 200
        approved = document(response)
        assert (approved["isApproved"], approved["role"]) == (True, "manager")
        assert response.headers["etag"] == '"2"'
        assert items(await root.http.get(f"{USERS}?status=pending")) == []
        assert document(await (await service.signs_in("newcomer")).http.get(ME)) == approved

    async def test_approving_needs_no_body(self, service: Service, root: Person) -> None:
        waiting = await signs_up(service, "bodiless")
        response = await root.http.post(f"{USERS}/{waiting['id']}/approve")
        assert document(response)["role"] == "employee"

    async def test_who_is_rejected_waits_no_longer_and_hears_so(self, service: Service, root: Person) -> None:
        waiting = await signs_up(service, "unknown")
        response = await root.http.post(f"{USERS}/{waiting['id']}/reject", json={"reason": "Nobody knows them."})
        rejected = document(response)
        assert (rejected["isApproved"], rejected["isActive"]) == (False, False)
        assert waiting["id"] not in [user["id"] for user in items(await root.http.get(f"{USERS}?status=pending"))]
        response = await service.http.post(SIGN_IN, json={"username": "unknown", "password": PASSWORD})
        assert "rejected" in str(problem(response, 403, "account-disabled")["detail"])
        (event,) = items(await root.http.get(f"{AUDIT}?type=user.rejected&subjectId={waiting['id']}"))
        assert event["actorId"] == root.id
        assert event["subject"] == {"type": "user", "id": waiting["id"]}
        assert event["data"] == {"username": "unknown", "reason": "Nobody knows them."}

    async def test_whoever_waits_is_shown_to_nobody_but_admins(self, service: Service, root: Person) -> None:
        waiting = await signs_up(service, "shy")
        member = await service.joins("member", Role.MANAGER)
        problem(await member.http.get(f"{USERS}/{waiting['id']}"), 404, "not-found")
        assert "shy" not in [user["username"] for user in items(await member.http.get(f"{USERS}?limit=100"))]
        assert document(await root.http.get(f"{USERS}/{waiting['id']}")) == waiting


@pytest.mark.anyio
class LastAdminContract:
    """There is always someone who can let others in."""

    async def test_the_last_one_can_neither_be_demoted_disabled_nor_deleted(
        self, service: Service, root: Person
    ) -> None:
        path = f"{USERS}/{root.id}"
        for change in ({"role": "manager"}, {"isActive": False}, {"isApproved": False}):
            problem(await root.http.patch(path, json=change), 409, "last-admin")
        problem(await root.http.delete(path), 409, "last-admin")
        problem(await root.http.post(f"{path}/reject"), 409, "last-admin")
        problem(await root.http.post(f"{path}/approve", json={"role": "employee"}), 409, "conflict")
        assert document(await root.http.get(ME))["role"] == "admin"

    async def test_of_many_admins_who_demote_each_other_at_once_one_is_left(
        self, service: Service, root: Person
    ) -> None:
        admins = [root, *[await service.joins(f"admin-{number}", Role.ADMIN) for number in range(3)]]
        responses = await asyncio.gather(
            *(
                actor.http.patch(f"{USERS}/{target.id}", json={"role": "employee"})
                for actor in admins
                for target in admins
            )
        )
        assert set(Counter(response.status_code for response in responses)) <= {200, 401, 403, 409}
        left = [admin for admin in admins if await is_in(admin)]
        assert len(left) == 1
        assert document(await left[0].http.get(ME))["role"] == "admin"


@pytest.mark.anyio
class AuditContract:
    """What happened, for admins to look up."""

    async def test_it_is_for_admins(self, service: Service, ada: Person) -> None:
        manager = await service.joins("curious", Role.MANAGER)
        for person in (ada, manager):
            problem(await person.http.get(AUDIT), 403, "forbidden")
        problem(await service.http.get(AUDIT), 401, "unauthenticated")

    async def test_who_did_what_to_whom_and_when_comes_the_latest_first(
        self, service: Service, root: Person
    ) -> None:
        person = await service.joins("watched")
        await root.http.patch(f"{USERS}/{person.id}", json={"role": "manager", "email": "w@example.org"})
        changed, created = items(await root.http.get(f"{AUDIT}?subjectType=user&subjectId={person.id}"))
        assert set(changed) == {"id", "type", "actorId", "subject", "data", "occurredAt"}
        assert (changed["type"], changed["actorId"]) == ("user.updated", root.id)
        assert changed["data"] == {"username": "watched", "changed": ["email", "role"], "role": "manager"}
        assert changed["occurredAt"].endswith("Z")
        assert changed["id"] > created["id"]
        assert (created["type"], created["actorId"]) == ("user.created", None)
        assert created["data"] == {"username": "watched", "role": "employee", "isApproved": True}

    async def test_it_is_filtered_and_paged(self, service: Service, root: Person) -> None:
        person = await service.joins("busy")
        names = [f"busy-{number}" for number in range(5)]
        for name in names:
            await person.http.patch(f"{USERS}/{person.id}", json={"username": name})
        wanted = f"{AUDIT}?type=user.updated,user.deleted&actorId={person.id}&sort=occurredAt&limit=2"
        walked: list[str] = []
        target: str | None = wanted
        while target is not None:
            response = await root.http.get(target)
            walked += [event["data"]["username"] for event in items(response)]
            target = links(response).get("next")
        assert walked == names
        assert items(await root.http.get(f"{AUDIT}?after=2999-01-01T00:00:00Z")) == []
        assert items(await root.http.get(f"{AUDIT}?before=2000-01-01T00:00:00Z")) == []
        assert items(await root.http.get(f"{AUDIT}?actorId=me&type=user.restored")) == []
        total = (await root.http.get(f"{AUDIT}?page=1&actorId={person.id}")).headers["x-total-count"]
        assert total == str(len(names))

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ("type=user.exploded", "type"),
            ("subjectType=planet", "subjectType"),
            ("subjectId=0", "subjectId"),
            ("actorId=you", "actorId"),
            ("after=yesterday", "after"),
            ("before=2026-01-01T00:00:00", "before"),
            ("sort=data", "sort"),
        ],
    )
    async def test_a_parameter_that_is_none_is_named(self, root: Person, query: str, field: str) -> None:
        assert set(faults(await root.http.get(f"{AUDIT}?{query}"))) == {field}
