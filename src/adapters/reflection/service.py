"""Reading the tables of an older service."""

import asyncio
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import quote

from sqlalchemy import ColumnClause, Connection, Engine, create_engine, event, inspect, select
from sqlalchemy import column as named_column
from sqlalchemy import table as named_table
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from adapters.reflection.names import COLUMNS, TABLES, found
from application.ports.older_services import Kind, OldData, OlderService, OldRow, OwnNames
from domain.errors import Fault, Invalid, Unavailable, refuse

_SQLITE: Final = "sqlite:///"
_POSTGRESQL: Final = ("postgresql://", "postgres://", "postgresql+psycopg2://", "postgresql+psycopg://")
_CONNECT_SECONDS: Final = 10
# How every file of SQLite begins (its file format, section 1.3).
_SQLITE_BEGINNING: Final = b"SQLite format 3\0"

_WHAT_IT_MAY_BE: Final = "must be the path of an SQLite file, sqlite:///PATH or postgresql://USER@HOST/NAME"


class ReflectedService(OlderService):
    """A database in SQLite or PostgreSQL whose tables are known by their names.

    Values come as the database's driver gives them, since what SQLite holds need not fit the type that its column
    has. Text that is no UTF-8 comes as bytes.
    """

    def __init__(self, source: str, own_names: OwnNames) -> None:
        """Remember what to read; nothing is opened yet.

        Args:
            source: the path of an SQLite file, or a URL as SQLALCHEMY_DATABASE_URI has it.
            own_names: what is called otherwise than usual.
        """
        self._source = source
        self._own_names = own_names

    async def read(self) -> OldData:
        """Return what it holds, as of one moment.

        Raises:
            Invalid: it is no such database, or names were given that are not in it.
            Unavailable: it cannot be reached.
        """
        return await asyncio.to_thread(self._read)

    def _read(self) -> OldData:
        engine = _engine(self._source)
        try:
            with engine.connect() as connection:
                return self._data(connection)
        except DBAPIError as error:
            if isinstance(error.orig, sqlite3.Error):
                raise Invalid(Fault("SOURCE", f"cannot be read as an SQLite database: {error.orig}")) from error
            raise Unavailable("The older database cannot be read.", reason=str(error.orig)) from error
        except (SQLAlchemyError, UnicodeError) as error:
            raise Invalid(Fault("SOURCE", "is no database that can be read")) from error
        finally:
            engine.dispose()

    def _data(self, connection: Connection) -> OldData:
        there = {name: _columns(connection, name) for name in sorted(inspect(connection).get_table_names())}
        self._check_own_names(there)
        rows: dict[Kind, tuple[OldRow, ...]] = {}
        unread: list[str] = []
        tables = {kind: table for kind in Kind if (table := self._table(kind, there)) is not None}
        for kind, table in tables.items():
            columns = self._columns_of(kind, there[table])
            unread.extend(f"{table}.{name}" for name in there[table] if name not in columns.values())
            rows[kind] = tuple(self._rows(connection, kind, table, columns))
        unread.extend(name for name in there if name not in tables.values())
        return OldData(rows, tuple(sorted(unread)))

    def _check_own_names(self, there: Mapping[str, Iterable[str]]) -> None:
        own = self._own_names
        refuse(
            *(
                Fault(f"{part}.{kind}", f"is none of {', '.join(Kind)}")
                for part, kinds in (("tables", own.tables), ("columns", own.columns), ("values", own.values))
                for kind in kinds
                if kind not in COLUMNS
            )
        )
        refuse(
            *(
                Fault(f"{part}.{kind}.{field}", f"is none of {', '.join(COLUMNS[Kind(kind)])}")
                for part, kinds in (("columns", own.columns), ("values", own.values))
                for kind, fields in kinds.items()
                for field in fields
                if field not in COLUMNS[Kind(kind)]
            )
        )
        faults = [
            Fault(f"tables.{kind}", f"is {table}, and there is no such table")
            for kind, table in own.tables.items()
            if table is not None and table not in there
        ]
        for kind, columns in own.columns.items():
            table = self._table(Kind(kind), there)
            faults.extend(
                Fault(f"columns.{kind}.{field}", f"is {name}, and {table or 'its table'} has no such column")
                for field, name in columns.items()
                if name is not None and (table is None or name not in there[table])
            )
        refuse(*faults)

    def _table(self, kind: Kind, there: Iterable[str]) -> str | None:
        if kind in self._own_names.tables:
            return self._own_names.tables[kind]
        return found(TABLES[kind], there)

    def _columns_of(self, kind: Kind, there: Iterable[str]) -> dict[str, str]:
        own = self._own_names.columns.get(kind, {})
        columns = {field: name for field, name in own.items() if name is not None}
        for field, names in COLUMNS[kind].items():
            if field not in own:
                free = [name for name in there if name not in columns.values()]
                if (name := found(names, free)) is not None:
                    columns[field] = name
        return columns

    def _rows(
        self, connection: Connection, kind: Kind, table: str, columns: Mapping[str, str]
    ) -> Iterator[OldRow]:
        if not columns:
            return
        meanings = self._own_names.values.get(kind, {})
        wanted: list[ColumnClause[object]] = [named_column(name) for name in columns.values()]
        for number, row in enumerate(connection.execute(select(*wanted).select_from(named_table(table))), 1):
            found_values: Sequence[object] = tuple(row)
            values = {
                field: meanings.get(field, {}).get(_written(value), value)
                for field, value in zip(columns, found_values, strict=True)
            }
            given = values.get("id")
            yield OldRow(f"{table} {f'row {number}' if given is None else given}", values)


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _columns(connection: Connection, table: str) -> list[str]:
    return [column["name"] for column in inspect(connection).get_columns(table)]


def _engine(source: str) -> Engine:
    if source.startswith(_POSTGRESQL):
        return _of_postgresql(source)
    path = Path(source.removeprefix(_SQLITE))
    if "://" in str(source) and not source.startswith(_SQLITE):
        raise Invalid(Fault("SOURCE", _WHAT_IT_MAY_BE))
    return _of_sqlite(path)


def _of_postgresql(source: str) -> Engine:
    try:
        url = make_url(source).set(drivername="postgresql+psycopg")
    except (ArgumentError, ValueError) as error:
        raise Invalid(Fault("SOURCE", _WHAT_IT_MAY_BE)) from error
    return create_engine(
        url,
        poolclass=NullPool,
        connect_args={"connect_timeout": _CONNECT_SECONDS},
        isolation_level="REPEATABLE READ",
        execution_options={"postgresql_readonly": True},
    )


def _of_sqlite(path: Path) -> Engine:
    try:
        with path.open("rb") as file:
            beginning = file.read(len(_SQLITE_BEGINNING))
    except OSError as error:
        raise Invalid(Fault("SOURCE", f"cannot be opened: {error.strerror}; it {_WHAT_IT_MAY_BE}")) from error
    if beginning != _SQLITE_BEGINNING:
        raise Invalid(Fault("SOURCE", "is no SQLite file"))

    def connect() -> sqlite3.Connection:
        # Python's own handling begins no transaction before a read, and two reads could see two states.
        connection = sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro", uri=True, isolation_level=None)
        connection.text_factory = _text
        return connection

    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool)
    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _text(value: bytes) -> str | bytes:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value
