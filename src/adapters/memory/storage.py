"""The in-memory store with all ways to it."""

from adapters.memory.notices import InMemoryNotices
from adapters.memory.rate_limits import InMemoryRequestCounts
from adapters.memory.session_directory import InMemorySessionDirectory
from adapters.memory.store import InMemoryStore
from adapters.memory.throttle import InMemoryThrottle
from adapters.memory.unit_of_work import InMemoryUnitOfWork
from application.ports.storage import Storage
from application.ports.unit_of_work import UnitOfWork


class InMemoryStorage(InMemoryStore, Storage):
    """A demo that forgets, and the fake of every unit test."""

    def __init__(self) -> None:
        super().__init__()
        self.session_directory = InMemorySessionDirectory(self)
        self.notices = InMemoryNotices(self)
        self.throttle = InMemoryThrottle()
        self.request_counts = InMemoryRequestCounts()

    def unit_of_work(self) -> UnitOfWork:
        """Return a new unit of work."""
        return InMemoryUnitOfWork(self)
