"""How admins look after accounts in a browser that runs no scripts. Needs the fixture `service`."""

import re

import httpx
import pytest

from application.approvals import REASON_MOST
from domain.users import Role, UserChanges, UserStatus
from tests.contracts.http_service import PASSWORD, Service
from tests.contracts.web_account import hidden
from tests.contracts.web_admin import NEW_USER, USERS, an_admin, does, has, now_of
from tests.contracts.web_browser import at_a_browser, field, signed_in, tags


def version_in(page: httpx.Response, action: str) -> str:
    """Return the version that the form with this action was made from."""
    (found,) = re.findall(
        rf'action="{action}"[^>]*>(?:(?!</form>).)*name="version" value="(\d+)"', page.text, re.DOTALL
    )
    return str(found)


@pytest.mark.anyio
class UserAdministrationContract:
    """Accounts."""

    async def test_who_waits_stands_first_and_is_let_in_as_what_the_admin_says(self, service: Service) -> None:
        admin, waiting = await an_admin(service), await has(service, "adm-nora", is_approved=False)
        page = await admin.opens(USERS)
        seen = version_in(page, f"{USERS}/{waiting.id}/approve")
        assert version_in(page, f"{USERS}/{waiting.id}/reject") == seen
        sent = {"role": "manager", "next": USERS, "version": seen}
        answer = await admin.sends(f"{USERS}/{waiting.id}/approve", sent, form_at=USERS)
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

    @pytest.mark.parametrize("decision", ["/approve", "/reject", "/delete"])
    async def test_a_decision_over_what_has_changed_meanwhile_is_made_anew(
        self, service: Service, decision: str
    ) -> None:
        admin = await an_admin(service)
        user = await has(service, f"adm-late-{decision[1:]}", is_approved=False)
        path = f"{USERS}/{user.id}"
        seen = hidden(await admin.opens(path), "version")
        after = await service.container.change_user()(
            None, user_id=user.id, changes=UserChanges(role=Role.MANAGER, email=f"{decision[1:]}@example.org")
        )
        page = await admin.sends(path + decision, {"version": seen}, form_at=path)
        assert page.status_code == 412
        assert "changed by someone else meanwhile" in page.text
        assert await now_of(service, user) == after
        assert (await admin.sends(path + decision, form_at=path)).status_code == 422
        again = {"version": hidden(page, "version")}
        assert (await admin.sends(path + decision, again, form_at=path)).status_code == 303

    async def test_a_deleted_account_is_shown_and_comes_back(self, service: Service) -> None:
        admin, reader = await an_admin(service), await signed_in(service, "adm-del")
        user = await service.container.find_user()(username="adm-del")
        assert (await does(admin, user, "/delete")).status_code == 303
        assert not await reader.is_in()
        page = await admin.opens(f"{USERS}/{user.id}")
        assert f'action="{USERS}/{user.id}/restore"' in page.text
        assert "adm-del" in (await admin.opens(f"{USERS}?status=deleted")).text
        assert (await does(admin, user, "/delete", version="1")).status_code == 404
        await does(admin, user, "/restore")
        assert (await now_of(service, user)).may_enter


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
