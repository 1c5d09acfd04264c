"""Whether the database is fit for the service, and what to do where it is not."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from application.ports.clock import Clock
from application.ports.inspection import DatabaseFacts, Facts, Inspector, LogFacts, Pooling, ServerFacts
from domain.errors import Unavailable

_PATIENCE_SECONDS = 10
_VERSION_LEAST = 150_000
_LATENCY_MOST = timedelta(milliseconds=20)
_CLOCK_MOST = timedelta(seconds=2)
_WAITING_MOST = timedelta(minutes=1)
# For the operator's own commands, beside the instances.
_CONNECTIONS_SPARE = 5


class Verdict(StrEnum):
    """How grave a finding is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        subject: what was looked at, in a word or two.
        verdict: how that is.
        found: what is so.
        advice: what to do; empty where nothing is to be done.
    """

    subject: str
    verdict: Verdict
    found: str
    advice: str = ""


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
            async with asyncio.timeout(_PATIENCE_SECONDS):
                facts = await self.inspector.inspect()
        except TimeoutError:
            return [_away(f"did not answer within {_PATIENCE_SECONDS} seconds")]
        except Unavailable as error:
            return [_away(error.reason or error.detail)]
        return [*self._of(facts), *await self._news(facts.server.pooling)]

    def _of(self, facts: Facts) -> Iterator[Finding]:
        yield from _server(facts.server)
        yield self._pooler(facts.server.pooling)
        yield self._connections(facts.server)
        yield from self._database(facts.database)
        if facts.log is not None:
            yield from _log(facts.log)
            yield self._sealing(facts.log)

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

    def _sealing(self, log: LogFacts) -> Finding:
        since = log.waiting_since
        age = timedelta(0) if since is None else self.clock.now() - since
        if age > _WAITING_MOST:
            return Finding(
                "sealing",
                Verdict.WARN,
                f"{log.waiting:,} events wait for their places, the oldest for {_rounded(age)}",
                "Whichever instance runs gives them theirs. If one does, its log says what holds it up.",
            )
        return Finding("sealing", Verdict.OK, f"{log.waiting:,} events wait for their places")

    async def _news(self, pooling: Pooling) -> list[Finding]:
        if pooling is Pooling.TRANSACTION and not self.hears_directly:
            advice = "DATABASE_LISTEN_URL can lead around the pooler; then requests cost fewer queries."
            return [Finding("news", Verdict.WARN, "does not pass the pooler", advice)]
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                arrives = await self.inspector.hears_news()
            found = "arrives" if arrives else "does not arrive"
        except TimeoutError:
            arrives, found = False, "does not arrive: nobody answers"
        except Unavailable as error:
            arrives, found = False, f"does not arrive: {error.reason or error.detail}"
        if arrives:
            return [Finding("news", Verdict.OK, found)]
        where = "DATABASE_LISTEN_URL" if self.hears_directly else "DATABASE_URL"
        return [
            Finding("news", Verdict.WARN, found, f"{where} must lead to the database itself, and not to a copy.")
        ]


def _away(reason: str) -> Finding:
    advice = "Start it, or correct DATABASE_URL. What else there is to know of it was not looked at."
    return Finding("database", Verdict.FAIL, reason, advice)


def _server(server: ServerFacts) -> Iterator[Finding]:
    latency = f"answers in {server.latency / timedelta(milliseconds=1):.1f} ms"
    if server.is_standby:
        yield Finding("database", Verdict.FAIL, "is a standby, which takes no changes", "Name the primary server.")
    elif server.latency > _LATENCY_MOST:
        yield Finding("database", Verdict.WARN, latency, "Each request waits for that: move them closer together.")
    else:
        yield Finding("database", Verdict.OK, latency)
    if server.version_number >= _VERSION_LEAST:
        yield Finding("version", Verdict.OK, f"PostgreSQL {server.version}")
    else:
        yield Finding("version", Verdict.FAIL, f"PostgreSQL {server.version}", "Satchel needs 15 or later.")
    if server.is_encrypted or not server.is_remote:
        how = "is encrypted" if server.is_encrypted else "stays on this machine"
        yield Finding("connection", Verdict.OK, how)
    else:
        advice = "Add ?sslmode=verify-full to DATABASE_URL, unless the network is yours alone."
        yield Finding("connection", Verdict.WARN, "is not encrypted", advice)
    off = [name for name, value in server.durability.items() if value == "off"]
    if off:
        advice = "A crash of the machine would lose or damage what was kept. Turn it on."
        yield Finding("durability", Verdict.FAIL, f"{', '.join(off)} is off", advice)
    else:
        yield Finding("durability", Verdict.OK, f"{', '.join(server.durability)} are on")
    lead = server.clock_lead
    clock = f"the database's is {_rounded(abs(lead))} {'ahead' if lead > timedelta(0) else 'behind'}"
    if abs(lead) > _CLOCK_MOST:
        advice = "Let both machines take their time from one source, such as chrony or systemd-timesyncd."
        yield Finding("clock", Verdict.WARN, clock, advice)
    else:
        yield Finding("clock", Verdict.OK, clock)


def _log(log: LogFacts) -> Iterator[Finding]:
    if log.unguarded:
        yield Finding(
            "log",
            Verdict.FAIL,
            f"{', '.join(log.unguarded[:3])} can be changed: its trigger is missing or switched off",
            'Run "satchel audit verify" to see whether it was; as the owner, '
            "ALTER TABLE … ENABLE TRIGGER only_grows.",
        )
    elif log.alterable:
        yield Finding(
            "log",
            Verdict.WARN,
            f"the trigger alone keeps the role from changing {', '.join(log.alterable[:3])}",
            "Let the owner REVOKE UPDATE, DELETE ON it, after each migration.",
        )
    else:
        yield Finding("log", Verdict.OK, "only grows" + (", but its owner could lift that" if log.owns else ""))
    if log.last is None or log.last_at is None:
        yield Finding("last event", Verdict.OK, "none yet")
    else:
        yield Finding("last event", Verdict.OK, f"{log.last.id:,}, of {log.last_at:%Y-%m-%d %H:%M}Z")


def _rounded(span: timedelta) -> str:
    seconds = span.total_seconds()
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.1f} s" if seconds < 120 else str(timedelta(seconds=round(seconds)))
