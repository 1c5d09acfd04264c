"""A feed of events on a store that can be shut off, held back and watched."""

import asyncio
from collections.abc import AsyncGenerator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Self

from adapters.clock.fixed import FixedClock
from adapters.memory.storage import InMemoryStorage
from adapters.memory.unit_of_work import InMemoryUnitOfWork
from application.auth import Identity
from application.feed import EventFeed
from application.follower import Follower
from application.ports.session_directory import SessionDirectory
from application.ports.unit_of_work import UnitOfWork, UnitsOfWork
from domain.events import Event, EventType
from domain.sessions import Session
from domain.users import User
from tests.contracts.sample import NOON


@dataclass
class Lock:
    """Shut, nothing comes through."""

    fault: Exception | None = None
    was_met: asyncio.Event = field(default_factory=asyncio.Event)

    def check(self) -> None:
        """Raise the fault, if there is one."""
        if self.fault is not None:
            self.was_met.set()
            raise self.fault


@dataclass
class Scene:
    """A feed on a store that can be shut off, and someone who follows."""

    store: InMemoryStorage
    units_of_work: UnitsOfWork
    clock: FixedClock
    feed: EventFeed
    identity: Identity
    lock: Lock

    async def happens(self, *numbers: int) -> None:
        """Write down an event about each of these tasks, in one unit of work."""
        async with self.units_of_work() as uow:
            for number in numbers:
                uow.events.add(Event.of(EventType.TASK_CREATED, number, actor=self.identity.user, at=NOON))
            await uow.commit()

    async def follow(self, after: int | None = None) -> Follower:
        """Begin to follow."""
        return await self.feed.follow(self.identity, after=after)


@dataclass(frozen=True)
class LockedUnitsOfWork:
    """The store, behind a lock."""

    inner: UnitsOfWork
    lock: Lock

    def __call__(self) -> UnitOfWork:
        """Open a unit of work, if it is not shut."""
        self.lock.check()
        return self.inner()


@dataclass(frozen=True)
class LockedSessions(SessionDirectory):
    """The sessions, behind a lock."""

    inner: SessionDirectory
    lock: Lock

    async def find(self, session_id: int) -> tuple[Session, User] | None:
        """Find one, if it is not shut."""
        self.lock.check()
        return await self.inner.find(session_id)

    async def find_all(self, session_ids: Collection[int]) -> Mapping[int, tuple[Session, User]]:
        """Find all, if it is not shut."""
        self.lock.check()
        return await self.inner.find_all(session_ids)


class HeldUnitOfWork(InMemoryUnitOfWork):
    """A unit of work that waits before it reads anything, as for a slow connection."""

    def __init__(self, store: InMemoryStorage) -> None:
        super().__init__(store)
        self.is_held = asyncio.Event()
        self.release = asyncio.Event()

    async def __aenter__(self) -> Self:
        self.is_held.set()
        await self.release.wait()
        return self


@asynccontextmanager
async def running(feed: EventFeed) -> AsyncGenerator[None]:
    """Let the feed run."""
    task = asyncio.create_task(feed.run())
    yield
    assert not task.done()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
