"""What admins do in a browser that runs no scripts. Needs the fixture `service`."""

import re
from datetime import UTC, datetime
from itertools import count

import httpx
import pytest

from application.approvals import REASON_MOST
from domain.users import Role, User, UserChanges, UserStatus
from tests.contracts.http_service import PASSWORD, Service
from tests.contracts.web_account import hidden
from tests.contracts.web_browser import LOGIN, Fields, Reader, at_a_browser, csrf_of, field, signed_in, tags
from tests.contracts.web_forgery import SCRIPTS

USERS, AUDIT, WEBHOOKS = "/admin/users", "/admin/audit", "/admin/webhooks"
NEW_USER, NEW_WEBHOOK = f"{USERS}/new", f"{WEBHOOKS}/new"
# Of a network that is for documentation, so nothing is ever sent there.
URL = "https://192.0.2.1/hook"

_numbers = count(1)


async def an_admin(service: Service) -> Reader:
    """Sign in an admin whose name does not matter."""
    return await signed_in(service, f"boss-{next(_numbers)}", role=Role.ADMIN)


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


def no_scripts(page: httpx.Response) -> None:
    """Make sure that nothing in a page runs but our own files."""
    assert not [each for _, each in tags(page) if any(name.startswith("on") for name in each)]
    assert all(each.get("src", "").startswith("/static/") for _, each in tags(page, "script"))
    assert not [each for _, each in tags(page, "a") if each.get("href", "").lower().startswith("javascript:")]


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
class UserAdministrationContract:
    """Accounts."""

    async def test_who_waits_stands_first_and_is_let_in_as_what_the_admin_says(self, service: Service) -> None:
        admin, waiting = await an_admin(service), await has(service, "adm-nora", is_approved=False)
        page = await admin.opens(USERS)
        assert f'action="{USERS}/{waiting.id}/approve"' in page.text
        answer = await does(admin, waiting, "/approve", role="manager", next=USERS)
        assert answer.headers["location"] == USERS
        page = await admin.opens(USERS)
        assert "adm-nora is approved." in page.text
        assert f'action="{USERS}/{waiting.id}/approve"' not in page.text
        after = await now_of(service, waiting)
        assert (after.status, after.role) == (UserStatus.APPROVED, Role.MANAGER)

    async def test_nobody_is_led_elsewhere_by_a_decision(self, service: Service) -> None:
        admin, waiting = await an_admin(service), await has(service, "adm-ned", is_approved=False)
        answer = await does(admin, waiting, "/approve", next="//evil.example")
        assert re.fullmatch(r"/[a-z]*", answer.headers["location"])

    async def test_who_is_turned_away_has_the_reason_on_record(self, service: Service) -> None:
        admin, waiting = await an_admin(service), await has(service, "adm-odd", is_approved=False)
        page = await does(admin, waiting, "/reject", reason="x" * (REASON_MOST + 1))
        assert page.status_code == 422
        assert field(page, "reason")["aria-invalid"] == "true"
        await does(admin, waiting, "/reject", reason="Nobody <b>knows</b> them.")
        page = await admin.opens(f"{USERS}/{waiting.id}")
        assert "Rejected" in page.text
        assert "Nobody &lt;b&gt;knows&lt;/b&gt; them." in page.text
        assert (await does(admin, waiting, "/approve")).status_code == 303
        assert (await now_of(service, waiting)).may_enter

    async def test_two_admins_who_disagree_are_told(self, service: Service) -> None:
        admin, user = await an_admin(service), await has(service, "adm-two")
        page = await does(admin, user, "/approve", role="admin")
        assert page.status_code == 422
        assert "approved already, as employee" in page.text

    async def test_an_account_is_found_by_name_role_and_status_page_by_page(self, service: Service) -> None:
        admin = await an_admin(service)
        made = [await has(service, f"adm-found-{n}") for n in range(3)]
        page = await admin.opens(f"{USERS}?q=adm-found&role=&status=approved&limit=2")
        assert [user.username in page.text for user in made] == [False, True, True]
        (following,) = [each["href"] for _, each in tags(page, "a") if each.get("rel") == "next"]
        page = await admin.opens(following)
        assert [user.username in page.text for user in made] == [True, False, False]
        assert f"{USERS}?q=adm-found&status=approved&limit=2" in [each.get("href") for _, each in tags(page, "a")]
        assert field(page, "filter-q")["value"] == "adm-found"
        assert "Nobody is like that" in (await admin.opens(f"{USERS}?q=adm-found&role=admin")).text

    async def test_an_admin_makes_an_account_that_can_sign_in(self, service: Service) -> None:
        admin = await an_admin(service)
        page = await admin.sends(NEW_USER, {"username": "a!", "email": "x", "password": "s3cret", "role": "king"})
        assert page.status_code == 422
        assert {field(page, each)["aria-invalid"] for each in ("username", "email", "password", "role")} == {
            "true"
        }
        assert "s3cret" not in page.text
        answer = await admin.sends(NEW_USER, {"username": "adm-new", "password": PASSWORD, "role": "manager"})
        page = await admin.opens(answer.headers["location"])
        assert "adm-new can sign in now" in page.text
        assert (await at_a_browser(service).signs_in("adm-new")).status_code == 303

    async def test_a_role_and_activity_change_and_end_sessions(self, service: Service) -> None:
        admin, reader = await an_admin(service), await signed_in(service, "adm-ron", role=Role.MANAGER)
        user = await service.container.find_user()(username="adm-ron")
        await does(admin, user, username="adm-ron", role="employee", isActive="on", email="r@example.org")
        after = await now_of(service, user)
        assert (after.role, after.email, after.is_active) == (Role.EMPLOYEE, "r@example.org", True)
        assert not await reader.is_in()
        await does(admin, user, username="adm-ron", role="employee", email="r@example.org")
        assert (await now_of(service, user)).status is UserStatus.DISABLED

    async def test_a_change_made_meanwhile_is_shown_and_not_overwritten_unseen(self, service: Service) -> None:
        admin, user = await an_admin(service), await has(service, "adm-may")
        path = f"{USERS}/{user.id}"
        seen = hidden(await admin.opens(path), "version")
        await service.container.change_user()(None, user_id=user.id, changes=UserChanges(email="now@example.org"))
        sent = {"username": "adm-mae", "role": "manager", "isActive": "on"}
        page = await admin.sends(path, {**sent, "version": seen})
        assert page.status_code == 412
        assert field(page, "username")["value"] == "adm-mae"
        assert "now@example.org" in page.text
        assert (await now_of(service, user)).email == "now@example.org"
        assert (await admin.sends(path, {**sent, "version": hidden(page, "version")})).status_code == 303
        assert (await now_of(service, user)).username == "adm-mae"

    async def test_a_deleted_account_is_shown_and_comes_back(self, service: Service) -> None:
        admin, reader = await an_admin(service), await signed_in(service, "adm-del")
        user = await service.container.find_user()(username="adm-del")
        assert (await does(admin, user, "/delete")).status_code == 303
        assert not await reader.is_in()
        page = await admin.opens(f"{USERS}/{user.id}")
        assert f'action="{USERS}/{user.id}/restore"' in page.text
        assert "adm-del" in (await admin.opens(f"{USERS}?status=deleted")).text
        assert (await does(admin, user, "/delete")).status_code == 404
        await does(admin, user, "/restore")
        assert (await now_of(service, user)).may_enter

    @pytest.mark.parametrize("text", SCRIPTS)
    async def test_what_is_typed_or_on_record_is_shown_as_text(self, service: Service, text: str) -> None:
        admin = await an_admin(service)
        user = await has(service, f"adm-x-{next(_numbers)}", is_approved=False)
        page = await does(admin, user, username=text, email=text, role=text)
        assert field(page, "username")["value"] == text
        no_scripts(page)
        page = await admin.sends(NEW_USER, {"username": text, "email": text, "password": text, "role": text})
        no_scripts(page)
        await does(admin, user, "/reject", reason=text)
        task = await service.container.create_task()(user, title=text)
        no_scripts(await admin.opens(f"{USERS}/{user.id}"))
        page = await admin.opens(f"{AUDIT}?subjectType=task&subjectId={task.id}")
        assert f"/tasks/{task.id}" in {each.get("href") for _, each in tags(page, "a")}
        no_scripts(page)
        no_scripts(await admin.http.get(AUDIT, params={"actor": text}))
        no_scripts(await admin.http.get(USERS, params={"q": text}))
        page = await admin.sends(WEBHOOKS, {"url": text, "description": text, "types": text}, form_at=NEW_WEBHOOK)
        assert field(page, "url")["value"] == text
        no_scripts(page)
        await admin.sends(WEBHOOKS, {"url": f"{URL}?{next(_numbers)}", "description": text}, form_at=NEW_WEBHOOK)
        no_scripts(await admin.opens(WEBHOOKS))


@pytest.mark.anyio
class LastAdminPageContract:
    """Someone is always left who can let others in."""

    async def test_the_last_admin_stays_one_and_the_form_says_why(self, service: Service) -> None:
        admin = await signed_in(service, "adm-last", role=Role.ADMIN)
        user = await service.container.find_user()(username="adm-last")
        sent = {"username": "adm-last", "role": "employee", "isActive": "on"}
        for page in (
            await does(admin, user, **sent),
            await does(admin, user, username="adm-last", role="admin"),
            await does(admin, user, "/reject"),
            await does(admin, user, "/delete"),
        ):
            assert page.status_code == 422
            assert "This is the last active admin." in page.text
        assert await now_of(service, user) == user


@pytest.mark.anyio
class AuditPageContract:
    """The audit trail."""

    async def test_it_tells_in_words_who_did_what(self, service: Service) -> None:
        admin = await signed_in(service, "adm-judge", role=Role.ADMIN)
        user = await has(service, "adm-bob", is_approved=False)
        await does(admin, user, "/approve", role="employee")
        await does(admin, user, username="adm-bob", role="manager", isActive="on")
        await does(admin, user, username="adm-bob", role="manager")
        await does(admin, user, "/delete")
        page = await admin.opens(f"{AUDIT}?subjectType=user&subjectId={user.id}")
        assert sentences(page) == [
            "adm-judge deleted the account of adm-bob",
            "adm-judge disabled adm-bob",
            "adm-judge changed the role of adm-bob to manager",
            "adm-judge approved adm-bob as employee",
            "The operator created the account of adm-bob",
        ]
        assert f"{USERS}/{user.id}" in {each.get("href") for _, each in tags(page, "a")}

    async def test_it_is_filtered_by_who_what_and_when(self, service: Service) -> None:
        admin, doer = await an_admin(service), await has(service, "adm-doer")
        task = await service.container.create_task()(doer, title="Feed the hen")
        assert sentences(await admin.opens(f"{AUDIT}?actor=ADM-DOER")) == [
            "adm-doer created the task Feed the hen"
        ]
        assert sentences(await admin.opens(f"{AUDIT}?actor=adm-doer&type=task.deleted")) == []
        assert "Nobody is called adm-nobody" in (await admin.opens(f"{AUDIT}?actor=adm-nobody")).text
        today = datetime.now(UTC).date()
        both = f"{AUDIT}?subjectType=task&subjectId={task.id}"
        assert len(sentences(await admin.opens(f"{both}&from={today}&to=9999-12-31"))) == 1
        assert len(sentences(await admin.opens(f"{both}&from=0001-01-01&to={today}"))) == 1
        assert sentences(await admin.opens(f"{both}&to=2001-01-01")) == []
        assert sentences(await admin.opens(f"{both}&from=9999-12-31")) == []

    async def test_it_goes_on_page_by_page(self, service: Service) -> None:
        admin = await an_admin(service)
        user = await has(service, "adm-busy")
        for title in ("One", "Two", "Three"):
            await service.container.create_task()(user, title=title)
        page = await admin.opens(f"{AUDIT}?actor=adm-busy&limit=2")
        (following,) = [each["href"] for _, each in tags(page, "a") if each.get("rel") == "next"]
        told = [*sentences(page), *sentences(await admin.opens(following))]
        assert [each.split()[-1] for each in told] == ["Three", "Two", "One"]


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


def sentences(page: httpx.Response) -> list[str]:
    """Return what the audit trail tells, without markup."""
    found = re.findall(r'<p class="event-sentence">(.*?)</p>', page.text)
    return [re.sub(r"<[^>]*>", "", each) for each in found]
