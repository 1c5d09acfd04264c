"""Word that something may have happened."""

from typing import Protocol


class Ear(Protocol):
    """What one loop listens with."""

    async def wait(self, *, seconds: float) -> None:
        """Return when something may have happened since the last return, and after so many seconds anyway."""
        ...


class Notices(Protocol):
    """Wakes those who follow what is committed: events, and the ends of sessions.

    A notice carries nothing, and it may be lost or come for nothing: whoever is woken looks for themselves, and
    does so now and then unasked. What this instance commits is told at once, what others commit mostly within
    milliseconds.
    """

    def listen(self) -> Ear:
        """Return an ear for one loop; it is let go by being dropped."""
        ...
