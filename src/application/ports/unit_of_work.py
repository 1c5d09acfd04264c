"""One change of many rows that happens whole or not at all.

Every repository keeps to the same. An entity knows its id at birth (`next_id`). Reading sees what is committed.
`add`, `save` and `remove` only collect; `commit` carries them out, in the order they came. `save` and `remove`
take an entity whose stored version must still be the one it was read with.
"""

from types import TracebackType
from typing import Protocol, Self

from application.ports.cheats import CheatRepository
from application.ports.events import EventRepository
from application.ports.idempotency import KeptAnswerRepository
from application.ports.posts import PostRepository
from application.ports.search import SearchRepository
from application.ports.sessions import SessionRepository
from application.ports.tasks import TaskRepository
from application.ports.taxonomy import TagRepository
from application.ports.users import UserRepository
from application.ports.webhooks import WebhookRepository


class UnitOfWork(Protocol):
    """Hands out the repositories, and keeps what was collected in them when `commit` is awaited.

    Used as `async with`, opened lazily: a unit that only reads begins no transaction. Left without `commit`,
    it keeps nothing. Never hold one open across hashing or the network.
    """

    @property
    def users(self) -> UserRepository:
        """Accounts."""
        ...

    @property
    def sessions(self) -> SessionRepository:
        """Sign-ins."""
        ...

    @property
    def tasks(self) -> TaskRepository:
        """Tasks."""
        ...

    @property
    def cheats(self) -> CheatRepository:
        """Cheats, and the bags they are in."""
        ...

    @property
    def posts(self) -> PostRepository:
        """What someone tells everyone."""
        ...

    @property
    def platforms(self) -> TagRepository:
        """What cheats run on."""
        ...

    @property
    def topics(self) -> TagRepository:
        """What cheats are about."""
        ...

    @property
    def search(self) -> SearchRepository:
        """Everything that can be searched at once."""
        ...

    @property
    def events(self) -> EventRepository:
        """What happened."""
        ...

    @property
    def webhooks(self) -> WebhookRepository:
        """Who else is told of it."""
        ...

    @property
    def kept_answers(self) -> KeptAnswerRepository:
        """What was answered to those who may ask again."""
        ...

    async def lock(self, name: str) -> None:
        """Wait until no other unit of work, in whatever instance, holds the lock of this name; then hold it.

        It is let go with the end of this unit. What is read from here on includes all that former holders
        committed. For rules that span rows; a unit holds one lock at most.

        Raises:
            Unavailable: it was held by others for too long, or the store is away.
        """
        ...

    async def try_lock(self, name: str) -> bool:
        """Hold the lock of this name as `lock` does, unless another unit of work does; tell whether it is held.

        Raises:
            Unavailable: the store is away.
        """
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...

    async def commit(self) -> None:
        """Keep everything collected, at once; a unit of work is committed at most once.

        Raises:
            Taken: a value that must be unique belongs to another.
            Stale: a saved or removed entity has moved on since it was read.
            InFlight: an answer was kept for the same key meanwhile.
            NotFound: an entity refers to one that does not exist.
            Unavailable: the store is away. Nothing was kept, unless the connection broke during the commit
                itself, when nobody can tell.
        """
        ...


class UnitsOfWork(Protocol):
    """Opens units of work: the field by which use cases reach a store."""

    def __call__(self) -> UnitOfWork:
        """Return a new unit of work."""
        ...
