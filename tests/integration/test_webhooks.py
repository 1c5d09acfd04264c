"""Webhooks in earnest: the real server, the real database, and a receiver that checks what it is told."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from domain.users import Role
from tests.contracts.http_deliveries import eventually
from tests.contracts.http_service import API, PASSWORD, Json, faults, items, serving
from tests.contracts.http_webhooks import URL, WEBHOOKS
from tests.contracts.webhook_receiver import Receiver, answer, receiving
from tests.integration.http_server import running_server

pytestmark = pytest.mark.anyio

SECRET_KEY = "Zk3v9QpX7dL2sW8eRt5yUu1iOo4pAa6sDd0f"
UNREADABLE = (
    "The secret was sealed with a key that this service does not have: rotate it, or bring that SECRET_KEY "
    "back as one of SECRET_KEY_PREVIOUS."
)


@asynccontextmanager
async def satchel(directory: Path, variables: dict[str, str]) -> AsyncGenerator[httpx.AsyncClient]:
    """Start the server and yield a client of its API, with what an admin who has just signed in sends."""
    with running_server(directory, variables) as address:
        async with httpx.AsyncClient(base_url=address, timeout=20) as http:
            signed_in = await http.post(f"{API}/auth/login", json={"username": "grace", "password": PASSWORD})
            http.headers["Authorization"] = f"Bearer {signed_in.json()['accessToken']}"
            yield http


async def delivery(http: httpx.AsyncClient, hook: str, **expected: object) -> Json:
    """Wait until the latest delivery to a webhook shows all this, and return it."""
    found: list[Json] = []

    async def is_so() -> bool:
        found[:] = items(await http.get(f"{hook}/deliveries?limit=1"))
        return bool(found) and expected.items() <= found[0].items()

    await eventually(is_so)
    return found[0]


async def received(receiver: Receiver, number: int) -> None:
    """Wait until the receiver got so many messages."""

    async def came() -> bool:
        return len(receiver.received) >= number

    await eventually(came)


async def test_a_message_comes_signed_is_repeated_on_request_and_outlives_changes_of_keys(
    database_url: str, tmp_path: Path
) -> None:
    variables = {"DATABASE_URL": database_url, "SECRET_KEY": SECRET_KEY, "WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8"}
    async with serving(tmp_path, {"DATABASE_URL": database_url}) as service:
        await service.joins("grace", Role.ADMIN)
    async with receiving(answer(500), answer(503)) as receiver:
        async with satchel(tmp_path, variables) as http:
            # Grace has the hen house told of new tasks.
            made = await http.post(
                WEBHOOKS,
                json={"url": f"http://localhost:{receiver.port}/eggs", "types": ["task.created"]},
            )
            assert made.status_code == 201, made.text
            hook, first_secret = made.headers["location"], made.json()["secret"]
            task = (await http.post(f"{API}/tasks", json={"title": "Feed the hen"})).json()

            # The receiver is broken: it answers 500, and 503 when Grace has the message repeated.
            for status in (500, 503):
                failing = await delivery(http, hook, status="pending", responseStatus=status, attempts=1)
                assert failing["nextAttemptAt"] is not None
                asked = await http.post(f"{hook}/deliveries/{failing['id']}/redeliver")
                assert asked.status_code == 202

            # Mended, it takes the message, which is the same at each attempt and signed anew each time.
            await received(receiver, 3)
            delivered = await delivery(http, hook, status="delivered", responseStatus=204, attempts=1)
            assert delivered["nextAttemptAt"] is None
            for message in receiver.received:
                told = Webhook(first_secret).verify(message.body, message.headers)
                assert told["data"]["subject"] == {"type": "task", "id": task["id"]}
                assert message.headers["webhook-id"] == f"evt_{delivered['eventId']}"

            # Nobody else could have sent it, and nobody could have changed it.
            message = receiver.received[-1]
            with pytest.raises(WebhookVerificationError):
                Webhook(first_secret).verify(message.body.replace(b"hen", b"fox") + b" ", message.headers)

            # Grace changes the secret; for a day, both do.
            rotated = await http.post(f"{hook}/rotate-secret")
            second_secret = rotated.json()["secret"]
            await http.post(f"{API}/tasks", json={"title": "Collect the eggs"})
            await received(receiver, 4)
            for secret in (first_secret, second_secret):
                Webhook(secret).verify(receiver.received[3].body, receiver.received[3].headers)

        # The operator changes the service's own key; what was sealed with the former is still read.
        changed = {**variables, "SECRET_KEY": SECRET_KEY[::-1], "SECRET_KEY_PREVIOUS": SECRET_KEY}
        async with satchel(tmp_path, changed) as http:
            await http.post(f"{API}/tasks", json={"title": "Mend the fence"})
            await received(receiver, 5)
            Webhook(second_secret).verify(receiver.received[4].body, receiver.received[4].headers)

        # Without the former key there is nothing to sign with, and the log of deliveries says what to do.
        async with satchel(tmp_path, {**changed, "SECRET_KEY_PREVIOUS": ""}) as http:
            await http.post(f"{API}/tasks", json={"title": "Count the foxes"})
            unsigned = await delivery(http, hook, status="pending", responseStatus=None, error=UNREADABLE)
            third_secret = (await http.post(f"{hook}/rotate-secret")).json()["secret"]
            await http.post(f"{hook}/deliveries/{unsigned['id']}/redeliver")
            await received(receiver, 6)
            Webhook(third_secret).verify(receiver.received[5].body, receiver.received[5].headers)


async def test_production_posts_by_https_alone(database_url: str, tmp_path: Path) -> None:
    variables = {
        "ENVIRONMENT": "production",
        "DATABASE_URL": database_url,
        "SECRET_KEY": SECRET_KEY,
        "WEBHOOK_ALLOWED_NETWORKS": "10.0.0.0/8",
    }
    async with serving(tmp_path, variables) as service:
        root = await service.joins("root", Role.ADMIN)
        made = await root.http.post(WEBHOOKS, json={"url": URL.replace("https", "HTTPS"), "isActive": False})
        assert made.status_code == 201
        for url in ("http://192.0.2.1/", "HTTP://192.0.2.1/", "http://10.0.0.1/"):
            told = faults(await root.http.post(WEBHOOKS, json={"url": url}))
            assert told == {"url": "must begin with https:// in production"}
            assert set(faults(await root.http.patch(made.headers["location"], json={"url": url}))) == {"url"}
