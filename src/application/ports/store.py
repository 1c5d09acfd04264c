"""The store as a whole: whether it is there and fit for use."""

from collections.abc import Mapping
from typing import Protocol

from application.ports.load import Load


class Store(Protocol):
    """What keeps the data. Opened once before use and closed once after, by whoever runs the service."""

    async def open(self) -> None:
        """Get ready. Does not fail when the store is away: it may come back."""
        ...

    async def close(self) -> None:
        """Let go of everything held."""
        ...

    def loads(self) -> Mapping[str, Load]:
        """Return how busy each kind of connection is, by a name of a few words; nothing where there are none."""
        ...

    async def ping(self) -> None:
        """Ask for a sign of life.

        Raises:
            Unavailable: there was none. It may also take long; the caller sets the limit.
        """
        ...

    async def is_current(self) -> bool:
        """Tell whether the schema is the one this version of Satchel works with.

        Raises:
            Unavailable: the store is away.
        """
        ...
