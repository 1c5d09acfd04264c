"""What stores wake those with who listen in the same process."""

import asyncio
from contextlib import suppress
from weakref import WeakSet

from application.ports.notices import Ear


class Bell:
    """Rings in all ears at once. It belongs to one event loop, as they do."""

    def __init__(self) -> None:
        """Begin with nobody who listens."""
        # An ear that nobody listens with any longer goes by itself.
        self._ears: WeakSet[_Ear] = WeakSet()

    def listen(self) -> Ear:
        """Return an ear that hears every ring from now on; it is let go by being dropped."""
        ear = _Ear()
        self._ears.add(ear)
        return ear

    def ring(self) -> None:
        """Wake everyone who listens, or spare them their next wait."""
        for ear in self._ears:
            ear.rung.set()


class _Ear(Ear):
    def __init__(self) -> None:
        self.rung = asyncio.Event()

    async def wait(self, *, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.rung.wait()
        self.rung.clear()
