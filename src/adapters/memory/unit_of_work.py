"""Collects changes and commits them."""

import asyncio
from types import TracebackType
from typing import Self

from adapters.memory.cheats import InMemoryCheatRepository
from adapters.memory.events import InMemoryEventRepository
from adapters.memory.idempotency import InMemoryKeptAnswerRepository
from adapters.memory.posts import InMemoryPostRepository
from adapters.memory.search import InMemorySearchRepository
from adapters.memory.sessions import InMemorySessionRepository
from adapters.memory.store import Change, InMemoryStore
from adapters.memory.tasks import InMemoryTaskRepository
from adapters.memory.taxonomy import InMemoryTagRepository
from adapters.memory.users import InMemoryUserRepository
from adapters.memory.webhooks import InMemoryWebhookRepository
from application.ports.cheats import CheatRepository
from application.ports.events import EventRepository
from application.ports.idempotency import KeptAnswerRepository
from application.ports.posts import PostRepository
from application.ports.search import SearchRepository
from application.ports.sessions import SessionRepository
from application.ports.tasks import TaskRepository
from application.ports.taxonomy import TagRepository
from application.ports.unit_of_work import UnitOfWork
from application.ports.users import UserRepository
from application.ports.webhooks import WebhookRepository
from domain.taxonomy import TagKind


class InMemoryUnitOfWork(UnitOfWork):
    """One change of the store. Its repositories share the list that they collect in."""

    def __init__(self, store: InMemoryStore) -> None:
        self._store = store
        self._changes: list[Change] = []
        self._is_committed = False
        self._lock: asyncio.Lock | None = None
        self._users = InMemoryUserRepository(store, self._changes)
        self._sessions = InMemorySessionRepository(store, self._changes)
        self._tasks = InMemoryTaskRepository(store, self._changes)
        self._cheats = InMemoryCheatRepository(store, self._changes)
        self._posts = InMemoryPostRepository(store, self._changes)
        self._platforms = InMemoryTagRepository(store, self._changes, TagKind.PLATFORM)
        self._topics = InMemoryTagRepository(store, self._changes, TagKind.TOPIC)
        self._search = InMemorySearchRepository(store)
        self._events = InMemoryEventRepository(store, self._changes)
        self._webhooks = InMemoryWebhookRepository(store, self._changes)
        self._kept_answers = InMemoryKeptAnswerRepository(store, self._changes)

    @property
    def users(self) -> UserRepository:
        """Accounts."""
        return self._users

    @property
    def sessions(self) -> SessionRepository:
        """Sign-ins."""
        return self._sessions

    @property
    def tasks(self) -> TaskRepository:
        """Tasks."""
        return self._tasks

    @property
    def cheats(self) -> CheatRepository:
        """Cheats, and the bags they are in."""
        return self._cheats

    @property
    def posts(self) -> PostRepository:
        """What someone tells everyone."""
        return self._posts

    @property
    def platforms(self) -> TagRepository:
        """What cheats run on."""
        return self._platforms

    @property
    def topics(self) -> TagRepository:
        """What cheats are about."""
        return self._topics

    @property
    def search(self) -> SearchRepository:
        """Everything that can be searched at once."""
        return self._search

    @property
    def events(self) -> EventRepository:
        """What happened."""
        return self._events

    @property
    def webhooks(self) -> WebhookRepository:
        """Who else is told of it."""
        return self._webhooks

    @property
    def kept_answers(self) -> KeptAnswerRepository:
        """What was answered to those who may ask again."""
        return self._kept_answers

    async def lock(self, name: str) -> None:
        """Wait until no other unit of work on this store holds the lock of this name; then hold it.

        Raises:
            Unavailable: others held it for too long.
            RuntimeError: the unit was committed, or holds a lock already.
        """
        self._check_lockable()
        self._lock = await self._store.lock(name)

    async def try_lock(self, name: str) -> bool:
        """Hold the lock of this name, unless another unit of work on this store does; tell whether it is held.

        Raises:
            RuntimeError: the unit was committed, or holds a lock already.
        """
        self._check_lockable()
        self._lock = await self._store.try_lock(name)
        return self._lock is not None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._changes.clear()
        self._unlock()

    async def commit(self) -> None:
        """Keep everything collected, at once.

        Raises:
            Taken: a value that must be unique belongs to another.
            Stale: a saved or removed entity has moved on.
            InFlight: an answer is kept for the same key.
            InUse: cheats stand under a removed platform or topic.
            Invalid: a cheat stands under a platform or topic that does not exist.
            NotFound: something refers to a user or a cheat that does not exist.
            RuntimeError: the unit was committed before.
        """
        if self._is_committed:
            raise RuntimeError("A unit of work is committed at most once.")
        self._is_committed = True
        try:
            await self._store.commit(self._changes)
        finally:
            self._unlock()

    def _check_lockable(self) -> None:
        if self._is_committed or self._lock is not None:
            raise RuntimeError("A unit of work takes one lock at most, before its commit.")

    def _unlock(self) -> None:
        if self._lock is not None:
            self._lock.release()
            self._lock = None
