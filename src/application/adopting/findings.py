"""What came of taking in an older service's data, for the operator to read."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from application.ports.older_services import Kind, OldRow
from domain.errors import Fault


@dataclass(slots=True)
class Findings:
    """Collected row by row.

    Attributes:
        added: how many rows of a kind became something new here.
        known: how many were found to be here already.
        refused: how many were left out, for a fault or for one of something that they belong to.
        faults: why, each named by the row's place.
        admins: the names of those who came in as admins.
        without_password: the names of those whose password cannot be checked here.
        notes: what was decided that someone may have wanted otherwise.
    """

    added: Counter[Kind] = field(default_factory=Counter[Kind])
    known: Counter[Kind] = field(default_factory=Counter[Kind])
    refused: Counter[Kind] = field(default_factory=Counter[Kind])
    faults: list[Fault] = field(default_factory=list[Fault])
    admins: list[str] = field(default_factory=list[str])
    without_password: list[str] = field(default_factory=list[str])
    notes: list[str] = field(default_factory=list[str])

    @property
    def change_anything(self) -> bool:
        """Whether anything came that was not here."""
        return bool(self.added.total())

    def refuse(self, kind: Kind, row: OldRow, faults: Iterable[Fault]) -> None:
        """Leave a row out."""
        self.refused[kind] += 1
        self.faults.extend(_placed(row, faults))


def _placed(row: OldRow, faults: Iterable[Fault]) -> Iterator[Fault]:
    for fault in faults:
        yield replace(fault, field=f"{row.place}: {fault.field}")
