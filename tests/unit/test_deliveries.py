"""How webhooks are told of events, and what becomes of their answers."""

import json
from dataclasses import replace

import pytest
from standardwebhooks import Webhook as ReceiversLibrary
from standardwebhooks import WebhookVerificationError

from adapters.fernet.secret_box import FernetSecretBox
from application.ports.webhooks import Unreachable
from domain.events import Event, EventType, as_text
from domain.users import Role
from domain.webhooks import ATTEMPTS_MOST, DeliveryStatus, WebhookChanges, secret_text
from tests.contracts.sample import DAY, MINUTE, keep
from tests.contracts.webhook_sample import save_webhook
from tests.unit.webhook_team import SECRETS, Post, WebhookTeam

pytestmark = pytest.mark.anyio

CREATED, DELETED = EventType.TASK_CREATED, EventType.TASK_DELETED
LEASE = MINUTE


@pytest.fixture
def team() -> WebhookTeam:
    return WebhookTeam()


def _verified(post: Post, secret: bytes) -> object:
    """Return the message as a receiver's library reads it."""
    return ReceiversLibrary(secret_text(secret)).verify(post.body, post.headers)


async def test_the_message_is_what_the_api_shows_and_the_receivers_library_verifies_it(team: WebhookTeam) -> None:
    admin = await team.has("admin", Role.ADMIN)
    webhook, secret = await team.has_webhook(admin)
    occurred_at = team.clock.now().replace(microsecond=1)
    event = Event.of(CREATED, 42, actor=admin, at=occurred_at, title="Grüße 🚀", changed=("a", "b"), isNew=True)
    await keep(team.units_of_work, event)
    await team.seal()
    async with team.delivering():
        (delivery,) = await team.until_tried(webhook)
    (post,) = team.receivers.posts
    assert post.url == webhook.url
    assert _verified(post, secret) == {
        "type": "task.created",
        "timestamp": as_text(occurred_at),
        "data": {
            "id": delivery.event_id,
            "type": "task.created",
            "actorId": admin.id,
            "subject": {"type": "task", "id": 42},
            "data": {"title": "Grüße 🚀", "changed": ["a", "b"], "isNew": True},
            "occurredAt": as_text(occurred_at),
        },
    }
    assert "Grüße 🚀".encode() in post.body
    assert as_text(occurred_at).endswith(".000001Z")
    del post.headers["webhook-signature"]
    assert post.headers == {
        "content-type": "application/json",
        "user-agent": "Satchel/1.2.3",
        "webhook-id": f"evt_{delivery.event_id}",
        "webhook-timestamp": str(int(team.clock.now().timestamp())),
    }
    assert (delivery.status, delivery.attempts, delivery.response_status) == (DeliveryStatus.DELIVERED, 1, 200)


async def test_after_a_rotation_receivers_with_either_secret_verify_the_message(team: WebhookTeam) -> None:
    admin = await team.has("admin", Role.ADMIN)
    webhook, first = await team.has_webhook(admin)
    _, second = await team.rotate_secret(admin, webhook_id=webhook.id)
    await team.happens(CREATED)
    async with team.delivering():
        await team.until_tried(webhook)
    (post,) = team.receivers.posts
    assert _verified(post, first) == _verified(post, second) == json.loads(post.body)
    with pytest.raises(WebhookVerificationError):
        _verified(post, SECRETS.next_secret())


async def test_what_fails_is_posted_again_later_under_the_same_id_until_it_succeeds(team: WebhookTeam) -> None:
    admin = await team.has("admin", Role.ADMIN)
    webhook, secret = await team.has_webhook(admin)
    team.receivers.answers[webhook.url] = [500, Unreachable("There was no answer within 15 seconds."), 302, 204]
    await team.happens(CREATED)
    seen: list[tuple[DeliveryStatus, int | None, str | None]] = []
    async with team.delivering():
        for attempts in range(1, 5):
            (delivery,) = await team.until_tried(webhook, attempts=attempts)
            seen.append((delivery.status, delivery.response_status, delivery.error))
            if delivery.next_attempt_at is not None:
                team.clock.advance(delivery.next_attempt_at - team.clock.now())
                team.wake()
    assert seen == [
        (DeliveryStatus.PENDING, 500, None),
        (DeliveryStatus.PENDING, None, "There was no answer within 15 seconds."),
        (DeliveryStatus.PENDING, 302, None),
        (DeliveryStatus.DELIVERED, 204, None),
    ]
    posts = team.receivers.posts
    assert len(posts) == 4
    assert len({post.headers["webhook-id"] for post in posts}) == 1
    assert len({post.headers["webhook-timestamp"] for post in posts}) == 4
    assert len({post.body for post in posts}) == 1
    _verified(posts[0], secret)


async def test_after_the_last_attempt_it_is_given_up_until_an_admin_asks_for_it_again(team: WebhookTeam) -> None:
    admin = await team.has("admin", Role.ADMIN)
    webhook, _ = await team.has_webhook(admin)
    team.receivers.answers[webhook.url] = [503] * ATTEMPTS_MOST
    await team.happens(CREATED)
    async with team.delivering():
        for attempts in range(1, ATTEMPTS_MOST):
            (delivery,) = await team.until_tried(webhook, attempts=attempts)
            assert delivery.next_attempt_at is not None
            team.clock.advance(delivery.next_attempt_at - team.clock.now())
            team.wake()
        (delivery,) = await team.until_tried(webhook, attempts=ATTEMPTS_MOST)
        assert delivery.status is DeliveryStatus.FAILED
        team.clock.advance(DAY)
        again = await team.redeliver(admin, webhook_id=webhook.id, delivery_id=delivery.id)
        assert (again.status, again.attempts) == (DeliveryStatus.PENDING, 0)
        (delivered,) = await team.until_tried(webhook)
    assert (delivered.status, delivered.attempts) == (DeliveryStatus.DELIVERED, 1)


async def test_an_address_that_is_gone_for_good_is_told_nothing_more(team: WebhookTeam) -> None:
    admin = await team.has("admin", Role.ADMIN)
    gone, _ = await team.has_webhook(admin, "gone")
    other, _ = await team.has_webhook(admin, "other", CREATED, EventType.WEBHOOK_UPDATED)
    team.receivers.answers[gone.url] = [410] * 10
    await team.happens(*[CREATED] * 3)
    async with team.delivering():
        await team.until_tried(other, deliveries=3)
        await team.until_tried(gone)
        await team.happens(CREATED)
        told = await team.until_tried(other, deliveries=5)
    assert [each.status for each in told] == [DeliveryStatus.DELIVERED] * 5
    stored = await team.stored_webhook(gone)
    assert stored is not None
    assert (stored.is_active, stored.version) == (False, 2)
    assert len(await team.deliveries(gone)) == 3
    (event,) = [event for event in await team.events() if event.type is EventType.WEBHOOK_UPDATED]
    assert (event.actor_id, event.subject_id) == (None, gone.id)
    assert event.data == {
        "host": "gone.example",
        "isActive": False,
        "version": 2,
        "changed": ("isActive",),
        "reason": "gone",
    }


async def test_what_a_former_address_said_does_not_count_for_the_present_one(team: WebhookTeam) -> None:
    admin = await team.has("admin", Role.ADMIN)
    webhook, _ = await team.has_webhook(admin)
    moved = webhook.change(WebhookChanges(url="https://new.example/hooks"), at=team.clock.now())

    async def move() -> int:
        await save_webhook(team.units_of_work, moved)
        return 410

    team.receivers.answers[webhook.url] = [move]
    await team.happens(CREATED)
    async with team.delivering():
        (delivery,) = await team.until_tried(webhook)
    assert delivery.response_status == 410
    assert await team.stored_webhook(webhook) == moved


async def test_without_the_key_to_the_secret_nothing_is_posted_and_the_delivery_says_why(
    team: WebhookTeam,
) -> None:
    admin = await team.has("admin", Role.ADMIN)
    webhook, _ = await team.has_webhook(admin)
    await team.happens(CREATED)
    async with team.delivering(secret_box=FernetSecretBox(secret_keys=["another" * 8])):
        (delivery,) = await team.until_tried(webhook)
    assert team.receivers.posts == []
    assert (delivery.status, delivery.response_status) == (DeliveryStatus.PENDING, None)
    assert delivery.error is not None
    assert "rotate" in delivery.error


async def test_who_rotates_a_secret_whose_key_was_lost_is_told_again_at_once(team: WebhookTeam) -> None:
    admin = await team.has("admin", Role.ADMIN)
    webhook, _ = await team.has_webhook(admin)
    box = FernetSecretBox(secret_keys=["another" * 8])
    _, secret = await replace(team.rotate_secret, secret_box=box)(admin, webhook_id=webhook.id)
    await team.happens(CREATED)
    async with team.delivering(secret_box=box):
        (delivery,) = await team.until_tried(webhook)
    assert delivery.status is DeliveryStatus.DELIVERED
    _verified(team.receivers.posts[0], secret)
