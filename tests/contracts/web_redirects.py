"""Where forms send on to, whatever they were told. Needs the fixture `service`."""

from urllib.parse import urlsplit

import httpx
import pytest

from tests.contracts.http_service import Service
from tests.contracts.web_browser import at_a_browser, csrf_of

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
