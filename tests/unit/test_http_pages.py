"""The few things here that people look at, and what their browsers load for them."""

import re

import pytest

from tests.contracts.http_service import Service, document

# What stands in comments and licences of what we did not write; nothing asks for it.
COMMENTED = {"https://github.com/necolas/normalize.css"}


@pytest.mark.anyio
class TestPages:
    """The few things here that people look at."""

    async def test_a_browser_gets_the_home_page_and_a_program_the_index(self, service: Service) -> None:
        browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
        page = await service.http.get("/", headers={"Accept": browser})
        assert page.headers["content-type"].startswith("text/html")
        for accept in ("*/*", "application/json", "", "text/plain"):
            index = await service.http.get("/", headers={"Accept": accept})
            assert set(document(index)) == {"name", "version", "docs", "health"}
            assert (await service.http.get(document(index)["health"])).status_code == 200
            assert (await service.http.get(document(index)["docs"])).status_code == 200

    @pytest.mark.parametrize("accept", ["/", "text", ";;;q", "text/html;q=x", "\xff", "a/" * 2000, "*/*;q=1e999"])
    async def test_no_accept_header_is_too_strange(self, service: Service, accept: str) -> None:
        response = await service.http.get("/", headers=[(b"Accept", accept.encode("latin-1"))])
        assert response.status_code == 200

    @pytest.mark.parametrize("path", ["/", "/docs", "/problems", "/problems/invalid"])
    async def test_a_page_runs_no_inline_script_and_asks_no_other_host(self, service: Service, path: str) -> None:
        page = (await service.http.get(path, headers={"Accept": "text/html"})).text
        assert not re.search(r"<script(?![^>]*\ssrc=)", page)
        assert not re.search(r"\son[a-z]+=|javascript:", page)
        loaded = re.findall(r"<(?:script|link|img)[^>]*\s(?:src|href)=\"([^\"]*)\"", page)
        assert loaded
        for address in loaded:
            assert re.match(r"/(?!/)", address), address
            assert (await service.http.get(address)).status_code == 200

    @pytest.mark.parametrize(
        "name", ["docs.js", "satchel.css", "icons.svg", "htmx/htmx.min.js", "swagger-ui/swagger-ui.css"]
    )
    async def test_what_pages_load_asks_no_other_host(self, service: Service, name: str) -> None:
        text = (await service.http.get(f"/static/{name}")).text
        assert not re.search(r"(?:@import|url\()\s*['\"]?(?:https?:)?//", text)
        addresses = re.findall(r"https?://[^'\"\s)]*", text)
        assert {address for address in addresses if not address.startswith("http://www.w3.org/")} <= COMMENTED

    @pytest.mark.parametrize("name", ["%00", "%00.css", "a" * 300, "a/" * 3000, "..%2fpages.py", "templates", ""])
    async def test_a_name_that_is_no_file_of_ours_is_not_found(self, service: Service, name: str) -> None:
        assert (await service.http.get(f"/static/{name}")).status_code == 404
