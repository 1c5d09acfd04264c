"""Forms of pages to come: how they are read, shown again, and kept for those who are signed in."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import pytest
from jinja2 import ChoiceLoader, DictLoader
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import SkipValidation
from msgspec import Meta

from domain.errors import Conflict, DomainError, Fault, Forbidden, Invalid, NotFound, Unavailable
from entrypoints.web import answers, routes
from entrypoints.web.answers import fragment, page
from entrypoints.web.browser import Browser
from entrypoints.web.forms import Form, empty_form, read_form
from tests.contracts.http_service import Service, document, serving
from tests.contracts.web_browser import Fields, Reader, at_a_browser, csrf_of, field, signed_in, tags

pytestmark = pytest.mark.anyio

TEMPLATE = """
{% extends "layout.html" %}
{% import "forms.html" as forms %}
{% block content %}
<h1>Try</h1>
<form method="post" action="/try">
{{ parts.csrf(browser) }}
{{ forms.summary(form) }}
{{ forms.text(form, "title", maxlength=80) }}
{{ forms.area(form, "notes", is_optional=true) }}
{{ forms.select(form, "priority", [("low", "Low"), ("high", "High")]) }}
{{ forms.choices(form, "topicIds", [(1, "One"), (2, "Two")]) }}
{{ forms.checkbox(form, "isPublished", "Publish it") }}
</form>
{% endblock %}
"""


class TryForm(Form):
    """One field of every kind."""

    labels = {"title": "Title", "topicIds": "Topics"}  # noqa: RUF012  # never written

    title: Annotated[str, Meta(max_length=80)]
    notes: str | None = None
    priority: Literal["low", "high"] = "low"
    topic_ids: tuple[int, ...] = ()
    position: int | None = None
    is_published: bool = False


REFUSALS: dict[str, DomainError] = {
    "conflict": Conflict("It clashes."),
    "forbidden": Forbidden("Ask someone else."),
    "missing": NotFound("It is gone."),
    "away": Unavailable("The database does not answer."),
    "fault": Invalid(Fault("title", "is not good enough")),
}


@get("/try")
async def show(browser: NamedDependency[SkipValidation[Browser]]) -> Response[str]:
    """Show it to those who are signed in."""
    browser.signed_in()
    return page(browser, "try.html", form=empty_form(TryForm, title="Draft", topicIds=["2"]))


@post("/try", status_code=200)
async def send(
    request: Request[Any, Any, Any], browser: NamedDependency[SkipValidation[Browser]]
) -> Response[bytes]:
    """Return what was read, or refuse it as its title says."""
    browser.signed_in()
    form = read_form(request, TryForm, "try.html")
    if (refusal := REFUSALS.get(form.title)) is not None:
        raise refusal
    return Response(msgspec.json.encode(form), media_type="application/json")


@get("/try/part")
async def part(browser: NamedDependency[SkipValidation[Browser]]) -> Response[str]:
    """Return a part of a page to those who are signed in."""
    browser.signed_in()
    return fragment(browser, "try.html", form=empty_form(TryForm))


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def service(anyio_backend: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Service]:
    """Satchel with one page more."""
    directory: Path = tmp_path_factory.mktemp("satchel")
    templates = answers._templates  # pyright: ignore[reportPrivateUsage]  # nothing else adds templates
    assert templates.loader is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(routes, "PAGES", [*routes.PAGES, show, send, part])
        patch.setattr(templates, "loader", ChoiceLoader([DictLoader({"try.html": TEMPLATE}), templates.loader]))
        async with serving(directory, {}, afresh=True) as running:
            yield running


@pytest.fixture(scope="module")
async def reader(service: Service, anyio_backend: str) -> Reader:
    """Someone signed in."""
    return await signed_in(service, "ada")


async def test_values_are_typed_and_what_is_empty_is_not_given(reader: Reader) -> None:
    sent: Fields = {
        "title": "  A title ",
        "notes": "",
        "priority": "high",
        "topicIds": ["1", "2"],
        "isPublished": "on",
    }
    answer = await reader.sends("/try", {**sent, "priority": "high", "position": "7"})
    assert document(answer) == {
        "title": "  A title ",
        "notes": None,
        "priority": "high",
        "topicIds": [1, 2],
        "position": 7,
        "isPublished": True,
    }
    assert document(await reader.sends("/try", {"title": "7"}))["title"] == "7"


async def test_lines_end_as_they_do_elsewhere(reader: Reader) -> None:
    answer = await reader.sends("/try", {"title": "x", "notes": "one\r\ntwo"})
    assert document(answer)["notes"] == "one\ntwo"


@pytest.mark.parametrize(
    ("name", "value"),
    [("title", ""), ("title", "x" * 81), ("priority", "urgent"), ("topicIds", ["1", "x"]), ("position", "1.5")],
)
async def test_what_does_not_fit_comes_back_with_its_fault(
    reader: Reader, name: str, value: str | list[str]
) -> None:
    page = await reader.sends("/try", {"title": "Kept", "notes": "<b>\nKept", name: value})
    assert page.status_code == 422
    assert "&lt;b&gt;\nKept</textarea>" in page.text
    assert "needs another look" in page.text


async def test_every_kind_of_field_is_filled_in_again(reader: Reader) -> None:
    sent: Fields = {"title": "conflict", "priority": "high", "topicIds": ["1"], "isPublished": "on"}
    page = await reader.sends("/try", sent)
    assert page.status_code == 422
    assert "It clashes." in page.text
    assert field(page, "title") == {"id": "title", "name": "title", "type": "text", "value": "conflict"} | {
        "required": "",
        "maxlength": "80",
    }
    chosen = [each["value"] for _, each in tags(page, "option") if "selected" in each]
    ticked = [(each["name"], each["value"]) for _, each in tags(page, "input") if "checked" in each]
    assert chosen == ["high"]
    assert ticked == [("topicIds", "1"), ("isPublished", "on")]


@pytest.mark.parametrize(("refusal", "status"), [("fault", 422), ("conflict", 422), ("forbidden", 403)])
async def test_what_a_use_case_refuses_stands_in_the_form(reader: Reader, refusal: str, status: int) -> None:
    page = await reader.sends("/try", {"title": refusal})
    assert page.status_code == status
    assert field(page, "title")["value"] == refusal


@pytest.mark.parametrize(("refusal", "status"), [("missing", 404), ("away", 503)])
async def test_what_no_correction_helps_against_is_a_page_of_its_own(
    reader: Reader, refusal: str, status: int
) -> None:
    page = await reader.sends("/try", {"title": refusal})
    assert page.status_code == status
    assert "<form" in page.text
    assert 'name="title"' not in page.text


async def test_who_is_not_signed_in_is_led_to_the_door_and_back(service: Service, reader: Reader) -> None:
    stranger = at_a_browser(service)
    answer = await stranger.http.get("/try?a=b&c=%2F")
    assert (answer.status_code, answer.headers["location"]) == (303, "/auth/login?next=%2Ftry%3Fa%3Db%26c%3D%252F")
    door = await stranger.opens(answer.headers["location"])
    (wanted, *_) = [each["value"] for _, each in tags(door, "input") if each.get("name") == "next"]
    back = await stranger.signs_in("ada", next=wanted)
    assert back.headers["location"] == "/try?a=b&c=%2F"
    assert field(await stranger.opens("/try"), "title")["value"] == "Draft"


async def test_a_script_of_a_page_is_told_where_the_door_is(service: Service, reader: Reader) -> None:
    stranger = at_a_browser(service)
    answer = await stranger.http.get("/try/part", headers={"HX-Request": "true", "Accept": "*/*"})
    assert (answer.status_code, answer.headers["hx-redirect"]) == (401, "/auth/login")


async def test_a_message_waits_for_a_whole_page(service: Service, reader: Reader) -> None:
    someone = await signed_in(service, "grace")
    await someone.sends("/auth/logout", form_at="/")
    await someone.http.post(
        "/auth/register",
        data={"csrf": csrf_of(await someone.http.get("/problems")), "username": "newt", "password": "long enough"},
    )
    assert "Welcome" not in (await someone.http.get("/try/part")).text.partition("<main")[0]
    assert "Welcome to Satchel, newt." in (await someone.opens("/")).text
