"""Someone who follows the log: from one place on, until they leave or may follow no longer."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from application.auth import DEAD_SESSION, Identity
from application.ports.clock import Clock
from domain.access import may_see_event
from domain.errors import DomainError, Unauthenticated, Unavailable
from domain.events import EventType, RecordedEvent
from domain.sessions import Session
from domain.users import User

UNASKED_SECONDS: Final = 1.0
"""How long until the next look without being asked to: a notice may be lost, and the store may be away."""
EXPIRED_TOKEN: Final = "The access token has expired. Come back with a new one."  # noqa: S105  # a sentence

Read = Callable[[int], Awaitable[tuple[int, tuple[RecordedEvent, ...]]]]


class Follower:
    """Someone who follows the log, from one place on.

    Attributes:
        user: who it is, as last looked up.
        session_id: through which of their sessions they came.
        place: how far they have come.
    """

    __slots__ = (
        *("_clock", "_end", "_is_closed", "_leave", "_read", "_types", "_until", "_woken"),
        *("place", "session_id", "user"),
    )

    def __init__(
        self,
        identity: Identity,
        place: int,
        types: frozenset[EventType],
        *,
        clock: Clock,
        read: Read,
        leave: Callable[["Follower"], None],
    ) -> None:
        """Begin at a place.

        Args:
            identity: who follows; not beyond the moment until which they may without another token.
            place: the one behind which to begin.
            types: what they want to hear of; everything where empty.
            clock: tells when that moment has come.
            read: returns what comes behind a place, as `EventFeed.read` does.
            leave: called when this is closed.
        """
        self.user = identity.user
        self.session_id = identity.session.id
        self.place = place
        self._clock = clock
        self._read = read
        self._leave = leave
        self._types = types
        self._until = identity.until
        self._woken = asyncio.Event()
        self._end: DomainError | None = None
        self._is_closed = False

    async def next(self, *, within: float) -> tuple[RecordedEvent, ...]:
        """Return what comes next, as soon as it is there; nothing after so many seconds, or once this is closed.

        Raises:
            Unauthenticated: the session has ended, or the time for which the token counts.
            Unavailable: the process is about to end.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + within
        while True:
            self._woken.clear()
            place, patience = self.place, deadline
            try:
                self.place, events = await self._read(place)
            except Unavailable:
                events, patience = (), min(deadline, loop.time() + UNASKED_SECONDS)
            seconds_left = self._seconds_left()
            if self._is_closed:
                return ()
            if wanted := tuple(filter(self._wants, events)):
                return wanted
            if self.place == place:
                if (seconds := patience - loop.time()) > 0:
                    with suppress(TimeoutError):
                        async with asyncio.timeout(min(seconds, seconds_left)):
                            await self._woken.wait()
                if loop.time() >= deadline:
                    self._seconds_left()
                    return ()

    def close(self) -> None:
        """Follow no longer. A `next` under way returns without anything."""
        self._is_closed = True
        self._leave(self)
        self.wake()

    def wake(self) -> None:
        """Look again."""
        self._woken.set()

    def end(self, reason: DomainError) -> None:
        """Let `next` raise this from now on."""
        self._end = reason
        self.wake()

    def renew(self, found: tuple[Session, User] | None) -> None:
        """Take who it is from what was looked up; end if they may follow no longer."""
        if found is not None:
            session, user = found
            if user.id == self.user.id and session.is_live(self._clock.now()) and user.may_enter:
                self.user = user
                return
        self.end(Unauthenticated(DEAD_SESSION))

    def _wants(self, recorded: RecordedEvent) -> bool:
        event = recorded.event
        return (not self._types or event.type in self._types) and may_see_event(self.user, event)

    def _seconds_left(self) -> float:
        if self._end is not None:
            raise self._end
        seconds = (self._until - self._clock.now()).total_seconds()
        if seconds <= 0:
            raise Unauthenticated(EXPIRED_TOKEN)
        return seconds
