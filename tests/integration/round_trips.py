"""What requests cost in PostgreSQL's own currency: libpq's record of what it sent says how much that was."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Self, TypeVar

import pytest
from psycopg.pq import Trace

from adapters.sql.connections import PatientConnection
from entrypoints.container import Container
from tests.contracts.http_service import Service, serving
from tests.contracts.http_wiring import put

T = TypeVar("T")

# Messages of the protocol (PostgreSQL's manual, section 53.7); a simple Query is answered like a Sync.
_EXECUTES = {b"Execute", b"Query"}
_WAITS = {b"Sync", b"Query"}


class Cost(NamedTuple):
    """What is paid for with work of the server, and what with time on the way there and back.

    Attributes:
        statements: executed, BEGIN and COMMIT among them.
        round_trips: answers that have to be waited for, one after the other.
    """

    statements: int
    round_trips: int


class Meter:
    """Reads what was sent from libpq's trace."""

    def __init__(self, trace: Path) -> None:
        self._trace = trace

    async def cost_of(self, work: Awaitable[T]) -> tuple[T, Cost]:
        """Return what comes of some work, and what was sent while it was done, by whomever."""
        before = self._trace.stat().st_size
        outcome = await work
        lines = (line.split(b"\t") for line in self._trace.read_bytes()[before:].splitlines())
        # The first field tells who says it; a statement of several lines has lines of its own.
        sent = [fields[2] for fields in lines if fields[0] == b"F" and len(fields) > 2]
        return outcome, Cost(
            statements=sum(message in _EXECUTES for message in sent),
            round_trips=sum(message in _WAITS for message in sent),
        )


@contextmanager
def metering(directory: Path) -> Generator[Meter]:
    """Yield a meter of all connections opened meanwhile, but for those on which news is awaited.

    Args:
        directory: for the trace.
    """
    trace = directory / "trace"
    traced: list[PatientConnection] = []
    with trace.open("w") as file, pytest.MonkeyPatch.context() as patch:

        class TracedConnection(PatientConnection):
            @classmethod
            async def begin(cls, **parameters: Any) -> Self:
                connection = await super().begin(**parameters)
                connection.pgconn.trace(file.fileno())
                connection.pgconn.set_trace_flags(Trace.SUPPRESS_TIMESTAMPS)
                traced.append(connection)
                return connection

        patch.setattr("adapters.sql.connections.PatientConnection", TracedConnection)
        try:
            yield Meter(trace)
        finally:
            # Or one that is still open would write into whatever file has this number next.
            for connection in traced:
                connection.pgconn.untrace()


@asynccontextmanager
async def serving_alone(directory: Path, url: str) -> AsyncGenerator[Service]:
    """Run Satchel on this database with nothing going on in it but what requests ask for.

    Nothing is sealed and no webhook is told. What is remembered of sessions counts until there is other news of
    them, however slow the machine: how long it may count without any is nothing that requests decide.
    """

    def rest(container: Container) -> None:
        put(_AtRest(), container.event_feed)
        put(_AtRest(), container.deliver_webhooks)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("adapters.sql.news.LEASE_SECONDS", 3600.0)
        async with serving(directory, {"DATABASE_URL": url}, prepare=rest) as service:
            yield service


class _AtRest:
    """In the place of what goes on for as long as the service does."""

    async def run(self) -> None:
        await asyncio.Event().wait()

    def close(self) -> None:
        pass
