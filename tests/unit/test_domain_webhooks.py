"""Webhooks and deliveries: their rules, states and signatures."""

import base64
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from domain.errors import Invalid
from domain.events import Event, EventType
from domain.webhooks import (
    ATTEMPTS_MOST,
    DESCRIPTION_MOST,
    ERROR_MOST,
    OLD_SECRET_HOURS,
    URL_MOST,
    Delivery,
    DeliveryStatus,
    WebhookChanges,
    secret_text,
    signature,
)
from tests.contracts.sample import DAY, MINUTE, NOON, fields
from tests.contracts.webhook_sample import a_webhook

OLD_SECRET_TIME = timedelta(hours=OLD_SECRET_HOURS)


def _a_delivery(id: int = 10, *, attempts: int = 1) -> Delivery:
    """Return a delivery as it is while it is tried."""
    return Delivery(
        id=id,
        webhook_id=1,
        event_id=1,
        status=DeliveryStatus.PENDING,
        attempts=attempts,
        next_attempt_at=NOON,
        last_attempt_at=None,
        response_status=None,
        error=None,
        created_at=NOON,
    )


def _delay(delivery: Delivery) -> timedelta:
    settled = delivery.settle(at=NOON, response_status=500)
    assert settled.next_attempt_at is not None
    return settled.next_attempt_at - NOON


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_a_success_and_ends_the_delivery(status: int) -> None:
    settled = _a_delivery().settle(at=NOON + MINUTE, response_status=status)
    assert settled == replace(
        _a_delivery(),
        status=DeliveryStatus.DELIVERED,
        next_attempt_at=None,
        last_attempt_at=NOON + MINUTE,
        response_status=status,
    )


@pytest.mark.parametrize("status", [None, 100, 199, 300, 301, 304, 400, 404, 410, 429, 500, 503])
def test_anything_else_is_tried_again_later(status: int | None) -> None:
    settled = _a_delivery().settle(at=NOON, response_status=status)
    assert settled.status is DeliveryStatus.PENDING
    assert settled.next_attempt_at is not None
    assert settled.next_attempt_at > NOON
    assert (settled.last_attempt_at, settled.response_status) == (NOON, status)


def test_it_is_tried_again_after_growing_delays_for_more_than_three_days() -> None:
    delays = [_delay(_a_delivery(attempts=attempts)) for attempts in range(1, ATTEMPTS_MOST)]
    assert delays[0] == timedelta(seconds=5)
    assert all(earlier < later for earlier, later in pairwise(delays))
    assert 3 * DAY <= sum(delays, timedelta()) <= 4 * DAY


def test_what_failed_at_one_moment_does_not_come_back_as_one_crowd() -> None:
    for attempts in range(1, ATTEMPTS_MOST):
        delays = {_delay(_a_delivery(number, attempts=attempts)) for number in range(100)}
        assert len(delays) == 10
        assert max(delays) <= min(delays) * 1.1


@pytest.mark.parametrize("attempts", [ATTEMPTS_MOST, ATTEMPTS_MOST + 1])
def test_after_the_last_attempt_it_has_failed_for_good(attempts: int) -> None:
    settled = _a_delivery(attempts=attempts).settle(at=NOON, response_status=None, error="no answer")
    assert (settled.status, settled.next_attempt_at, settled.error) == (DeliveryStatus.FAILED, None, "no answer")
    assert _a_delivery(attempts=attempts).settle(at=NOON, response_status=200).status is DeliveryStatus.DELIVERED


def test_the_reason_of_a_failure_is_kept_until_it_succeeds_and_is_cut_where_it_is_too_long() -> None:
    failed = _a_delivery().settle(at=NOON, response_status=None, error="x" * (ERROR_MOST + 1))
    assert failed.error == "x" * ERROR_MOST
    assert replace(failed, attempts=2).settle(at=NOON, response_status=200).error is None


@pytest.mark.parametrize("status", DeliveryStatus)
def test_what_is_asked_for_again_begins_anew_with_all_its_attempts(status: DeliveryStatus) -> None:
    again = replace(_a_delivery(attempts=7), status=status, next_attempt_at=None).redeliver(at=NOON + DAY)
    assert (again.status, again.attempts, again.next_attempt_at) == (DeliveryStatus.PENDING, 0, NOON + DAY)


def test_without_types_a_webhook_wants_everything_and_otherwise_those_alone() -> None:
    created, deleted = (
        Event.of(each, 1, actor=None, at=NOON) for each in (EventType.TASK_CREATED, EventType.TASK_DELETED)
    )
    choosy = a_webhook(1, types=[EventType.TASK_CREATED])
    assert [a_webhook(1).wants(each) for each in (created, deleted)] == [True, True]
    assert [choosy.wants(each) for each in (created, deleted)] == [True, False]
    assert not a_webhook(1, is_active=False).wants(created)


def test_for_a_day_after_a_rotation_both_secrets_sign_the_new_one_first() -> None:
    webhook = a_webhook(1, sealed_secret=b"first")
    assert webhook.sealed_secrets(NOON) == (b"first",)
    rotated = webhook.rotate_secret(b"second", at=NOON)
    assert rotated.sealed_secrets(NOON) == (b"second", b"first")
    assert rotated.sealed_secrets(NOON + OLD_SECRET_TIME - MINUTE) == (b"second", b"first")
    assert rotated.sealed_secrets(NOON + OLD_SECRET_TIME) == (b"second",)
    assert (rotated.updated_at, rotated.version) == (NOON, 2)


def test_a_second_rotation_leaves_the_last_two_secrets() -> None:
    webhook = a_webhook(1, sealed_secret=b"first").rotate_secret(b"second", at=NOON)
    rotated = webhook.rotate_secret(b"third", at=NOON + MINUTE)
    assert rotated.sealed_secrets(NOON + OLD_SECRET_TIME) == (b"third", b"second")


def test_a_change_moves_on_and_one_that_changes_nothing_returns_the_webhook_itself() -> None:
    webhook = a_webhook(1, description="chat")
    assert webhook.change(WebhookChanges(), at=NOON + DAY) is webhook
    assert webhook.change(WebhookChanges(url=webhook.url, description="chat"), at=NOON + DAY) is webhook
    changed = webhook.change(WebhookChanges(description=None, is_active=False), at=NOON + DAY)
    assert changed == replace(webhook, description=None, is_active=False, updated_at=NOON + DAY, version=2)


def test_every_fault_is_named_at_once() -> None:
    with pytest.raises(Invalid) as refusal:
        a_webhook(1, "ftp://example.com", description="x" * (DESCRIPTION_MOST + 1))
    assert fields(refusal.value.faults) == ["url", "description"]
    with pytest.raises(Invalid) as refusal:
        a_webhook(1).change(WebhookChanges(url="", description="\0"), at=NOON)
    assert fields(refusal.value.faults) == ["url", "description"]


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "http://example.com:8080/hooks?token=a%20b&x=[]",
        "HTTPS://EXAMPLE.com/",
        "https://[2001:db8::1]:8443/",
        "https://xn--mnchen-3ya.example/",
        "http://2130706433/",
        "https://example.com/".ljust(URL_MOST, "a"),
    ],
)
def test_addresses_of_the_web_are_addresses(url: str) -> None:
    assert a_webhook(1, url).url == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com",
        "//example.com/",
        "https://",
        "https:///hooks",
        "https://:443/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://example.com:0/",
        "https://example.com:65536/",
        "https://example.com:port/",
        "https://[::1/",
        "https://user@example.com/",
        "https://user:password@example.com/",
        "https://:@example.com/",
        "https://example.com/#part",
        "https://example.com/a b",
        "https://example.com/\r\nHost: evil.example",
        "https://example.com/\tx",
        "https://example.com/\0",
        "https://example.com/\ud800",
        "https://münchen.example/",
        " https://example.com/",
        "https://example.com/".ljust(URL_MOST + 1, "a"),
    ],
)
def test_anything_else_is_no_address(url: str) -> None:
    with pytest.raises(Invalid) as refusal:
        a_webhook(1, url)
    assert fields(refusal.value.faults) == ["url"]


def test_a_message_is_signed_as_the_example_of_standard_webhooks() -> None:
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    signed = signature(
        secret, message_id="msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp=1614265330, body=b'{"test": 2432232314}'
    )
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert secret_text(secret) == "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
