"""What others try with forms, cookies and addresses of ours. Needs the fixture `service`."""

from urllib.parse import urlsplit

import httpx
import pytest

from tests.contracts.http_service import PASSWORD, Service
from tests.contracts.web_browser import (
    LOGIN,
    LOGOUT,
    REGISTER,
    Reader,
    at_a_browser,
    csrf_of,
    field,
    only_our_scripts,
    set_cookies,
    signed_in,
    tags,
)

ELSEWHERE = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "/\\/evil.example",
    "\\\\evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https://evil.example/",
    "HTTPS://evil.example",
    "//satchel.example@evil.example/",
    "https://satchel.example@evil.example/",
    "https://satchel.example.evil.example/",
    "/\tevil.example",
    "/\t/evil.example",
    "\t//evil.example",
    " //evil.example",
    "/\r\nSet-Cookie: a=b",
    "/\n/evil.example",
    "/%0d%0aSet-Cookie:a=b",
    "/%2f..",
    "/%2fevil.example",
    "/%5cevil.example",
    "/%2e%2e//evil.example",
    "/.//evil.example",
    "/..//evil.example",
    "/problems//evil.example",
    "/\u2215\u2215evil.example",
    "/\uff0f\uff0fevil.example",
    "\uff0f\uff0fevil.example",
    "/\u3002evil.example",
    "javascript:alert(1)",
    "java\tscript:alert(1)",
    "data:text/html,x",
    "evil.example",
    "",
    "?next=//evil.example",
    "#//evil.example",
    "/%00/evil.example",
    "/\ud7ff",
    "/" + "a" * 5000,
]
SCRIPTS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    '" autofocus onfocus="alert(1)',
    "{{ 7*7 }}",
    "{% raw %}",
    "</title></textarea><script>alert(1)</script>",
    "javascript:alert(1)",
    "&lt;script&gt;",
    "\u2028<script>\u2029",
]


async def _refused(reader: Reader, path: str, **sent: object) -> httpx.Response:
    answer = await reader.http.post(path, **sent)  # type: ignore[arg-type]  # each test knows what it sends
    assert answer.status_code == 403, answer.text
    assert answer.headers["content-type"].startswith("text/html")
    assert "Nothing was changed." in answer.text
    assert answer.headers["x-request-id"] in answer.text
    return answer


@pytest.mark.anyio
class ForgedFormsContract:
    """A form counts only from a page that was shown to this very browser."""

    async def test_without_a_token_or_with_a_made_up_one_it_is_refused(self, service: Service) -> None:
        reader = await signed_in(service, "fay")
        for token in ("", "0" * 64, "\u0416" * 64, "a\udc80b".encode("utf-8", "replace").decode(), "a" * 10_000):
            await _refused(reader, LOGOUT, data={"csrf": token})
        await _refused(reader, LOGOUT, data={"other": "1"})
        await _refused(reader, LOGOUT)
        await _refused(reader, LOGOUT, headers={b"X-CSRF-Token": b"\xff\xfe"})
        assert await reader.is_in()

    async def test_a_token_of_another_session_is_refused_even_ones_own_former(self, service: Service) -> None:
        mine, hers = await signed_in(service, "finn"), await signed_in(service, "freya")
        await _refused(mine, LOGOUT, data={"csrf": csrf_of(await hers.opens("/"))})
        former = csrf_of(await mine.opens("/"))
        await mine.sends(LOGOUT, form_at="/")
        await mine.signs_in("finn")
        await _refused(mine, LOGOUT, data={"csrf": former})
        assert await mine.is_in()

    async def test_what_was_written_while_the_session_ended_comes_back(self, service: Service) -> None:
        """But neither what another site sends, nor any secret."""
        reader = await signed_in(service, "fleur")
        fields = {"csrf": csrf_of(await reader.opens("/")), "title": "An </textarea> end", "password": "hunter22"}
        await reader.http.post(LOGOUT, data={"csrf": fields["csrf"]})
        own = {"Sec-Fetch-Site": "same-origin", "Referer": "http://satchel.example/posts/new"}
        for headers, comes_back in ((own, True), ({"Origin": "http://satchel.example"}, False)):
            answer = await reader.http.post("/posts", data=fields, headers=headers)
            assert answer.status_code == 403
            assert ("An &lt;/textarea&gt; end" in answer.text) is comes_back
            assert ("/auth/login?next=%2Fposts%2Fnew" in answer.text) is comes_back
            assert "hunter22" not in answer.text

    async def test_a_file_in_its_place_is_refused(self, service: Service) -> None:
        reader = await signed_in(service, "fritz")
        token = csrf_of(await reader.opens("/"))
        for name in ("csrf", "theme"):
            answer = await reader.http.post(LOGOUT, data={"csrf": token}, files={name: ("a.txt", token.encode())})
            assert answer.status_code == 415
            assert answer.headers["content-type"].startswith("text/html")
        assert await reader.is_in()

    async def test_a_script_of_ours_sends_the_token_in_a_header(self, service: Service) -> None:
        reader = await signed_in(service, "frida")
        token = csrf_of(await reader.opens("/"))
        assert (await reader.http.post(LOGOUT, headers={"X-CSRF-Token": token})).status_code == 303
        assert not await reader.is_in()

    @pytest.mark.parametrize(
        "headers",
        [
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Sec-Fetch-Site": "none"},
            {"Sec-Fetch-Site": "cross-site", "Origin": "http://satchel.example"},
            {"Origin": "http://evil.example"},
            {"Origin": "http://satchel.example.evil.example"},
            {"Origin": "http://satchel.example:8080"},
            {"Origin": "null"},
            {"Origin": "http://[::1"},
            {"Origin": ""},
        ],
    )
    async def test_what_the_browser_says_comes_from_elsewhere_is_refused_whatever_its_token(
        self, service: Service, headers: dict[str, str]
    ) -> None:
        reader = at_a_browser(service)
        token = csrf_of(await reader.opens(LOGIN))
        await _refused(reader, LOGIN, data={"csrf": token, "name": "a", "password": "b"}, headers=headers)

    @pytest.mark.parametrize(
        "headers", [{"Sec-Fetch-Site": "same-origin", "Origin": "null"}, {"Origin": "http://satchel.example"}, {}]
    )
    async def test_what_comes_from_here_passes(self, service: Service, headers: dict[str, str]) -> None:
        reader = at_a_browser(service)
        token = csrf_of(await reader.opens("/"))
        answer = await reader.http.post("/theme", data={"csrf": token, "theme": "dark"}, headers=headers)
        assert answer.status_code == 303

    async def test_nobody_is_signed_in_by_anothers_form(self, service: Service) -> None:
        await signed_in(service, "flora")
        attacker, victim = at_a_browser(service), at_a_browser(service)
        token = csrf_of(await attacker.opens(LOGIN))
        form = {"csrf": token, "name": "flora", "password": PASSWORD}
        await _refused(victim, LOGIN, data=form)
        await victim.opens(LOGIN)
        await _refused(victim, LOGIN, data=form)
        assert not await victim.is_in()

    @pytest.mark.parametrize("planted", ["x", "a" * 64, "a" * 64 + "." + "b" * 64, "é.é", ".", "%00", '"'])
    async def test_a_planted_visitor_is_none(self, service: Service, planted: str) -> None:
        reader = at_a_browser(service)
        headers = [(b"Cookie", f"satchel_visitor={planted}".encode())]
        page = await reader.http.get(LOGIN, headers=headers)
        assert set_cookies(page)["satchel_visitor"].value != planted
        form = {"csrf": csrf_of(page), "name": "a", "password": "b"}
        reader.http.cookies.clear()
        await _refused(reader, LOGIN, data=form, headers=headers)

    async def test_looking_changes_nothing(self, service: Service) -> None:
        reader = await signed_in(service, "felix")
        for path in (LOGOUT, "/theme"):
            answer = await reader.http.get(path)
            assert answer.status_code == 405
            assert answer.headers["allow"]
            assert answer.headers["content-type"].startswith("text/html")
        assert await reader.is_in()


@pytest.mark.anyio
class PlantedSessionsContract:
    """No session begins but by signing in, and it has a secret of its own."""

    @pytest.mark.parametrize(
        "planted",
        [
            "1",
            "1.",
            f"1.{'0' * 64}",
            f"{2**63}.{'0' * 64}",
            f"0.{'0' * 64}",
            f"-1.{'a' * 64}",
            f"\u0661.{'a' * 64}",
            ".",
            "é",
            "a" * 5000,
        ],
    )
    async def test_a_planted_session_is_not_adopted(self, service: Service, planted: str) -> None:
        reader = at_a_browser(service)
        headers = [(b"Cookie", f"satchel_session={planted}".encode())]
        page = await reader.http.get("/", headers=headers)
        assert page.status_code == 200
        assert f'action="{LOGOUT}"' not in page.text

    async def test_the_session_before_signing_in_is_not_the_one_after(self, service: Service) -> None:
        await signed_in(service, "paula")
        reader = at_a_browser(service)
        planted = f"1.{'0' * 64}"
        reader.http.cookies.set("satchel_session", planted, domain="satchel.example")
        answer = await reader.signs_in("paula")
        assert set_cookies(answer)["satchel_session"].value != planted
        assert len(set_cookies(answer)["satchel_session"].value.split(".")[1]) == 64


@pytest.mark.anyio
class WayBackContract:
    """Where someone is sent after signing in is a page of this site."""

    @pytest.mark.parametrize("wanted", ELSEWHERE)
    async def test_no_other_place_is_followed(self, service: Service, wanted: str) -> None:
        reader = at_a_browser(service)
        token = csrf_of(await reader.opens("/"))
        answer = await reader.http.post("/theme", data={"csrf": token, "theme": "light", "next": wanted})
        assert answer.status_code == 303
        assert answer.headers["location"] == "/dashboard"

    @pytest.mark.parametrize(
        ("referer", "next"),
        [
            ("http://satchel.example/tasks?q=tea", "?next=%2Ftasks%3Fq%3Dtea"),
            ("http://evil.example//elsewhere", ""),
            ("http://[", ""),
            ("", ""),
        ],
    )
    async def test_who_sends_a_form_of_a_session_that_is_over_comes_back_to_its_page(
        self, service: Service, referer: str, next: str
    ) -> None:
        """Where forms are sent to, there is nothing to look at."""
        reader = at_a_browser(service)
        token = csrf_of(await reader.opens("/auth/login"))
        answer = await reader.http.post("/account", data={"csrf": token}, headers={"Referer": referer})
        assert (answer.status_code, answer.headers["location"]) == (303, f"/auth/login{next}")

    @pytest.mark.parametrize(
        "wanted",
        [
            "/",
            "/tasks",
            "/tasks/",
            "/posts/7/edit",
            "/cheats?q=a%2Fb&topicId=3",
            "/a-b_c.d~e",
            "/%C3%A9",
            "/a?b=//c",
        ],
    )
    async def test_a_page_of_this_site_is(self, service: Service, wanted: str) -> None:
        reader = at_a_browser(service)
        token = csrf_of(await reader.opens("/"))
        answer = await reader.http.post("/theme", data={"csrf": token, "theme": "light", "next": wanted})
        assert answer.headers["location"] == wanted
        assert urlsplit(httpx.URL("http://satchel.example").join(wanted).__str__()).netloc == "satchel.example"


@pytest.mark.anyio
class InjectionContract:
    """Whatever is typed is shown as it was typed, and is markup nowhere."""

    @pytest.mark.parametrize("text", SCRIPTS)
    async def test_no_field_becomes_markup(self, service: Service, text: str) -> None:
        reader = at_a_browser(service)
        plain = [
            name for name, _ in tags(await reader.sends(REGISTER, {"username": "x", "email": "y", "next": "z"}))
        ]
        page = await reader.sends(REGISTER, {"username": text, "email": text, "password": text, "next": text})
        assert page.status_code == 422
        assert field(page, "username")["value"] == text
        assert field(page, "email")["value"] == text
        found = list(tags(page))
        assert only_our_scripts(found)
        assert not [each for _, each in found if any(name.startswith("on") for name in each)]
        assert {name for name, _ in found} == set(plain)
        login = await reader.sends(LOGIN, {"name": text, "password": text, "next": text})
        assert field(login, "name")["value"] == text
        opened = await reader.http.get(LOGIN, params={"next": text})
        assert only_our_scripts(tags(opened))

    async def test_a_missing_page_does_not_repeat_its_address_as_markup(self, service: Service) -> None:
        page = await at_a_browser(service).http.get("/<script>alert(1)</script>")
        assert page.status_code == 404
        assert only_our_scripts(tags(page))


@pytest.mark.anyio
class BrokenFormsContract:
    """Nothing that is sent as a form is a mistake of ours."""

    @pytest.mark.parametrize(
        "body",
        [
            b"\xff\xfe",
            b"%ff%fe=1",
            b"%",
            b"%zz=%zz",
            b"=",
            b"&&&&",
            b"a" * 10_000,
            b"&".join([b"a=1"] * 2000),
            b"csrf=1&csrf=2",
            b"csrf=%00",
            b"{}",
        ],
    )
    async def test_no_body_is_too_strange(self, service: Service, body: bytes) -> None:
        reader = at_a_browser(service)
        await reader.opens(LOGIN)
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = await reader.http.post(LOGIN, content=body, headers=headers)
        assert answer.status_code in {400, 403}
        assert answer.headers["content-type"].startswith("text/html")

    async def test_what_text_cannot_hold_is_a_fault_of_its_field(self, service: Service) -> None:
        page = await at_a_browser(service).sends(REGISTER, {"username": "a\0b", "password": PASSWORD})
        assert page.status_code == 422
        assert field(page, "username")["aria-invalid"] == "true"
        assert "\0" not in page.text

    async def test_unknown_fields_are_left_alone_and_the_last_of_several_counts(self, service: Service) -> None:
        page = await at_a_browser(service).sends(
            REGISTER, {"username": ["first", "x!"], "password": PASSWORD, "role": "admin", "isApproved": "true"}
        )
        assert page.status_code == 422
        assert field(page, "username")["value"] == "x!"

    async def test_a_form_that_is_too_long_is_refused_on_a_page(self, service: Service) -> None:
        reader = at_a_browser(service)
        answer = await reader.sends(LOGIN, {"name": "a" * (service.settings.max_body_bytes + 1)})
        assert answer.status_code == 413
        assert answer.headers["content-type"].startswith("text/html")
        assert "too long" in answer.text
