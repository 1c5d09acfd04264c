"""What all tests share."""

import pytest

# The contracts are plain modules to pytest; rewritten, their asserts say what was compared.
pytest.register_assert_rewrite("tests.contracts")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run async tests on asyncio, as the service does."""
    return "asyncio"
