"""The browser that pages are tried in: a Chromium of this machine, and what each of its windows is held to."""

import os
import re
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final, Literal
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response, sync_playwright

from tests.browser.site import Person, Site

PATIENCE: Final = 30_000
"""Milliseconds; ample for a machine that is busy with something else as well."""

Scheme = Literal["light", "dark"]

# The first is Chromium without what surrounds pages: it shows the same ones for less work.
_NAMES: Final = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
_ARGUMENTS: Final = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-sync",
    "--no-first-run",
)
_CSRF: Final = re.compile(r'name="csrf" value="([^"]+)"')
# What answers are about, a console says as well, without saying of which kind they are.
_ANSWER: Final = "Failed to load resource: the server responded with a status of"
# htmx takes it for an error that it broke off a search because more was typed.
_BROKEN_OFF: Final = ("htmx:afterRequest", "htmx:sendAbort")


def executable() -> str | None:
    """Return the path of Chromium, or of what CHROMIUM names; None where there is none."""
    names = (given,) if (given := os.environ.get("CHROMIUM")) else _NAMES
    return next((path for name in names if (path := shutil.which(name))), None)


@contextmanager
def launched(path: str) -> Generator[Browser]:
    """Yield a running Chromium.

    While it runs, its loop counts as running in this thread, and async tests cannot have one of theirs.
    """
    with sync_playwright() as playwright:
        # The sandbox does not work for root.
        browser = playwright.chromium.launch(
            executable_path=path, args=_ARGUMENTS, chromium_sandbox=os.geteuid() != 0
        )
        yield browser
        browser.close()


class Browsers:
    """Opens browsers that know nothing of each other, as on machines of their own, and notes what goes wrong.

    That is: an error in the console (so a breach of the Content-Security-Policy, too), an exception that no script
    caught, a request to another host, an answer of 5xx, a file of a page that is not there.
    """

    def __init__(self, browser: Browser, site: Site) -> None:
        self._browser = browser
        self._site = site
        self._hosts = {urlsplit(site.url).netloc}
        self._contexts: list[BrowserContext] = []
        self._faults: list[str] = []
        self._expected: list[re.Pattern[str]] = []

    def open(
        self,
        person: Person | None = None,
        *,
        site: Site | None = None,
        scripts: bool = True,
        width: int = 1280,
        scheme: Scheme = "light",
        timezone: str = "UTC",
    ) -> Page:
        """Return an empty window of a new browser.

        Args:
            person: who is signed in; nobody by default.
            site: where addresses without a host lead; the one with the demo's data by default.
            scripts: whether JavaScript is on.
            width: of the window, in CSS pixels.
            scheme: the colours that its owner asks the system for.
            timezone: where its owner is, by its name in the IANA's database.
        """
        url = (site or self._site).url
        self._hosts.add(urlsplit(url).netloc)
        context = self._browser.new_context(
            base_url=url,
            java_script_enabled=scripts,
            viewport={"width": width, "height": 800},
            color_scheme=scheme,
            reduced_motion="reduce",
            timezone_id=timezone,
        )
        context.set_default_timeout(PATIENCE)
        self._contexts.append(context)
        self._watch(context)
        if person is not None:
            _sign_in(context, person)
        return context.new_page()

    def expect_fault(self, pattern: str) -> None:
        """Let pass what the test itself brings about: faults in which this pattern is found."""
        self._expected.append(re.compile(pattern))

    def close(self) -> None:
        """Close them all, and fail if anything went wrong in one of them."""
        for context in self._contexts:
            context.close()
        faults = [fault for fault in self._faults if not any(each.search(fault) for each in self._expected)]
        assert not faults, "In the browser: " + "; ".join(faults)

    def _watch(self, context: BrowserContext) -> None:
        context.on("console", self._hear)
        context.on("weberror", lambda error: self._faults.append(f"uncaught {error.error}"))
        context.on("request", self._see_request)
        context.on("response", self._see_answer)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith((_ANSWER, *_BROKEN_OFF)):
            self._faults.append(f"console: {message.text}")

    def _see_request(self, request: Request) -> None:
        scheme, host = urlsplit(request.url)[:2]
        if scheme not in {"data", "blob", "about"} and host not in self._hosts:
            self._faults.append(f"request to {request.url}")

    def _see_answer(self, response: Response) -> None:
        is_file = response.request.resource_type not in {"document", "fetch", "xhr", "eventsource"}
        if response.status >= 500 or (is_file and response.status >= 400):
            self._faults.append(f"{response.status} of {response.request.method} {response.url}")


def _sign_in(context: BrowserContext, person: Person) -> None:
    # As the form does, without the time that showing it takes.
    token = _CSRF.search(context.request.get("/auth/login").text())
    assert token is not None
    answer = context.request.post(
        "/auth/login",
        form={"csrf": token[1], "name": person.username, "password": person.password},
        max_redirects=0,
    )
    assert answer.status == 303, answer.text()
