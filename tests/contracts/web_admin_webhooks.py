"""How admins look after webhooks in a browser that runs no scripts. Needs the fixture `service`."""

import re

import httpx
import pytest

from tests.contracts.http_service import Service
from tests.contracts.web_account import hidden
from tests.contracts.web_admin import AUDIT, NEW_WEBHOOK, URL, WEBHOOKS, an_admin
from tests.contracts.web_browser import Fields, Reader, field, tags


@pytest.mark.anyio
class WebhookAdministrationContract:
    """Webhooks."""

    async def test_its_secret_is_shown_once_and_kept_nowhere(self, service: Service) -> None:
        admin = await an_admin(service)
        sent: Fields = {"url": URL, "description": "Team chat", "types": ["task.created", "user.deleted"]}
        page = await admin.sends(WEBHOOKS, sent, form_at=NEW_WEBHOOK)
        assert page.status_code == 200
        secret = _secret(page)
        assert [each for _, each in tags(page, "button") if each.get("data-copy") == "secret"]
        assert page.headers["cache-control"] == "no-store"
        assert not page.headers.get_list("set-cookie")
        (path,) = {each["href"] for _, each in tags(page, "a") if re.fullmatch(rf"{WEBHOOKS}/\d+", each["href"])}
        page = await admin.opens(path)
        assert secret not in page.text
        ticked = {
            each["value"] for _, each in tags(page, "input") if each["name"] == "types" and "checked" in each
        }
        assert ticked == {"task.created", "user.deleted"}
        page = await admin.sends(f"{path}/rotate-secret", {"version": hidden(page, "version")}, form_at=path)
        assert _secret(page) != secret

    async def test_it_is_changed_and_switched_off_unless_someone_was_faster(self, service: Service) -> None:
        admin = await an_admin(service)
        path = await _webhook(admin)
        seen = hidden(await admin.opens(path), "version")
        page = await admin.sends(path, {"url": "ftp://x", "version": seen})
        assert field(page, "url")["aria-invalid"] == "true"
        sent = {"url": f"{URL}?2", "version": seen}
        assert (await admin.sends(path, sent)).headers["location"] == path
        page = await admin.sends(path, {"url": f"{URL}?3", "isActive": "on", "version": seen})
        assert page.status_code == 412
        assert field(page, "url")["value"] == f"{URL}?3"
        assert f"{URL}?2" in page.text
        for action in ("/rotate-secret", "/delete"):
            assert (await admin.sends(path + action, {"version": seen}, form_at=path)).status_code == 412
            assert (await admin.sends(path + action, form_at=path)).status_code == 422
        now = hidden(page, "version")
        assert (await admin.sends(f"{path}/delete", {"version": now}, form_at=path)).headers[
            "location"
        ] == WEBHOOKS
        assert (await admin.opens(path)).status_code == 404

    async def test_what_became_of_telling_it_is_listed_and_tried_again(self, service: Service) -> None:
        admin = await an_admin(service)
        path = await _webhook(admin, types="webhook.updated")
        version = hidden(await admin.opens(path), "version")
        await admin.sends(path, {"url": URL, "types": "webhook.updated", "isActive": "on", "description": "Told",
                                 "version": version})  # fmt: skip
        await admin.opens(AUDIT)
        page = await admin.opens(path)
        again, *_ = re.findall(rf'action="({path}/deliveries/\d+/redeliver)"', page.text)
        assert (await admin.sends(again, form_at=path)).headers["location"] == path
        assert "on its way again" in (await admin.opens(path)).text
        assert "None are delivered" in (await admin.opens(f"{path}?status=delivered")).text
        assert (await admin.opens(f"{path}?status=odd")).status_code == 422

    async def test_an_address_that_is_not_public_is_marked_as_such(self, service: Service) -> None:
        admin = await an_admin(service)
        for host in ("127.0.0.1:8000", "10.1.2.3", "[::1]", "localhost", "chat.localhost."):
            page = await admin.opens(await _webhook(admin, url=f"http://{host}/hook"))
            assert "WEBHOOK_ALLOWED_NETWORKS" in page.text, host
        for host in ("example.com", "[2606:4700::1111]", "8.8.8.8"):
            page = await admin.opens(await _webhook(admin, url=f"http://{host}/hook"))
            assert "WEBHOOK_ALLOWED_NETWORKS" not in page.text, host


def _secret(page: httpx.Response) -> str:
    (found,) = re.finditer(r">(whsec_[^<]+)</textarea>", page.text)
    return found[1]


async def _webhook(admin: Reader, **fields: str) -> str:
    page = await admin.sends(WEBHOOKS, {"url": URL, **fields}, form_at=NEW_WEBHOOK)
    return next(each["href"] for _, each in tags(page, "a") if re.fullmatch(rf"{WEBHOOKS}/\d+", each["href"]))
