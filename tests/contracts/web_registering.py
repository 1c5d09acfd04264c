"""Joining with a browser that runs no scripts. Needs the fixture `service`."""

import pytest

from tests.contracts.http_service import PASSWORD, Service
from tests.contracts.web_browser import LOGIN, REGISTER, at_a_browser, field, signed_in, tags


@pytest.mark.anyio
class RegisteringContract:
    """Newcomers."""

    async def test_a_newcomer_is_in_and_welcomed_once(self, service: Service) -> None:
        reader = at_a_browser(service)
        answer = await reader.sends(REGISTER, {"username": "nora", "password": PASSWORD, "email": ""})
        assert (answer.status_code, answer.headers["location"]) == (303, "/dashboard")
        assert "Welcome to Satchel, nora." in (await reader.opens("/")).text
        again = await reader.opens("/")
        assert "Welcome" not in again.text
        assert "nora" in again.text

    async def test_every_fault_stands_beside_its_field_and_the_rest_is_still_there(self, service: Service) -> None:
        reader = at_a_browser(service)
        page = await reader.sends(REGISTER, {"username": "a!", "email": "nowhere", "password": "short"})
        assert page.status_code == 422
        assert field(page, "username")["value"] == "a!"
        assert field(page, "email")["value"] == "nowhere"
        assert "value" not in field(page, "password")
        ids = {each["id"] for _, each in tags(page) if "id" in each}
        for name in ("username", "email", "password"):
            faulty = field(page, name)
            assert faulty["aria-invalid"] == "true"
            assert f"{name}-fault" in faulty["aria-describedby"].split()
            assert set(faulty["aria-describedby"].split()) <= ids
        (summary,) = [each for _, each in tags(page, "div") if each.get("class") == "fault-summary"]
        assert {"autofocus", "tabindex"} <= set(summary)
        links = {each["href"] for _, each in tags(page, "a")}
        assert {"#username", "#email", "#password"} <= links
        assert "short" not in page.text.partition("<form")[2].partition('id="password-fault"')[0]

    @pytest.mark.parametrize(("path", "kind"), [(REGISTER, "new-password"), (LOGIN, "current-password")])
    async def test_a_password_is_masked_and_a_password_manager_may_fill_it_in(
        self, service: Service, path: str, kind: str
    ) -> None:
        password = field(await at_a_browser(service).opens(path), "password")
        assert password["type"] == "password"
        assert password["autocomplete"] == kind
        assert "maxlength" not in password

    async def test_a_taken_name_is_a_fault_of_that_field(self, service: Service) -> None:
        await signed_in(service, "nils")
        page = await at_a_browser(service).sends(REGISTER, {"username": "NILS", "password": PASSWORD})
        assert page.status_code == 422
        assert field(page, "username")["aria-invalid"] == "true"
        assert "Username is taken" in page.text

    async def test_what_is_missing_is_asked_for(self, service: Service) -> None:
        page = await at_a_browser(service).sends(REGISTER)
        assert page.status_code == 422
        assert "Username is required" in page.text
        assert "Password is required" in page.text
        assert "Email is required" not in page.text

    async def test_who_is_in_already_is_sent_on(self, service: Service) -> None:
        reader = await signed_in(service, "nelly")
        for path in (REGISTER, LOGIN):
            assert (await reader.http.get(path)).headers["location"] == "/dashboard"


@pytest.mark.anyio
class WaitingContract:
    """Newcomers where an admin lets people in."""

    variables = {"SIGNUP_APPROVAL": "admin"}  # noqa: RUF012  # read by the fixture, never written

    async def test_a_newcomer_is_told_to_wait_and_is_not_in(self, service: Service) -> None:
        reader = at_a_browser(service)
        answer = await reader.sends(REGISTER, {"username": "wanda", "password": PASSWORD})
        assert (answer.status_code, answer.headers["location"]) == (303, "/auth/waiting")
        assert "An admin has to approve it" in (await reader.opens("/auth/waiting")).text
        assert not await reader.is_in()
        refused = await reader.signs_in("wanda")
        assert refused.status_code == 403
        assert "waits for an admin" in refused.text
        assert not await reader.is_in()
