"""Letting go of what nobody needs any longer."""

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from application.ports.clock import Clock
from application.ports.throttle import Throttle
from application.ports.unit_of_work import UnitsOfWork
from domain.errors import Unavailable

RETENTION: Final = "retention"
"""The name of the lock that one instance at a time works under."""
PORTION: Final = 500
"""How many rows of a kind go at once, so that nobody waits for it."""
GRACE: Final = timedelta(days=1)
"""How long what has ended stays nevertheless: far longer than any two clocks differ."""
_EVERY_SECONDS: Final = 300.0
_BETWEEN_PORTIONS_SECONDS: Final = 0.5

_log: Final = logging.getLogger("satchel.retention")


@dataclass(frozen=True, slots=True)
class RemoveExpired:
    """The service itself does it, one instance at a time; nobody is asked.

    A session stays until none of its tokens could be good any longer, also when it was revoked: until then a spent
    refresh token is told from one that never was. A delivery stays while it may still be tried, and
    `delivery_lifetime` after its last attempt.
    """

    units_of_work: UnitsOfWork
    throttle: Throttle
    clock: Clock
    delivery_lifetime: timedelta

    async def __call__(self) -> dict[str, int] | None:
        """Remove a portion of each kind and return how many went; None where another instance is at it.

        Raises:
            Unavailable: the store is away.
        """
        now = self.clock.now()
        async with self.units_of_work() as uow:
            if not await uow.try_lock(RETENTION):
                return None
            return {
                "sessions": await uow.sessions.remove_expired(now - GRACE, most=PORTION),
                "deliveries": await uow.webhooks.remove_settled(now - self.delivery_lifetime, most=PORTION),
                "kept answers": await uow.kept_answers.remove_expired(now - GRACE, most=PORTION),
                "throttles": await self.throttle.remove_ended(now - GRACE, most=PORTION),
            }

    async def run(self) -> None:
        """Remove what there is every few minutes, until cancelled."""
        while True:
            await asyncio.sleep(_EVERY_SECONDS)
            try:
                await self._remove_all()
            except Unavailable as error:
                _log.warning("Nothing is removed until the store is back: %s", error.reason or error.detail)
            except Exception:
                _log.exception("Removing what has expired failed; it is tried again.")

    async def _remove_all(self) -> None:
        removed: dict[str, int] = {}
        while (portion := await self()) is not None:
            removed = {kind: removed.get(kind, 0) + number for kind, number in portion.items()}
            if max(portion.values()) < PORTION:
                break
            await asyncio.sleep(_BETWEEN_PORTIONS_SECONDS)
        if told := ", ".join(f"{number} {kind}" for kind, number in removed.items() if number):
            _log.info("Removed what nobody needs any longer: %s", told)
