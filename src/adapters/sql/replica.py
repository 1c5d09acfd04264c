"""A streaming replica of the database, asked only for what it is sure to have."""

import asyncio
import logging
from contextvars import Context
from typing import Final

from sqlalchemy import BigInteger, Integer, literal_column, select

from adapters.sql.connections import Connections
from adapters.sql.errors import UnexpectedRefusal
from domain.errors import Unavailable

LEFT_OUT_SECONDS: Final = 1.0
"""For how long at least a replica is not asked once it could not answer."""

_CATCH_UP_SECONDS: Final = 0.25
_FIRST_PAUSE_SECONDS: Final = 0.001
_LOOK_SECONDS: Final = 5.0

# Up to here everything is that was acknowledged (PostgreSQL manual, section 9.28.3), and this server's timeline,
# which each promotion of a replica begins anew (section 25.3.6). A server that recovers has neither.
WRITTEN: Final = select(
    literal_column(
        "CASE WHEN NOT pg_is_in_recovery() THEN pg_wal_lsn_diff(pg_current_wal_flush_lsn(), '0/0')::bigint END",
        BigInteger,
    ).label("position"),
    literal_column(
        "CASE WHEN NOT pg_is_in_recovery() "
        "THEN ('x' || left(pg_walfile_name(pg_current_wal_flush_lsn()), 8))::bit(32)::int END",
        Integer,
    ).label("timeline"),
)
# Up to here everything is visible on a replica. After a promotion it would stay what it was last.
REPLAYED: Final = select(
    literal_column(
        "CASE WHEN pg_is_in_recovery() THEN pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0')::bigint END",
        BigInteger,
    ).label("position")
)
SYSTEM: Final = select(
    literal_column("(SELECT system_identifier FROM pg_control_system())", BigInteger).label("identifier"),
    literal_column("(SELECT timeline_id FROM pg_control_checkpoint())", Integer).label("timeline"),
)

_log = logging.getLogger("satchel.replica")


class _UnfitError(Exception):
    """The replica is none of this database, or none at all."""


class Replica:
    """Knows whether the replica has what the primary had at a moment, and leaves it out for as long as it has not.

    Each question takes a round trip to both servers. In exchange a reader finds on the replica no less than on the
    primary, whoever wrote it, through whatever instance.

    Attributes:
        connections: to the replica, for reading.
    """

    def __init__(self, primary: Connections, connections: Connections) -> None:
        """Leave it out until it was looked at, which begins with the first question; nothing is connected yet."""
        self.connections = connections
        self._primary = primary
        self._timeline: int | None = None
        self._looking: asyncio.Task[None] | None = None
        self._is_absence_known = False

    async def has_all(self) -> bool:
        """Tell whether it has everything that was committed up to now, waiting a moment for that.

        Raises:
            Unavailable: the primary is away or busy.
        """
        if self._timeline is None:
            self._look_for_it(after_seconds=0)
            return False
        position, timeline = (await self._primary.look_up(WRITTEN, {}))[0]
        if timeline != self._timeline:
            self._leave_out("DATABASE_URL leads to another server than before")
            return False
        try:
            async with asyncio.timeout(_CATCH_UP_SECONDS):
                await self._reach(position)
        except TimeoutError:
            self._leave_out(f"it is more than {_CATCH_UP_SECONDS} seconds behind, or silent")
        except (Unavailable, UnexpectedRefusal, _UnfitError) as error:
            self._leave_out(_reason(error))
        else:
            return True
        return False

    async def close(self) -> None:
        """Let go of it for good."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait([self._looking])
        await self.connections.close()

    async def _reach(self, position: int) -> None:
        pause = _FIRST_PAUSE_SECONDS
        while await self._replayed() < position:
            await asyncio.sleep(pause)
            pause *= 2

    async def _replayed(self) -> int:
        position: int | None = (await self.connections.look_up(REPLAYED, {}))[0].position
        if position is None:
            raise _UnfitError("DATABASE_READ_URL leads to a server that is no replica")
        return position

    def _leave_out(self, reason: str) -> None:
        if self._timeline is None:
            return
        self._timeline = None
        self._report(reason)
        self._look_for_it(after_seconds=LEFT_OUT_SECONDS)

    def _look_for_it(self, *, after_seconds: float) -> None:
        if self._looking is None or self._looking.done():
            # A context of its own, or its log lines would carry the id of the request that came first.
            self._looking = asyncio.get_running_loop().create_task(
                self._look_until_fit(after_seconds), context=Context()
            )

    async def _look_until_fit(self, after_seconds: float) -> None:
        while True:
            await asyncio.sleep(after_seconds)
            after_seconds = LEFT_OUT_SECONDS
            try:
                async with asyncio.timeout(_LOOK_SECONDS):
                    self._timeline = await self._fit_timeline()
            except TimeoutError:
                self._report("it is silent, or far behind")
            except Exception as error:
                # Whatever it was: until it is mended, the primary answers alone.
                self._report(_reason(error))
            else:
                if self._is_absence_known:
                    self._is_absence_known = False
                    _log.info("The replica has caught up, and is asked again.")
                return

    async def _fit_timeline(self) -> int:
        """Return the timeline of the primary, once the replica is seen to follow it and has caught up.

        The control file of a replica names a new timeline with its next restart point, some minutes after a
        promotion; until then nothing tells that it followed, and did not go astray.
        """
        position, timeline = (await self._primary.look_up(WRITTEN, {}))[0]
        identifier = (await self._primary.look_up(SYSTEM, {}))[0].identifier
        theirs = (await self.connections.look_up(SYSTEM, {}))[0]
        if timeline is None:
            raise _UnfitError("DATABASE_URL leads to a server that is itself a replica")
        if theirs.identifier != identifier:
            raise _UnfitError("DATABASE_READ_URL leads to no replica of DATABASE_URL's server")
        await self._replayed()
        if theirs.timeline != timeline:
            raise _UnfitError("it has not confirmed yet that it follows the primary, which was promoted")
        await self._reach(position)
        return int(timeline)

    def _report(self, reason: str) -> None:
        if not self._is_absence_known:
            self._is_absence_known = True
            _log.warning("The replica is left out, and the primary answers alone: %s", reason)


def _reason(error: Exception) -> str:
    return (isinstance(error, Unavailable) and error.reason) or str(error)
