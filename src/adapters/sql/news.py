"""News of what was committed, as PostgreSQL tells it to whoever listens."""

import asyncio
import logging
import sys
import time
from collections.abc import Callable
from contextvars import Context
from typing import ClassVar, Final, LiteralString

import psycopg
from psycopg.rows import TupleRow

from adapters.sql.connections import PatientConnection, connection_parameters
from adapters.sql.errors import first_line

ACCOUNTS: Final = "satchel_sessions"
"""Tells which account changed, or which session ended: `user 7` or `session 7`."""
EVENTS: Final = "satchel_events"
"""Tells that events were sealed; it does not say which."""

LEASE_SECONDS: Final = 0.8
"""For how long nothing can have been missed, counted from the moment at which an answered heartbeat was sent."""

_HEARTBEAT_SECONDS: Final = 0.3
_RETRY_SECONDS: Final = 0.5

_PROCESS: Final = "SELECT pg_backend_pid()"
_LISTEN: Final = "LISTEN satchel_sessions; LISTEN satchel_events"
# Listening is of no use where the triggers of migration 0002 are not there, or switched off.
_HEARTBEAT: Final = """
    SELECT pg_backend_pid(),
        EXISTS (SELECT FROM pg_listening_channels() AS channel WHERE channel = 'satchel_sessions')
        AND 3 = (
            SELECT count(*) FROM pg_trigger
            WHERE tgrelid IN (to_regclass('users'), to_regclass('sessions'))
                AND tgname IN ('tell_of_change', 'tell_of_end')
                AND tgenabled IN ('O', 'A')
        ),
        concat_ws(' ', pg_relation_filenode(to_regclass('users')), pg_relation_filenode(to_regclass('sessions')))
"""

_log = logging.getLogger("satchel.sessions")


def seconds() -> float:
    """Return seconds since some moment: untouched by steps of the clock, and counting a sleep of the machine."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if sys.platform == "linux" else time.monotonic()


class UntoldError(Exception):
    """The connection stands, but changes are not told on it."""


class PooledError(UntoldError):
    """Someone in between hands the statements of one connection to several: what those hear, nobody does."""


class _ListeningConnection(PatientConnection):
    answer_seconds: ClassVar[float] = 3.0


class News:
    """Listens on a connection of its own, and knows whether it can have missed anything.

    PostgreSQL sends what it has to tell before it answers a statement. So an answered heartbeat proves that
    everything was heard which was committed before the heartbeat was sent.
    """

    def __init__(self, url: str, *, now: Callable[[], float] = seconds) -> None:
        """Remember where PostgreSQL is; nothing is connected yet.

        Args:
            url: `postgresql://...` as libpq reads it.
            now: a clock like `seconds`.

        Raises:
            UnreadableUrl: libpq cannot read the URL.
        """
        self._parameters = connection_parameters(url, settings={})
        self._tell: list[Callable[[str, str], None]] = []
        self._lose: list[Callable[[], None]] = []
        self._now = now
        self._complete_until = float("-inf")
        self._listening: asyncio.Task[None] | None = None
        self._is_failure_known = False
        self._files: str | None = None

    @property
    def is_complete(self) -> bool:
        """Whether everything was heard that was committed up to `LEASE_SECONDS` ago."""
        return self._now() < self._complete_until

    def follow(self, *, tell: Callable[[str, str], None], lose: Callable[[], None]) -> None:
        """Have someone told; those who came first are told first.

        Args:
            tell: takes each piece of news: `ACCOUNTS` or `EVENTS`, and what it says, which may be anything that
                somebody sent.
            lose: called when news may have been missed, before any of it counts again.
        """
        self._tell.append(tell)
        self._lose.append(lose)

    def listen(self) -> None:
        """Begin to listen, if that was not done yet, and do not wait for it."""
        if self._listening is None:
            # A context of its own, or its log lines would carry the id of the request that came first.
            self._listening = asyncio.get_running_loop().create_task(self._keep_listening(), context=Context())

    async def close(self) -> None:
        """Stop listening for good."""
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.wait([self._listening])

    async def _keep_listening(self) -> None:
        while True:
            try:
                await self._listen_until_lost()
            except PooledError as error:
                self._report(error)
                return
            except Exception as error:
                # Whatever it was: until it is mended, the database is asked.
                self._report(error)
            await asyncio.sleep(_RETRY_SECONDS)

    async def _listen_until_lost(self) -> None:
        connection = await _ListeningConnection.begin(**self._parameters, autocommit=True)
        try:
            connection.add_notify_handler(self._tell_all)
            # Before LISTEN, which would stay with a pooled connection and go on to whoever gets that next.
            (pid,) = await _row(connection, _PROCESS)
            _refuse_pooler(connection, pid)
            await connection.execute(_LISTEN)
            while True:
                await self._beat(connection)
                if self._is_failure_known:
                    self._is_failure_known = False
                    _log.info("News arrives again.")
                await _readable(connection, timeout_seconds=_HEARTBEAT_SECONDS)
        finally:
            self._complete_until = float("-inf")
            self._lose_all()
            await connection.close()

    async def _beat(self, connection: _ListeningConnection) -> None:
        sent_at = self._now()
        pid, is_told, files = await _row(connection, _HEARTBEAT)
        _refuse_pooler(connection, pid)
        if not is_told:
            raise UntoldError("the triggers that tell it are missing or switched off")
        if files != self._files:
            # A TRUNCATE or a restored backup: the rows went without a word.
            self._files = files
            self._lose_all()
        self._complete_until = sent_at + LEASE_SECONDS

    def _tell_all(self, news: psycopg.Notify) -> None:
        for tell in self._tell:
            tell(news.channel, news.payload)

    def _lose_all(self) -> None:
        for lose in self._lose:
            lose()

    def _report(self, error: Exception) -> None:
        if self._is_failure_known:
            return
        self._is_failure_known = True
        reason = first_line(error) if isinstance(error, psycopg.Error) else str(error)
        _log.warning(
            "News does not arrive, so every request asks the database, and what other instances do shows up to a "
            "second late: %s",
            reason,
        )


async def _row(connection: _ListeningConnection, query: LiteralString) -> TupleRow:
    row = await (await connection.execute(query)).fetchone()
    if row is None:
        raise UntoldError("PostgreSQL answers without a row")
    return row


def _refuse_pooler(connection: _ListeningConnection, pid: int) -> None:
    if pid != connection.info.backend_pid:
        raise PooledError("between Satchel and PostgreSQL is a pooler, which does not pass it on")


async def _readable(connection: _ListeningConnection, *, timeout_seconds: float) -> None:
    """Wait until the server says something of its own accord, or the time is up."""
    said = asyncio.Event()
    loop = asyncio.get_running_loop()
    descriptor = connection.fileno()
    loop.add_reader(descriptor, said.set)
    try:
        async with asyncio.timeout(timeout_seconds):
            await said.wait()
    except TimeoutError:
        pass
    finally:
        loop.remove_reader(descriptor)
