"""What the tests in a browser share: Satchel running, Chromium, and windows of it."""

import os
from collections.abc import Generator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chromium import PATIENCE, Browsers, executable, launched
from tests.browser.pages import Things, made_by
from tests.browser.site import Person, Site, running_site
from tests.integration.postgresql import Server, new_database, running_server

expect.set_options(timeout=PATIENCE)

_MISSING = (
    "NO PAGE WAS TRIED IN A BROWSER: there is no Chromium. On Debian: apt-get install chromium-headless-shell. "
    "Elsewhere, name one in the environment variable CHROMIUM."
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what `pytest tests/browser` takes beyond what pytest does."""
    parser.addoption(
        "--screenshots",
        type=Path,
        metavar="DIR",
        help="keep a picture of every page, in both colours and two widths",
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what there is no browser for, and say so at the end; REQUIRE_BROWSER=1 lets it fail instead."""
    if executable() is None and os.environ.get("REQUIRE_BROWSER") != "1":
        for item in items:
            if item.path.is_relative_to(Path(__file__).parent):
                item.add_marker(pytest.mark.skip(reason=_MISSING))


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Chromium's."""
    if (path := executable()) is None:
        pytest.fail(_MISSING)
    return path


@pytest.fixture(scope="session")
def postgresql(chromium_path: str) -> Generator[Server]:
    """The PostgreSQL that the integration tests would run on, and nothing before a browser is there."""
    with running_server() as server:
        yield server


@pytest.fixture(scope="session")
def site(postgresql: Server, tmp_path_factory: pytest.TempPathFactory) -> Generator[Site]:
    """Satchel with the demo's data, for all tests of this process: each brings its own people and things."""
    with (
        new_database(postgresql) as url,
        running_site(tmp_path_factory.mktemp("site"), url, is_empty=False) as site,
    ):
        yield site


@pytest.fixture(scope="session")
def empty_site(postgresql: Server, tmp_path_factory: pytest.TempPathFactory) -> Generator[Site]:
    """Satchel in which nobody has done anything yet."""
    with (
        new_database(postgresql) as url,
        running_site(tmp_path_factory.mktemp("empty"), url, is_empty=True) as site,
    ):
        yield site


@pytest.fixture(scope="session")
def things(site: Site) -> Things:
    """One thing of each kind, for the pages that show one."""
    return made_by(site.admin, site)


@pytest.fixture(scope="module")
def chromium(chromium_path: str, site: Site) -> Generator[Browser]:
    """Chromium, for one module: async tests of others could not run beside it."""
    with launched(chromium_path) as browser:
        yield browser


@pytest.fixture
def browsers(chromium: Browser, site: Site) -> Generator[Browsers]:
    """Opens browsers; the test fails if anything went wrong in one of them."""
    browsers = Browsers(chromium, site)
    yield browsers
    browsers.close()


@pytest.fixture(params=[True, False], ids=["scripts", "no scripts"])
def scripts(request: pytest.FixtureRequest) -> bool:
    """Whether the browser runs JavaScript; whoever asks for it is tried with and without."""
    return bool(request.param)


@pytest.fixture
def employee(site: Site) -> Person:
    """Someone whom no other test knows."""
    return site.joins()


@pytest.fixture
def manager(site: Site) -> Person:
    """Someone who leads others, and whom no other test knows."""
    return site.joins("manager")
