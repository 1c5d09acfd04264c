"""What can be done with the log of what happened."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from application.paging import Page, PageRequest
from application.ports.clock import Clock
from application.ports.events import EventFilter, EventSort, UnreadableEvent
from application.ports.unit_of_work import UnitsOfWork
from domain.access import may_administer
from domain.chain import is_linked, sealed
from domain.errors import Forbidden
from domain.events import Head, RecordedEvent
from domain.users import User

LOG: Final = "events"
"""The lock under which events are given their places."""
_SEALED_AT_ONCE: Final = 1_000
_READ_AT_ONCE: Final = 1_000
# No event has such a place, unless somebody put it there.
_BEFORE_ALL: Final = -(2**63)


@dataclass(frozen=True, slots=True)
class SealEvents:
    """Gives events that wait their places in the log. The service itself does it, whichever instance comes first.

    Commits do not wait for each other to agree on an order, and need not end in the order in which they began. So
    the order is made here, by one at a time, out of what is committed by then: what readers see only ever grows at
    its end.

    Attributes:
        sealed: how many events this process has sealed, by type.
    """

    units_of_work: UnitsOfWork
    clock: Clock
    sealed: Counter[str] = field(default_factory=Counter[str])

    async def __call__(self) -> None:
        """Seal all events that wait, and queue them for the webhooks that want them.

        Raises:
            Unavailable: the store is away, or another instance has been at it for too long.
        """
        while await self._are_waiting() and await self._seal_some() == _SEALED_AT_ONCE:
            pass

    async def _are_waiting(self) -> bool:
        async with self.units_of_work() as uow:
            return bool(await uow.events.waiting(limit=1))

    async def _seal_some(self) -> int:
        async with self.units_of_work() as uow:
            await uow.lock(LOG)
            waiting = await uow.events.waiting(limit=_SEALED_AT_ONCE)
            if waiting:
                recorded = tuple(sealed(waiting, after=await uow.events.last()))
                uow.events.seal(waiting, recorded)
                uow.webhooks.enqueue(recorded, at=self.clock.now())
                await uow.commit()
                self.sealed.update(each.event.type.value for each in recorded)
            return len(waiting)


@dataclass(frozen=True, slots=True)
class ListEvents:
    """Admins may look up who did what, and when."""

    units_of_work: UnitsOfWork
    seal_events: SealEvents

    async def __call__(
        self, actor: User, *, wanted: EventFilter, request: PageRequest[EventSort]
    ) -> Page[RecordedEvent]:
        """Return a page of the events that are wanted: of all that were kept by now.

        Raises:
            Forbidden: the actor is no admin.
        """
        if not may_administer(actor):
            raise Forbidden("Only admins may read the audit trail.")
        await self.seal_events()
        async with self.units_of_work() as uow:
            return await uow.events.page(wanted, request)


@dataclass(frozen=True, slots=True)
class FindPlace:
    """Whoever is about to read and then to follow may know from which place on there is news to them."""

    units_of_work: UnitsOfWork

    async def __call__(self) -> int:
        """Return the place of the last event of the log, 0 if it is empty; what is read from now on holds it."""
        async with self.units_of_work() as uow:
            last = await uow.events.last()
        return 0 if last is None else last.id


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check of the log has found.

    Attributes:
        begins_after: the event behind which the log begins, since it was archived with all before it.
        last: the last event that is as it was sealed, with all before it; None if not even the first is.
        fault: what is wrong behind it, in a sentence; None if nothing is.
    """

    begins_after: Head | None
    last: RecordedEvent | None
    fault: str | None

    @property
    def count(self) -> int:
        """How many events of the log are as they were sealed."""
        return 0 if self.last is None else self.last.id - _place(self.begins_after)


@dataclass(frozen=True, slots=True)
class VerifyLog:
    """The operator at the command line may check that nobody has altered the log."""

    units_of_work: UnitsOfWork

    async def __call__(
        self,
        *,
        report: Callable[[RecordedEvent, int], None],
        begin: Callable[[Head | None], None] = lambda _: None,
    ) -> Verdict:
        """Check each event against the one before it, and return how far they hold together.

        A log whose end was cut off, or that was made anew as a whole, holds together. That shows only to those who
        noted down the hash of a later event.

        Args:
            report: called with each event that is as it was sealed, in order, and with how many there are.
            begin: called before, with the event behind which the log begins if others were archived.
        """
        async with self.units_of_work() as uow:
            archived, end = await uow.events.archived(), await uow.events.last()
        begin(archived)
        last: RecordedEvent | None = None
        while True:
            reached = last or archived
            try:
                events = await self._behind(last)
            except UnreadableEvent:
                fault = f"Event {_place(reached) + 1} cannot be read: it is not what was written there."
                return Verdict(archived, last, fault)
            for recorded in events:
                if not is_linked(recorded, after=last or archived):
                    return Verdict(archived, last, _fault(last or archived, recorded))
                last = recorded
                report(recorded, _place(end) - _place(archived))
            if not events:
                is_short = _place(reached) < _place(end)
                return Verdict(archived, last, _missing(reached, before=None) if is_short else None)

    async def _behind(self, last: RecordedEvent | None) -> tuple[RecordedEvent, ...]:
        # From below all that should be there: what was put in before the beginning shows, too.
        place = _BEFORE_ALL if last is None else last.id
        async with self.units_of_work() as uow:
            try:
                return await uow.events.after(place, limit=_READ_AT_ONCE)
            except UnreadableEvent:
                # One by one, up to the one that cannot be read.
                return await uow.events.after(place, limit=1)


def _place(reached: Head | RecordedEvent | None) -> int:
    return 0 if reached is None else reached.id


def _fault(last: Head | RecordedEvent | None, found: RecordedEvent) -> str:
    if found.id != _place(last) + 1:
        return _missing(last, before=found.id)
    return f"Event {found.id} is not what was written there."


def _missing(last: Head | RecordedEvent | None, *, before: int | None) -> str:
    what = f"Event {_place(last) + 1} is missing, or was written by a later version of Satchel"
    return f"{what}." if before is None else f"{what}: {before} stands there."
