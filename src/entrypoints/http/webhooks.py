"""Webhooks over HTTP."""

from typing import Any

import msgspec
from litestar import Controller, HttpMethod, Request, Response, delete, get, post, route
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody, SkipValidation

from application.auth import Identity
from application.deliveries import GetDelivery, ListDeliveries, Redeliver
from application.ports.webhooks import DeliverySort, WebhookSort
from application.webhooks import (
    ChangeWebhook,
    CreateWebhook,
    DeleteWebhook,
    GetWebhook,
    ListWebhooks,
    RotateSecret,
)
from domain.errors import Fault, Invalid
from domain.events import EventType
from domain.webhooks import Delivery, Webhook, WebhookChanges
from entrypoints.http.answers import Answer
from entrypoints.http.conditional import etag, expected_versions, versioned
from entrypoints.http.idempotency import Once
from entrypoints.http.input import path_id, read_query, set_fields
from entrypoints.http.paging import Cursors, page_headers, page_request
from entrypoints.http.webhook_structs import (
    DeliveryOut,
    DeliveryQuery,
    WebhookChangesIn,
    WebhookIn,
    WebhookOut,
    WebhookQuery,
    WebhookWithSecretOut,
    webhook_out,
    webhook_with_secret,
)

# With an ETag alone, an answer may be kept if it is asked for again; one with a secret must not be.
_NOT_STORED = {"Cache-Control": "no-store"}


def _query(request: Request[Any, Any, Any]) -> WebhookQuery:
    return read_query(request, WebhookQuery)


def _delivery_query(request: Request[Any, Any, Any]) -> DeliveryQuery:
    return read_query(request, DeliveryQuery)


class WebhookController(Controller):
    """`/webhooks`."""

    path = "/webhooks"
    tags = ("Webhooks",)

    @get(
        summary="List webhooks",
        dependencies={"webhook_query": Provide(_query, sync_to_thread=False)},
        opt={"query": WebhookQuery},
    )
    async def list_webhooks(
        self,
        request: Request[Any, Any, Any],
        identity: NamedDependency[SkipValidation[Identity]],
        webhook_query: NamedDependency[SkipValidation[WebhookQuery]],
        list_webhooks: NamedDependency[SkipValidation[ListWebhooks]],
        cursors: NamedDependency[SkipValidation[Cursors]],
    ) -> Response[tuple[WebhookOut, ...]]:
        """Return who is told of events, a page at a time; for admins."""
        asked = page_request(
            request,
            webhook_query,
            cursors,
            sort=WebhookSort.CREATED_AT,
            descending=webhook_query.sort.startswith("-"),
        )
        page = await list_webhooks(identity.user, request=asked)
        return Answer(tuple(map(webhook_out, page.items)), headers=page_headers(request, asked, page, cursors))

    @post(summary="Add a webhook")
    async def create_webhook(
        self,
        request: Request[Any, Any, Any],
        data: JSONBody[WebhookIn],
        identity: NamedDependency[SkipValidation[Identity]],
        create_webhook: NamedDependency[SkipValidation[CreateWebhook]],
        once: NamedDependency[SkipValidation[Once]],
        webhooks_need_https: NamedDependency[SkipValidation[bool]],
    ) -> Response[WebhookWithSecretOut]:
        """Have another system told of what happens from now on; for admins.

        The answer holds the secret that signs the messages. It is not shown again.
        """
        check_scheme(data.url, webhooks_need_https)
        return await once(
            request,
            lambda keep: create_webhook(
                identity.user,
                url=data.url,
                description=data.description,
                types=frozenset(map(EventType, data.types)),
                is_active=data.is_active,
                keep=keep,
            ),
            _created,
        )

    @get("/{webhook_id:str}", summary="Read a webhook")
    async def get_webhook(
        self,
        request: Request[Any, Any, Any],
        webhook_id: FromPath[str],
        identity: NamedDependency[SkipValidation[Identity]],
        get_webhook: NamedDependency[SkipValidation[GetWebhook]],
    ) -> Response[WebhookOut | None]:
        """Return the webhook, without its secret; with If-None-Match only if it has changed. For admins."""
        webhook = await get_webhook(identity.user, webhook_id=path_id(webhook_id, "webhook"))
        return versioned(request, webhook_out(webhook), webhook.version)

    @route("/{webhook_id:str}", http_method=[HttpMethod.PATCH, HttpMethod.PUT], summary="Change a webhook")
    async def change_webhook(
        self,
        request: Request[Any, Any, Any],
        webhook_id: FromPath[str],
        data: JSONBody[WebhookChangesIn],
        identity: NamedDependency[SkipValidation[Identity]],
        change_webhook: NamedDependency[SkipValidation[ChangeWebhook]],
        webhooks_need_https: NamedDependency[SkipValidation[bool]],
    ) -> Response[WebhookOut]:
        """Change the fields that are sent and no others; for admins. PUT and PATCH mean the same.

        What is due to it already goes to the new address. While it is switched off (`isActive`), nothing is sent
        and nothing new comes up for it; what was due waits.
        """
        fields = set_fields(data)
        if "url" in fields:
            check_scheme(fields["url"], webhooks_need_https)
        if "types" in fields:
            fields["types"] = frozenset(map(EventType, fields["types"]))
        webhook = await change_webhook(
            identity.user,
            webhook_id=path_id(webhook_id, "webhook"),
            changes=WebhookChanges(**fields),
            if_version=expected_versions(request),
        )
        return Answer(webhook_out(webhook), headers={"ETag": etag(webhook.version)})

    @delete("/{webhook_id:str}", summary="Delete a webhook")
    async def delete_webhook(
        self,
        request: Request[Any, Any, Any],
        webhook_id: FromPath[str],
        identity: NamedDependency[SkipValidation[Identity]],
        delete_webhook: NamedDependency[SkipValidation[DeleteWebhook]],
    ) -> None:
        """Delete the webhook, and the log of its deliveries with it; for admins."""
        await delete_webhook(
            identity.user,
            webhook_id=path_id(webhook_id, "webhook"),
            if_version=expected_versions(request),
        )

    @post("/{webhook_id:str}/rotate-secret", summary="Give a webhook a new secret", status_code=200)
    async def rotate_secret(
        self,
        request: Request[Any, Any, Any],
        webhook_id: FromPath[str],
        identity: NamedDependency[SkipValidation[Identity]],
        rotate_secret: NamedDependency[SkipValidation[RotateSecret]],
    ) -> Response[WebhookWithSecretOut]:
        """Make a new secret, which the answer holds and nothing shows again; for admins.

        For 24 hours each message is signed with the former one as well, so that the receiver can change over.
        """
        webhook, secret = await rotate_secret(
            identity.user,
            webhook_id=path_id(webhook_id, "webhook"),
            if_version=expected_versions(request),
        )
        return Answer(webhook_with_secret(webhook, secret), headers={"ETag": etag(webhook.version), **_NOT_STORED})

    @get(
        "/{webhook_id:str}/deliveries",
        summary="List the deliveries to a webhook",
        dependencies={"delivery_query": Provide(_delivery_query, sync_to_thread=False)},
        opt={"query": DeliveryQuery},
    )
    async def list_deliveries(
        self,
        request: Request[Any, Any, Any],
        webhook_id: FromPath[str],
        identity: NamedDependency[SkipValidation[Identity]],
        delivery_query: NamedDependency[SkipValidation[DeliveryQuery]],
        list_deliveries: NamedDependency[SkipValidation[ListDeliveries]],
        cursors: NamedDependency[SkipValidation[Cursors]],
    ) -> Response[tuple[DeliveryOut, ...]]:
        """Return what became of telling it, the latest first, a page at a time; for admins."""
        asked = page_request(
            request,
            delivery_query,
            cursors,
            sort=DeliverySort.ID,
            descending=delivery_query.sort.startswith("-"),
        )
        page = await list_deliveries(
            identity.user,
            webhook_id=path_id(webhook_id, "webhook"),
            request=asked,
            status=delivery_query.status,
        )
        return Answer(tuple(map(_delivery_out, page.items)), headers=page_headers(request, asked, page, cursors))

    @get("/{webhook_id:str}/deliveries/{delivery_id:str}", summary="Read a delivery")
    async def get_delivery(
        self,
        webhook_id: FromPath[str],
        delivery_id: FromPath[str],
        identity: NamedDependency[SkipValidation[Identity]],
        get_delivery: NamedDependency[SkipValidation[GetDelivery]],
    ) -> DeliveryOut:
        """Return how it stands with telling a webhook of one event; for admins."""
        delivery = await get_delivery(
            identity.user,
            webhook_id=path_id(webhook_id, "webhook"),
            delivery_id=path_id(delivery_id, "delivery"),
        )
        return _delivery_out(delivery)

    @post(
        "/{webhook_id:str}/deliveries/{delivery_id:str}/redeliver",
        summary="Deliver something once more",
        status_code=202,
    )
    async def redeliver(
        self,
        webhook_id: FromPath[str],
        delivery_id: FromPath[str],
        identity: NamedDependency[SkipValidation[Identity]],
        redeliver: NamedDependency[SkipValidation[Redeliver]],
    ) -> DeliveryOut:
        """Tell the webhook of this event again, at once and with all attempts anew; for admins.

        Whether it has arrived before or was given up makes no difference. While the webhook is switched off, the
        answer is 409.
        """
        delivery = await redeliver(
            identity.user,
            webhook_id=path_id(webhook_id, "webhook"),
            delivery_id=path_id(delivery_id, "delivery"),
        )
        return _delivery_out(delivery)


def check_scheme(url: str, needs_https: bool) -> None:
    """Refuse an address whose messages anyone on the way could read, where that matters.

    Raises:
        Invalid: it does not begin with https.
    """
    if needs_https and not url.lower().startswith("https:"):
        raise Invalid(Fault("url", "must begin with https:// in production"))


def _created(made: tuple[Webhook, bytes]) -> Answer[WebhookWithSecretOut]:
    webhook, secret = made
    return Answer(
        webhook_with_secret(webhook, secret),
        status_code=201,
        headers={"Location": f"/api/v1/webhooks/{webhook.id}", "ETag": etag(webhook.version), **_NOT_STORED},
    )


def _delivery_out(delivery: Delivery) -> DeliveryOut:
    return msgspec.convert(delivery, DeliveryOut, from_attributes=True)
