"""Kept answers in memory."""

from dataclasses import dataclass
from datetime import datetime

from adapters.memory.store import Change, InMemoryStore, Tables
from application.ports.idempotency import KeptAnswerRepository
from domain.errors import InFlight
from domain.idempotency import KeptAnswer


@dataclass(frozen=True, slots=True)
class InMemoryKeptAnswerRepository(KeptAnswerRepository):
    """Answers by caller and key."""

    store: InMemoryStore
    changes: list[Change]

    async def find(self, caller_id: int | None, key: str) -> KeptAnswer | None:
        """Return the answer kept for this key of this caller, even one that counts no longer."""
        return (await self.store.read()).kept_answers.get((caller_id, key))

    def add(self, answer: KeptAnswer) -> None:
        """Collect an answer, in place of one that counts no longer."""

        def change(tables: Tables) -> None:
            place = (answer.caller_id, answer.key)
            before = tables.kept_answers.get(place)
            if before is not None and before.counts(answer.kept_at):
                raise InFlight
            tables.kept_answers[place] = answer

        self.changes.append(change)

    async def remove_expired(self, at: datetime, *, most: int) -> int:
        """Remove answers that count no longer, so many at most and at once; return how many these were."""
        removed = 0

        def change(tables: Tables) -> None:
            nonlocal removed
            expired = [place for place, answer in tables.kept_answers.items() if not answer.counts(at)][:most]
            for place in expired:
                del tables.kept_answers[place]
            removed = len(expired)

        await self.store.commit([change])
        return removed
