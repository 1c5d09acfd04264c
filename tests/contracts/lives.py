"""What machines share that live through many lives of things and foretell what becomes of them."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio
from hypothesis.stateful import RuleBasedStateMachine

from application.paging import PageRequest
from application.ports.events import EventFilter, EventSort
from application.ports.unit_of_work import UnitsOfWork
from domain.errors import DomainError
from domain.events import SubjectType
from entrypoints.container import Container

T = TypeVar("T")
Refusal = type[DomainError] | None


class Lives(RuleBasedStateMachine):
    """Calls use cases on the service's loop, from the thread in which rules are run."""

    def __init__(self, container: Container) -> None:
        super().__init__()
        self.at = container
        self.units_of_work: UnitsOfWork = container.units_of_work()

    def hear(self, call: Callable[[], Awaitable[T]], refusal: Refusal = None) -> T | None:
        """Make a call on the service's loop; it must end as foretold."""

        async def made() -> tuple[T | None, DomainError | None]:
            try:
                return await call(), None
            except DomainError as error:
                return None, error

        answer, error = anyio.from_thread.run(made)
        assert (None if error is None else type(error)) is refusal
        return answer

    def events_of(self, subject_type: SubjectType, subject_id: int) -> list[str]:
        """Return the types of the events of a thing, the first first."""

        async def read() -> list[str]:
            await self.at.seal_events()()
            wanted = EventFilter(subject_type=subject_type, subject_id=subject_id)
            async with self.units_of_work() as uow:
                page = await uow.events.page(wanted, PageRequest(EventSort.ID, descending=False, limit=100))
            return [recorded.event.type.value for recorded in page.items]

        return anyio.from_thread.run(read)
