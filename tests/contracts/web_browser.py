"""A browser without scripts, in the hands of someone who reads pages and sends forms."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from http.cookies import Morsel, SimpleCookie

import httpx

from domain.users import Role
from tests.contracts.http_service import PASSWORD, Service, client

LOGIN, REGISTER, LOGOUT = "/auth/login", "/auth/register", "/auth/logout"
ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

Fields = Mapping[str, str | list[str]]


@dataclass(frozen=True)
class Reader:
    """Someone at a browser: `http` keeps the cookies."""

    http: httpx.AsyncClient

    async def opens(self, path: str) -> httpx.Response:
        """Return a page, which must be one."""
        page = await self.http.get(path)
        assert page.headers["content-type"].startswith("text/html"), page.headers
        return page

    async def sends(
        self, path: str, fields: Fields | None = None, *, form_at: str | None = None
    ) -> httpx.Response:
        """Send a form, with the token of the page that it stands on."""
        page = await self.opens(form_at or path)
        return await self.http.post(path, data={"csrf": csrf_of(page), **(fields or {})})

    async def signs_in(self, name: str, **fields: str) -> httpx.Response:
        """Send the sign-in form with the right password, unless another is given."""
        return await self.sends(LOGIN, {"name": name, "password": PASSWORD, **fields})

    async def is_in(self) -> bool:
        """Tell whether the home page knows who is reading it."""
        return f'action="{LOGOUT}"' in (await self.opens("/")).text


def at_a_browser(service: Service, *, address: str = "127.0.0.1", secure: bool = False) -> Reader:
    """Return someone who has never been here; over HTTPS where that is asked for."""
    http = client(service.app, headers={"Accept": ACCEPT}, address=address)
    if secure:
        http.base_url = "https://satchel.example"
    return Reader(http)


async def signed_in(service: Service, username: str, *, role: Role = Role.EMPLOYEE, **fields: str) -> Reader:
    """Give someone an account of this role and sign them in at a browser."""
    await service.container.create_user()(None, username=username, password=PASSWORD, role=role)
    reader = at_a_browser(service)
    answer = await reader.signs_in(username, **fields)
    assert answer.status_code == 303, answer.text
    return reader


def csrf_of(page: httpx.Response) -> str:
    """Return the token that the forms of a page carry."""
    tokens = {each["value"] for _, each in tags(page, "input") if each.get("name") == "csrf"}
    assert len(tokens) == 1, page.text
    return tokens.pop()


def set_cookies(answer: httpx.Response) -> dict[str, Morsel[str]]:
    """Return what an answer tells the browser to keep, by name."""
    kept: dict[str, Morsel[str]] = {}
    for line in answer.headers.get_list("set-cookie"):
        kept.update(SimpleCookie(line))
    return kept


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))


def tags(page: httpx.Response, *names: str) -> Iterable[tuple[str, dict[str, str]]]:
    """Return the tags of these names in a page, with their attributes as a browser reads them."""
    parser = _Tags()
    parser.feed(page.text)
    return [(name, attributes) for name, attributes in parser.found if not names or name in names]


def only_our_scripts(found: Iterable[tuple[str, dict[str, str]]]) -> bool:
    """Tell whether all scripts among these tags are files of ours."""
    return all(each.get("src", "").startswith("/static/") for name, each in found if name == "script")


def field(page: httpx.Response, name: str) -> dict[str, str]:
    """Return the attributes of a form's field."""
    (found,) = [each for _, each in tags(page, "input", "textarea", "select") if each.get("id") == name]
    return found


class _Fields(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, list[str]] = {}
        self.text: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        is_chosen = given.get("type") not in {"checkbox", "radio"} or "checked" in given
        if tag == "input" and "name" in given and is_chosen:
            self.found.setdefault(given["name"], []).append(given.get("value", ""))
        elif tag == "textarea":
            self.text = given["name"]
            self.found[self.text] = [""]

    def handle_data(self, data: str) -> None:
        if self.text is not None:
            self.found[self.text][-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self.text is not None:
            # As browsers do: the first end of a line is markup, and each is sent as CR LF.
            plain = self.found[self.text][-1].replace("\r\n", "\n").removeprefix("\n")
            self.found[self.text] = [plain.replace("\n", "\r\n")]
            self.text = None


def sent_by(page: httpx.Response) -> dict[str, str | list[str]]:
    """Return what a browser sends for the fields of a page, left as they are: those of text and those ticked."""
    parser = _Fields()
    parser.feed(page.text)
    return {name: texts if len(texts) > 1 else texts[0] for name, texts in parser.found.items()}
