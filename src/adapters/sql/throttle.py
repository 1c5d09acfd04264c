"""Counting tries in PostgreSQL, for all instances together."""

from datetime import datetime
from typing import Final

from sqlalchemy import Integer, Text, any_, bindparam, case, delete, not_, or_, select, update
from sqlalchemy.dialects.postgresql import ARRAY, insert

from adapters.sql.connections import Connections
from adapters.sql.tables import moment_type, throttles
from application.ports.throttle import Allowance, Throttle
from application.throttling import used_up

# One that ends beyond any time that began by now comes of a clock that was wrong: nobody waits for it.
_IS_OVER: Final = or_(throttles.c.resets_at <= bindparam("at"), throttles.c.resets_at > bindparam("latest"))
_FIRST: Final = insert(throttles).values(key=bindparam("of"), tries=1, resets_at=bindparam("ends_at"))
# Tries of one key queue for its row, and each decides on what the one before has left.
_TAKE: Final = _FIRST.on_conflict_do_update(
    index_elements=[throttles.c.key],
    set_={
        "tries": case((_IS_OVER, 1), else_=throttles.c.tries + 1),
        "resets_at": case((_IS_OVER, _FIRST.excluded.resets_at), else_=throttles.c.resets_at),
    },
    where=or_(_IS_OVER, throttles.c.tries < bindparam("allowed")),
).returning(throttles.c.tries)
_CHECK: Final = (
    select(throttles.c.resets_at)
    .where(
        throttles.c.key == any_(bindparam("keys", type_=ARRAY(Text))),
        throttles.c.tries >= bindparam("allowed"),
        not_(_IS_OVER),
    )
    .order_by(throttles.c.resets_at.desc())
)
_RESETS_AT: Final = select(throttles.c.resets_at).where(throttles.c.key == bindparam("of"))
_GIVE_BACK: Final = (
    update(throttles)
    .where(throttles.c.key == bindparam("of"), throttles.c.tries > 0)
    .values(tries=throttles.c.tries - 1)
    .returning(throttles.c.tries)
)
_CLEAR: Final = delete(throttles).where(throttles.c.key == bindparam("of")).returning(throttles.c.tries)
_REMOVE_ENDED: Final = (
    delete(throttles)
    .where(
        throttles.c.key.in_(
            select(throttles.c.key)
            .where(throttles.c.resets_at <= bindparam("at", type_=moment_type))
            .order_by(throttles.c.resets_at)
            .limit(bindparam("most", type_=Integer))
            .with_for_update(skip_locked=True)
        )
    )
    .returning(throttles.c.tries)
)


class SqlThrottle(Throttle):
    """Counts in a table that a crash of the server may empty, and nothing else does.

    Each statement stands by itself. Should a connection die at it, it is sent once more: then a try may be counted
    or uncounted twice, which does no harm worth a transaction.
    """

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def check(self, *keys: str, allowance: Allowance, at: datetime) -> None:
        """Tell whether one more try of each key would be allowed.

        Raises:
            TooManyRequests: the allowance of one is used up.
            Unavailable: the database is away or busy.
        """
        values = {"keys": list(keys), "at": at, "latest": at + 2 * allowance.period, "allowed": allowance.tries}
        if rows := await self._connections.fetch(_CHECK, values):
            raise used_up(rows[0].resets_at, at=at)

    async def take(self, key: str, allowance: Allowance, *, at: datetime) -> None:
        """Count one try.

        Raises:
            TooManyRequests: the allowance is used up.
            Unavailable: the database is away or busy.
        """
        values = {
            "of": key,
            "at": at,
            "ends_at": at + allowance.period,
            "latest": at + 2 * allowance.period,
            "allowed": allowance.tries,
        }
        if not await self._connections.fetch(_TAKE, values):
            rows = await self._connections.fetch(_RESETS_AT, {"of": key})
            raise used_up(rows[0].resets_at if rows else at, at=at)

    async def give_back(self, key: str) -> None:
        """Uncount one try.

        Raises:
            Unavailable: the database is away or busy.
        """
        await self._connections.fetch(_GIVE_BACK, {"of": key})

    async def clear(self, key: str) -> None:
        """Forget every try of this key.

        Raises:
            Unavailable: the database is away or busy.
        """
        await self._connections.fetch(_CLEAR, {"of": key})

    async def remove_ended(self, at: datetime, *, most: int) -> int:
        """Remove counts that were over at this moment, so many at most; return how many these were.

        Raises:
            Unavailable: the database is away or busy.
        """
        return len(await self._connections.fetch(_REMOVE_ENDED, {"at": at, "most": most}))
