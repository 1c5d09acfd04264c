"""Where the oldest events are taken out of the log, once they are kept elsewhere."""

from typing import Protocol

from domain.events import Head


class LogCutter(Protocol):
    """Takes events out of the log, which otherwise only grows; for the owner of the store alone."""

    async def cut(self, through: Head) -> None:
        """Take out every event up to this one, and keep its place and hash as where the log begins from now on.

        All or nothing. The last event of the log stays, whatever is asked for.

        Raises:
            Stale: the event is not there with this hash, or is the last of the log.
            InUse: webhooks still refer to one of them.
            Forbidden: this store is not the caller's to cut.
            Unavailable: the store is away or busy.
        """
        ...
