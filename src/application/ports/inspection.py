"""What a look at the database from outside tells about its fitness."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Protocol

from domain.events import Head


class Pooling(Enum):
    """What stands between Satchel and the database."""

    NONE = "none"
    SESSION = "session"
    TRANSACTION = "transaction"


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """What is so of the server, and of how it is reached.

    Attributes:
        latency: of one round trip.
        version: as the server writes it.
        version_number: such as 150004.
        clock_lead: by how much its clock is ahead of this machine's.
        connections: how many the role may hold in this database, all instances together.
        durability: `fsync`, `full_page_writes` and `synchronous_commit`, as they are for this role.
        is_standby: whether it takes no changes.
        is_remote: whether it is reached over a network.
    """

    latency: timedelta
    version: str
    version_number: int
    clock_lead: timedelta
    connections: int
    durability: dict[str, str]
    pooling: Pooling
    is_standby: bool
    is_remote: bool
    is_encrypted: bool


@dataclass(frozen=True, slots=True)
class DatabaseFacts:
    """What is so of the database and of the role that Satchel has there.

    Attributes:
        encoding: of all text.
        collation: by which text is sorted.
        size_bytes: on the disk.
        revision: of the schema; None where there is none.
        has_search: whether the extension that searching needs is there.
        may_create: whether the role may make tables.
        owns_all: whether all tables are the role's.
        lacking: the tables that it may not work with.
        is_superuser: whether no right means anything to it.
    """

    encoding: str
    collation: str
    size_bytes: int
    revision: str | None
    has_search: bool
    role: str
    may_create: bool
    owns_all: bool
    lacking: tuple[str, ...]
    is_superuser: bool


@dataclass(frozen=True, slots=True)
class LogFacts:
    """What is so of the log of events.

    Attributes:
        unguarded: the tables of the log that can be changed, since their trigger is gone or switched off.
        alterable: the tables of the log that the role has the right to change although it owns none of them.
        owns: whether the role owns the log, and so could lift the guard.
        room: for how many more events there are parts of the log; below zero, so many lie beside them.
        waiting: how many events are not sealed yet.
        waiting_since: when the oldest of those occurred.
        last: where the log ends.
        last_at: when that occurred.
    """

    unguarded: tuple[str, ...]
    alterable: tuple[str, ...]
    owns: bool
    room: int
    waiting: int
    waiting_since: datetime | None
    last: Head | None
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class Facts:
    """All that was found; `log` is None where the schema is not current, so that there may be none."""

    server: ServerFacts
    database: DatabaseFacts
    log: LogFacts | None


@dataclass(frozen=True, slots=True)
class ReplicaFacts:
    """What is so of the replica.

    Attributes:
        is_standby: whether it replays what another server wrote.
        is_of_primary: whether that is the database.
        has_confirmed_timeline: whether its control file names the timeline of the primary.
        behind: how long it took to have what the primary had; None where it did not get there in seconds.
        is_remote: whether it is reached over a network.
    """

    is_standby: bool
    is_of_primary: bool
    has_confirmed_timeline: bool
    behind: timedelta | None
    is_remote: bool
    is_encrypted: bool


class Inspector(Protocol):
    """Looks at the database without changing anything, whatever state that is in."""

    async def inspect(self) -> Facts:
        """Return what is so.

        Raises:
            Unavailable: the database is away, or lets nobody in.
        """
        ...

    async def inspect_replica(self) -> ReplicaFacts | None:
        """Return what is so of the replica; None where there is none.

        Raises:
            Unavailable: it is away, or lets nobody in; or the database itself does.
        """
        ...

    async def hears_news(self) -> bool:
        """Tell whether what is told in the database arrives where Satchel listens.

        Raises:
            Unavailable: nobody answers there.
        """
        ...
