"""Posting to receivers of a test's own."""

import ssl
from collections.abc import Sequence

import pytest

from adapters.httpcore.webhooks import SECONDS, HttpcoreWebhookSender, Resolve, resolve
from application.ports.webhooks import Unreachable

BODY = b'{"type":"task.created"}'
# Reading the system's authorities takes long, and few tests need them.
TRUSTING_NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def sending(
    *,
    allowed_networks: Sequence[str] = (),
    seconds: float = SECONDS,
    resolve: Resolve = resolve,
    ssl_context: ssl.SSLContext | None = TRUSTING_NOBODY,
) -> HttpcoreWebhookSender:
    """Return a sender; one without a context of its own trusts whom the system does."""
    return HttpcoreWebhookSender(
        allowed_networks=allowed_networks, seconds=seconds, resolve=resolve, ssl_context=ssl_context
    )


def finding(*answers: Sequence[str]) -> Resolve:
    """Return what finds these addresses for whatever host, another answer each time."""
    left = iter(answers)

    async def resolve(host: str, port: int) -> Sequence[str]:
        return next(left)

    return resolve


async def post(
    url: str, *, allowed: Sequence[str] = ("127.0.0.0/8",), sender: HttpcoreWebhookSender | None = None
) -> int:
    """Post to the address, on this machine unless told otherwise."""
    sender = sender or sending(allowed_networks=allowed)
    return await sender.post(url, headers={"content-type": "application/json", "webhook-id": "evt_1"}, body=BODY)


async def why_unreachable(url: str, *, sender: HttpcoreWebhookSender | None = None) -> str:
    """Return what an admin is told of an address that gives no answer."""
    with pytest.raises(Unreachable) as refused:
        await post(url, sender=sender)
    return refused.value.detail
