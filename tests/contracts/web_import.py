"""Cheats taken in from a file by someone who reads pages and sends forms. Needs the fixture `service`."""

import html
import json
import re
from itertools import count

import httpx
import pytest

from tests.contracts.http_service import Service
from tests.contracts.web_browser import LOGIN, Reader, at_a_browser, field, signed_in, tags
from tests.contracts.web_dashboard import texts

IMPORT = "/cheats/import"
_numbers = count(1)


def _file(*titles: str, code: str = "true") -> str:
    return json.dumps([{"title": title, "code": code, "topics": ["imported"]} for title in titles])


async def _sends(reader: Reader, text: str, step: str = "try", kind: str = "json") -> httpx.Response:
    return await reader.sends(IMPORT, {"format": kind, "text": text, "step": step})


def _steps(page: httpx.Response) -> set[str]:
    return {each["value"] for _, each in tags(page, "button") if each.get("name") == "step"}


@pytest.mark.anyio
class ImportPageContract:
    """`/cheats/import`: tried first, then done."""

    async def test_a_file_is_tried_before_it_is_taken_in_and_twice_is_once(self, service: Service) -> None:
        reader = await signed_in(service, "irma")
        assert _steps(await reader.opens(IMPORT)) == {"try"}
        tried = await _sends(reader, _file("irma one", "irma two"))
        assert "This would happen" in tried.text
        assert {"irma one", "irma two"} <= set(texts(tried, "li"))
        assert _steps(tried) == {"try", "import"}
        assert "irma one" not in (await reader.opens("/cheats?q=irma")).text
        done = await _sends(reader, _file("irma one", "irma two"), "import")
        assert (done.status_code, done.headers["location"]) == (303, "/cheats")
        assert "Created 2, updated 0 and left 0 as they were." in (await reader.opens("/cheats?q=irma")).text
        again = await _sends(reader, _file("irma one", "irma two"))
        assert "Nothing would change" in again.text
        assert _steps(again) == {"try"}
        changed = await _sends(reader, _file("irma one", code="false"))
        assert "Updated: 1" in texts(changed, "h3")
        assert "Their fields become what the file says." in changed.text

    async def test_a_trial_names_the_platforms_and_topics_that_would_be_made(self, service: Service) -> None:
        reader = await signed_in(service, "ivy")
        cheats = [{"title": "ivy", "platforms": ["Ivy OS"], "topics": ["ivy one", "ivy two"]}]
        tried = await _sends(reader, json.dumps(cheats))
        assert {"New platforms: 1", "New topics: 2"} <= set(texts(tried, "h3"))
        assert {"Ivy OS", "ivy one", "ivy two"} <= set(texts(tried, "li"))
        await _sends(reader, json.dumps(cheats), "import")
        again = await _sends(reader, json.dumps([{**cheats[0], "code": "true"}]))
        assert texts(again, "h3") == ["Updated: 1"]

    async def test_the_page_leads_back_and_shows_an_example_that_can_be_imported(self, service: Service) -> None:
        reader = await signed_in(service, "isolde")
        page = await reader.opens(IMPORT)
        assert "Cheats" in texts(page, "p")
        (example,) = re.findall(r'<pre[^>]* id="example"[^>]*>(.*?)</pre>', page.text, re.DOTALL)
        tried = await _sends(reader, html.unescape(example), kind="markdown")
        assert "Created: 1" in texts(tried, "h3")
        assert "Undo the last commit" in texts(tried, "li")
        assert "Import or export" in texts(await reader.opens("/cheats"), "a")

    @pytest.mark.parametrize("kind", ["json", "csv", "markdown"])
    async def test_what_is_exported_can_be_imported_in_each_format(self, service: Service, kind: str) -> None:
        name = f"ina-{next(_numbers)}"
        reader = await signed_in(service, name)
        await _sends(reader, _file(f"{name} <b>", code="a\n\n  b"), "import")
        exported = await reader.http.get(f"/cheats/export?format={kind}&ownerId=me")
        tried = await _sends(reader, exported.text, kind=kind)
        assert tried.status_code == 200, tried.text
        assert "Nothing would change" in tried.text

    @pytest.mark.parametrize(
        ("kind", "text", "told"),
        [
            ("json", '[{"title": ""}]', "title"),
            ("json", "[{", "line 1"),
            ("json", "", "Cheats"),
            ("csv", "title,code\n,x\n", "line 2: title"),
            ("csv", "nothing\n", "line 1"),
            ("markdown", "\0", "NUL"),
        ],
    )
    async def test_every_fault_names_its_entry_and_the_text_is_still_there(
        self, service: Service, kind: str, text: str, told: str
    ) -> None:
        reader = await signed_in(service, f"ilse-{next(_numbers)}")
        page = await _sends(reader, text, "import", kind)
        assert page.status_code == 422
        assert any(told in each for each in texts(page, "li")), texts(page, "li")
        assert field(page, "text")
        assert _steps(page) == {"try"}

    async def test_what_is_anothers_is_not_changed(self, service: Service) -> None:
        owner, other = await signed_in(service, "inga"), await signed_in(service, "isa")
        await _sends(owner, _file("inga only"), "import")
        (cheat,) = (await owner.http.get("/cheats/export?format=json&ownerId=me")).json()
        page = await _sends(other, json.dumps([{**cheat, "code": "false"}]), "import")
        assert page.status_code == 403
        assert "another" in page.text

    async def test_nobody_else_can_send_it(self, service: Service) -> None:
        answer = await at_a_browser(service).http.get(IMPORT)
        assert answer.headers["location"].startswith(LOGIN)
        reader = await signed_in(service, f"iris-{next(_numbers)}")
        assert (await reader.http.post(IMPORT, data={"format": "json", "text": "[]"})).status_code == 403
