"""One's own account in a browser that runs no scripts. Needs the fixture `service`."""

import re
from itertools import count

import httpx
import pytest

from domain.users import Role, UserChanges
from tests.contracts.http_service import PASSWORD, Service
from tests.contracts.http_sessions import NEW_PASSWORD
from tests.contracts.web_browser import LOGIN, Reader, at_a_browser, csrf_of, field, signed_in, tags
from tests.contracts.web_dashboard import account_of
from tests.contracts.web_injection import SCRIPTS

ACCOUNT = "/account"
DELETE = f"{ACCOUNT}/delete"
PASSWORD_FORM = f"{ACCOUNT}/password"
OTHERS = f"{ACCOUNT}/sessions/end-others"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"

_numbers = count(100)


def hidden(page: httpx.Response, name: str) -> str:
    """Return what a hidden field holds, the first of its name."""
    return next(each["value"] for _, each in tags(page, "input") if each.get("name") == name)


def ends(page: httpx.Response) -> list[str]:
    """Return the paths by which a page of one's account ends single sessions."""
    return re.findall(r'action="(/account/sessions/\d+/end)"', page.text)


async def come_in_again(service: Service, username: str, user_agent: str = FIREFOX) -> Reader:
    """Sign someone in at one more browser."""
    reader = at_a_browser(service)
    reader.http.headers["user-agent"] = user_agent
    assert (await reader.signs_in(username)).status_code == 303
    return reader


@pytest.mark.anyio
class OwnAccountContract:
    """What someone is called, and how they leave."""

    async def test_everything_is_for_those_who_are_signed_in(self, service: Service) -> None:
        stranger = at_a_browser(service)
        for path in (ACCOUNT, DELETE):
            assert (await stranger.http.get(path)).headers["location"].startswith(LOGIN)
        for path in (ACCOUNT, PASSWORD_FORM, OTHERS, f"{ACCOUNT}/sessions/1/end", DELETE):
            answer = await stranger.sends(path, {"username": "x"}, form_at=LOGIN)
            assert answer.headers["location"].startswith(LOGIN)

    async def test_nothing_happens_without_the_pages_token(self, service: Service) -> None:
        reader = await signed_in(service, "acc-forged")
        for path in (ACCOUNT, PASSWORD_FORM, OTHERS, f"{ACCOUNT}/sessions/1/end", DELETE):
            answer = await reader.http.post(path, data={"username": "acc-forged"})
            assert answer.status_code == 403
        assert await reader.is_in()

    async def test_a_new_name_and_address_are_saved_and_said_to_be(self, service: Service) -> None:
        reader = await signed_in(service, "acc-ann")
        page = await reader.opens(ACCOUNT)
        assert field(page, "username")["value"] == "acc-ann"
        sent = {"username": "acc-anna", "email": "anna@example.org", "version": hidden(page, "version")}
        answer = await reader.sends(ACCOUNT, sent)
        assert (answer.status_code, answer.headers["location"]) == (303, ACCOUNT)
        page = await reader.opens(ACCOUNT)
        assert "Your profile is saved." in page.text
        assert (field(page, "username")["value"], field(page, "email")["value"]) == (
            "acc-anna",
            "anna@example.org",
        )
        await reader.sends(ACCOUNT, {**sent, "email": "", "version": hidden(page, "version")})
        assert (await account_of(service, "acc-anna")).email is None

    async def test_faults_stand_beside_their_fields(self, service: Service) -> None:
        reader = await signed_in(service, "acc-fay")
        await signed_in(service, "acc-taken")
        page = await reader.sends(ACCOUNT, {"username": "a!", "email": "nowhere", "version": "1"})
        assert page.status_code == 422
        assert field(page, "username")["value"] == "a!"
        assert {field(page, name)["aria-invalid"] for name in ("username", "email")} == {"true"}
        page = await reader.sends(ACCOUNT, {"username": "ACC-TAKEN", "version": "1"})
        assert "Username is taken" in page.text
        for rubbish in ({}, {"version": "x"}, {"version": "-1"}, {"version": "9" * 40}, {"version": "٣"}):
            assert (await reader.sends(ACCOUNT, {"username": "acc-fay", **rubbish})).status_code == 422

    async def test_a_change_made_meanwhile_is_shown_and_not_overwritten_unseen(self, service: Service) -> None:
        reader = await signed_in(service, "acc-sue")
        seen = hidden(await reader.opens(ACCOUNT), "version")
        user = await account_of(service, "acc-sue")
        await service.container.change_user()(
            user, user_id=user.id, changes=UserChanges(email="meanwhile@example.org")
        )
        page = await reader.sends(ACCOUNT, {"username": "acc-susan", "email": "mine@example.org", "version": seen})
        assert page.status_code == 412
        assert field(page, "username")["value"] == "acc-susan"
        assert field(page, "email")["value"] == "mine@example.org"
        assert "meanwhile@example.org" in page.text
        assert (await account_of(service, "acc-sue")).email == "meanwhile@example.org"
        again = {"username": "acc-susan", "email": "mine@example.org", "version": hidden(page, "version")}
        assert (await reader.sends(ACCOUNT, again)).status_code == 303
        assert (await account_of(service, "acc-susan")).email == "mine@example.org"

    @pytest.mark.parametrize("text", SCRIPTS)
    async def test_what_is_typed_is_shown_back_as_text(self, service: Service, text: str) -> None:
        reader = await signed_in(service, f"acc-{next(_numbers)}")
        for path in (ACCOUNT, DELETE):
            page = await reader.sends(path, {"username": text, "email": text, "version": "1"})
            assert page.status_code == 422
            assert field(page, "username")["value"] == text
            assert not [each for _, each in tags(page) if any(name.startswith("on") for name in each)]
            assert not [each for _, each in tags(page, "script") if not each.get("src", "").startswith("/static/")]

    async def test_who_leaves_types_their_name_and_is_out_at_once(self, service: Service) -> None:
        reader = await signed_in(service, "acc-leo")
        other = await come_in_again(service, "acc-leo")
        page = await reader.sends(DELETE, {"username": "someone-else", "currentPassword": PASSWORD})
        assert page.status_code == 422
        assert field(page, "username")["aria-invalid"] == "true"
        sent = {"username": "ACC-leo", "currentPassword": PASSWORD}
        assert (await reader.sends(DELETE, sent)).headers["location"] == "/"
        assert "Your account is deleted." in (await reader.opens("/")).text
        assert not await reader.is_in()
        assert not await other.is_in()

    async def test_who_found_a_session_open_deletes_nothing_without_the_password(self, service: Service) -> None:
        reader = await signed_in(service, "acc-len")
        for wrong in ({}, {"currentPassword": "not-my-passw0rd"}, {"currentPassword": "x" * 100_000}):
            page = await reader.sends(DELETE, {"username": "acc-len", **wrong})
            assert page.status_code == 422
            assert field(page, "currentPassword")["aria-invalid"] == "true"
            assert field(page, "username")["value"] == "acc-len"
            assert "not-my-passw0rd" not in page.text
        assert await reader.is_in()

    async def test_the_last_admin_stays_and_hears_why(self, service: Service) -> None:
        reader = await signed_in(service, "acc-root", role=Role.ADMIN)
        page = await reader.sends(DELETE, {"username": "acc-root", "currentPassword": PASSWORD})
        assert page.status_code == 422
        assert "last active admin" in page.text
        assert await reader.is_in()


@pytest.mark.anyio
class ThrottledFarewellContract:
    """Guessing a password where an account is deleted."""

    variables = {"RATE_LIMIT_SIGN_IN_FAILURES": "2"}  # noqa: RUF012  # read by the fixture, never written

    async def test_guesses_are_bounded_together_with_those_for_a_new_password(self, service: Service) -> None:
        reader = await signed_in(service, "acc-gus")
        wrong = {"currentPassword": "a guess", "newPassword": NEW_PASSWORD}
        assert (await reader.sends(PASSWORD_FORM, wrong, form_at=ACCOUNT)).status_code == 422
        farewell = {"username": "acc-gus", "currentPassword": "a guess"}
        assert (await reader.sends(DELETE, farewell)).status_code == 422
        page = await reader.sends(DELETE, {**farewell, "currentPassword": PASSWORD})
        assert page.status_code == 429
        assert "Try again in" in page.text
        assert await reader.is_in()


@pytest.mark.anyio
class OwnSessionsPageContract:
    """Where someone is signed in, and with which password."""

    async def test_devices_are_named_and_this_one_is_marked(self, service: Service) -> None:
        reader = await signed_in(service, "acc-dan")
        await come_in_again(service, "acc-dan")
        await come_in_again(service, "acc-dan", '<script>alert(1)</script>" onload="x')
        page = await reader.opens(ACCOUNT)
        assert "Firefox on Linux" in page.text
        assert page.text.count("This device") == 1
        assert page.text.index("This device") < page.text.index("/end")
        assert len(ends(page)) == 2
        assert "<script>alert" not in page.text

    async def test_a_session_is_ended_from_another(self, service: Service) -> None:
        reader = await signed_in(service, "acc-eve")
        lost = await come_in_again(service, "acc-eve")
        (path,) = ends(await reader.opens(ACCOUNT))
        assert (await reader.sends(path, form_at=ACCOUNT)).headers["location"] == ACCOUNT
        assert not await lost.is_in()
        assert (await reader.sends(path, form_at=ACCOUNT)).status_code == 404

    async def test_nobody_ends_the_session_of_another(self, service: Service) -> None:
        victim, reader = await signed_in(service, "acc-vic"), await signed_in(service, "acc-mal")
        third = await come_in_again(service, "acc-vic")
        (path,) = ends(await victim.opens(ACCOUNT))
        for each in (path, *(f"{ACCOUNT}/sessions/{other}/end" for other in ("0", "x", "%00", str(2**63)))):
            assert (await reader.sends(each, form_at=ACCOUNT)).status_code == 404
        assert await third.is_in()

    async def test_all_others_are_ended_at_once(self, service: Service) -> None:
        reader = await signed_in(service, "acc-oma")
        others = [await come_in_again(service, "acc-oma") for _ in range(2)]
        program = await service.signs_in("acc-oma")
        assert (await reader.sends(OTHERS, form_at=ACCOUNT)).headers["location"] == ACCOUNT
        page = await reader.opens(ACCOUNT)
        assert "signed out everywhere else" in page.text
        assert ends(page) == []
        assert [await each.is_in() for each in others] == [False, False]
        assert (await program.http.get("/api/v1/auth/me")).status_code == 401

    async def test_a_session_that_has_ended_ends_no_others(self, service: Service) -> None:
        reader, other = await signed_in(service, "acc-pat"), await come_in_again(service, "acc-pat")
        token = csrf_of(await reader.opens(ACCOUNT))
        await other.sends(OTHERS, form_at=ACCOUNT)
        answer = await reader.http.post(OTHERS, data={"csrf": token})
        assert answer.status_code == 403
        assert await other.is_in()

    async def test_a_new_password_ends_every_other_session_and_says_so(self, service: Service) -> None:
        reader, other = await signed_in(service, "acc-pia"), await come_in_again(service, "acc-pia")
        sent = {"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD}
        assert (await reader.sends(PASSWORD_FORM, sent, form_at=ACCOUNT)).headers["location"] == ACCOUNT
        assert "Every other session has ended" in (await reader.opens(ACCOUNT)).text
        assert not await other.is_in()
        assert (await at_a_browser(service).signs_in("acc-pia", password=NEW_PASSWORD)).status_code == 303

    async def test_a_wrong_or_weak_password_is_a_fault_and_never_shown_again(self, service: Service) -> None:
        reader = await signed_in(service, "acc-pip")
        sent = {"currentPassword": "not-my-passw0rd", "newPassword": NEW_PASSWORD}
        page = await reader.sends(PASSWORD_FORM, sent, form_at=ACCOUNT)
        assert page.status_code == 422
        assert "Current password is not your password" in page.text
        assert "not-my-passw0rd" not in page.text
        assert NEW_PASSWORD not in page.text
        page = await reader.sends(PASSWORD_FORM, {**sent, "newPassword": "short"}, form_at=ACCOUNT)
        assert field(page, "newPassword")["aria-invalid"] == "true"
        assert field(page, "username")["value"] == "acc-pip"
        too_long = {**sent, "currentPassword": "x" * 100_000}
        assert (await reader.sends(PASSWORD_FORM, too_long, form_at=ACCOUNT)).status_code == 422
