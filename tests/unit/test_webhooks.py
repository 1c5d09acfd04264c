"""Who may do what with webhooks, and what is written down of it."""

from collections.abc import Awaitable, Callable

import pytest

from adapters.fernet.secret_box import FernetSecretBox
from application.paging import PageRequest
from application.ports.secrets import UnreadableSecret
from application.ports.webhooks import DeliverySort, WebhookSort
from application.webhooks import WEBHOOKS_MOST
from domain.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from domain.events import Event, EventType, SubjectType
from domain.users import Role, User, UserChanges
from domain.webhooks import SECRET_BYTES, DeliveryStatus, WebhookChanges
from tests.contracts.sample import DAY, fields
from tests.unit.sample import UNKNOWN_IDS
from tests.unit.webhook_team import BOX, WebhookTeam

pytestmark = pytest.mark.anyio

URL = "https://hooks.example.com:8443/in/s3cret-path?token=s3cret-token"
SWITCH_OFF = WebhookChanges(is_active=False)
ANY_WEBHOOKS = PageRequest(WebhookSort.CREATED_AT)
ANY_DELIVERIES = PageRequest(DeliverySort.ID)
Attempt = Callable[[User], Awaitable[object]]


@pytest.fixture
def team() -> WebhookTeam:
    return WebhookTeam()


def _attempts(
    team: WebhookTeam, webhook_id: int, delivery_id: int
) -> tuple[dict[str, Attempt], dict[str, Attempt]]:
    """Return everything that can be done: what only looks, and what changes something."""
    looks: dict[str, Attempt] = {
        "get": lambda actor: team.get_webhook(actor, webhook_id=webhook_id),
        "list": lambda actor: team.list_webhooks(actor, request=ANY_WEBHOOKS),
        "get delivery": lambda actor: team.get_delivery(actor, webhook_id=webhook_id, delivery_id=delivery_id),
        "list deliveries": lambda actor: team.list_deliveries(
            actor, webhook_id=webhook_id, request=ANY_DELIVERIES
        ),
    }
    changes: dict[str, Attempt] = {
        "create": lambda actor: team.create_webhook(actor, url=URL),
        "change": lambda actor: team.change_webhook(actor, webhook_id=webhook_id, changes=SWITCH_OFF),
        "rotate": lambda actor: team.rotate_secret(actor, webhook_id=webhook_id),
        "redeliver": lambda actor: team.redeliver(actor, webhook_id=webhook_id, delivery_id=delivery_id),
        "delete": lambda actor: team.delete_webhook(actor, webhook_id=webhook_id),
    }
    return looks, changes


async def _webhook_events(team: WebhookTeam) -> list[Event]:
    await team.seal()
    return [event for event in await team.events() if event.subject_type is SubjectType.WEBHOOK]


async def test_there_are_a_hundred_webhooks_at_most(team: WebhookTeam) -> None:
    admin = await team.has("root", Role.ADMIN)
    webhooks = [(await team.create_webhook(admin, url=URL))[0] for _ in range(WEBHOOKS_MOST)]
    with pytest.raises(Conflict, match="100 webhooks already"):
        await team.create_webhook(admin, url=URL)
    await team.delete_webhook(admin, webhook_id=webhooks[0].id)
    await team.create_webhook(admin, url=URL)


async def test_nobody_but_admins_sees_or_changes_webhooks(team: WebhookTeam) -> None:
    admin = await team.has("admin", Role.ADMIN)
    webhook, _ = await team.create_webhook(admin, url=URL)
    await team.happens(EventType.TASK_CREATED)
    delivery = (await team.deliveries(webhook))[0]
    looks, changes = _attempts(team, webhook.id, delivery.id)
    unknown_looks, unknown_changes = _attempts(team, 999, 999)
    for other in (await team.has("manager", Role.MANAGER), await team.has("employee")):
        for attempt in (*looks.values(), *changes.values(), *unknown_looks.values(), *unknown_changes.values()):
            with pytest.raises(Forbidden):
                await attempt(other)
    for attempt in looks.values():
        await attempt(admin)


async def test_who_lost_the_role_a_moment_ago_changes_nothing_any_more(team: WebhookTeam) -> None:
    admin, other = await team.has("admin", Role.ADMIN), await team.has("other", Role.ADMIN)
    webhook, _ = await team.create_webhook(admin, url=URL)
    await team.happens(EventType.TASK_CREATED)
    delivery = (await team.deliveries(webhook))[0]
    await team.change_user(other, user_id=admin.id, changes=UserChanges(role=Role.EMPLOYEE))
    for attempt in _attempts(team, webhook.id, delivery.id)[1].values():
        with pytest.raises(Forbidden):
            await attempt(admin)
    assert await team.stored_webhook(webhook) == webhook


async def test_a_new_webhook_has_a_secret_of_its_own_that_the_store_cannot_read(team: WebhookTeam) -> None:
    admin = await team.has("admin", Role.ADMIN)
    types = frozenset({EventType.TASK_CREATED})
    webhook, secret = await team.create_webhook(admin, url=URL, description="chat", types=types)
    _, another = await team.create_webhook(admin, url=URL, is_active=False)
    assert len(secret) == SECRET_BYTES
    assert secret != another
    assert secret not in webhook.sealed_secret
    assert BOX.open(webhook.sealed_secret) == secret
    assert (webhook.url, webhook.description, webhook.types, webhook.is_active) == (URL, "chat", types, True)
    assert await team.get_webhook(admin, webhook_id=webhook.id) == webhook
    page = await team.list_webhooks(admin, request=PageRequest(WebhookSort.CREATED_AT, descending=False, limit=1))
    assert page.items == (webhook,)


async def test_a_webhook_that_breaks_a_rule_is_not_kept(team: WebhookTeam) -> None:
    admin = await team.has("admin", Role.ADMIN)
    with pytest.raises(Invalid) as refusal:
        await team.create_webhook(admin, url="chat", description="\0")
    assert fields(refusal.value.faults) == ["url", "description"]
    assert (await team.list_webhooks(admin, request=ANY_WEBHOOKS)).items == ()
    assert await _webhook_events(team) == []


async def test_of_every_change_it_is_written_down_who_made_it_and_what_it_was(team: WebhookTeam) -> None:
    admin = await team.has("admin", Role.ADMIN)
    webhook, _ = await team.create_webhook(admin, url=URL, types=frozenset({EventType.TASK_CREATED}))
    changes = WebhookChanges(
        url="http://other.example/s3cret", description="s3cret", types=frozenset(), is_active=False
    )
    for _ in range(2):
        await team.change_webhook(admin, webhook_id=webhook.id, changes=changes)
    await team.rotate_secret(admin, webhook_id=webhook.id)
    await team.delete_webhook(admin, webhook_id=webhook.id)
    events = await _webhook_events(team)
    assert {(event.actor_id, event.subject_id) for event in events} == {(admin.id, webhook.id)}
    assert [(event.type, event.data) for event in events] == [
        (
            EventType.WEBHOOK_CREATED,
            {"host": "hooks.example.com:8443", "types": ("task.created",), "isActive": True, "version": 1},
        ),
        (
            EventType.WEBHOOK_UPDATED,
            {
                "host": "other.example",
                "types": (),
                "isActive": False,
                "version": 2,
                "changed": ("url", "description", "types", "isActive"),
            },
        ),
        (EventType.WEBHOOK_UPDATED, {"host": "other.example", "version": 3, "changed": ("secret",)}),
        (EventType.WEBHOOK_DELETED, {"host": "other.example"}),
    ]
    assert "s3cret" not in repr(events)


async def test_a_rotated_secret_signs_beside_the_one_before(team: WebhookTeam) -> None:
    admin = await team.has("admin", Role.ADMIN)
    webhook, first = await team.create_webhook(admin, url=URL)
    rotated, second = await team.rotate_secret(admin, webhook_id=webhook.id)
    assert first != second
    assert await team.stored_webhook(webhook) == rotated
    now = team.clock.now()
    assert [BOX.open(sealed) for sealed in rotated.sealed_secrets(now)] == [second, first]
    assert [BOX.open(sealed) for sealed in rotated.sealed_secrets(now + DAY)] == [second]
    with pytest.raises(UnreadableSecret):
        FernetSecretBox(secret_keys=["another" * 8]).open(rotated.sealed_secret)


async def test_a_change_holds_only_for_the_versions_that_were_asked_for(team: WebhookTeam) -> None:
    admin = await team.has("admin", Role.ADMIN)
    webhook, _ = await team.create_webhook(admin, url=URL)
    with pytest.raises(Stale):
        await team.change_webhook(admin, webhook_id=webhook.id, changes=SWITCH_OFF, if_version={2})
    with pytest.raises(Stale):
        await team.rotate_secret(admin, webhook_id=webhook.id, if_version={2})
    with pytest.raises(Stale):
        await team.delete_webhook(admin, webhook_id=webhook.id, if_version={2})
    assert await team.stored_webhook(webhook) == webhook
    after = await team.change_webhook(admin, webhook_id=webhook.id, changes=SWITCH_OFF, if_version={1})
    assert (after.is_active, after.version) == (False, 2)
    await team.rotate_secret(admin, webhook_id=webhook.id, if_version={2})
    await team.delete_webhook(admin, webhook_id=webhook.id, if_version={3})
    assert await team.stored_webhook(webhook) is None


async def test_what_is_not_there_is_not_found(team: WebhookTeam) -> None:
    admin = await team.has("admin", Role.ADMIN)
    webhook, _ = await team.create_webhook(admin, url=URL)
    other, _ = await team.create_webhook(admin, url=URL)
    await team.happens(EventType.TASK_CREATED)
    delivery = (await team.deliveries(webhook))[0]
    for unknown in UNKNOWN_IDS:
        looks, changes = _attempts(team, unknown, delivery.id)
        del looks["list"], changes["create"]
        for attempt in (looks | changes).values():
            with pytest.raises(NotFound):
                await attempt(admin)
    for webhook_id, delivery_id in [(other.id, delivery.id), *((webhook.id, unknown) for unknown in UNKNOWN_IDS)]:
        with pytest.raises(NotFound):
            await team.get_delivery(admin, webhook_id=webhook_id, delivery_id=delivery_id)
        with pytest.raises(NotFound):
            await team.redeliver(admin, webhook_id=webhook_id, delivery_id=delivery_id)


async def test_an_admin_sees_what_became_of_the_deliveries(team: WebhookTeam) -> None:
    admin = await team.has("admin", Role.ADMIN)
    webhook, _ = await team.create_webhook(admin, url=URL, types=frozenset({EventType.TASK_CREATED}))
    await team.happens(EventType.TASK_CREATED, EventType.TASK_CREATED)
    first, second = await team.deliveries(webhook)
    page = await team.list_deliveries(admin, webhook_id=webhook.id, request=ANY_DELIVERIES)
    assert page.items == (second, first)
    delivered = await team.list_deliveries(
        admin, webhook_id=webhook.id, request=ANY_DELIVERIES, status=DeliveryStatus.DELIVERED
    )
    assert delivered.items == ()
    assert await team.get_delivery(admin, webhook_id=webhook.id, delivery_id=first.id) == first


async def test_a_delivery_to_a_webhook_that_is_off_cannot_be_asked_for_again(team: WebhookTeam) -> None:
    admin = await team.has("admin", Role.ADMIN)
    webhook, _ = await team.create_webhook(admin, url=URL)
    await team.happens(EventType.TASK_CREATED)
    await team.change_webhook(admin, webhook_id=webhook.id, changes=SWITCH_OFF)
    delivery = (await team.deliveries(webhook))[0]
    with pytest.raises(Conflict):
        await team.redeliver(admin, webhook_id=webhook.id, delivery_id=delivery.id)
    assert await team.get_delivery(admin, webhook_id=webhook.id, delivery_id=delivery.id) == delivery
