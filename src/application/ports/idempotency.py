"""Where the answers to requests are kept that may be sent again."""

from datetime import datetime
from typing import Protocol

from domain.idempotency import KeptAnswer


class KeptAnswerRepository(Protocol):
    """Answers, by caller and key."""

    async def find(self, caller_id: int | None, key: str) -> KeptAnswer | None:
        """Return the answer kept for this key of this caller, even one that counts no longer."""
        ...

    def add(self, answer: KeptAnswer) -> None:
        """Keep an answer, in place of one that counts no longer.

        At commit: `InFlight` if one that counts is kept for this key of this caller already.
        """
        ...

    async def remove_expired(self, at: datetime, *, most: int) -> int:
        """Remove answers that count no longer, so many at most and at once; return how many these were."""
        ...
