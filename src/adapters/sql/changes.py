"""What a unit of work collects before it sends anything."""

from collections.abc import Iterator, Mapping

from sqlalchemy import Delete, Insert, Table, Update, bindparam, delete, insert, update

Change = tuple[Insert | Update | Delete, Mapping[str, object]]


class Changes:
    """Statements with their values, in the order they came. Each changes one row, or none if that has moved on."""

    def __init__(self) -> None:
        """Begin with none."""
        self._collected: list[Change] = []

    def __iter__(self) -> Iterator[Change]:
        return iter(self._collected)

    def __len__(self) -> int:
        return len(self._collected)

    def clear(self) -> None:
        """Forget them."""
        self._collected.clear()

    def add(self, statement: Insert, values: Mapping[str, object]) -> None:
        """Collect a new row."""
        self._collected.append((statement, values))

    def save(self, statement: Update, values: Mapping[str, object], *, id: int, version: int) -> None:
        """Collect the next state of a row whose stored version must be the one before this."""
        self._collected.append((statement, {**values, "row_id": id, "row_version": version - 1}))

    def remove(self, statement: Delete, *, id: int, version: int) -> None:
        """Collect the end of a row whose stored version must be this one."""
        self._collected.append((statement, {"row_id": id, "row_version": version}))


def adding(table: Table) -> Insert:
    """Return the statement for `Changes.add`."""
    return insert(table)


def saving(table: Table) -> Update:
    """Return the statement for `Changes.save`."""
    return update(table).where(table.c.id == bindparam("row_id"), table.c.version == bindparam("row_version"))


def removing(table: Table) -> Delete:
    """Return the statement for `Changes.remove`."""
    return delete(table).where(table.c.id == bindparam("row_id"), table.c.version == bindparam("row_version"))
