"""The rows, and the one place where they change."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import ClassVar
from weakref import WeakValueDictionary

from adapters.memory.log import Log
from adapters.memory.table import Entity, KeyedTable, Table
from application.bell import Bell
from application.ports.load import Load
from application.ports.store import Store
from domain.cheats import Cheat
from domain.errors import NotFound, Stale, Unavailable
from domain.events import Event, RecordedEvent, WaitingEvent
from domain.idempotency import KeptAnswer
from domain.posts import Post
from domain.sessions import Session
from domain.tasks import Task
from domain.taxonomy import Tag, TagKind, name_key
from domain.users import User
from domain.webhooks import Delivery, Webhook


def _cheats() -> KeyedTable[Cheat]:
    return KeyedTable("key", lambda cheat: cheat.key)


def _tags() -> KeyedTable[Tag]:
    return KeyedTable("name", lambda tag: name_key(tag.name))


@dataclass(frozen=True, slots=True)
class Tables:
    """All rows at one moment.

    Attributes:
        bags: who has which cheat in their bag, as pairs of the user's and the cheat's id.
        waiting_events: those that are to be sealed, by key.
        events: those that are.
        deliveries: to webhooks, by id.
        delivery_ids: those that no delivery has had yet; of a change that is refused, they are not given again.
        kept_answers: by caller and key.
    """

    users: Table[User] = field(default_factory=Table[User])
    sessions: Table[Session] = field(default_factory=Table[Session])
    tasks: Table[Task] = field(default_factory=Table[Task])
    cheats: KeyedTable[Cheat] = field(default_factory=_cheats)
    posts: Table[Post] = field(default_factory=Table[Post])
    platforms: KeyedTable[Tag] = field(default_factory=_tags)
    topics: KeyedTable[Tag] = field(default_factory=_tags)
    bags: set[tuple[int, int]] = field(default_factory=set[tuple[int, int]])
    waiting_events: dict[int, Event] = field(default_factory=dict[int, Event])
    events: Log = field(default_factory=Log)
    webhooks: Table[Webhook] = field(default_factory=Table[Webhook])
    deliveries: dict[int, Delivery] = field(default_factory=dict[int, Delivery])
    delivery_ids: Iterator[int] = field(default_factory=lambda: count(1))
    kept_answers: dict[tuple[int | None, str], KeptAnswer] = field(
        default_factory=dict[tuple[int | None, str], KeptAnswer]
    )

    def copy(self) -> "Tables":
        """Return tables that can change without these noticing; the entities themselves never change."""
        return Tables(
            users=Table(self.users),
            sessions=Table(self.sessions),
            tasks=Table(self.tasks),
            cheats=self.cheats.copy(),
            posts=Table(self.posts),
            platforms=self.platforms.copy(),
            topics=self.topics.copy(),
            bags=set(self.bags),
            waiting_events=dict(self.waiting_events),
            events=self.events.copy(),
            webhooks=Table(self.webhooks),
            deliveries=dict(self.deliveries),
            delivery_ids=self.delivery_ids,
            kept_answers=dict(self.kept_answers),
        )

    def tags(self, kind: TagKind) -> KeyedTable[Tag]:
        """Return the platforms, or the topics."""
        return self.platforms if kind is TagKind.PLATFORM else self.topics

    def record(self, event: Event) -> None:
        """Let an event wait for its place in the log.

        Raises:
            NotFound: its actor does not exist.
        """
        self.check_user(event.actor_id)
        # None goes but into the log, so this many have been before it.
        self.waiting_events[len(self.events) + len(self.waiting_events)] = event

    def seal(self, waiting: Sequence[WaitingEvent], recorded: Sequence[RecordedEvent]) -> None:
        """Move events to their places, pairwise.

        Raises:
            Stale: one of them does not wait any longer.
        """
        for each, in_place in zip(waiting, recorded, strict=True):
            if self.waiting_events.pop(each.key, None) is None:
                raise Stale
            self.events.append(in_place)

    def check_user(self, id: int | None) -> None:
        """Check a reference to a user; None refers to nobody.

        Raises:
            NotFound: there is no such user.
        """
        if id is not None and id not in self.users:
            raise NotFound(f"There is no user {id}.")


Change = Callable[[Tables], None]


class InMemoryStore(Store):
    """Holds what is committed.

    Attributes:
        lock_seconds: how long one unit of work waits for a lock that others hold.
        bell: rings with every commit.
    """

    lock_seconds: ClassVar[float] = 5.0

    def __init__(self) -> None:
        self.bell = Bell()
        self._tables = Tables()
        self._last_ids: dict[type[Entity] | TagKind, int] = {}
        # Each lives as long as somebody holds it or waits for it.
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def open(self) -> None:
        """Do nothing: the store is there as long as the process."""

    async def close(self) -> None:
        """Do nothing: the rows go when the process goes."""

    def loads(self) -> dict[str, Load]:
        """Return nothing: there are no connections."""
        return {}

    async def ping(self) -> None:
        """Answer."""

    async def is_current(self) -> bool:
        """Return True: rows without a schema fit every version."""
        return True

    async def read(self) -> Tables:
        """Return what is committed, for reading only."""
        await give_way()
        return self._tables

    async def next_id(self, kind: type[Entity] | TagKind) -> int:
        """Return the next id for entities of this kind; platforms and topics have ids of their own."""
        await give_way()
        self._last_ids[kind] = self._last_ids.get(kind, 0) + 1
        return self._last_ids[kind]

    async def lock(self, name: str) -> asyncio.Lock:
        """Wait for the lock of this name and return it, for the caller to release.

        Raises:
            Unavailable: others held it for too long.
        """
        lock = self._locks.setdefault(name, asyncio.Lock())
        try:
            async with asyncio.timeout(self.lock_seconds):
                await lock.acquire()
        except TimeoutError:
            raise Unavailable("Others are at the same work. Try again in a moment.") from None
        return lock

    async def try_lock(self, name: str) -> asyncio.Lock | None:
        """Return the lock of this name, for the caller to release; None where others hold it."""
        lock = self._locks.setdefault(name, asyncio.Lock())
        if lock.locked():
            return None
        await lock.acquire()
        return lock

    async def commit(self, changes: Iterable[Change]) -> None:
        """Carry out all changes, or none if one of them raises."""
        await give_way()
        tables = self._tables.copy()
        for change in changes:
            change(tables)
        self._tables = tables
        self.bell.ring()


async def give_way() -> None:
    """Let others have their turn."""
    # Where a database would be waited for, others get their turn: else a race between use cases would never show.
    await asyncio.sleep(0)
