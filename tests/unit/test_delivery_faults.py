"""Whatever crashes, stops or never answers: the other webhooks are told, and in the end all of them."""

import asyncio
from collections.abc import Callable

import pytest

from application.ports.unit_of_work import UnitOfWork, UnitsOfWork
from application.ports.webhooks import Unreachable
from domain.errors import Unavailable
from domain.events import EventType
from domain.users import Role
from domain.webhooks import DeliveryStatus, Webhook
from tests.contracts.webhook_sample import LEASE, remove_webhook
from tests.unit.webhook_team import WebhookTeam

pytestmark = pytest.mark.anyio

CREATED, DELETED = EventType.TASK_CREATED, EventType.TASK_DELETED


@pytest.fixture
def team() -> WebhookTeam:
    return WebhookTeam()


async def test_a_crash_of_one_delivery_is_logged_and_ends_nothing_else(
    team: WebhookTeam, caplog: pytest.LogCaptureFixture
) -> None:
    admin = await team.has("admin", Role.ADMIN)
    crashing, _ = await team.has_webhook(admin, "crashing")
    other, _ = await team.has_webhook(admin, "other")
    team.receivers.answers[crashing.url] = [RuntimeError("a bug in the sender")]
    await team.happens(CREATED)
    async with team.delivering():
        (crashed,) = await team.until_tried(crashing)
        await team.until_tried(other)
        await team.happens(CREATED)
        await team.until_tried(other, deliveries=2)
    assert (crashed.status, crashed.response_status) == (DeliveryStatus.PENDING, None)
    assert crashed.error is not None
    assert "bug" not in crashed.error
    assert "a bug in the sender" in caplog.text


class Interrupted(UnitsOfWork):
    """A store that is away whenever it is asked for the time being."""

    def __init__(self, units_of_work: UnitsOfWork, is_away: Callable[[], bool]) -> None:
        self._units_of_work = units_of_work
        self._is_away = is_away

    def __call__(self) -> UnitOfWork:
        if self._is_away():
            raise Unavailable("The store is away.")
        return self._units_of_work()


async def test_while_the_store_is_away_it_waits_and_then_goes_on(
    team: WebhookTeam, caplog: pytest.LogCaptureFixture
) -> None:
    admin = await team.has("admin", Role.ADMIN)
    webhook, _ = await team.has_webhook(admin)
    await team.happens(CREATED)
    outages = iter([True, True])
    looks: list[bool] = []

    def is_away() -> bool:
        looks.append(next(outages, False))
        team.wake()
        return looks[-1]

    async with team.delivering(units_of_work=Interrupted(team.units_of_work, is_away)):
        (delivery,) = await team.until_tried(webhook)
    assert delivery.status is DeliveryStatus.DELIVERED
    assert looks[:3] == [True, True, False]
    assert "The store is away." in caplog.text


async def test_what_could_not_be_settled_is_repeated_when_its_lease_has_run_out(team: WebhookTeam) -> None:
    admin = await team.has("admin", Role.ADMIN)
    webhook, _ = await team.has_webhook(admin)
    await team.happens(CREATED)
    # Away from the first message on, until time has moved on.
    began = team.clock.now()

    def is_away() -> bool:
        return bool(team.receivers.posts) and team.clock.now() == began

    async with team.delivering(units_of_work=Interrupted(team.units_of_work, is_away)):
        await team.receivers.arrivals.get()
        team.clock.advance(LEASE)
        team.wake()
        (delivery,) = await team.until_tried(webhook, attempts=2)
    assert delivery.status is DeliveryStatus.DELIVERED
    assert len(team.receivers.posts) == 2


async def test_an_instance_that_stops_waits_for_no_answer_and_another_takes_over(team: WebhookTeam) -> None:
    admin = await team.has("admin", Role.ADMIN)
    webhook, _ = await team.has_webhook(admin)
    team.receivers.silent.add(webhook.url)
    await team.happens(CREATED)
    async with team.delivering():
        await team.receivers.arrivals.get()
    (left,) = await team.deliveries(webhook)
    assert (left.status, left.attempts, left.last_attempt_at) == (DeliveryStatus.PENDING, 1, None)
    team.receivers.silent.clear()
    team.clock.advance(LEASE)
    async with team.delivering():
        (taken_over,) = await team.until_tried(webhook, attempts=2)
    assert taken_over.status is DeliveryStatus.DELIVERED


async def test_receivers_that_never_answer_hold_up_nobody_else(team: WebhookTeam) -> None:
    admin = await team.has("admin", Role.ADMIN)
    silent = [(await team.has_webhook(admin, f"silent{number}"))[0] for number in range(3)]
    team.receivers.silent.update(webhook.url for webhook in silent)
    await team.happens(*[CREATED] * 30)
    other, _ = await team.has_webhook(admin, "other", DELETED)
    await team.happens(*[DELETED] * 30)
    async with team.delivering():
        delivered = await team.until_tried(other, deliveries=30)
    assert {each.status for each in delivered} == {DeliveryStatus.DELIVERED}
    assert [len(team.receivers.posted_to(webhook)) for webhook in silent] == [4, 4, 4]


async def test_webhooks_that_failed_leave_room_for_those_that_answer_however_many_they_are(
    team: WebhookTeam,
) -> None:
    admin = await team.has("admin", Role.ADMIN)
    failing = [(await team.has_webhook(admin, f"failing{number}"))[0] for number in range(12)]
    for webhook in failing:
        team.receivers.answers[webhook.url] = [Unreachable("There was no answer within 15 seconds.")]
    good, _ = await team.has_webhook(admin, "good", DELETED)
    await team.happens(CREATED)
    async with team.delivering():
        for webhook in failing:
            await team.until_tried(webhook)
        team.receivers.silent.update(webhook.url for webhook in failing)
        await team.happens(*[CREATED] * 5)
        await team.happens(*[DELETED] * 30)
        delivered = await team.until_tried(good, deliveries=30)
    assert {each.status for each in delivered} == {DeliveryStatus.DELIVERED}
    waiting = [len(team.receivers.posted_to(webhook)) - 1 for webhook in failing]
    assert max(waiting) == 1
    assert sum(waiting) == 10


async def test_a_webhook_that_failed_is_told_of_one_thing_at_a_time_until_it_succeeds(team: WebhookTeam) -> None:
    admin = await team.has("admin", Role.ADMIN)
    webhook, _ = await team.has_webhook(admin)
    recovers = asyncio.Event()

    async def recover() -> int:
        await recovers.wait()
        return 200

    async def never_answer() -> int:
        await asyncio.Event().wait()
        return 200

    team.receivers.answers[webhook.url] = [503, recover, *[never_answer] * 9]
    good, _ = await team.has_webhook(admin, "good", DELETED)
    await team.happens(CREATED)
    async with team.delivering():
        await team.until_tried(webhook)
        await team.happens(*[CREATED] * 9)
        await team.happens(DELETED)
        await team.until_tried(good)
        assert len(team.receivers.posted_to(webhook)) == 2
        recovers.set()
        await team.until_posted(webhook, 6)
        await team.happens(DELETED)
        await team.until_tried(good, deliveries=2)
    assert len(team.receivers.posted_to(webhook)) == 6


async def test_what_an_attempt_led_to_is_dropped_where_the_delivery_was_asked_for_again_since(
    team: WebhookTeam,
) -> None:
    admin = await team.has("admin", Role.ADMIN)
    webhook, _ = await team.has_webhook(admin)
    comes = asyncio.Event()

    async def answer_late() -> int:
        await comes.wait()
        return 410

    team.receivers.answers[webhook.url] = [answer_late, 200]
    await team.happens(CREATED)
    async with team.delivering():
        await team.until_posted(webhook, 1)
        (delivery,) = await team.deliveries(webhook)
        team.clock.advance(LEASE / 60)
        await team.redeliver(admin, webhook_id=webhook.id, delivery_id=delivery.id)
        (delivered,) = await team.until_tried(webhook)
        comes.set()
        await team.until(lambda: _is_off(team, webhook))
    assert delivered.status is DeliveryStatus.DELIVERED
    assert await team.deliveries(webhook) == (delivered,)


async def test_several_instances_together_post_everything_once(team: WebhookTeam) -> None:
    admin = await team.has("admin", Role.ADMIN)
    webhooks = [(await team.has_webhook(admin, f"number{number}"))[0] for number in range(4)]
    await team.happens(*[CREATED] * 50)
    async with team.delivering(), team.delivering(), team.delivering():
        for webhook in webhooks:
            await team.until_tried(webhook, deliveries=50)
    for webhook in webhooks:
        ids = [post.headers["webhook-id"] for post in team.receivers.posted_to(webhook)]
        assert len(ids) == len(set(ids)) == 50


async def test_what_happens_while_it_waits_is_delivered_without_being_asked_for(team: WebhookTeam) -> None:
    admin = await team.has("admin", Role.ADMIN)
    webhook, _ = await team.has_webhook(admin)
    async with team.delivering():
        for number in range(1, 4):
            await team.happens(CREATED)
            await team.until_tried(webhook, deliveries=number)
    assert len(team.receivers.posts) == 3


async def test_a_webhook_deleted_while_it_is_told_leaves_nothing_behind(team: WebhookTeam) -> None:
    admin = await team.has("admin", Role.ADMIN)
    webhook, _ = await team.has_webhook(admin)
    other, _ = await team.has_webhook(admin, "other", DELETED)

    async def forget() -> int:
        await remove_webhook(team.units_of_work, webhook)
        return 410

    team.receivers.answers[webhook.url] = [forget]
    await team.happens(CREATED)
    async with team.delivering():
        await team.until(lambda: _is_gone(team, webhook))
        await team.happens(DELETED)
        await team.until_tried(other)
    assert await team.deliveries(webhook) == ()


async def _is_off(team: WebhookTeam, webhook: Webhook) -> bool:
    stored = await team.stored_webhook(webhook)
    return stored is not None and not stored.is_active


async def _is_gone(team: WebhookTeam, webhook: Webhook) -> bool:
    return await team.stored_webhook(webhook) is None
