"""Word of what is committed to the in-memory store."""

from dataclasses import dataclass

from adapters.memory.store import InMemoryStore
from application.ports.notices import Ear, Notices


@dataclass(frozen=True, slots=True)
class InMemoryNotices(Notices):
    """Rings with every commit."""

    store: InMemoryStore

    def listen(self) -> Ear:
        """Return an ear for one loop."""
        return self.store.bell.listen()
