"""What others try by what they type. Needs the fixture `service`."""

import pytest

from tests.contracts.http_service import PASSWORD, Service
from tests.contracts.web_browser import LOGIN, REGISTER, at_a_browser, field, only_our_scripts, tags

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
