"""Whether the service can do its work."""

import asyncio
import time
from dataclasses import dataclass, field

from application.ports.store import Store
from domain.errors import Unavailable

# The contract gives an answer within two seconds, also when the database hangs.
_PATIENCE_SECONDS = 1.5


@dataclass(frozen=True, slots=True)
class Health:
    """How the store answered: `latency_ms` is None where it did not."""

    is_ok: bool
    latency_ms: float | None


@dataclass(slots=True)
class CheckHealth:
    """Anyone may ask. However many ask at a time, the store is asked once."""

    store: Store
    _pending: "asyncio.Task[Health] | None" = field(default=None, init=False)

    async def __call__(self) -> Health:
        """Return how the store is, within two seconds whatever happens to it."""
        if self._pending is None or self._pending.done():
            self._pending = asyncio.create_task(self._ask())
        done, _ = await asyncio.wait({self._pending}, timeout=_PATIENCE_SECONDS)
        return self._pending.result() if done else Health(is_ok=False, latency_ms=None)

    async def _ask(self) -> Health:
        started = time.perf_counter()
        try:
            await self.store.ping()
        except Unavailable:
            return Health(is_ok=False, latency_ms=None)
        return Health(is_ok=True, latency_ms=round((time.perf_counter() - started) * 1000, 2))


@dataclass(frozen=True, slots=True)
class CheckReadiness:
    """Whoever routes requests to instances may ask whether this one can take any."""

    store: Store

    async def __call__(self) -> str | None:
        """Return why the service is not ready, or None if it is."""
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                is_current = await self.store.is_current()
        except (Unavailable, TimeoutError):
            return "The database does not answer."
        return None if is_current else "The database lacks migrations: run satchel migrate."
