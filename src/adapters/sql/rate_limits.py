"""Counting requests in PostgreSQL, for all instances together."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Float, Integer, Text, bindparam, case, column, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.sql.dml import ReturningInsert

from adapters.sql.connections import Connections
from adapters.sql.tables import throttles
from application.ports.rate_limits import RequestCounts, Window
from application.rate_limits import WINDOW_SECONDS


def _adding() -> ReturningInsert[*tuple[Any, ...]]:
    made = (
        func.unnest(
            bindparam("callers", type_=ARRAY(Text)),
            bindparam("requests", type_=ARRAY(Integer)),
            bindparam("seconds_left", type_=ARRAY(Float)),
        )
        .table_valued(column("key", Text), column("tries", Integer), column("seconds_left", Float), name="made")
        .render_derived()
    )
    # The server's clock alone counts: those of instances may differ.
    now = func.clock_timestamp()
    ends_at = now + func.make_interval(0, 0, 0, 0, 0, 0, made.c.seconds_left)
    adding = insert(throttles).from_select(
        ["key", "tries", "resets_at"], select(made.c.key, made.c.tries, ends_at).order_by(made.c.key)
    )
    # One that ends later than any that began by now comes of a clock that was set back: nobody waits for it.
    is_over = or_(
        throttles.c.resets_at <= now,
        throttles.c.resets_at > now + func.make_interval(0, 0, 0, 0, 0, 0, 2 * WINDOW_SECONDS),
    )
    return adding.on_conflict_do_update(
        index_elements=[throttles.c.key],
        set_={
            "tries": case((is_over, adding.excluded.tries), else_=throttles.c.tries + adding.excluded.tries),
            "resets_at": case((is_over, adding.excluded.resets_at), else_=throttles.c.resets_at),
        },
    ).returning(
        throttles.c.key,
        throttles.c.tries,
        func.extract("epoch", throttles.c.resets_at - now).cast(Float).label("seconds_left"),
    )


_ADD: Final = _adding()


class SqlRequestCounts(RequestCounts):
    """Counts in the table of throttles, which a crash of the server may empty.

    Should a connection die at it, the statement is sent once more: then requests may be counted twice.
    """

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def add(self, made: Mapping[str, Window]) -> Mapping[str, Window]:
        """Add these requests to the windows of who made them, and return the windows as they are then.

        Raises:
            Unavailable: the database is away or busy.
        """
        values = {
            "callers": list(made),
            "requests": [window.requests for window in made.values()],
            "seconds_left": [window.seconds_left for window in made.values()],
        }
        rows = await self._connections.fetch(_ADD, values)
        return {row.key: Window(row.tries, row.seconds_left) for row in rows}
