"""Whether all of the database is fit for the service."""

import asyncio
from collections.abc import Awaitable, Iterator
from dataclasses import dataclass
from typing import Final, TypeVar

from application.diagnosis.findings import Finding, Verdict
from application.diagnosis.log import of_log
from application.diagnosis.replica import of_replica, of_replica_away
from application.diagnosis.server import of_server
from application.ports.clock import Clock
from application.ports.inspection import DatabaseFacts, Facts, Inspector, Pooling, ServerFacts
from domain.errors import Unavailable

T = TypeVar("T")

_PATIENCE_SECONDS: Final = 10
# For the operator's own commands, beside the instances.
_CONNECTIONS_SPARE: Final = 5


@dataclass(frozen=True, slots=True)
class DiagnoseDatabase:
    """The operator at the command line may ask whether the database is fit for the service. Nothing is changed.

    Attributes:
        revision: of the schema that this version of Satchel works with.
        connections: how many an instance holds at most.
        expects_pooler: whether the settings say that a pooler hands each transaction to any session.
        hears_directly: whether news has a way of its own, around a pooler.
        is_own_server: whether the server is Satchel's own, which nobody else uses.
    """

    inspector: Inspector
    clock: Clock
    revision: str
    connections: int
    expects_pooler: bool
    hears_directly: bool
    is_own_server: bool

    async def __call__(self) -> list[Finding]:
        """Return what was found, within a bounded time whatever happens to the database."""
        try:
            facts = await _answer(self.inspector.inspect())
        except Unavailable as error:
            return [_away(error.reason or error.detail)]
        return [*self._of(facts), *await self._replica(), *await self._news(facts.server.pooling)]

    def _of(self, facts: Facts) -> Iterator[Finding]:
        yield from of_server(facts.server)
        yield self._pooler(facts.server.pooling)
        yield self._connections(facts.server)
        yield from self._database(facts.database)
        if facts.log is not None:
            yield from of_log(facts.log, self.clock.now())

    def _pooler(self, found: Pooling) -> Finding:
        match found, self.expects_pooler:
            case Pooling.TRANSACTION, False:
                return Finding(
                    "pooler",
                    Verdict.FAIL,
                    "a pooler hands each transaction to any session of the server",
                    "Set DATABASE_POOLER=transaction.",
                )
            case Pooling.NONE | Pooling.SESSION, True:
                return Finding(
                    "pooler",
                    Verdict.WARN,
                    "DATABASE_POOLER=transaction, but no such pooler was noticed",
                    "If there is none, leave DATABASE_POOLER out: Satchel is much faster then.",
                )
            case Pooling.NONE, False:
                return Finding("pooler", Verdict.OK, "none")
            case _:
                return Finding("pooler", Verdict.OK, f"hands out each {found.value}")

    def _connections(self, server: ServerFacts) -> Finding:
        needs, there = self.connections, server.connections
        found = f"an instance holds up to {needs} of {there}"
        if server.pooling is not Pooling.NONE:
            return Finding("connections", Verdict.OK, f"{found}, which the pooler shares out")
        if needs > there:
            advice = "Raise max_connections, or the limit of the role; or lower WORKERS or DATABASE_POOL_SIZE."
            return Finding("connections", Verdict.FAIL, found, advice)
        if 2 * needs + _CONNECTIONS_SPARE > there:
            advice = "A second one does not fit, such as the next version while the last one ends."
            return Finding("connections", Verdict.WARN, found, f"{advice} Raise max_connections.")
        return Finding("connections", Verdict.OK, found)

    def _database(self, database: DatabaseFacts) -> Iterator[Finding]:
        text = f"{database.encoding}, sorted by {database.collation}"
        if database.encoding == "UTF8":
            yield Finding("encoding", Verdict.OK, text)
        else:
            yield Finding("encoding", Verdict.FAIL, text, "Make the database with ENCODING 'UTF8' and move there.")
        yield Finding("size", Verdict.OK, f"{database.size_bytes / 1024**2:,.0f} MiB in the database")
        is_current = database.revision == self.revision
        if is_current:
            yield Finding("migrations", Verdict.OK, f"the schema is at revision {self.revision}")
        else:
            schema = f"at revision {database.revision}" if database.revision else "empty"
            yield Finding(
                "migrations",
                Verdict.FAIL,
                f"the schema is {schema}, this version needs {self.revision}",
                'Run "satchel migrate", as the role that owns the tables.',
            )
        if database.has_search:
            yield Finding("extension", Verdict.OK, "pg_trgm is there")
        else:
            advice = 'Run "satchel migrate"; where that may not, have an owner run: CREATE EXTENSION pg_trgm;'
            yield Finding("extension", Verdict.FAIL if is_current else Verdict.WARN, "pg_trgm is missing", advice)
        yield self._role(database)

    def _role(self, database: DatabaseFacts) -> Finding:
        role = f"role {database.role}"
        if database.is_superuser and not self.is_own_server:
            advice = "Give Satchel a role of its own, which owns its tables at most."
            return Finding("rights", Verdict.WARN, f"{role} is a superuser", advice)
        if database.lacking:
            some = ", ".join(database.lacking[:3]) + (", …" if len(database.lacking) > 3 else "")
            advice = "Let the owner run the GRANTs of docs/operating.md, after each migration."
            return Finding("rights", Verdict.FAIL, f"{role} may not work with {some}", advice)
        if database.owns_all and database.may_create:
            return Finding("rights", Verdict.OK, f"{role} owns the tables and may migrate")
        return Finding("rights", Verdict.OK, f"{role} may work with the tables; migrating is for their owner")

    async def _replica(self) -> list[Finding]:
        try:
            replica = await _answer(self.inspector.inspect_replica())
        except Unavailable as error:
            return [of_replica_away(error.reason or error.detail)]
        return [] if replica is None else [of_replica(replica)]

    async def _news(self, pooling: Pooling) -> list[Finding]:
        if pooling is Pooling.TRANSACTION and not self.hears_directly:
            advice = "DATABASE_LISTEN_URL can lead around the pooler; then requests cost fewer queries."
            return [Finding("news", Verdict.WARN, "does not pass the pooler", advice)]
        try:
            arrives = await _answer(self.inspector.hears_news())
            found = "arrives" if arrives else "does not arrive"
        except Unavailable as error:
            arrives, found = False, f"does not arrive: {error.reason or error.detail}"
        if arrives:
            return [Finding("news", Verdict.OK, found)]
        where = "DATABASE_LISTEN_URL" if self.hears_directly else "DATABASE_URL"
        return [
            Finding("news", Verdict.WARN, found, f"{where} must lead to the database itself, and not to a copy.")
        ]


async def _answer(question: Awaitable[T]) -> T:
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            return await question
    except TimeoutError:
        reason = f"did not answer within {_PATIENCE_SECONDS} seconds"
        raise Unavailable("The database does not answer.", reason=reason) from None


def _away(reason: str) -> Finding:
    advice = "Start it, or correct DATABASE_URL. What else there is to know of it was not looked at."
    return Finding("database", Verdict.FAIL, reason, advice)
