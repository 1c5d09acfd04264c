"""The front end among the examples: from another origin it signs in, makes tasks and follows what others do."""

import os
import re
import signal
import subprocess
import threading
from collections.abc import Callable, Generator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.browser.axe import violations_of
from tests.browser.chromium import PATIENCE, Scheme, launched
from tests.browser.site import PASSWORD
from tests.integration.cli_processes import await_that
from tests.integration.http_server import running_server

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
PAGE = (ROOT / "docs" / "front-end.md").read_text()
_ARE_TOOLS_HERE = (EXAMPLES / "front-end/node_modules").exists() and (EXAMPLES / "front-end/src/api").exists()
_SECONDS = 120
_numbers = count(1)

pytestmark = pytest.mark.skipif(
    not _ARE_TOOLS_HERE and os.environ.get("REQUIRE_FRONT_END") != "1",
    reason="THE FRONT END WAS NOT TRIED: `make clients` installs what builds it.",
)

Open = Callable[..., Page]


class Files(SimpleHTTPRequestHandler):
    """Serves the built front end, quietly."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the front end is built to."""
    return tmp_path_factory.mktemp("front-end")


@pytest.fixture(scope="module")
def port(folder: Path) -> Generator[int]:
    """Where the front end is served."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Files, directory=folder)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def api(folder: Path, port: int, tmp_path_factory: pytest.TempPathFactory) -> Generator[httpx.Client]:
    """A Satchel that lists the front end's origin; the front end is built for it."""
    settings = {"DATABASE_URL": "memory://", "CORS_ORIGINS": f"http://localhost:{port}"}
    with running_server(tmp_path_factory.mktemp("server"), settings) as address:
        subprocess.run(
            [EXAMPLES / "npm", "front-end", "exec", "--", "vite", "build", "--outDir", folder, "--emptyOutDir"],
            env={**os.environ, "VITE_API": address}, check=True, capture_output=True, timeout=_SECONDS,
        )  # fmt: skip
        with httpx.Client(base_url=f"{address}/api/v1", timeout=_SECONDS) as http:
            yield http


@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Generator[Browser]:
    """Chromium."""
    with launched(chromium_path) as browser:
        yield browser


@pytest.fixture
def window(browser: Browser, api: httpx.Client, port: int) -> Generator[Open]:
    """Opens the front end in a browser that knows nothing yet."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def opened(host: str = "localhost", width: int = 1280, scheme: Scheme = "light") -> Page:
        contexts.append(
            browser.new_context(
                base_url=f"http://{host}:{port}",
                viewport={"width": width, "height": 800},
                color_scheme=scheme,
                locale="en-GB",
            )
        )
        contexts[-1].set_default_timeout(PATIENCE)
        contexts[-1].on("weberror", lambda error: faults.append(str(error.error)))
        page = contexts[-1].new_page()
        page.goto("/")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture
def username(api: httpx.Client) -> str:
    """Someone with an account, whom no other test knows."""
    username = f"visitor-{next(_numbers)}"
    assert api.post("/auth/signup", json={"username": username, "password": PASSWORD}).status_code == 201
    return username


@pytest.fixture
def colleague(api: httpx.Client) -> Generator[httpx.Client]:
    """Someone else, who does without a browser."""
    answer = api.post("/auth/signup", json={"username": f"colleague-{next(_numbers)}", "password": PASSWORD})
    headers = {"Authorization": f"Bearer {answer.json()['accessToken']}"}
    with httpx.Client(base_url=api.base_url, headers=headers, timeout=_SECONDS) as http:
        yield http


def sign_in(page: Page, username: str, password: str = PASSWORD) -> None:
    """Fill the form in and send it."""
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def add(page: Page, title: str) -> None:
    """Write a task down."""
    page.get_by_label("New task").fill(title)
    page.get_by_role("button", name="Add").click()


def test_one_works_and_leaves(window: Open, username: str) -> None:
    """Signs in, makes a task, finds it again after loading the page anew, and is out after signing out."""
    page = window()
    sign_in(page, username)
    add(page, "Water the plants")
    task = page.get_by_role("listitem").filter(has_text="Water the plants")
    expect(task).to_have_count(1)
    page.reload()
    expect(task).to_have_count(1)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_wrong_password_is_told(window: Open, username: str) -> None:
    page = window()
    sign_in(page, username, "not the password")
    expect(page.get_by_role("alert")).to_contain_text("password")


def test_a_fault_stands_beside_its_field(window: Open) -> None:
    """In the words of the service, and read out with the field."""
    page = window()
    page.get_by_role("button", name="I have no account yet").click()
    page.get_by_label("Username").fill("x")
    page.get_by_label("Password").fill("short")
    page.get_by_role("button", name="Create it").click()
    for label, fault in (("Username", "3 to 80"), ("Password", "8")):
        field = page.get_by_label(label)
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(field).to_have_accessible_description(re.compile(fault))


def test_a_newcomer_is_let_in(window: Open) -> None:
    page = window()
    page.get_by_role("button", name="I have no account yet").click()
    page.get_by_label("Username").fill(f"newcomer-{next(_numbers)}")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create it").click()
    expect(page.get_by_role("heading", name="Tasks")).to_be_visible()


def test_many_requests_renew_the_session_once(window: Open, username: str) -> None:
    """Two renewals with one token would end the session."""
    page = window()
    sign_in(page, username)
    expect(page.get_by_role("heading", name="Tasks")).to_be_visible()
    renewals: list[str] = []
    page.on("request", lambda it: renewals.append(it.url) if it.url.endswith("/auth/refresh") else None)
    refused: list[str] = []
    page.on("response", lambda it: refused.append(it.url) if it.status == 401 else None)
    with page.expect_response(lambda it: "/events" in it.url and it.status == 200):
        page.reload()
    add(page, "Go on")
    expect(page.get_by_role("listitem").filter(has_text="Go on")).to_have_count(1)
    assert len(refused) >= 2
    assert len(renewals) == 1


def test_what_others_do_shows_at_once(window: Open, username: str, colleague: httpx.Client) -> None:
    page = window()
    with page.expect_response(lambda it: "/events" in it.url and it.status == 200):
        sign_in(page, username)
    task = colleague.post("/tasks", json={"title": "Feed the cat"}).json()
    shown = page.get_by_role("listitem").filter(has_text="Feed the cat")
    expect(shown).to_have_count(1)
    colleague.delete(f"/tasks/{task['id']}")
    expect(shown).to_have_count(0)


def test_a_long_list_is_read_on(window: Open, username: str, colleague: httpx.Client) -> None:
    for number in range(12):
        colleague.post("/tasks", json={"title": f"Page {number}"})
    page = window()
    sign_in(page, username)
    oldest = page.get_by_role("listitem").filter(has_text="Page 0")
    expect(page.get_by_role("listitem")).to_have_count(10)
    expect(oldest).to_have_count(0)
    page.get_by_role("button", name="Show more").click()
    expect(oldest).to_have_count(1)


def test_a_task_is_made_once_though_the_answer_was_lost(window: Open, username: str) -> None:
    page = window()
    sign_in(page, username)

    def lose(route: Route) -> None:
        if route.request.method == "POST":
            route.fetch()
            route.abort()
        else:
            route.continue_()

    page.route("**/api/v1/tasks", lose)
    add(page, "Once only")
    expect(page.get_by_role("alert")).to_contain_text("does not answer")
    page.unroute("**/api/v1/tasks")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    page.reload()
    expect(page.get_by_role("listitem").filter(has_text="Once only")).to_have_count(1)


def test_an_origin_that_is_not_listed_is_told_what_to_do(window: Open, username: str) -> None:
    page = window(host="127.0.0.1")
    sign_in(page, username)
    expect(page.get_by_role("alert")).to_contain_text("CORS_ORIGINS")


def test_it_starts_as_its_page_says(tmp_path: Path) -> None:
    """The development server, on another port than its own."""
    (command,) = re.findall(r"^examples/npm front-end run dev$", PAGE, re.MULTILINE)

    def shown() -> str:
        return re.sub(r"\x1b\[[0-9;]*m", "", (tmp_path / "output").read_text())

    with (
        (tmp_path / "output").open("w") as output,
        subprocess.Popen(
            [*command.split(), "--", "--port", "0"], cwd=ROOT, stdout=output, stderr=output, start_new_session=True
        ) as process,
    ):
        try:
            await_that(lambda: "Local:" in shown() or process.poll() is not None)
            address = re.search(r"http://localhost:\d+/", shown())
            assert address, shown()
            assert "/src/main.tsx" in httpx.get(address[0], timeout=_SECONDS).text
        finally:
            os.killpg(process.pid, signal.SIGTERM)


@pytest.mark.parametrize(("width", "scheme"), [(375, "dark"), (1280, "light")])
def test_everyone_can_use_it(
    window: Open, username: str, pytestconfig: pytest.Config, width: int, scheme: Scheme
) -> None:
    """It fits a phone, and passes WCAG 2.2 AA in both colours; `--screenshots DIR` keeps pictures."""
    page = window(width=width, scheme=scheme)
    pictures: Path | None = pytestconfig.getoption("screenshots", default=None)

    def look(name: str) -> None:
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert violations_of(page) == []
        if pictures is not None:
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=pictures / f"front-end-{name}-{width}-{scheme}.png", full_page=True)

    look("empty-form")
    sign_in(page, username, "not the password")
    expect(page.get_by_role("alert")).to_be_visible()
    look("refused")
    sign_in(page, username)
    title = f"{width} {scheme}: a title that takes more than one line on a telephone, and " + "x" * 60
    add(page, title)
    expect(page.get_by_role("listitem").filter(has_text=title)).to_have_count(1)
    add(page, " ")
    expect(page.get_by_label("New task")).to_have_attribute("aria-invalid", "true")
    look("tasks")
