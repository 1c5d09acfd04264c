"""What the HTTP surface owes admins who have other systems told of what happens."""

import base64

import pytest

from domain.events import EventType
from domain.webhooks import SECRET_BYTES
from tests.contracts.http_service import API, Json, Person, document, faults, items, links, problem

WEBHOOKS = f"{API}/webhooks"
# Of a network that is for documentation, so nothing is ever sent there.
URL = "https://192.0.2.1/hooks/satchel?key=hunter2"
FIELDS = {"id", "url", "description", "types", "isActive", "createdAt", "updatedAt"}
NO_URLS = (
    "", "example.com", "/hooks", "ftp://example.com/", "javascript:alert(1)", "http://", "https:///hooks",
    "https://ada:hunter2@example.com/", "https://example.com/#there", "https://example.com:0/",
    "https://example.com:99999/", "https://example.com/a b", "https://exämple.com/", "https://example.com/\n",
    "https://example.com/" + "x" * 2_000, "https://[::1", "file:///etc/passwd",
)  # fmt: skip


async def add(person: Person, **fields: object) -> Json:
    """Add a webhook and return it, with its secret."""
    response = await person.http.post(WEBHOOKS, json={"url": URL, **fields})
    assert response.status_code == 201, response.text
    return document(response)


@pytest.mark.anyio
class WebhooksContract:
    """Adding, reading, changing and deleting webhooks."""

    async def test_a_new_one_is_answered_with_its_secret_which_nothing_shows_again(self, root: Person) -> None:
        response = await root.http.post(
            WEBHOOKS,
            json={"url": URL, "description": "The team's chat", "types": ["task.deleted", "task.created"]},
        )
        created = document(response)
        secret = created.pop("secret")
        assert response.status_code == 201
        assert response.headers["location"] == f"{WEBHOOKS}/{created['id']}"
        assert response.headers["etag"] == '"1"'
        assert response.headers["cache-control"] == "no-store"
        assert set(created) == FIELDS
        assert (created["url"], created["description"], created["isActive"]) == (URL, "The team's chat", True)
        assert created["types"] == ["task.created", "task.deleted"]
        assert secret.startswith("whsec_")
        assert len(base64.b64decode(secret.removeprefix("whsec_"))) == SECRET_BYTES
        assert document(await root.http.get(response.headers["location"])) == created
        assert created in items(await root.http.get(WEBHOOKS))
        changed = await root.http.patch(response.headers["location"], json={"description": None})
        assert document(changed)["description"] is None
        assert "secret" not in document(changed)

    async def test_with_an_address_alone_it_is_told_of_everything(self, root: Person) -> None:
        created = await add(root)
        assert (created["types"], created["isActive"], created["description"]) == ([], True, None)

    async def test_every_fault_is_named_at_once(self, root: Person) -> None:
        body = {
            "url": "nowhere",
            "description": "x" * 201,
            "types": ["task.eaten"],
            "isActive": "yes",
            "secret": "s",
        }
        assert set(faults(await root.http.post(WEBHOOKS, json=body))) == set(body)
        assert set(faults(await root.http.post(WEBHOOKS, json={}))) == {"url"}

    @pytest.mark.parametrize("url", NO_URLS)
    async def test_what_is_no_address_to_post_to_is_refused(self, root: Person, url: str) -> None:
        assert set(faults(await root.http.post(WEBHOOKS, json={"url": url}))) == {"url"}
        created = await add(root)
        assert set(faults(await root.http.patch(f"{WEBHOOKS}/{created['id']}", json={"url": url}))) == {"url"}

    async def test_an_unknown_type_is_named_with_the_known_ones(self, root: Person) -> None:
        told = faults(await root.http.post(WEBHOOKS, json={"url": URL, "types": ["task.created", "task.eaten"]}))
        assert told["types"].startswith("task.eaten: not known here; known are user.created, ")
        assert all(known.value in told["types"] for known in EventType)

    @pytest.mark.parametrize("types", [None, "task.created", [7], [None], [""], ["\0"], ["x" * 100_000]], ids=repr)
    async def test_what_is_no_list_of_types_is_refused(self, root: Person, types: object) -> None:
        response = await root.http.post(WEBHOOKS, json={"url": URL, "types": types})
        assert set(faults(response)) == {"types"}
        assert len(response.content) < 5_000

    async def test_fields_that_are_sent_change_and_others_stay(self, root: Person) -> None:
        created = await add(root, description="Before", types=["task.created"])
        path = f"{WEBHOOKS}/{created['id']}"
        changed = await root.http.put(path, json={"isActive": False, "types": []})
        assert changed.headers["etag"] == '"2"'
        after = document(changed)
        assert (after["isActive"], after["types"], after["description"]) == (False, [], "Before")
        assert (await root.http.patch(path, json={})).headers["etag"] == '"2"'

    async def test_nobody_overwrites_what_they_have_not_seen(self, root: Person) -> None:
        created = await add(root)
        path, seen = f"{WEBHOOKS}/{created['id']}", {"If-Match": '"1"'}
        assert (await root.http.patch(path, json={"isActive": False}, headers=seen)).headers["etag"] == '"2"'
        problem(await root.http.patch(path, json={"isActive": True}, headers=seen), 412, "stale")
        problem(await root.http.post(f"{path}/rotate-secret", headers=seen), 412, "stale")
        problem(await root.http.delete(path, headers=seen), 412, "stale")
        assert (await root.http.get(path, headers={"If-None-Match": '"2"'})).status_code == 304

    async def test_a_new_secret_takes_the_place_of_the_former(self, root: Person) -> None:
        created = await add(root)
        response = await root.http.post(f"{WEBHOOKS}/{created['id']}/rotate-secret")
        rotated = document(response)
        assert set(rotated) == FIELDS | {"secret"}
        assert rotated["secret"] != created["secret"]
        assert (response.headers["etag"], response.headers["cache-control"]) == ('"2"', "no-store")

    async def test_a_deleted_one_is_gone_with_its_deliveries(self, root: Person) -> None:
        created = await add(root)
        path = f"{WEBHOOKS}/{created['id']}"
        deleted = await root.http.delete(path)
        assert (deleted.status_code, deleted.content) == (204, b"")
        attempts: tuple[tuple[str, str, Json | None], ...] = (
            ("GET", "", None), ("PATCH", "", {}), ("DELETE", "", None), ("POST", "/rotate-secret", None),
            ("GET", "/deliveries", None), ("GET", "/deliveries/1", None),
            ("POST", "/deliveries/1/redeliver", None),
        )  # fmt: skip
        for method, suffix, body in attempts:
            problem(await root.http.request(method, path + suffix, json=body), 404, "not-found")

    @pytest.mark.parametrize("id", ["0", "-1", "999999", str(2**63), "1.0", "٣", "%00"])
    async def test_what_there_is_not_is_not_found(self, root: Person, id: str) -> None:
        created = await add(root)
        for path in (f"{WEBHOOKS}/{id}", f"{WEBHOOKS}/{id}/deliveries"):
            problem(await root.http.get(path), 404, "not-found")
        delivery = f"{WEBHOOKS}/{created['id']}/deliveries/{id}"
        problem(await root.http.get(delivery), 404, "not-found")
        problem(await root.http.post(f"{delivery}/redeliver"), 404, "not-found")

    async def test_the_list_has_the_newest_first_page_by_page(self, root: Person) -> None:
        added = [(await add(root))["id"] for _ in range(5)]
        walked: list[int] = []
        target = f"{WEBHOOKS}?limit=2"
        while len(walked) < len(added):
            response = await root.http.get(target)
            walked += [webhook["id"] for webhook in items(response)]
            target = links(response).get("next", "")
        assert walked[: len(added)] == added[::-1]
        upwards = await root.http.get(f"{WEBHOOKS}?sort=createdAt&page=1&limit=100")
        assert [webhook["id"] for webhook in items(upwards)][-5:] == added
        assert int(upwards.headers["x-total-count"]) >= len(added)
        assert set(faults(await root.http.get(f"{WEBHOOKS}?sort=url&limit=0"))) == {"sort", "limit"}

    async def test_the_audit_trail_holds_neither_secrets_nor_addresses_in_full(self, root: Person) -> None:
        created = await add(root)
        path = f"{WEBHOOKS}/{created['id']}"
        await root.http.post(f"{path}/rotate-secret")
        await root.http.delete(path)
        response = await root.http.get(
            f"{API}/audit?subjectType=webhook&subjectId={created['id']}&sort=occurredAt"
        )
        trail = items(response)
        assert [event["type"] for event in trail] == ["webhook.created", "webhook.updated", "webhook.deleted"]
        assert trail[0]["data"]["host"] == "192.0.2.1"
        assert trail[1]["data"]["changed"] == ["secret"]
        assert not [word for word in ("whsec", "/hooks", "hunter2") if word in response.text]
