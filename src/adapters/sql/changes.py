"""What a unit of work collects before it sends anything."""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    JSON,
    ColumnClause,
    Delete,
    Insert,
    Select,
    Table,
    TableValuedAlias,
    Text,
    Update,
    bindparam,
    cast,
    column,
    delete,
    func,
    insert,
    select,
    text,
    update,
)

Statement = Insert | Update | Delete | Select[int]
Values = Mapping[str, object] | Callable[[], Mapping[str, object]]
"""Of a statement's parameters; or what makes them, in a thread, where that takes long."""

# What is sent together must be answered within the time for one answer, and while its values are made nobody else
# has a turn.
_TOGETHER_MOST: Final = 100
# One statement may take as long for many rows as for one, so they must not be too large.
_TEXT_MOST: Final = 1_000_000
# As many as the use cases collect for one thing.
_FEW: Final = 8
# From so many rows on it pays to prepare the indexes for them.
_MANY: Final = 1_000

# An index of trigrams gathers new rows, and merges them when it has no more room for them. In larger portions that
# takes a quarter less work and half the write-ahead log (manual, section 64.4.4.1).
GATHER_MORE: Final = select(
    func.set_config("gin_pending_list_limit", "16MB", True), func.set_config("work_mem", "16MB", True)
)
# What is left is merged here, or the next to add a row would wait for it. Only the index's owner may do that.
MERGE_GATHERED: Final = text("""
    SELECT gin_clean_pending_list(oid) FROM pg_class
    WHERE oid IN (to_regclass('ix_cheats_search_text'), to_regclass('ix_cheats_search_starts'))
        AND pg_has_role(relowner, 'USAGE')
""")


@dataclass(frozen=True, slots=True)
class Change:
    """One statement with the values of each time that it is to be executed.

    Attributes:
        statement: what is to be executed.
        times: the values of each time.
        must_hit: whether it hits a row each time at least, whose absence means that it moved on.
        portion: it is to be repeated while it hits so many rows; 0 for never.
        together: what does the same for all times at once, with `rows_given`.
    """

    statement: Statement
    times: list[Values]
    must_hit: bool
    portion: int = 0
    together: Insert | None = None

    async def execution(self) -> tuple[Statement, Sequence[Mapping[str, object]]]:
        """Return what to execute, with the values of each time that it is to be executed."""
        values = await self.values()
        if self.together is not None and len(values) > 1:
            rows = await asyncio.to_thread(json.dumps, values, default=datetime.isoformat)
            if len(rows) <= _TEXT_MOST:
                return self.together, [{"rows": rows}]
        return self.statement, values

    async def values(self) -> list[Mapping[str, object]]:
        """Return the values of every time; others have their turns while such are made as take long."""
        if any(callable(values) for values in self.times):
            return await asyncio.to_thread(self._made)
        return self._made()

    def _made(self) -> list[Mapping[str, object]]:
        return [_made(values) for values in self.times]


class Changes:
    """What is to be sent, in the order it came; the same statement several times in a row is one change.

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

    @property
    def are_few(self) -> bool:
        """Whether they are so few, and so small, that nobody has to wait long for them."""
        return sum(len(change.times) for change in self._collected) <= _FEW and not any(
            change.portion for change in self._collected
        )

    @property
    def are_many(self) -> bool:
        """Whether searching's indexes should gather more of their rows before merging them."""
        return sum(len(change.times) for change in self._collected) >= _MANY

    def clear(self) -> None:
        """Forget them."""
        self._collected.clear()
        self.users.clear()
        self.sessions.clear()

    def add(self, statement: Insert, values: Values, *, together: Insert | None = None) -> None:
        """Collect a new row.

        Args:
            statement: adds it.
            values: the statement's.
            together: adds many at once, if there is a statement for that; see `rows_given`.
        """
        self._collect(statement, values, must_hit=False, together=together)

    def save(self, statement: Update, values: Values, *, id: int, version: int) -> None:
        """Collect the next state of a row whose stored version must be the one before this."""
        expected = {"row_id": id, "row_version": version - 1}
        if callable(values):
            self._collect(statement, lambda: {**values(), **expected})
        else:
            self._collect(statement, {**values, **expected})

    def confirm(self, statement: Select[int], *, id: int, version: int) -> None:
        """Collect the condition that a row's stored version is this one, and stays so until the commit."""
        self._collect(statement, {"row_id": id, "row_version": version})

    def change_many(self, statement: Statement, values: Values) -> None:
        """Collect a change of as many rows as there are, be it none; or a wait for their locks."""
        self._collect(statement, values, must_hit=False)

    def change_some(self, statement: Statement, values: Values) -> None:
        """Collect a change of as many rows as there are, but at least one."""
        self._collect(statement, values)

    def change_in_portions(self, statement: Select[int], values: Values, *, portion: int) -> None:
        """Collect a change of as many rows as there are, so many at a time, since a statement's time is limited.

        Each time the statement is to return what it changed.
        """
        self._collected.append(Change(statement, [values], must_hit=False, portion=portion))

    def remove(self, statement: Delete, *, id: int, version: int) -> None:
        """Collect the end of a row whose stored version must be this one."""
        self._collect(statement, {"row_id": id, "row_version": version})

    def _collect(
        self, statement: Statement, values: Values, *, must_hit: bool = True, together: Insert | None = None
    ) -> None:
        last = self._collected[-1] if self._collected else None
        if last is not None and last.statement is statement and len(last.times) < _TOGETHER_MOST:
            last.times.append(values)
        else:
            self._collected.append(Change(statement, [values], must_hit, together=together))


def _made(values: Values) -> Mapping[str, object]:
    return values() if callable(values) else values


def adding(table: Table) -> Insert:
    """Return the statement for `Changes.add`."""
    return insert(table)


def rows_given(*columns: ColumnClause[Any]) -> TableValuedAlias:
    """Return the rows in the parameter `rows` as a table of these columns, for `Change.together`.

    As JSON, since psycopg takes much longer to write arrays, and longer still to send rows one by one.
    """
    given = func.json_to_recordset(cast(bindparam("rows", type_=Text), JSON))
    return given.table_valued(*(column(each.name, each.type) for each in columns)).render_derived(
        name="given", with_types=True
    )


def adding_together(table: Table, *names: str) -> Insert:
    """Return the statement for `Changes.add` that adds many rows with values in these columns."""
    columns = [table.c[name] for name in names] or list(table.c)
    given = rows_given(*columns)
    return insert(table).from_select(columns, select(*(given.c[each.name] for each in columns)))


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
