"""What the unit tests of the HTTP surface and of the logs share."""

import logging
from collections.abc import AsyncGenerator, Callable, Generator

import pytest
import structlog

from entrypoints.logs import configure_logs
from entrypoints.settings import LogFormat, LogLevel
from tests.contracts.http_service import Person, Service, serving, variables_of


@pytest.fixture(scope="class")
async def service(
    request: pytest.FixtureRequest, anyio_backend: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[Service]:
    """Satchel on the in-memory store, one for each class; its attribute `variables` adds to the settings."""
    async with serving(tmp_path_factory.mktemp("satchel"), variables_of(request)) as running:
        yield running


@pytest.fixture(scope="class")
async def ada(service: Service, anyio_backend: str) -> AsyncGenerator[Person]:
    """Someone signed in."""
    person = await service.joins("ada")
    async with person.http:
        yield person


@pytest.fixture
def restored_logs() -> Generator[None]:
    """Logs may be configured; afterwards they are as before."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)
    structlog.contextvars.clear_contextvars()
    structlog.reset_defaults()


@pytest.fixture
def logged(restored_logs: None, capsys: pytest.CaptureFixture[str]) -> Callable[[], str]:
    """Returns what the service has logged since the test began, as it would in production."""
    configure_logs(LogLevel.INFO, LogFormat.JSON)
    return lambda: capsys.readouterr().err
