"""What others try with forms and cookies of ours. Needs the fixture `service`."""

import httpx
import pytest

from tests.contracts.http_service import PASSWORD, Service
from tests.contracts.web_browser import LOGIN, LOGOUT, Reader, at_a_browser, csrf_of, set_cookies, signed_in


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
