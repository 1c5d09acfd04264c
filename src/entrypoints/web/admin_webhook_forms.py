"""Forms and filters with which admins look after webhooks."""

from collections.abc import Iterator
from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit

from msgspec import Meta

from domain.errors import Fault
from domain.events import EventType
from domain.text import text_faults
from domain.webhooks import DESCRIPTION_MOST, URL_MOST, DeliveryStatus, Webhook, url_faults
from entrypoints.http.paging import ListQuery
from entrypoints.web.forms import FilledForm, Form, Version, empty_form


def _description_faults(description: str) -> Iterator[Fault]:
    return text_faults("description", description, most=DESCRIPTION_MOST)


class DeliveryFilter(ListQuery, frozen=True):
    """Which deliveries."""

    status: DeliveryStatus | None = None


class NewWebhookForm(Form):
    """Where messages go, and of what; of everything where no events are chosen."""

    labels = {  # noqa: RUF012  # never written
        "url": "Address",
        "description": "Description",
        "types": "Events",
        "isActive": "Switched on",
    }
    rules = {"url": url_faults, "description": _description_faults}  # noqa: RUF012  # never written

    url: Annotated[str, Meta(max_length=URL_MOST)]
    description: Annotated[str, Meta(max_length=DESCRIPTION_MOST)] | None = None
    types: tuple[EventType, ...] = ()


class WebhookForm(NewWebhookForm, kw_only=True):
    """The same of a webhook that is there, whether it is told at all, and the state that this was made from."""

    version: Version
    is_active: bool = False


def filled_with(webhook: Webhook) -> FilledForm:
    """Return the form of a webhook as it stands."""
    return empty_form(
        WebhookForm,
        url=webhook.url,
        description=webhook.description or "",
        types=[each.value for each in webhook.types],
        isActive="on" if webhook.is_active else "",
    )


def may_be_public(url: str) -> bool:
    """Tell whether a webhook's address may be public; False of this machine and of private networks.

    Names are not looked up, so those that lead to private addresses pass, but for `localhost` (RFC 6761).
    """
    host = (urlsplit(url).hostname or "").rstrip(".")
    try:
        return ip_address(host).is_global
    except ValueError:
        return host != "localhost" and not host.endswith(".localhost")
