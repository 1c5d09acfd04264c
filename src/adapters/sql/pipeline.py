"""The fast lane: statements of many callers on few connections, none of which waits for another's answer."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

import psycopg
from psycopg.abc import Transformer as AnyTransformer
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult
from sqlalchemy import func, literal_column, select

from adapters.sql.errors import BUSY, first_line, meaning
from adapters.sql.prepared import MISSED, AnyRow, Dumped, Prepared
from adapters.sql.wire import Connection, NoAnswer, Request, Wire
from application.ports.load import Load
from domain.errors import Stale, Unavailable

Connect = Callable[[], Awaitable[Connection]]
Change = tuple[Prepared, Mapping[str, object], bool]
"""A statement, its values, and whether it must hit a row."""

PIPELINE_SETTINGS: Final = {
    "timezone": "UTC",
    "datestyle": "ISO",
    "client_encoding": "UTF8",
    "statement_timeout": "2s",
    "lock_timeout": "200ms",
}
"""Of the server, for connections of a pipeline: what is behind a statement waits no longer than that for it."""

# The same for one transaction, where a pooler gives the next one to another session.
_LIMITED: Final = Prepared(
    select(
        *(
            func.set_config(
                literal_column(f"'{name}'"), literal_column(f"'{PIPELINE_SETTINGS[name]}'"), literal_column("true")
            )
            for name in ("statement_timeout", "lock_timeout")
        )
    ),
    (),
)
_CONNECT_SECONDS: Final = 3
_ANSWER_SECONDS: Final = 3.0
_DRAIN_SECONDS: Final = 1
_REOPEN_SECONDS: Final = 1
_HELD: Final = {"55P03", "40P01"}  # lock timeout, deadlock
_DONE: Final = {ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK}


class Held(Unavailable):
    """Somebody holds a lock that the statement needs. Nothing was kept; who waits longer for it may succeed."""


class Pipeline:
    """Sends statements as they come; answers come back in the order of each connection.

    A statement that is slow or waits for a lock holds up those behind it, so only short ones on indexes belong
    here.
    """

    def __init__(
        self,
        connect: Connect,
        *,
        reads: int = 1,
        writes: int = 4,
        in_flight: int = 2_000,
        answer_seconds: float = _ANSWER_SECONDS,
        through_pooler: bool = False,
    ) -> None:
        """Remember how to connect; it is done when the first statement is sent.

        Args:
            connect: opens a connection in autocommit, with `PIPELINE_SETTINGS`.
            reads: connections for reading, which never wait behind a commit.
            writes: connections for changes. Each commit waits for the disk; PostgreSQL lets those of several
                connections wait together.
            in_flight: how many callers wait on one connection at most.
            answer_seconds: how long a caller waits for an answer. A connection that in this time gave none to
                anybody is given up.
            through_pooler: whether each transaction may be on another session of the server: then nothing is
                prepared, and changes bring their limits along.
        """
        self._reads = [_Lane(connect, answer_seconds, prepares=not through_pooler) for _ in range(reads)]
        self._writes = [_Lane(connect, answer_seconds, prepares=not through_pooler) for _ in range(writes)]
        self._in_flight = in_flight
        self._before_changes = [(_LIMITED, ())] if through_pooler else []
        self._transformer: AnyTransformer = Transformer()
        self._awaited: set[asyncio.Future[Sequence[PGresult]]] = set()
        self._is_closed = False

    async def fetch(self, prepared: Prepared, values: Mapping[str, object]) -> list[AnyRow]:
        """Execute one statement and return its rows.

        What only reads is sent once more if its connection is lost. What changes something is a transaction of
        its own, on a connection for changes, and sent once.

        Raises:
            Taken, NotFound, Invalid, InUse: as in `adapters.sql.errors.domain_errors`.
            Held: somebody holds a lock on what it needs.
            Unavailable: the database is away or busy.
        """
        statement = prepared, prepared.dump(self._transformer, values)
        if prepared.is_read:
            (result,) = await self._answers(self._reads, [statement], is_read=True)
        else:
            result = (await self._changed([statement]))[0]
        return prepared.load(self._transformer, result)

    async def commit(self, changes: Sequence[Change]) -> None:
        """Execute the statements in one transaction and one round trip.

        Raises:
            Stale: a statement that must hit a row hit none; nothing was kept.
            Taken, NotFound, Invalid, InUse: as in `adapters.sql.errors.domain_errors`.
            Held: somebody holds a lock on what it changes; nothing was kept.
            Unavailable: the database is away or busy. If the connection was lost after the statements were sent,
                nobody knows whether they were kept.
        """
        statements = [
            (sent, sent.dump(self._transformer, values))
            for prepared, values, must_hit in changes
            for sent in [prepared.must_hit if must_hit else prepared]
        ]
        if statements:
            await self._changed(statements)

    def loads(self) -> dict[str, Load]:
        """Return how many wait for answers, of how many that may."""
        return {
            name: Load(sum(lane.load for lane in lanes), len(lanes) * self._in_flight)
            for name, lanes in {"pipelined reads": self._reads, "pipelined writes": self._writes}.items()
        }

    async def close(self) -> None:
        """Wait a moment for what is under way, then close every connection."""
        self._is_closed = True
        if self._awaited:
            await asyncio.wait(self._awaited, timeout=_DRAIN_SECONDS)
        for lane in (*self._reads, *self._writes):
            await lane.close()

    async def _changed(self, statements: Sequence[tuple[Prepared, Dumped]]) -> Sequence[PGresult]:
        sent = [*self._before_changes, *statements]
        return (await self._answers(self._writes, sent, is_read=False))[len(self._before_changes) :]

    async def _answers(
        self, lanes: Sequence["_Lane"], statements: Sequence[tuple[Prepared, Dumped]], *, is_read: bool
    ) -> Sequence[PGresult]:
        answer: asyncio.Future[Sequence[PGresult]] = asyncio.get_running_loop().create_future()
        request = Request(statements, answer, is_shared=is_read, may_repeat=is_read)
        lane = _least_loaded(lanes)
        if lane.load >= self._in_flight:
            raise Unavailable(BUSY)
        if self._is_closed:
            raise _refusal(psycopg.OperationalError("the pipeline is closed"))
        lane.put(request)
        self._awaited.add(answer)
        try:
            results = await answer
        except psycopg.Error as error:
            raise _refusal(error) from None
        finally:
            self._awaited.discard(answer)
        for place, result in enumerate(results):
            if result.status not in _DONE:
                # One more than statements is of the commit itself.
                failed, _ = statements[min(place, len(statements) - 1)]
                raise _refusal(error_from_result(result), was_delete=failed.is_delete)
        return results


class _Lane:
    """Has a connection: opened when the first request comes, replaced when it is lost."""

    def __init__(self, connect: Connect, answer_seconds: float, *, prepares: bool) -> None:
        self._connect = connect
        self._answer_seconds = answer_seconds
        self._prepares = prepares
        self._wire: Wire | None = None
        self._opening: asyncio.Task[None] | None = None
        self._waiting: list[Request] = []
        self._reopens_at = 0.0

    @property
    def is_open(self) -> bool:
        return self._wire is not None

    @property
    def load(self) -> int:
        return len(self._waiting) if self._wire is None else self._wire.load

    def put(self, request: Request) -> None:
        if self._wire is not None:
            self._wire.put(request)
            return
        self._waiting.append(request)
        self._open_once()

    def open_ahead(self) -> None:
        """Connect for those who come later, unless that failed just now."""
        if self._reopens_at <= asyncio.get_running_loop().time():
            self._open_once()

    async def close(self) -> None:
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.wait([self._opening])
        if self._wire is not None:
            for unanswered in self._wire.close():
                self._waiting.extend(unanswered)
            self._wire = None
        self._fail(psycopg.OperationalError("the pipeline was closed"))

    def _open_once(self) -> None:
        if self._opening is None:
            self._opening = asyncio.create_task(self._open())

    async def _open(self) -> None:
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                connection = await self._connect()
            self._wire = Wire(
                connection, answer_seconds=self._answer_seconds, ended=self._replace, prepares=self._prepares
            )
        except Exception as error:
            # Whatever it is, nobody may wait on for ever.
            self._reopens_at = asyncio.get_running_loop().time() + _REOPEN_SECONDS
            # What TimeoutError has to say is its name.
            self._fail(psycopg.OperationalError(str(error) or type(error).__name__))
        else:
            for request in self._waiting:
                self._wire.put(request)
            self._waiting.clear()
        finally:
            self._opening = None

    def _fail(self, cause: psycopg.Error) -> None:
        for request in self._waiting:
            request.fail(cause)
        self._waiting.clear()

    def _replace(self, cause: psycopg.Error, *, sent: Sequence[Request], unsent: Sequence[Request]) -> None:
        self._wire = None
        for request in sent:
            if request.may_repeat and not isinstance(cause, NoAnswer):
                request.may_repeat = False
                self.put(request)
            else:
                request.fail(cause)
        for request in unsent:
            self.put(request)


def _least_loaded(lanes: Sequence[_Lane]) -> _Lane:
    opened = [lane for lane in lanes if lane.is_open]
    if not opened:
        return lanes[0]
    least = min(opened, key=lambda lane: lane.load)
    if least.load and len(opened) < len(lanes):
        next(lane for lane in lanes if not lane.is_open).open_ahead()
    return least


def _refusal(cause: psycopg.Error, *, was_delete: bool = False) -> Exception:
    if cause.sqlstate == MISSED:
        return Stale()
    if cause.sqlstate in _HELD:
        return Held(BUSY, reason=first_line(cause))
    return meaning(cause, was_delete=was_delete) or cause
