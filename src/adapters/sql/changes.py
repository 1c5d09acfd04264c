"""What a unit of work collects before it sends anything."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Delete, Insert, Select, Table, Update, bindparam, delete, insert, select, update

Statement = Insert | Update | Delete | Select[int]


@dataclass(frozen=True, slots=True)
class Change:
    """One statement with its values; `must_hit` where a row is expected, whose absence means that it moved on."""

    statement: Statement
    values: Mapping[str, object]
    must_hit: bool = True


class Changes:
    """What is to be sent, in the order it came.

    Attributes:
        users: ids of the accounts that change, or all of whose sessions do.
        sessions: ids of the sessions that change.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self._collected: list[Change] = []
        self.users: set[int] = set()
        self.sessions: set[int] = set()

    def __iter__(self) -> Iterator[Change]:
        return iter(self._collected)

    def __len__(self) -> int:
        return len(self._collected)

    def clear(self) -> None:
        """Forget them."""
        self._collected.clear()
        self.users.clear()
        self.sessions.clear()

    def add(self, statement: Insert, values: Mapping[str, object]) -> None:
        """Collect a new row."""
        self._collected.append(Change(statement, values))

    def save(self, statement: Update, values: Mapping[str, object], *, id: int, version: int) -> None:
        """Collect the next state of a row whose stored version must be the one before this."""
        self._collected.append(Change(statement, {**values, "row_id": id, "row_version": version - 1}))

    def confirm(self, statement: Select[int], *, id: int, version: int) -> None:
        """Collect the condition that a row's stored version is this one, and stays so until the commit."""
        self._collected.append(Change(statement, {"row_id": id, "row_version": version}))

    def change_many(self, statement: Statement, values: Mapping[str, object]) -> None:
        """Collect a change of as many rows as there are, be it none; or a wait for their locks."""
        self._collected.append(Change(statement, values, must_hit=False))

    def remove(self, statement: Delete, *, id: int, version: int) -> None:
        """Collect the end of a row whose stored version must be this one."""
        self._collected.append(Change(statement, {"row_id": id, "row_version": version}))


def adding(table: Table) -> Insert:
    """Return the statement for `Changes.add`."""
    return insert(table)


def saving(table: Table) -> Update:
    """Return the statement for `Changes.save`."""
    return update(table).where(table.c.id == bindparam("row_id"), table.c.version == bindparam("row_version"))


def removing(table: Table) -> Delete:
    """Return the statement for `Changes.remove`."""
    return delete(table).where(table.c.id == bindparam("row_id"), table.c.version == bindparam("row_version"))


def confirming(table: Table) -> Select[int]:
    """Return the statement for `Changes.confirm`: it shuts out those who change, not others who confirm."""
    return (
        select(table.c.id)
        .where(table.c.id == bindparam("row_id"), table.c.version == bindparam("row_version"))
        .with_for_update(read=True)
    )
