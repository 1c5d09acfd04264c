"""What the unit tests of the HTTP surface share."""

from collections.abc import AsyncGenerator

import pytest

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
