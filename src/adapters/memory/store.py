"""The rows, and the one place where they change."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import ClassVar, Generic, Protocol, TypeVar
from weakref import WeakValueDictionary

from application.ports.store import Store
from domain.cheats import Cheat
from domain.errors import NotFound, Stale, Taken, Unavailable
from domain.events import Event, RecordedEvent
from domain.sessions import Session
from domain.tasks import Task
from domain.taxonomy import Tag, TagKind, name_key
from domain.users import User


class Entity(Protocol):
    """What the store needs to know of what it keeps."""

    @property
    def id(self) -> int:
        """The key."""
        ...

    @property
    def version(self) -> int:
        """How many states there have been."""
        ...


E = TypeVar("E", bound=Entity)


class Table(dict[int, E], Generic[E]):
    """The entities of one kind, by id."""

    def insert(self, entity: E) -> None:
        """Take in a new entity.

        Raises:
            RuntimeError: its id did not come from `next_id`, for it is in use.
        """
        if entity.id in self:
            raise RuntimeError(f"The id {entity.id} is in use.")
        self[entity.id] = entity

    def replace(self, entity: E) -> None:
        """Put an entity's next state in the place of the current one.

        Raises:
            Stale: the current state is not the one before it.
        """
        self._expect(entity.id, entity.version - 1)
        self[entity.id] = entity

    def confirm(self, entity: E) -> None:
        """Change nothing.

        Raises:
            Stale: the current state is another.
        """
        self._expect(entity.id, entity.version)

    def delete(self, entity: E) -> None:
        """Drop an entity.

        Raises:
            Stale: the current state is another.
        """
        self._expect(entity.id, entity.version)
        del self[entity.id]

    def _expect(self, id: int, version: int) -> None:
        current = self.get(id)
        if current is None or current.version != version:
            raise Stale


class KeyedTable(Table[E]):
    """Entities of which each has a key of its own besides the id."""

    def __init__(self, field: str, key_of: Callable[[E], str]) -> None:
        """Begin with none.

        Args:
            field: what the key is taken from, as people know it.
            key_of: tells an entity's key.
        """
        super().__init__()
        self._field = field
        self._key_of = key_of
        self._ids: dict[str, int] = {}

    def copy(self) -> "KeyedTable[E]":
        """Return a table that can change without this one noticing."""
        copied = KeyedTable(self._field, self._key_of)
        copied.update(self)
        copied._ids.update(self._ids)
        return copied

    def with_keys(self, keys: Iterable[str]) -> dict[str, E]:
        """Return the entities that have one of these keys, by key."""
        return {key: self[self._ids[key]] for key in keys if key in self._ids}

    def insert(self, entity: E) -> None:
        """Take in a new entity.

        Raises:
            Taken: its key belongs to another.
            RuntimeError: its id did not come from `next_id`, for it is in use.
        """
        super().insert(entity)
        self._claim(entity)

    def replace(self, entity: E) -> None:
        """Put an entity's next state in the place of the current one.

        Raises:
            Stale: the current state is not the one before it.
            Taken: its key belongs to another.
        """
        before = self.get(entity.id)
        super().replace(entity)
        if before is not None:
            del self._ids[self._key_of(before)]
        self._claim(entity)

    def delete(self, entity: E) -> None:
        """Drop an entity.

        Raises:
            Stale: the current state is another.
        """
        super().delete(entity)
        del self._ids[self._key_of(entity)]

    def _claim(self, entity: E) -> None:
        if self._ids.setdefault(self._key_of(entity), entity.id) != entity.id:
            raise Taken(self._field)


def _cheats() -> KeyedTable[Cheat]:
    return KeyedTable("key", lambda cheat: cheat.key)


def _tags() -> KeyedTable[Tag]:
    return KeyedTable("name", lambda tag: name_key(tag.name))


@dataclass(frozen=True, slots=True)
class Tables:
    """All rows at one moment.

    Attributes:
        bags: who has which cheat in their bag, as pairs of the user's and the cheat's id.
    """

    users: Table[User] = field(default_factory=Table[User])
    sessions: Table[Session] = field(default_factory=Table[Session])
    tasks: Table[Task] = field(default_factory=Table[Task])
    cheats: KeyedTable[Cheat] = field(default_factory=_cheats)
    platforms: KeyedTable[Tag] = field(default_factory=_tags)
    topics: KeyedTable[Tag] = field(default_factory=_tags)
    bags: set[tuple[int, int]] = field(default_factory=set[tuple[int, int]])
    events: list[RecordedEvent] = field(default_factory=list[RecordedEvent])

    def copy(self) -> "Tables":
        """Return tables that can change without these noticing; the entities themselves never change."""
        return Tables(
            users=Table(self.users),
            sessions=Table(self.sessions),
            tasks=Table(self.tasks),
            cheats=self.cheats.copy(),
            platforms=self.platforms.copy(),
            topics=self.topics.copy(),
            bags=set(self.bags),
            events=list(self.events),
        )

    def tags(self, kind: TagKind) -> KeyedTable[Tag]:
        """Return the platforms, or the topics."""
        return self.platforms if kind is TagKind.PLATFORM else self.topics

    def record(self, event: Event) -> None:
        """Give an event the next number of the log.

        Raises:
            NotFound: its actor does not exist.
        """
        self.check_user(event.actor_id)
        self.events.append(RecordedEvent(len(self.events) + 1, event))

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
    """

    lock_seconds: ClassVar[float] = 5.0

    def __init__(self) -> None:
        self._tables = Tables()
        self._last_ids: dict[type[Entity] | TagKind, int] = {}
        # Each lives as long as somebody holds it or waits for it.
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def open(self) -> None:
        """Do nothing: the store is there as long as the process."""

    async def close(self) -> None:
        """Do nothing: the rows go when the process goes."""

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

    async def commit(self, changes: Iterable[Change]) -> None:
        """Carry out all changes, or none if one of them raises."""
        await give_way()
        tables = self._tables.copy()
        for change in changes:
            change(tables)
        self._tables = tables


async def give_way() -> None:
    """Let others have their turn."""
    # Where a database would be waited for, others get their turn: else a race between use cases would never show.
    await asyncio.sleep(0)
