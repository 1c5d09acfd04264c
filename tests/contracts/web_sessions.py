"""Coming in, staying and leaving with a browser that runs no scripts. Needs the fixture `service`."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from adapters.clock.fixed import FixedClock
from application.browsers import AuthenticateBrowser
from domain.users import Role, UserChanges
from tests.contracts.http_service import API, PASSWORD, Service, document, items, problem
from tests.contracts.http_sessions import CHANGE, NEW_PASSWORD, SESSIONS
from tests.contracts.http_wiring import put
from tests.contracts.web_browser import LOGIN, LOGOUT, at_a_browser, csrf_of, field, set_cookies, signed_in, tags

MONTH_SECONDS = 30 * 24 * 3600


@contextmanager
def _meeting_browsers_later(service: Service, later: timedelta) -> Generator[None]:
    """Let it be so much later wherever browsers are met."""
    container = service.container
    clock = FixedClock(container.clock().now() + later)
    put(
        AuthenticateBrowser(container.session_directory(), container.units_of_work(), clock),
        container.authenticate_browser,
    )
    try:
        yield
    finally:
        container.authenticate_browser.reset_last_overriding()


@pytest.mark.anyio
class EnteringContract:
    """Signing in and out."""

    async def test_one_comes_in_by_name_or_by_email(self, service: Service) -> None:
        await service.container.create_user()(
            None, username="emma", password=PASSWORD, email="emma@example.org", role=Role.EMPLOYEE
        )
        for name in ("emma", "EMMA", "Emma@Example.org"):
            reader = at_a_browser(service)
            assert (await reader.signs_in(name)).status_code == 303
            assert await reader.is_in()

    async def test_wrong_and_unknown_look_alike_and_the_name_is_still_there(self, service: Service) -> None:
        await signed_in(service, "erik")
        pages = [await at_a_browser(service).signs_in(name, password="not it") for name in ("erik", "nobody")]
        assert [page.status_code for page in pages] == [422, 422]
        assert field(pages[0], "name")["value"] == "erik"
        texts = [
            page.text.replace(csrf_of(page), "").replace(name, "")
            for page, name in zip(pages, ("erik", "nobody"), strict=True)
        ]
        assert texts[0] == texts[1]
        assert "The name or the password is wrong." in texts[0]

    async def test_the_page_asked_for_comes_after_the_sign_in(self, service: Service) -> None:
        await signed_in(service, "ebba")
        reader = at_a_browser(service)
        page = await reader.opens(f"{LOGIN}?next=/problems%3Fa%3Db%26c")
        (wanted, *_) = [each["value"] for _, each in tags(page, "input") if each.get("name") == "next"]
        sent = {"csrf": csrf_of(page), "next": wanted, "name": "ebba", "password": PASSWORD}
        answer = await reader.http.post(LOGIN, data=sent)
        assert answer.headers["location"] == "/problems?a=b&c"

    async def test_signing_out_ends_the_session_itself(self, service: Service) -> None:
        reader = await signed_in(service, "elsa")
        cookies = dict(reader.http.cookies)
        answer = await reader.sends(LOGOUT, form_at="/")
        assert answer.status_code == 303
        assert "You are signed out." in (await reader.opens(answer.headers["location"])).text
        thief = at_a_browser(service)
        thief.http.cookies.update(cookies)
        assert not await thief.is_in()

    async def test_a_new_sign_in_ends_the_session_that_the_browser_came_with(self, service: Service) -> None:
        await signed_in(service, "ester")
        reader = await signed_in(service, "edith")
        cookies = dict(reader.http.cookies)
        answer = await reader.sends(LOGIN, {"name": "ester", "password": PASSWORD}, form_at="/")
        assert answer.status_code == 303
        assert set_cookies(answer)["satchel_session"].value != cookies["satchel_session"]
        former = at_a_browser(service)
        former.http.cookies.update(cookies)
        assert not await former.is_in()
        assert "ester" in (await reader.opens("/")).text

    async def test_a_cookie_goes_with_the_browser_unless_it_is_to_be_remembered(self, service: Service) -> None:
        await signed_in(service, "elias")
        visit = set_cookies(await at_a_browser(service).signs_in("elias"))["satchel_session"]
        remembered = set_cookies(await at_a_browser(service).signs_in("elias", remember="on"))["satchel_session"]
        assert visit["max-age"] == ""
        assert int(remembered["max-age"]) == MONTH_SECONDS
        for cookie in (visit, remembered):
            assert (cookie["httponly"], cookie["samesite"].lower(), cookie["path"]) == (True, "lax", "/")
            assert not cookie["domain"]

    async def test_the_server_ends_a_visit_after_a_day_and_a_remembered_one_after_thirty(
        self, service: Service
    ) -> None:
        visit, remembered = await signed_in(service, "eva"), at_a_browser(service)
        await remembered.signs_in("eva", remember="on")
        for later, expected in (
            (timedelta(hours=23), (True, True)),
            (timedelta(hours=25), (False, True)),
            (timedelta(days=31), (False, False)),
        ):
            # A session that has ended is forgotten by the browser, so each look starts from the same cookie.
            looks = [at_a_browser(service), at_a_browser(service)]
            for look, reader in zip(looks, (visit, remembered), strict=True):
                look.http.cookies.update(dict(reader.http.cookies))
            with _meeting_browsers_later(service, later):
                assert (await looks[0].is_in(), await looks[1].is_in()) == expected


@pytest.mark.anyio
class BrowserSessionsContract:
    """Sessions of browsers are sessions like all others."""

    async def test_they_are_listed_and_ended_from_a_program(self, service: Service) -> None:
        reader = await signed_in(service, "sara")
        program = await service.signs_in("sara")
        listed = items(await program.http.get(SESSIONS))
        assert len(listed) == 2
        (other,) = [session for session in listed if not session["current"]]
        assert (await program.http.delete(f"{SESSIONS}/{other['id']}")).status_code == 204
        assert not await reader.is_in()

    async def test_a_changed_password_ends_them_all_remembered_ones_too(self, service: Service) -> None:
        visit, remembered = await signed_in(service, "sten"), at_a_browser(service)
        await remembered.signs_in("sten", remember="on")
        program = await service.signs_in("sten")
        change = {"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD}
        assert (await program.http.post(CHANGE, json=change)).status_code == 204
        assert not await visit.is_in()
        assert not await remembered.is_in()

    @pytest.mark.parametrize(
        "changes", [UserChanges(is_active=False), UserChanges(is_approved=False)], ids=["disabled", "disapproved"]
    )
    async def test_who_may_not_enter_any_longer_is_out_at_the_next_page(
        self, service: Service, changes: UserChanges, request: pytest.FixtureRequest
    ) -> None:
        name = f"siri-{request.node.callspec.id}"
        reader = await signed_in(service, name)
        user_id = (await service.container.find_user()(username=name)).id
        await service.container.change_user()(None, user_id=user_id, changes=changes)
        assert not await reader.is_in()

    async def test_a_cookie_is_no_token_and_a_token_no_cookie(self, service: Service) -> None:
        reader = await signed_in(service, "sven")
        cookie = reader.http.cookies["satchel_session"]
        session_id, secret = cookie.split(".")
        for token in (cookie, secret):
            bearer = {"Authorization": f"Bearer {token}"}
            problem(await service.http.get(f"{API}/auth/me", headers=bearer), 401, "unauthenticated")
            body = {"refreshToken": token}
            problem(await service.http.post(f"{API}/auth/refresh", json=body), 401, "unauthenticated")
        problem(await reader.http.get(f"{API}/auth/me"), 401, "unauthenticated")
        program = await service.signs_in("sven")
        current = next(each["id"] for each in items(await program.http.get(SESSIONS)) if each["current"])
        for planted in (program.refresh_token, f"{current}.{program.refresh_token}", f"{current}.{secret}"):
            stranger = at_a_browser(service)
            stranger.http.cookies.set("satchel_session", planted)
            assert not await stranger.is_in()
        assert await reader.is_in()
        assert document(await program.http.get(f"{API}/auth/me"))["username"] == "sven"
        assert session_id != str(current)

    async def test_a_slow_request_does_not_bring_a_session_back_that_was_ended_meanwhile(
        self, service: Service
    ) -> None:
        reader = await signed_in(service, "signe")
        cookies = dict(reader.http.cookies)
        key = service.container.cookie_jar().read_session(cookies)
        assert key is not None
        with _meeting_browsers_later(service, timedelta(hours=1)):
            page = await reader.opens("/problems")
            results = await asyncio.gather(
                reader.http.post(LOGOUT, data={"csrf": csrf_of(page)}),
                *(reader.http.get("/") for _ in range(20)),
            )
        assert results[0].status_code == 303
        for answer in results[1:]:
            session = set_cookies(answer).get("satchel_session")
            assert session is None or session.value == ""
        async with service.container.units_of_work()() as uow:
            found = await uow.sessions.get_with_user(key.session_id)
        assert found is not None
        assert found[0].revoked_at is not None
        late = at_a_browser(service)
        late.http.cookies.update(cookies)
        assert not await late.is_in()


@pytest.mark.anyio
class ThrottledSignInContract:
    """Guessing at the sign-in page."""

    variables = {"RATE_LIMIT_SIGN_IN_FAILURES": "2"}  # noqa: RUF012  # read by the fixture, never written

    async def test_the_form_comes_back_and_says_when_to_try_again(self, service: Service) -> None:
        reader = at_a_browser(service)
        for _ in range(2):
            assert (await reader.signs_in("tove", password="a guess")).status_code == 422
        page = await reader.signs_in("tove", password="a guess")
        assert page.status_code == 429
        assert int(page.headers["retry-after"]) > 0
        assert "Try again in" in page.text
        assert field(page, "name")["value"] == "tove"
        program = await service.http.post(f"{API}/auth/login", json={"username": "tove", "password": "a guess"})
        problem(program, 429, "too-many-requests")
