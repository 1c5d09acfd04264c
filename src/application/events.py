"""What can be done with the log of what happened."""

from dataclasses import dataclass

from application.paging import Page, PageRequest
from application.ports.events import EventFilter, EventSort
from application.ports.unit_of_work import UnitsOfWork
from domain.access import may_administer
from domain.errors import Forbidden
from domain.events import RecordedEvent
from domain.users import User


@dataclass(frozen=True, slots=True)
class ListEvents:
    """Admins may look up who did what, and when."""

    units_of_work: UnitsOfWork

    async def __call__(
        self, actor: User, *, wanted: EventFilter, request: PageRequest[EventSort]
    ) -> Page[RecordedEvent]:
        """Return a page of the events that are wanted.

        Raises:
            Forbidden: the actor is no admin.
        """
        if not may_administer(actor):
            raise Forbidden("Only admins may read the audit trail.")
        async with self.units_of_work() as uow:
            return await uow.events.page(wanted, request)
