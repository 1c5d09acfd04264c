"""One attempt at taking an older service in."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from application.adopting.findings import Findings
from application.ports.unit_of_work import UnitOfWork
from domain.events import Event


class Numbered(Protocol):
    """A repository, as far as it gives ids."""

    async def next_id(self) -> int:
        """Return an id that nothing of its kind has had."""
        ...


@dataclass(frozen=True, slots=True)
class Intake:
    """What the rows of an older service are collected in.

    Attributes:
        uow: the unit of work of all of it.
        findings: what came of each row.
        at: the moment at which it happens.
        unkept: ids for a dry run, which gives none away.
    """

    uow: UnitOfWork
    findings: Findings
    at: datetime
    unkept: Iterator[int] | None

    async def next_id(self, repository: Numbered) -> int:
        """Return an id for something new."""
        return await repository.next_id() if self.unkept is None else next(self.unkept)

    def tell(self, events: Iterable[Event]) -> None:
        """Collect what happened: now, however long ago the things themselves were made."""
        for event in events:
            self.uow.events.add(replace(event, occurred_at=self.at))


def latest(created_at: datetime, updated_at: datetime | None) -> datetime:
    """Return when something was last changed, which is no earlier than it was made."""
    return created_at if updated_at is None else max(created_at, updated_at)
