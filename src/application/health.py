"""Whether the service can do its work."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from application.ports.store import Store
from domain.errors import Unavailable

T = TypeVar("T")

PATIENCE_SECONDS = 1.5
"""How long the store may take: callers are promised an answer within two seconds, also when it hangs."""


@dataclass(frozen=True, slots=True)
class Health:
    """How the store answered: `latency_ms` is None where it did not."""

    is_ok: bool
    latency_ms: float | None


@dataclass(slots=True)
class _Question(Generic[T]):
    """Something asked of the store, once at a time however many want to know, and not for ever."""

    ask: Callable[[], Awaitable[T]]
    _pending: "asyncio.Task[T] | None" = field(default=None, init=False)

    async def answer(self) -> T:
        """Return the answer.

        Raises:
            Unavailable: the store is away, or does not say anything.
        """
        question = self._pending
        if question is None or question.done():
            question = self._pending = asyncio.create_task(self._asked())
            question.add_done_callback(_take_failure)
        # Not cancelled when time is up: taking leave of a server that hangs takes long, too.
        done, _ = await asyncio.wait({question}, timeout=PATIENCE_SECONDS)
        if not done:
            raise Unavailable("The database does not answer.")
        return question.result()

    async def _asked(self) -> T:
        return await self.ask()


def _take_failure(question: "asyncio.Task[T]") -> None:
    # Whoever still waits is told of the failure; where nobody does, asyncio would log it as one never retrieved.
    if not question.cancelled():
        question.exception()


class CheckHealth:
    """Anyone may ask how the service is."""

    def __init__(self, store: Store) -> None:
        self._question = _Question(store.ping)

    async def __call__(self) -> Health:
        """Return how the store is, within two seconds whatever happens to it."""
        started = time.perf_counter()
        try:
            await self._question.answer()
        except Unavailable:
            return Health(is_ok=False, latency_ms=None)
        return Health(is_ok=True, latency_ms=round((time.perf_counter() - started) * 1000, 2))


class CheckReadiness:
    """Whoever routes requests to instances may ask whether this one can take any."""

    def __init__(self, store: Store) -> None:
        self._question = _Question(store.is_current)

    async def __call__(self) -> str | None:
        """Return why the service is not ready, or None if it is, within two seconds."""
        try:
            is_current = await self._question.answer()
        except Unavailable:
            return "The database does not answer."
        return None if is_current else "The database lacks migrations: run satchel migrate."
