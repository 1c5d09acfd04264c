"""Kept answers in PostgreSQL."""

from datetime import datetime
from typing import Final

from sqlalchemy import Integer, bindparam, delete, select, tuple_

from adapters.sql.changes import Changes, adding
from adapters.sql.connections import Connections
from adapters.sql.tables import kept_answers, moment_type
from application.ports.idempotency import KeptAnswerRepository
from domain.idempotency import KEPT_FOR, KeptAnswer

_OF_CALLER: Final = kept_answers.c.caller_id == bindparam("of_caller")
_OF_KEY: Final = kept_answers.c.key == bindparam("of_key")
_HAS_EXPIRED: Final = kept_answers.c.kept_at <= bindparam("until", type_=moment_type)
_FIND: Final = select(kept_answers).where(_OF_CALLER, _OF_KEY)
_ADD: Final = adding(kept_answers)
_GIVE_WAY: Final = delete(kept_answers).where(_OF_CALLER, _OF_KEY, _HAS_EXPIRED)
_REMOVE_EXPIRED: Final = (
    delete(kept_answers)
    .where(
        tuple_(kept_answers.c.caller_id, kept_answers.c.key).in_(
            select(kept_answers.c.caller_id, kept_answers.c.key)
            .where(_HAS_EXPIRED)
            .order_by(kept_answers.c.kept_at)
            .limit(bindparam("most", type_=Integer))
            .with_for_update(skip_locked=True)
        )
    )
    .returning(kept_answers.c.caller_id)
)


class SqlKeptAnswerRepository(KeptAnswerRepository):
    """Answers in the table `kept_answers`."""

    def __init__(self, connections: Connections, changes: Changes) -> None:
        """Read through the connections, collect into the changes."""
        self._connections = connections
        self._changes = changes

    async def find(self, caller_id: int | None, key: str) -> KeptAnswer | None:
        """Return the answer kept for this key of this caller, even one that counts no longer.

        Raises:
            Unavailable: the database is away or busy.
        """
        rows = await self._connections.look_up(_FIND, {"of_caller": caller_id or 0, "of_key": key})
        if not rows:
            return None
        row = rows[0]
        return KeptAnswer(row.caller_id or None, row.key, row.fingerprint, row.sealed_answer, row.kept_at)

    def add(self, answer: KeptAnswer) -> None:
        """Collect an answer, in place of one that counts no longer."""
        caller_id = answer.caller_id or 0
        self._changes.change_many(
            _GIVE_WAY, {"of_caller": caller_id, "of_key": answer.key, "until": answer.kept_at - KEPT_FOR}
        )
        self._changes.add(
            _ADD,
            {
                "caller_id": caller_id,
                "key": answer.key,
                "fingerprint": answer.fingerprint,
                "sealed_answer": answer.sealed_answer,
                "kept_at": answer.kept_at,
            },
        )

    async def remove_expired(self, at: datetime, *, most: int) -> int:
        """Remove answers that count no longer, so many at most and at once; return how many these were.

        Raises:
            Unavailable: the database is away or busy.
        """
        rows = await self._connections.fetch(_REMOVE_EXPIRED, {"until": at - KEPT_FOR, "most": most})
        return len(rows)
