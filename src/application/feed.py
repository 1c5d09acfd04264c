"""The log of what happened, followed live: each process reads it once, for all who follow it there."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable
from typing import Final

from application.auth import Identity
from application.events import SealEvents
from application.follower import UNASKED_SECONDS, Follower
from application.ports.clock import Clock
from application.ports.notices import Notices
from application.ports.session_directory import SessionDirectory
from application.ports.unit_of_work import UnitsOfWork
from application.recent_events import READ_AT_ONCE, RECENT_MOST, RecentEvents
from domain.errors import Fault, Invalid, TooManyRequests, Unavailable
from domain.events import EventType, RecordedEvent
from domain.users import User

FOLLOWERS_MOST: Final = 5_000
"""How many may follow at one process."""
FOLLOWERS_OF_USER_MOST: Final = 50
"""How many of them may be one user's: a few devices, with many tabs each."""
_DRAINING: Final = "The server is shutting down. Come back, and go on where you were."
_RETRY_AFTER: Final = 60

_READS_FOR_FOLLOWERS: Final = 2
# So that under load many events are sealed, and many handed on, at once.
_PAUSE: Final = 0.1
# So that commits without events, however many, cost no more than so many reads.
_BREATH: Final = 0.01

_log = logging.getLogger("satchel.feed")


class EventFeed:
    """Hands everyone who follows the log what they may see of it: in its order, nothing left out, nothing twice.

    The last events are kept once for all; of someone who follows, only the place they have come to. Whoever is
    further behind reads the store, a few at a time.
    """

    def __init__(
        self,
        units_of_work: UnitsOfWork,
        seal_events: SealEvents,
        sessions: SessionDirectory,
        notices: Notices,
        clock: Clock,
    ) -> None:
        """Begin with nobody who follows; `run` has to be running for anything to come."""
        self._clock = clock
        self._units_of_work = units_of_work
        self._seal_events = seal_events
        self._sessions = sessions
        self._notices = notices
        self._recent: RecentEvents | None = None
        self._followers: set[Follower] = set()
        self._reads = asyncio.Semaphore(_READS_FOR_FOLLOWERS)
        self._is_closed = False

    @property
    def followers(self) -> int:
        """How many follow at this process."""
        return len(self._followers)

    async def run(self) -> None:
        """Seal what waits and hand on what was sealed, until cancelled. Nothing that goes wrong ends it."""
        async with asyncio.TaskGroup() as loops:
            # Apart from each other: while the lock of sealing is waited for, others seal, and sessions end.
            loops.create_task(self._keep(self._seal, "Events cannot be sealed"))
            loops.create_task(self._keep(self._read_on, "Sealed events cannot be read"))

    async def follow(
        self, identity: Identity, *, after: int | None, types: Collection[EventType] = frozenset()
    ) -> Follower:
        """Return what someone follows the log with; they close it at the end.

        Args:
            identity: who follows; not beyond the moment until which they may without another token.
            after: the place behind which to begin, 0 for the beginning; None for what happens from now on.
            types: what they want to hear of; everything where empty.

        Raises:
            Invalid: the log does not reach to `after`.
            TooManyRequests: this user follows too often already.
            Unauthenticated: the session has ended meanwhile.
            Unavailable: the store is away, too many follow at this process, or it is about to end.
        """
        self._check_room(identity.user)
        recent = self._recent or await self._found()
        if after is None:
            # What was answered before this began is no news, even if it was not sealed by then.
            async with self._reads:
                await self._seal_events()
                after = await self._last_place()
        # Another process may have seen events that did not come here yet.
        elif after > recent.head and after > await self._last_place():
            raise Invalid(Fault("after", "is beyond the last event; begin anew, without it"))
        elif after and not recent.floor <= after < recent.head and after < await self._first_place():
            raise Invalid(Fault("after", "is before the first event, others are archived; begin anew, without it"))
        self._check_room(identity.user)
        follower = Follower(identity, after, frozenset(types), clock=self._clock, read=self.read, leave=self.leave)
        self._followers.add(follower)
        try:
            # From now on everyone who follows is looked up before anything is handed on; this makes up for before.
            await self._look_up({follower})
        except BaseException:
            follower.close()
            raise
        return follower

    def close(self) -> None:
        """End everyone's following, now and from now on; the process is about to end."""
        self._is_closed = True
        for follower in self._followers:
            follower.end(Unavailable(_DRAINING))

    def leave(self, follower: Follower) -> None:
        """Forget someone who follows no longer."""
        self._followers.discard(follower)

    async def read(self, place: int) -> tuple[int, tuple[RecordedEvent, ...]]:
        """Return the place one comes to from a place, the same at the end, and the events on the way there.

        Raises:
            Unavailable: they had to be read from the store, and it is away.
        """
        recent = self._recent or await self._found()
        if place >= recent.floor:
            events = recent.behind(place)
            return (events[-1].id if events else place), events
        head = recent.head
        async with self._reads, self._units_of_work() as uow:
            events = await uow.events.after(place, limit=READ_AT_ONCE)
        # Later ones come when everyone who follows has been looked up since.
        known = tuple(event for event in events if event.id <= head)
        return (known[-1].id if len(known) == READ_AT_ONCE else head), known

    async def _keep(self, step: Callable[[], Awaitable[float]], trouble: str) -> None:
        """Take a step whenever there may be something to do; it returns how many seconds to wait at least."""
        ear, is_well = self._notices.listen(), True
        while True:
            try:
                pause, is_well = await step(), True
            except Unavailable as error:
                if is_well:
                    _log.warning(
                        "%s, and it is tried again until they can: %s", trouble, error.reason or error.detail
                    )
                pause, is_well = UNASKED_SECONDS, False
            except Exception:
                _log.exception(trouble)
                pause = UNASKED_SECONDS
            await asyncio.sleep(pause)
            await ear.wait(seconds=UNASKED_SECONDS)

    async def _seal(self) -> float:
        await self._seal_events()
        return _PAUSE

    async def _read_on(self) -> float:
        """Hand on what the log has grown by."""
        if not self._followers:
            head = await self._last_place()
            # Whoever comes begins here, or reads the store; whoever came meanwhile has to be looked up before.
            if not self._followers:
                self._recent = RecentEvents(head)
                return _PAUSE
        recent = self._recent or await self._found()
        before = recent.head
        while True:
            async with self._units_of_work() as uow:
                events = await uow.events.after(recent.head, limit=RECENT_MOST)
            # After reading: what a role or a session lost before an event was sealed no longer lets anyone see it.
            await self._look_up(self._followers)
            if events:
                recent.add(events)
                for follower in self._followers:
                    follower.wake()
            if len(events) < RECENT_MOST:
                return _PAUSE if recent.head > before else _BREATH

    async def _look_up(self, followers: Iterable[Follower]) -> None:
        asked = tuple(followers)
        if not asked:
            return
        found = await self._sessions.find_all({follower.session_id for follower in asked})
        for follower in asked:
            follower.renew(found.get(follower.session_id))

    async def _found(self) -> RecentEvents:
        head = await self._last_place()
        # Several may have looked at the same time.
        if self._recent is None:
            self._recent = RecentEvents(head)
        return self._recent

    async def _first_place(self) -> int:
        async with self._units_of_work() as uow:
            archived = await uow.events.archived()
        return 0 if archived is None else archived.id

    async def _last_place(self) -> int:
        async with self._units_of_work() as uow:
            last = await uow.events.last()
        return 0 if last is None else last.id

    def _check_room(self, user: User) -> None:
        if self._is_closed:
            raise Unavailable(_DRAINING)
        if len(self._followers) >= FOLLOWERS_MOST:
            raise Unavailable("Too many follow what happens at this server already.")
        if sum(follower.user.id == user.id for follower in self._followers) >= FOLLOWERS_OF_USER_MOST:
            raise TooManyRequests(
                f"You follow what happens {FOLLOWERS_OF_USER_MOST} times already: close a few tabs or programs.",
                retry_after=_RETRY_AFTER,
            )
