"""Who comes to the pages for admins, and what those share. Needs the fixture `service`."""

from itertools import count

import httpx
import pytest

from domain.users import Role, User
from tests.contracts.http_service import PASSWORD, Service
from tests.contracts.web_browser import LOGIN, Reader, at_a_browser, csrf_of, field, signed_in, tags
from tests.contracts.web_injection import SCRIPTS

USERS, AUDIT, WEBHOOKS = "/admin/users", "/admin/audit", "/admin/webhooks"
NEW_USER, NEW_WEBHOOK = f"{USERS}/new", f"{WEBHOOKS}/new"
# Of a network that is for documentation, so nothing is ever sent there.
URL = "https://192.0.2.1/hook"

numbers = count(1)


async def an_admin(service: Service) -> Reader:
    """Sign in an admin whose name does not matter."""
    return await signed_in(service, f"boss-{next(numbers)}", role=Role.ADMIN)


async def has(service: Service, username: str, *, is_approved: bool = True) -> User:
    """Give someone an account."""
    user: User = await service.container.create_user()(
        None, username=username, password=PASSWORD, is_approved=is_approved
    )
    return user


async def now_of(service: Service, user: User) -> User:
    """Return an account as it is by now, deleted or not."""
    async with service.container.units_of_work()() as uow:
        found: User | None = await uow.users.get(user.id)
    assert found is not None
    return found


async def does(admin: Reader, user: User, what: str = "", **fields: str) -> httpx.Response:
    """Send one of the forms on the page of an account, with the version shown there."""
    path = f"{USERS}/{user.id}"
    page = await admin.opens(path)
    version = [each["value"] for _, each in tags(page, "input") if each.get("name") == "version"]
    sent = {"csrf": csrf_of(page), **({"version": version[0]} if version else {}), **fields}
    return await admin.http.post(path + what, data=sent)


@pytest.mark.anyio
class AdminsOnlyContract:
    """Nobody else comes in here."""

    async def test_others_are_refused_and_strangers_led_to_the_door(self, service: Service) -> None:
        employee = await signed_in(service, "adm-employee")
        manager = await signed_in(service, "adm-manager", role=Role.MANAGER)
        victim = await has(service, "adm-victim", is_approved=False)
        stranger, admin = at_a_browser(service), await an_admin(service)
        await admin.sends(WEBHOOKS, {"url": URL}, form_at=NEW_WEBHOOK)
        shown = (USERS, NEW_USER, f"{USERS}/{victim.id}", AUDIT, WEBHOOKS, NEW_WEBHOOK, f"{WEBHOOKS}/1")
        for path in shown:
            assert (await stranger.http.get(path)).headers["location"].startswith(LOGIN)
            for reader in (employee, manager):
                assert (await reader.opens(path)).status_code == 403
        sent = {"username": "adm-sly", "password": PASSWORD, "role": "admin", "version": "1", "url": URL}
        actions = ("", "/approve", "/reject", "/delete", "/restore")
        for path in (
            NEW_USER, *(f"{USERS}/{victim.id}{each}" for each in actions), WEBHOOKS,
            *(f"{WEBHOOKS}/1{each}" for each in ("", "/rotate-secret", "/delete", "/deliveries/1/redeliver")),
        ):  # fmt: skip
            for reader in (employee, manager):
                assert (await reader.sends(path, sent, form_at="/")).status_code == 403, path
            assert (await admin.http.post(path, data=sent)).status_code == 403, path
        assert await now_of(service, victim) == victim

    async def test_what_there_is_not_is_not_found_and_rubbish_is_named(self, service: Service) -> None:
        admin = await an_admin(service)
        for unknown in ("0", "-1", "x", "%00", "999999", str(2**63), "1.0", "٣"):
            for path in (f"{USERS}/{unknown}", f"{WEBHOOKS}/{unknown}"):
                assert (await admin.opens(path)).status_code == 404
                assert (await admin.sends(f"{path}/delete", {"version": "1"}, form_at="/")).status_code == 404
        for query in (
            f"{USERS}?role=king", f"{USERS}?status=odd", f"{USERS}?limit=0", f"{USERS}?cursor=x", f"{USERS}?q=%00",
            f"{USERS}?page=99999999", f"{AUDIT}?type=x", f"{AUDIT}?subjectId=0", f"{AUDIT}?subjectType=%F0",
            f"{AUDIT}?from=yesterday", f"{AUDIT}?to=2026-02-30", f"{AUDIT}?cursor=eHg", f"{WEBHOOKS}?limit=x",
        ):  # fmt: skip
            assert (await admin.opens(query)).status_code == 422, query
        assert (await admin.opens(f"{USERS}?q=&role=&status=&limit=&cursor=&unknown=1")).status_code == 200

    async def test_the_way_in_leads_to_the_users(self, service: Service) -> None:
        assert (await (await an_admin(service)).http.get("/admin")).headers["location"] == USERS


@pytest.mark.anyio
class AdminInjectionContract:
    """Whatever is typed or on record is shown as text."""

    @pytest.mark.parametrize("text", SCRIPTS)
    async def test_no_text_becomes_markup_on_any_page(self, service: Service, text: str) -> None:
        admin = await an_admin(service)
        user = await has(service, f"adm-x-{next(numbers)}", is_approved=False)
        page = await does(admin, user, username=text, email=text, role=text)
        assert field(page, "username")["value"] == text
        _no_scripts(page)
        page = await admin.sends(NEW_USER, {"username": text, "email": text, "password": text, "role": text})
        _no_scripts(page)
        await does(admin, user, "/reject", reason=text)
        task = await service.container.create_task()(user, title=text)
        _no_scripts(await admin.opens(f"{USERS}/{user.id}"))
        page = await admin.opens(f"{AUDIT}?subjectType=task&subjectId={task.id}")
        assert f"/tasks/{task.id}" in {each.get("href") for _, each in tags(page, "a")}
        _no_scripts(page)
        _no_scripts(await admin.http.get(AUDIT, params={"actor": text}))
        _no_scripts(await admin.http.get(USERS, params={"q": text}))
        page = await admin.sends(WEBHOOKS, {"url": text, "description": text, "types": text}, form_at=NEW_WEBHOOK)
        assert field(page, "url")["value"] == text
        _no_scripts(page)
        await admin.sends(WEBHOOKS, {"url": f"{URL}?{next(numbers)}", "description": text}, form_at=NEW_WEBHOOK)
        _no_scripts(await admin.opens(WEBHOOKS))


def _no_scripts(page: httpx.Response) -> None:
    """Make sure that nothing in a page runs but our own files."""
    assert not [each for _, each in tags(page) if any(name.startswith("on") for name in each)]
    assert all(each.get("src", "").startswith("/static/") for _, each in tags(page, "script"))
    assert not [each for _, each in tags(page, "a") if each.get("href", "").lower().startswith("javascript:")]
