"""SQLAlchemy's statements as PostgreSQL keeps them prepared: compiled once, values in and rows out in order."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, lru_cache, partial
from typing import Any, Final

from psycopg.abc import Buffer, Transformer
from psycopg.adapt import PyFormat
from psycopg.pq.abc import PGresult
from sqlalchemy import (
    Delete,
    Dialect,
    Enum,
    Insert,
    Integer,
    LargeBinary,
    Row,
    Select,
    Update,
    bindparam,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import psycopg as psycopg_dialect
from sqlalchemy.engine.result import SimpleResultMetaData
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.visitors import iterate
from sqlalchemy.types import TypeEngine

Statement = Insert | Update | Delete | Select[*tuple[Any, ...]]
AnyRow = Row[*tuple[Any, ...]]
Dumped = Sequence[Buffer | None]
"""Values as text, in the order of a statement's parameters."""

MISSED: Final = "2201E"
"""The SQLSTATE of a statement that was to hit a row and hit none: the logarithm of 0, which nothing else takes."""

_DIALECT: Final[Dialect] = psycopg_dialect.dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call] # SQLAlchemy's own
_OF_COLUMN: Final = "column_"


class Prepared:
    """One statement, made once and executed many times on connections of `adapters.sql.wire`.

    The types of its parameters are those that the statement itself tells PostgreSQL, so values are sent as text
    whatever their type in Python; what SQLAlchemy's types do with values, they do here too.

    Attributes:
        text: SQL with `$1`, `$2`, ... for its parameters.
        is_read: whether it changes nothing, so that it may be executed beside others' statements, and twice. What
            functions do is not looked at.
        is_delete: whether it deletes, which decides what a constraint's refusal means.
    """

    def __init__(self, statement: Statement, keys: Sequence[str]) -> None:
        """Compile the statement.

        Args:
            statement: with no parameters whose number depends on their values, such as `IN` with a list.
            keys: the names of all values that will be given. They decide which columns are inserted or updated.
        """
        self._statement = statement
        self._keys = keys
        compiled = _compiled(statement, keys)
        names = _order(compiled)
        self.text = str(compiled)
        self.is_read = not any(isinstance(part, UpdateBase) for part in iterate(statement))
        self.is_delete = isinstance(statement, Delete)
        self._names = [name.removeprefix(_OF_COLUMN) for name in names]
        self._formats = [PyFormat.TEXT] * len(names)
        self._constants = {
            name: compiled.binds[name].effective_value for name in names if not compiled.binds[name].required
        }
        bind_processors = (_bind_processor(compiled.binds[name].type) for name in names)
        self._bind_processors = [(place, process) for place, process in enumerate(bind_processors) if process]
        self._make_row: Callable[[Sequence[Any]], AnyRow] | None = None

    @cached_property
    def must_hit(self) -> "Prepared":
        """The same statement, to fail with `MISSED` if it hits no row; it returns nothing of its own."""
        statement, keys = self._statement, self._keys
        if isinstance(statement, Update):
            # Within another statement SQLAlchemy would give these parameters names of its own.
            given = _compiled(statement, ()).binds
            columns = [column for column in statement.table.c if column.name in keys and column.name not in given]
            statement = statement.values(
                {column.name: bindparam(f"{_OF_COLUMN}{column.name}", type_=column.type) for column in columns}
            )
        if isinstance(statement, UpdateBase):
            statement = statement.returning(literal_column("1", Integer).label("found"))
        hit = statement.cte("hit")
        checked = Prepared(select(func.ln(func.count())).select_from(hit), ())
        checked.is_delete = self.is_delete
        return checked

    def dump(self, transformer: Transformer, values: Mapping[str, object]) -> Dumped:
        """Return the values as PostgreSQL reads them.

        Raises:
            KeyError: a parameter has no value.
            psycopg.DataError: a text holds what PostgreSQL cannot.
        """
        given = {**self._constants, **values} if self._constants else values
        in_order = [given[name] for name in self._names]
        for place, process in self._bind_processors:
            in_order[place] = process(in_order[place])
        return transformer.dump_sequence(in_order, self._formats)

    def load(self, transformer: Transformer, result: PGresult) -> list[AnyRow]:
        """Return the rows that PostgreSQL answered with, as SQLAlchemy's own execution does."""
        if not result.ntuples:
            return []
        if self._make_row is None:
            self._make_row = _row_maker(self._statement, [result.ftype(n) for n in range(result.nfields)])
        transformer.set_pgresult(result)
        return transformer.load_rows(0, result.ntuples, self._make_row)


@lru_cache(maxsize=512)
def prepared(statement: Statement, keys: tuple[str, ...]) -> Prepared:
    """Return the statement for values of these names, made when it is asked for first."""
    return Prepared(statement, keys)


def _compiled(statement: Statement, keys: Sequence[str]) -> SQLCompiler:
    if isinstance(statement, Insert):
        # Or SQLAlchemy would ask for the key that the database gave the row.
        statement = statement.inline()
    return statement.compile(dialect=_DIALECT, column_keys=list(keys))


def _bind_processor(type_: TypeEngine[Any]) -> Callable[[Any], Any] | None:
    if isinstance(type_, LargeBinary):
        return _hex
    if isinstance(getattr(type_, "item_type", None), LargeBinary):
        return lambda values: None if values is None else list(map(_hex, values))
    return type_.dialect_impl(_DIALECT).bind_processor(_DIALECT)


def _hex(value: bytes | None) -> str | None:
    # As text, psycopg escapes bytes for use in a literal, where quotes are doubled.
    return None if value is None else f"\\x{value.hex()}"


def _order(compiled: SQLCompiler) -> Sequence[str]:
    if compiled.post_compile_params:
        raise ValueError(f"The number of parameters depends on values: {compiled}")
    return compiled.positiontup or ()


def _result_processor(type_: TypeEngine[Any], oid: int) -> Any:
    # Any, since SQLAlchemy keeps the name of what it wants there to itself.
    if isinstance(type_, Enum) and type_.enum_class is not None:
        # What SQLAlchemy's own does for each value in Python, a dictionary does by itself.
        members: dict[str | None, object] = {str(member.value): member for member in type_.enum_class}
        members[None] = None
        return members.__getitem__
    return type_.dialect_impl(_DIALECT).result_processor(_DIALECT, oid)


def _row_maker(statement: Statement, types: Sequence[int]) -> Callable[[Sequence[Any]], AnyRow]:
    columns = statement.exported_columns.items()
    names = [str(name) for name, _ in columns]
    processors = [_result_processor(column.type, oid) for (_, column), oid in zip(columns, types, strict=True)]
    row: type[AnyRow] = Row
    return partial(
        row,
        SimpleResultMetaData(names),
        processors if any(processors) else None,
        {name: place for place, name in enumerate(names)},
    )
