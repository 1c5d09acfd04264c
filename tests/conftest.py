"""What all tests share."""

import gc
import os
from collections.abc import Generator

import pytest

# The contracts are plain modules to pytest; rewritten, their asserts say what was compared.
pytest.register_assert_rewrite("tests.contracts")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Run in three processes for every two cores: a third of the time is waiting, for PostgreSQL most of all."""
    return max(2, 3 * (os.cpu_count() or 1) // 2)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Keep thousands of tests out of the garbage collector's sight, or it looks through them time and again."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run async tests on asyncio, as the service does."""
    return "asyncio"
