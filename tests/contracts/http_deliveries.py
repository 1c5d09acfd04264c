"""What the HTTP surface owes admins who want to know what became of telling another system."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable

import pytest
from standardwebhooks import Webhook

from tests.contracts.http_service import API, Json, Person, document, faults, items, problem
from tests.contracts.http_webhooks import WEBHOOKS, add
from tests.contracts.webhook_receiver import Receiver, answer, receiving

DELIVERY_FIELDS = {
    "id", "eventId", "status", "attempts", "nextAttemptAt", "lastAttemptAt", "responseStatus", "error",
    "createdAt",
}  # fmt: skip
PATIENCE_SECONDS = 60
REFUSED = (
    "The host is not known, or its address is not public; the operator can allow it with WEBHOOK_ALLOWED_NETWORKS."
)


async def deliveries(person: Person, webhook: Json, query: str = "") -> list[Json]:
    """Return the deliveries to a webhook, the latest first."""
    return items(await person.http.get(f"{WEBHOOKS}/{webhook['id']}/deliveries?{query}"))


async def eventually(look: Callable[[], Awaitable[bool]]) -> None:
    """Look again and again until it is so, and fail if it never is."""
    for _ in range(PATIENCE_SECONDS * 50):
        if await look():
            return
        await asyncio.sleep(0.02)
    pytest.fail("It did not come to pass.")


async def settled(person: Person, webhook: Json, **expected: object) -> Json:
    """Wait until the latest delivery to a webhook shows all this, and return it."""
    found: list[Json] = []

    async def is_so() -> bool:
        found[:] = (await deliveries(person, webhook, "limit=1"))[:1]
        return bool(found) and expected.items() <= found[0].items()

    await eventually(is_so)
    return found[0]


@pytest.fixture
async def receiver(anyio_backend: str) -> AsyncGenerator[Receiver]:
    """A receiver on this machine that takes everything."""
    async with receiving() as running:
        yield running


@pytest.mark.anyio
class DeliveriesContract:
    """What is delivered, and what the log of deliveries shows."""

    variables = {"WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8"}  # noqa: RUF012  # read by the fixture, never written

    async def _hook(self, root: Person, receiver: Receiver, **fields: object) -> Json:
        url = f"http://127.0.0.1:{receiver.port}/hook"
        return await add(root, **{"url": url, "types": ["task.created"], **fields})

    async def test_an_event_arrives_signed_and_the_log_says_so(
        self, root: Person, ada: Person, receiver: Receiver
    ) -> None:
        webhook = await self._hook(root, receiver)
        task = await ada.creates_task("Feed the hen")
        delivery = await settled(root, webhook, status="delivered")
        (received,) = receiver.received
        message = Webhook(webhook["secret"]).verify(received.body, received.headers)
        assert set(message) == {"type", "timestamp", "data"}
        assert message["type"] == "task.created"
        assert message["data"]["subject"] == {"type": "task", "id": task["id"]}
        assert received.headers["webhook-id"] == f"evt_{delivery['eventId']}"
        assert received.headers["content-type"] == "application/json"
        assert received.headers["user-agent"].startswith("Satchel/")
        assert set(delivery) == DELIVERY_FIELDS
        assert (delivery["attempts"], delivery["responseStatus"], delivery["error"]) == (1, 204, None)
        assert delivery["nextAttemptAt"] is None
        (told,) = [
            event
            for event in items(await root.http.get(f"{API}/audit?type=task.created"))
            if event["id"] == delivery["eventId"]
        ]
        assert message["data"] == told
        path = f"{WEBHOOKS}/{webhook['id']}/deliveries/{delivery['id']}"
        assert document(await root.http.get(path)) == delivery

    async def test_what_fails_is_tried_again_later_and_at_once_when_asked_for(
        self, root: Person, ada: Person, receiver: Receiver
    ) -> None:
        receiver.answers[:] = [answer(500), answer(302, f"Location: http://127.0.0.1:{receiver.port}/elsewhere")]
        webhook = await self._hook(root, receiver)
        await ada.creates_task()
        for status in (500, 302):
            failed = await settled(root, webhook, status="pending", responseStatus=status)
            assert failed["nextAttemptAt"] > failed["lastAttemptAt"]
            asked = await root.http.post(f"{WEBHOOKS}/{webhook['id']}/deliveries/{failed['id']}/redeliver")
            assert asked.status_code == 202
            again = document(asked)
            assert (again["id"], again["status"], again["attempts"]) == (failed["id"], "pending", 0)
        delivered = await settled(root, webhook, status="delivered")
        assert delivered["responseStatus"] == 204
        assert len({received.headers["webhook-id"] for received in receiver.received}) == 1
        assert [received.line for received in receiver.received] == ["POST /hook HTTP/1.1"] * 3

    async def test_what_has_arrived_is_delivered_once_more_when_asked_for(
        self, root: Person, ada: Person, receiver: Receiver
    ) -> None:
        webhook = await self._hook(root, receiver)
        await ada.creates_task()
        delivery = await settled(root, webhook, status="delivered")
        assert (
            await root.http.post(f"{WEBHOOKS}/{webhook['id']}/deliveries/{delivery['id']}/redeliver")
        ).status_code == 202

        async def came_twice() -> bool:
            return len(receiver.received) == 2

        await eventually(came_twice)
        first, second = receiver.received
        assert (first.body, first.headers["webhook-id"]) == (second.body, second.headers["webhook-id"])

    async def test_after_a_rotation_both_secrets_verify(
        self, root: Person, ada: Person, receiver: Receiver
    ) -> None:
        webhook = await self._hook(root, receiver)
        rotated = document(await root.http.post(f"{WEBHOOKS}/{webhook['id']}/rotate-secret"))
        await ada.creates_task()
        await settled(root, webhook, status="delivered")
        (received,) = receiver.received
        for secret in (rotated["secret"], webhook["secret"]):
            Webhook(secret).verify(received.body, received.headers)

    async def test_the_log_is_filtered_by_how_it_stands(
        self, root: Person, ada: Person, receiver: Receiver
    ) -> None:
        receiver.answers[:] = [answer(503)]
        webhook = await self._hook(root, receiver)
        await ada.creates_task()
        failing = await settled(root, webhook, responseStatus=503)
        await ada.creates_task()
        arrived = await settled(root, webhook, status="delivered")
        assert [each["id"] for each in await deliveries(root, webhook)] == [arrived["id"], failing["id"]]
        upwards = await deliveries(root, webhook, "sort=createdAt")
        assert [each["id"] for each in upwards] == [failing["id"], arrived["id"]]
        for status, expected in (("delivered", [arrived["id"]]), ("pending", [failing["id"]]), ("failed", [])):
            assert [each["id"] for each in await deliveries(root, webhook, f"status={status}")] == expected
        response = await root.http.get(f"{WEBHOOKS}/{webhook['id']}/deliveries?status=lost&sort=error")
        assert set(faults(response)) == {"status", "sort"}

    async def test_one_that_is_switched_off_hears_nothing_and_nothing_is_redelivered_to_it(
        self, root: Person, ada: Person, receiver: Receiver
    ) -> None:
        webhook = await self._hook(root, receiver)
        await ada.creates_task()
        delivery = await settled(root, webhook, status="delivered")
        path = f"{WEBHOOKS}/{webhook['id']}"
        await root.http.patch(path, json={"isActive": False})
        problem(await root.http.post(f"{path}/deliveries/{delivery['id']}/redeliver"), 409, "conflict")
        witness = await self._hook(root, receiver)
        await ada.creates_task()
        await settled(root, witness, status="delivered")
        assert len(await deliveries(root, webhook)) == 1

    async def test_whoever_answers_gone_is_switched_off(
        self, root: Person, ada: Person, receiver: Receiver
    ) -> None:
        receiver.answers[:] = [answer(410)]
        webhook = await self._hook(root, receiver)
        await ada.creates_task()

        async def is_off() -> bool:
            return not document(await root.http.get(f"{WEBHOOKS}/{webhook['id']}"))["isActive"]

        await eventually(is_off)

    async def test_one_that_must_not_be_reached_says_so_and_no_more(self, root: Person, ada: Person) -> None:
        for host in ("10.0.0.1", "169.254.169.254", "[::1]", "nowhere.invalid"):
            webhook = await add(root, url=f"http://{host}/", types=["task.created"])
            await ada.creates_task()
            await settled(root, webhook, status="pending", responseStatus=None, error=REFUSED)

    async def test_a_delivery_belongs_to_its_webhook_alone(
        self, root: Person, ada: Person, receiver: Receiver
    ) -> None:
        webhook, other = await self._hook(root, receiver), await self._hook(root, receiver)
        await ada.creates_task()
        delivery = await settled(root, webhook, status="delivered")
        path = f"{WEBHOOKS}/{other['id']}/deliveries/{delivery['id']}"
        problem(await root.http.get(path), 404, "not-found")
        problem(await root.http.post(f"{path}/redeliver"), 404, "not-found")
