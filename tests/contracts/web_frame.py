"""What is true of every page. Needs the fixture `service`."""

import re

import pytest

from domain.errors import Unavailable
from tests.contracts.http_service import API, Service, document, problem
from tests.contracts.http_wiring import put
from tests.contracts.web_browser import LOGIN, REGISTER, at_a_browser, csrf_of, set_cookies, signed_in, tags

PAGES = ["/", LOGIN, REGISTER, "/auth/waiting", "/problems", "/problems/invalid", "/nowhere"]


class _Away:
    async def __call__(self, *_: object, **__: object) -> None:
        raise Unavailable("The database does not answer.")


class _Mistaken:
    async def __call__(self, *_: object, **__: object) -> None:
        raise ZeroDivisionError("secret inner life")


@pytest.mark.anyio
class FrameContract:
    """Headers, colours and caches."""

    @pytest.mark.parametrize("path", PAGES)
    async def test_nothing_inline_runs_and_every_control_is_labelled(self, service: Service, path: str) -> None:
        page = await at_a_browser(service).opens(path)
        policy = page.headers["content-security-policy"]
        assert "unsafe" not in policy
        assert "form-action 'self'" in policy
        assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=", page.text)
        labelled = {each["for"] for _, each in tags(page, "label") if "for" in each}
        for _, control in tags(page, "input", "select", "textarea"):
            assert control.get("type") == "hidden" or control["id"] in labelled
        headings = [name for name, _ in tags(page, "h1")]
        assert headings == ["h1"]
        ids = [each["id"] for _, each in tags(page) if "id" in each]
        assert len(ids) == len(set(ids))

    async def test_a_page_of_someone_signed_in_is_kept_nowhere(self, service: Service) -> None:
        reader = await signed_in(service, "vera")
        for path in ("/", "/problems"):
            page = await reader.opens(path)
            assert page.headers["cache-control"] == "no-store"
            assert "Cookie" in page.headers["vary"]
        assert (await at_a_browser(service).opens("/")).headers["cache-control"] == "private, no-cache"

    async def test_signing_out_is_in_sight_on_every_page(self, service: Service) -> None:
        reader = await signed_in(service, "vanja")
        for path in ("/", "/auth/waiting", "/problems", "/problems/invalid", "/problems/nonsense"):
            forms = [each["action"] for _, each in tags(await reader.opens(path), "form")]
            assert "/auth/logout" in forms

    async def test_colours_are_kept_in_the_browser(self, service: Service) -> None:
        reader = at_a_browser(service)
        for theme in ("dark", "light", "system"):
            token = csrf_of(await reader.opens("/problems"))
            sent = {"csrf": token, "theme": theme, "next": "/problems"}
            answer = await reader.http.post("/theme", data=sent)
            assert answer.headers["location"] == "/problems"
            assert int(set_cookies(answer)["theme"]["max-age"]) > 0
            assert f'data-theme="{theme}"' in (await reader.opens("/")).text
            (pressed,) = [
                each["value"]
                for _, each in tags(await reader.opens("/"), "button")
                if each.get("aria-pressed") == "true"
            ]
            assert pressed == theme

    @pytest.mark.parametrize("theme", ["", "sepia", "dark\0", '"><script>'])
    async def test_other_colours_are_none(self, service: Service, theme: str) -> None:
        reader = at_a_browser(service)
        token = csrf_of(await reader.opens("/"))
        answer = await reader.http.post("/theme", data={"csrf": token, "theme": theme})
        assert answer.status_code == 422
        page = await reader.http.get("/", headers=[("Cookie", f"theme={theme}")] if theme.isprintable() else [])
        assert 'data-theme="system"' in page.text

    async def test_files_are_kept_as_long_as_their_address_names_their_content(self, service: Service) -> None:
        page = await at_a_browser(service).opens("/")
        addresses = {each["href"] for _, each in tags(page, "link")}
        assert len(addresses) >= 2
        for address in addresses:
            assert "immutable" in (await service.http.get(address)).headers["cache-control"]
            path = address.partition("?")[0]
            for other in (path, f"{path}?v=0", f"{path}?v="):
                assert (await service.http.get(other)).headers["cache-control"] == "no-cache"

    @pytest.mark.parametrize("given", ["x.y", "WyJoaSIsImRvbmUiXQ." + "0" * 64, ".", "é", "a" * 5000])
    async def test_a_message_that_is_not_ours_is_not_shown(self, service: Service, given: str) -> None:
        headers = [(b"Accept", b"text/html"), (b"Cookie", f"satchel_flash={given}".encode())]
        page = await service.http.get("/", headers=headers)
        assert page.status_code == 200
        assert "flash-" not in page.text

    async def test_forms_that_are_a_page_of_their_own_begin_with_their_first_field(self, service: Service) -> None:
        stranger, reader = at_a_browser(service), await signed_in(service, "frame-first")
        for browser, path, first in (
            (stranger, LOGIN, "name"),
            (stranger, REGISTER, "username"),
            (reader, "/tasks/new", "title"),
            (reader, "/cheats/new", "title"),
            (reader, "/posts/new", "title"),
        ):
            fields = tags(await browser.opens(path), "input")
            assert [each["name"] for _, each in fields if "autofocus" in each] == [first], path
        faulty = await reader.sends("/tasks", {"title": ""}, form_at="/tasks/new")
        assert not [each for _, each in tags(faulty, "input") if "autofocus" in each]


@pytest.mark.anyio
class ErrorPagesContract:
    """A browser gets an error it can read, a program a problem document."""

    async def test_a_missing_page_is_a_page_with_the_requests_id(self, service: Service) -> None:
        for path in ("/nowhere", "/problems/nonsense", "/static/nothing.css", "/auth/login/x"):
            page = await at_a_browser(service).opens(path)
            assert page.status_code == 404
            assert page.headers["x-request-id"] in page.text
            problem(await service.http.get(path), 404, "not-found")

    @pytest.mark.parametrize("things", ["tasks", "cheats", "posts"])
    async def test_a_missing_thing_may_have_been_deleted_and_leads_to_the_others(
        self, service: Service, things: str
    ) -> None:
        reader = await signed_in(service, f"frame-{things}")
        for path in (f"/{things}/{2**62}", f"/{things}/{2**62}/edit"):
            page = await reader.opens(path)
            assert page.status_code == 404
            assert "It may have been deleted." in page.text
            assert f'<a class="button" href="/{things}">All {things}</a>' in page.text
        assert "deleted" not in (await reader.opens(f"/{things}/nonsense/x")).text

    async def test_under_the_api_it_stays_a_problem_document_for_anyone(self, service: Service) -> None:
        reader = at_a_browser(service)
        problem(await reader.http.get(f"{API}/nowhere"), 404, "not-found")
        problem(await reader.http.get(f"{API}/tasks"), 401, "unauthenticated")
        problem(await reader.http.get("/api/tasks"), 401, "unauthenticated")

    async def test_a_store_that_is_away_is_told_with_when_to_come_back(self, service: Service) -> None:
        reader = at_a_browser(service)
        token = csrf_of(await reader.opens(LOGIN))
        put(_Away(), service.container.sign_in_browser)
        try:
            page = await reader.http.post(LOGIN, data={"csrf": token, "name": "a", "password": "b"})
        finally:
            service.container.sign_in_browser.reset_last_overriding()
        assert page.status_code == 503
        assert int(page.headers["retry-after"]) > 0
        assert "Back in a moment" in page.text

    async def test_a_mistake_of_ours_says_nothing_of_the_inside(self, service: Service) -> None:
        reader = at_a_browser(service)
        token = csrf_of(await reader.opens(LOGIN))
        put(_Mistaken(), service.container.sign_in_browser)
        try:
            page = await reader.http.post(LOGIN, data={"csrf": token, "name": "a", "password": "b"})
        finally:
            service.container.sign_in_browser.reset_last_overriding()
        assert page.status_code == 500
        assert page.headers["x-request-id"] in page.text
        assert "secret inner life" not in page.text
        assert "ZeroDivision" not in page.text

    async def test_a_program_still_gets_its_index(self, service: Service) -> None:
        index = await service.http.get("/")
        assert set(document(index)) == {"name", "version", "docs", "health"}
        assert "set-cookie" not in index.headers


@pytest.mark.anyio
class ProductionCookiesContract:
    """Outside development cookies travel over HTTPS alone, and belong to this host alone."""

    variables = {  # noqa: RUF012  # read by the fixture, never written
        "ENVIRONMENT": "production",
        "SIGNUP_APPROVAL": "automatic",
        "CORS_ORIGINS": "https://satchel.example",
    }

    async def test_every_cookie_has_all_its_flags_and_its_end_has_them_too(self, service: Service) -> None:
        reader = at_a_browser(service, secure=True)
        opened = await reader.http.get(REGISTER)
        sent = {"csrf": csrf_of(opened), "username": "pia", "password": "seven swans a-swimming"}
        registered = await reader.http.post(REGISTER, data=sent)
        assert registered.status_code == 303, registered.text
        home = await reader.http.get("/")
        assert "pia" in home.text
        left = await reader.http.post("/auth/logout", data={"csrf": csrf_of(home)})
        names = set[str]()
        for answer in (opened, registered, home, left):
            for name, cookie in set_cookies(answer).items():
                names.add(name)
                assert cookie["secure"] is True
                assert cookie["httponly"] is True
                assert cookie["samesite"].lower() == "lax"
                assert cookie["path"] == "/"
                assert cookie["domain"] == ""
        assert names == {"__Host-satchel_session", "__Host-satchel_visitor", "__Host-satchel_flash"}
        assert "strict-transport-security" in home.headers
