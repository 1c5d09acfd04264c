"""What can be done with the log of what happened."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from application.paging import Page, PageRequest
from application.ports.clock import Clock
from application.ports.events import EventFilter, EventSort
from application.ports.unit_of_work import UnitsOfWork
from domain.access import may_administer
from domain.chain import is_linked, sealed
from domain.errors import Forbidden
from domain.events import RecordedEvent
from domain.users import User

_LOG: Final = "events"
"""The lock under which events are given their places."""
_SEALED_AT_ONCE: Final = 1_000
_READ_AT_ONCE: Final = 1_000


@dataclass(frozen=True, slots=True)
class SealEvents:
    """Gives events that wait their places in the log. The service itself does it, whichever instance comes first.

    Commits do not wait for each other to agree on an order, and need not end in the order in which they began. So
    the order is made here, by one at a time, out of what is committed by then: what readers see only ever grows at
    its end.
    """

    units_of_work: UnitsOfWork
    clock: Clock

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
            await uow.lock(_LOG)
            waiting = await uow.events.waiting(limit=_SEALED_AT_ONCE)
            if waiting:
                recorded = tuple(sealed(waiting, after=await uow.events.last()))
                uow.events.seal(waiting, recorded)
                uow.webhooks.enqueue(recorded, at=self.clock.now())
                await uow.commit()
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
class Verdict:
    """What a check of the log has found.

    Attributes:
        last: the last event that is as it was sealed, with all before it; None if not even the first is.
        broken: the event behind `last` that is not what was sealed there; None if all are.
    """

    last: RecordedEvent | None
    broken: RecordedEvent | None


@dataclass(frozen=True, slots=True)
class VerifyLog:
    """The operator at the command line may check that nobody has altered the log."""

    units_of_work: UnitsOfWork

    async def __call__(self, *, report: Callable[[RecordedEvent, int], None]) -> Verdict:
        """Check each event against the one before it, and return how far they hold together.

        A log whose end was cut off, or that was made anew as a whole, holds together. That shows only to those who
        noted down the hash of a later event.

        Args:
            report: called with each event that is as it was sealed, in order, and with how many there are.
        """
        async with self.units_of_work() as uow:
            end = await uow.events.last()
        total = 0 if end is None else end.id
        last: RecordedEvent | None = None
        while True:
            async with self.units_of_work() as uow:
                events = await uow.events.after(0 if last is None else last.id, limit=_READ_AT_ONCE)
            for recorded in events:
                if not is_linked(recorded, after=last):
                    return Verdict(last, recorded)
                last = recorded
                report(recorded, total)
            if len(events) < _READ_AT_ONCE:
                return Verdict(last, None)
