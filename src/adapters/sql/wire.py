"""One connection in PostgreSQL's pipeline mode: many statements under way, none waits for another's answer.

See PostgreSQL's manual, section 34.5 (libpq) and section 55.2.4 (the protocol).
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import psycopg
from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus
from psycopg.pq.abc import PGresult

from adapters.sql.prepared import Dumped, Prepared

Connection = psycopg.AsyncConnection[Any]

# A connection keeps so many statements prepared; what comes later is rare, and parsed each time.
_PREPARED_MOST: Final = 400
# The statement is not there any more, or what it returns has changed; prepared anew it will do.
_UNPREPARED: Final = {b"26000", b"0A000"}
# How often the time is looked at while the longest wait for an answer goes by.
_CHECKS: Final = 4


class NoAnswer(psycopg.OperationalError):
    """The server owes an answer for too long."""


@dataclass(slots=True, eq=False)
class Request:
    """What one caller waits for: a read, or all statements of one transaction.

    Attributes:
        statements: with their values.
        answer: a result for each; if one failed, its error is among them.
        is_shared: whether it may be in one transaction with others' requests, as a read may.
        may_repeat: whether it may be sent once more when its connection is lost.
    """

    statements: Sequence[tuple[Prepared, Dumped]]
    answer: asyncio.Future[Sequence[PGresult]]
    is_shared: bool
    may_repeat: bool

    def fail(self, cause: Exception) -> None:
        """Let the caller know, who may have gone."""
        if not self.answer.done():
            self.answer.set_exception(cause)


class Ended(Protocol):
    """Is told by what a connection was lost, with which requests unanswered."""

    def __call__(self, cause: psycopg.Error, /, *, sent: Sequence[Request], unsent: Sequence[Request]) -> None:
        """Take the requests back."""


@dataclass(slots=True, eq=False)
class _Exchange:
    """What is between two Syncs, and so one transaction: callers' requests, or the preparation of a statement."""

    sent_at: float
    statements: int
    requests: Sequence[Request] = ()
    prepares: str | None = None
    results: list[PGresult] = field(default_factory=list[PGresult])


class Wire:
    """Sends what is put in during one turn of the event loop together, and hands answers out as they come."""

    def __init__(
        self, connection: Connection, *, answer_seconds: float, ended: Ended, prepares: bool = True
    ) -> None:
        """Take over the connection, on the running loop.

        Args:
            connection: open, idle, in autocommit.
            answer_seconds: how long a caller waits for an answer at most. If in that time none came to anybody,
                the connection is given up.
            ended: is called when the connection is lost; not by `close`.
            prepares: whether the connection keeps statements prepared.
        """
        self._connection = connection
        self._pgconn = connection.pgconn
        self._pgconn.enter_pipeline_mode()
        self._socket = self._pgconn.socket
        self._loop = asyncio.get_running_loop()
        self._answer_seconds = answer_seconds
        self._ended = ended
        self._prepared_most = _PREPARED_MOST if prepares else 0
        self._outbox: list[Request] = []
        self._under_way: deque[_Exchange] = deque()
        self._requests_under_way = 0
        self._names: dict[str, bytes] = {}
        self._names_given = 0
        self._not_prepared: dict[str, PGresult] = {}
        self._is_open = True
        self._is_stuck = False
        self._heard_at = self._loop.time()
        self._watch: asyncio.TimerHandle | None = None
        self._loop.add_reader(self._socket, self._receive)

    @property
    def load(self) -> int:
        """How many requests are unanswered."""
        return len(self._outbox) + self._requests_under_way

    def put(self, request: Request) -> None:
        """Send the request at the end of this turn of the loop."""
        if not self._outbox:
            self._loop.call_soon(self._send)
        self._outbox.append(request)

    def close(self) -> tuple[Sequence[Request], Sequence[Request]]:
        """Close the connection; return the requests without an answer, those that were sent and those not."""
        self._is_open = False
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
        if self._watch is not None:
            self._watch.cancel()
        self._pgconn.finish()
        sent = [request for exchange in self._under_way for request in exchange.requests]
        were_sent = set(sent)
        unsent = [request for request in self._outbox if request not in were_sent]
        self._under_way.clear()
        self._outbox.clear()
        return sent, unsent

    def _lose(self, cause: psycopg.Error) -> None:
        if self._is_open:
            sent, unsent = self.close()
            self._ended(cause, sent=sent, unsent=unsent)

    def _send(self) -> None:
        if not self._is_open:
            return
        wanted = [request for request in self._outbox if not request.answer.done()]
        shared = [request for request in wanted if request.is_shared]
        try:
            if shared:
                self._send_together(shared)
            for request in wanted:
                if not request.is_shared:
                    self._send_together([request])
            self._outbox.clear()
            self._flush()
        except psycopg.Error as error:
            self._lose(error)
        self._watch_time()

    def _send_together(self, requests: Sequence[Request]) -> None:
        statements = [statement for request in requests for statement in request.statements]
        for prepared, _ in statements:
            if prepared.text not in self._names and len(self._names) < self._prepared_most:
                self._prepare(prepared.text)
        self._under_way.append(_Exchange(self._loop.time(), len(statements), requests))
        self._requests_under_way += len(requests)
        for prepared, values in statements:
            name = self._names.get(prepared.text)
            if name is None:
                self._pgconn.send_query_params(prepared.text.encode(), values)
            else:
                self._pgconn.send_query_prepared(name, values)
        self._pgconn.pipeline_sync()

    def _prepare(self, text: str) -> None:
        # With a Sync of its own: else a failure before it in the same transaction would skip it.
        self._names_given += 1
        self._names[text] = name = b"satchel_%d" % self._names_given
        self._under_way.append(_Exchange(self._loop.time(), 1, prepares=text))
        self._pgconn.send_prepare(name, text.encode())
        self._pgconn.pipeline_sync()

    def _flush(self) -> None:
        was_stuck, self._is_stuck = self._is_stuck, bool(self._pgconn.flush())
        if self._is_stuck and not was_stuck:
            self._loop.add_writer(self._socket, self._go_on_flushing)
        elif was_stuck and not self._is_stuck:
            self._loop.remove_writer(self._socket)

    def _go_on_flushing(self) -> None:
        try:
            self._flush()
        except psycopg.Error as error:
            self._lose(error)

    def _check_time(self) -> None:
        self._watch = None
        # It may be this loop that is late, and the answer long there.
        self._receive()
        if not self._is_open or not self._under_way:
            return
        overdue = self._loop.time() - self._answer_seconds
        if max(self._heard_at, self._under_way[0].sent_at) <= overdue:
            self._lose(NoAnswer("no answer in time"))
            return
        # The server goes on; those whose turn comes too late need not wait for it.
        for exchange in self._under_way:
            if exchange.sent_at > overdue:
                break
            for request in exchange.requests:
                request.fail(NoAnswer("no answer in time"))
        self._watch_time()

    def _watch_time(self) -> None:
        if self._watch is None and self._under_way:
            self._watch = self._loop.call_later(self._answer_seconds / _CHECKS, self._check_time)

    def _receive(self) -> None:
        try:
            self._pgconn.consume_input()
            self._take_results()
        except psycopg.Error as error:
            self._lose(error)

    def _take_results(self) -> None:
        """Take what has come; each statement's result is followed by None, each Sync's is not."""
        is_between = False
        while not self._pgconn.is_busy() and self._under_way:
            result = self._pgconn.get_result()
            exchange = self._under_way[0]
            if result is None:
                if is_between or self._pgconn.status != ConnStatus.OK:
                    raise psycopg.OperationalError(self._pgconn.get_error_message())
            elif result.status != ExecStatus.PIPELINE_SYNC:
                exchange.results.append(result)
            elif len(exchange.results) < exchange.statements:
                raise psycopg.OperationalError("answers are missing")
            else:
                self._under_way.popleft()
                self._hand_out(exchange)
            is_between = result is None

    def _hand_out(self, exchange: _Exchange) -> None:
        self._heard_at = self._loop.time()
        self._requests_under_way -= len(exchange.requests)
        if exchange.prepares is not None:
            self._note_preparation(exchange.prepares, exchange.results[0])
        elif len(exchange.requests) == 1:
            self._answer(exchange.requests[0], exchange.results)
        else:
            for request, result in zip(exchange.requests, exchange.results, strict=False):
                self._answer(request, [result])

    def _note_preparation(self, text: str, result: PGresult) -> None:
        if result.status == ExecStatus.COMMAND_OK:
            self._not_prepared.pop(text, None)
        else:
            self._names.pop(text, None)
            self._not_prepared[text] = result

    def _answer(self, request: Request, results: list[PGresult]) -> None:
        if request.answer.done():
            return
        if results[0].status == ExecStatus.PIPELINE_ABORTED:
            # Skipped, because of a neighbour.
            self._repeat(request)
            return
        for place, (prepared, _) in enumerate(request.statements):
            if results[place].error_field(DiagnosticField.SQLSTATE) in _UNPREPARED:
                self._names.pop(prepared.text, None)
                if request.may_repeat:
                    request.may_repeat = False
                    self._repeat(request)
                    return
                results[place] = self._not_prepared.get(prepared.text, results[place])
        request.answer.set_result(results)

    def _repeat(self, request: Request) -> None:
        request.is_shared = False
        self.put(request)
