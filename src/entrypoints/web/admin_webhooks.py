"""Who else is told of what happens: webhooks, and the deliveries to them, as admins look after them."""

from dataclasses import dataclass
from typing import Any, Final

from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, SkipValidation

from application.deliveries import ListDeliveries, Redeliver
from application.paging import PageRequest
from application.ports.webhooks import DeliverySort, WebhookSort
from application.webhooks import (
    ChangeWebhook,
    CreateWebhook,
    DeleteWebhook,
    GetWebhook,
    ListWebhooks,
    RotateSecret,
)
from domain.users import User
from domain.webhooks import OLD_SECRET_HOURS, Delivery, DeliveryStatus, Webhook, WebhookChanges, secret_text
from entrypoints.http.input import path_id, read_query
from entrypoints.http.paging import Cursors, ListQuery, page_request
from entrypoints.http.webhooks import check_scheme
from entrypoints.web.admin import admin_of
from entrypoints.web.admin_webhook_forms import (
    DeliveryFilter,
    NewWebhookForm,
    WebhookForm,
    filled_with,
    may_be_public,
)
from entrypoints.web.answers import page, see_other
from entrypoints.web.browser import Browser
from entrypoints.web.cookies import CookieJar, Flash
from entrypoints.web.event_words import TYPES
from entrypoints.web.forms import FilledForm, VersionForm, empty_form, read_form
from entrypoints.web.lists import Pager, pager

_WEBHOOKS, _WEBHOOK, _NEW = "admin/webhooks.html", "admin/webhook.html", "admin/new_webhook.html"
_SECRET = "admin/webhook_secret.html"  # noqa: S105  # a template's name
_PATH: Final = "/admin/webhooks"


@dataclass(frozen=True, slots=True)
class WebhookView:
    """What the page of a webhook shows, whichever of its forms is refused.

    Attributes:
        webhook: whose page it is.
        settings: its form.
        deliveries: to it, a page of them.
        pager: leads to more of them.
        wanted: the status of those that were asked for; None for all.
    """

    webhook: Webhook
    settings: FilledForm
    deliveries: tuple[Delivery, ...]
    pager: Pager
    wanted: DeliveryStatus | None = None

    @property
    def is_public(self) -> bool:
        """Whether the address may be one of the public internet, as far as it tells without a look-up."""
        return may_be_public(self.webhook.url)

    @property
    def is_reached(self) -> bool:
        """Whether one of the deliveries arrived."""
        return any(each.status is DeliveryStatus.DELIVERED for each in self.deliveries)


@dataclass(frozen=True, slots=True)
class LookAtWebhook:
    """Gathers what the page of a webhook shows around its forms: the latest deliveries."""

    get_webhook: GetWebhook
    list_deliveries: ListDeliveries

    async def __call__(self, admin: User, webhook_id: str) -> WebhookView:
        """Return what there is to see of the webhook.

        Raises:
            Forbidden: who asks is no admin.
            NotFound: there is no such webhook.
        """
        webhook = await self.get_webhook(admin, webhook_id=path_id(webhook_id, "webhook"))
        found = await self.list_deliveries(admin, webhook_id=webhook.id, request=PageRequest(DeliverySort.ID))
        return WebhookView(webhook, filled_with(webhook), found.items, Pager(None, None))


def _look_at_webhook(
    get_webhook: NamedDependency[SkipValidation[GetWebhook]],
    list_deliveries: NamedDependency[SkipValidation[ListDeliveries]],
) -> LookAtWebhook:
    return LookAtWebhook(get_webhook, list_deliveries)


class AdminWebhookController(Controller):
    """`/admin/webhooks`."""

    path = _PATH
    dependencies = {  # noqa: RUF012  # never written
        "admin": Provide(admin_of, sync_to_thread=False),
        "look_at_webhook": Provide(_look_at_webhook, sync_to_thread=False),
    }

    @get(opt={"query": ListQuery})
    async def list_webhooks(
        self,
        request: Request[Any, Any, Any],
        browser: NamedDependency[SkipValidation[Browser]],
        admin: NamedDependency[SkipValidation[User]],
        list_webhooks: NamedDependency[SkipValidation[ListWebhooks]],
        cursors: NamedDependency[SkipValidation[Cursors]],
    ) -> Response[str]:
        """Show who is told of events, the newest first."""
        query = read_query(request, ListQuery)
        asked = page_request(request, query, cursors, sort=WebhookSort.CREATED_AT, descending=True)
        found = await list_webhooks(admin, request=asked)
        return page(browser, _WEBHOOKS, webhooks=found.items, pager=pager(request, found, cursors))

    @get("/new")
    async def show_new(
        self,
        browser: NamedDependency[SkipValidation[Browser]],
        admin: NamedDependency[SkipValidation[User]],  # who is none, is refused
    ) -> Response[str]:
        """Show the form for a webhook."""
        return page(browser, _NEW, form=empty_form(NewWebhookForm), types=TYPES)

    @post(status_code=200)
    async def create(
        self,
        request: Request[Any, Any, Any],
        browser: NamedDependency[SkipValidation[Browser]],
        admin: NamedDependency[SkipValidation[User]],
        create_webhook: NamedDependency[SkipValidation[CreateWebhook]],
        webhooks_need_https: NamedDependency[SkipValidation[bool]],
    ) -> Response[str]:
        """Add a webhook and show its secret: here and now, since a page one is sent on to could be kept."""
        form = read_form(request, NewWebhookForm, _NEW, types=TYPES)
        check_scheme(form.url, webhooks_need_https)
        webhook, secret = await create_webhook(
            admin, url=form.url, description=form.description, types=frozenset(form.types)
        )
        return page(browser, _SECRET, webhook=webhook, secret=secret_text(secret), is_new=True)

    @get("/{webhook_id:str}", opt={"query": DeliveryFilter})
    async def show(
        self,
        request: Request[Any, Any, Any],
        webhook_id: FromPath[str],
        browser: NamedDependency[SkipValidation[Browser]],
        admin: NamedDependency[SkipValidation[User]],
        get_webhook: NamedDependency[SkipValidation[GetWebhook]],
        list_deliveries: NamedDependency[SkipValidation[ListDeliveries]],
        cursors: NamedDependency[SkipValidation[Cursors]],
    ) -> Response[str]:
        """Show a webhook, and what became of telling it."""
        query = read_query(request, DeliveryFilter)
        asked = page_request(request, query, cursors, sort=DeliverySort.ID, descending=True)
        webhook = await get_webhook(admin, webhook_id=path_id(webhook_id, "webhook"))
        found = await list_deliveries(admin, webhook_id=webhook.id, request=asked, status=query.status)
        view = WebhookView(
            webhook, filled_with(webhook), found.items, pager(request, found, cursors), wanted=query.status
        )
        return page(browser, _WEBHOOK, part="", view=view, types=TYPES)

    @post("/{webhook_id:str}", status_code=303)
    async def change(
        self,
        request: Request[Any, Any, Any],
        webhook_id: FromPath[str],
        cookie_jar: NamedDependency[SkipValidation[CookieJar]],
        admin: NamedDependency[SkipValidation[User]],
        look_at_webhook: NamedDependency[SkipValidation[LookAtWebhook]],
        change_webhook: NamedDependency[SkipValidation[ChangeWebhook]],
        webhooks_need_https: NamedDependency[SkipValidation[bool]],
    ) -> Response[Any]:
        """Change where messages go and of what, unless that changed since the form was shown."""
        view = await look_at_webhook(admin, webhook_id)
        form = read_form(request, WebhookForm, _WEBHOOK, part="settings", view=view, types=TYPES)
        check_scheme(form.url, webhooks_need_https)
        changes = WebhookChanges(
            url=form.url,
            description=form.description,
            types=frozenset(form.types),
            is_active=form.is_active,
        )
        webhook = await change_webhook(
            admin, webhook_id=view.webhook.id, changes=changes, if_version=(form.version,)
        )
        return see_other(f"{_PATH}/{webhook.id}", cookies=[cookie_jar.flash(Flash("The webhook is saved."))])

    @post("/{webhook_id:str}/rotate-secret", status_code=200)
    async def rotate_secret(
        self,
        request: Request[Any, Any, Any],
        webhook_id: FromPath[str],
        browser: NamedDependency[SkipValidation[Browser]],
        admin: NamedDependency[SkipValidation[User]],
        look_at_webhook: NamedDependency[SkipValidation[LookAtWebhook]],
        rotate_secret: NamedDependency[SkipValidation[RotateSecret]],
    ) -> Response[str]:
        """Make a new secret and show it; sending the same form twice makes one."""
        view = await look_at_webhook(admin, webhook_id)
        form = read_form(request, VersionForm, _WEBHOOK, part="secret", view=view, types=TYPES)
        webhook, secret = await rotate_secret(admin, webhook_id=view.webhook.id, if_version=(form.version,))
        return page(
            browser,
            _SECRET,
            webhook=webhook,
            secret=secret_text(secret),
            is_new=False,
            old_secret_hours=OLD_SECRET_HOURS,
        )

    @post("/{webhook_id:str}/delete", status_code=303)
    async def delete(
        self,
        request: Request[Any, Any, Any],
        webhook_id: FromPath[str],
        cookie_jar: NamedDependency[SkipValidation[CookieJar]],
        admin: NamedDependency[SkipValidation[User]],
        look_at_webhook: NamedDependency[SkipValidation[LookAtWebhook]],
        delete_webhook: NamedDependency[SkipValidation[DeleteWebhook]],
    ) -> Response[Any]:
        """Delete a webhook and the log of its deliveries, unless it changed since that was asked."""
        view = await look_at_webhook(admin, webhook_id)
        form = read_form(request, VersionForm, _WEBHOOK, part="deletion", view=view, types=TYPES)
        await delete_webhook(admin, webhook_id=view.webhook.id, if_version=(form.version,))
        return see_other(_PATH, cookies=[cookie_jar.flash(Flash("The webhook is deleted."))])

    @post("/{webhook_id:str}/deliveries/{delivery_id:str}/redeliver", status_code=303)
    async def redeliver(
        self,
        webhook_id: FromPath[str],
        delivery_id: FromPath[str],
        cookie_jar: NamedDependency[SkipValidation[CookieJar]],
        admin: NamedDependency[SkipValidation[User]],
        redeliver: NamedDependency[SkipValidation[Redeliver]],
    ) -> Response[Any]:
        """Tell a webhook of something once more."""
        delivery = await redeliver(
            admin,
            webhook_id=path_id(webhook_id, "webhook"),
            delivery_id=path_id(delivery_id, "delivery"),
        )
        told = Flash(f"Event {delivery.event_id} is on its way again.")
        return see_other(f"{_PATH}/{delivery.webhook_id}", cookies=[cookie_jar.flash(told)])
