"""Who takes nothing of what is sent is broken off; who takes little is not."""

import asyncio
from collections.abc import Iterable

import pytest

from entrypoints.cli.stalled_writes import StalledWrites


class Buffer(asyncio.Transport):
    """A transport whose buffer holds so many bytes at each look."""

    def __init__(self, sizes: Iterable[int]) -> None:
        super().__init__()
        self.sizes = list(sizes)
        self.aborted = asyncio.Event()

    def get_write_buffer_size(self) -> int:
        """Return the next size."""
        return self.sizes.pop(0)

    def abort(self) -> None:
        """Note it."""
        self.aborted.set()


@pytest.mark.anyio
class TestStalledWrites:
    """While the buffer is full."""

    async def test_it_goes_on_for_as_long_as_something_is_taken(self) -> None:
        buffer = Buffer([100, 99, 98, 97, 97, 96])
        StalledWrites(asyncio.get_running_loop(), buffer, seconds=0.001).watch()
        async with asyncio.timeout(30):
            await buffer.aborted.wait()
        assert buffer.sizes == [96]

    async def test_whoever_makes_room_is_left_alone(self) -> None:
        buffer = Buffer([100, 100])
        writes = StalledWrites(asyncio.get_running_loop(), buffer, seconds=0)
        writes.watch()
        writes.forget()
        for _ in range(3):
            await asyncio.sleep(0)
        assert not buffer.aborted.is_set()
