"""Connections to look around with."""

import ipaddress
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import ClassVar, LiteralString

import psycopg
from psycopg.rows import DictRow, dict_row

from adapters.sql.connections import PatientConnection, connection_parameters
from adapters.sql.errors import first_line
from domain.errors import Unavailable


class _InspectingConnection(PatientConnection):
    answer_seconds: ClassVar[float] = 5.0


@asynccontextmanager
async def connected(url: str) -> AsyncGenerator[PatientConnection]:
    """Yield a connection to this database, whose answers are not waited for long.

    Raises:
        Unavailable: it is away, lets nobody in, or says nothing.
    """
    try:
        connection = await _InspectingConnection.begin(**connection_parameters(url, settings={}), autocommit=True)
        connection.prepare_threshold = None
        async with connection:
            yield connection
    except psycopg.Error as error:
        raise Unavailable("The database does not answer.", reason=first_line(error)) from error


async def row(connection: PatientConnection, query: LiteralString | bytes) -> DictRow:
    """Return the one row that a query gives.

    Raises:
        Unavailable: there is none.
    """
    async with connection.cursor(row_factory=dict_row) as cursor:
        found = await (await cursor.execute(query)).fetchone()
    if found is None:
        raise Unavailable("The database does not answer.", reason="PostgreSQL answers without a row")
    return found


def is_remote(connection: PatientConnection) -> bool:
    """Tell whether the server is reached over a network."""
    host, address = connection.info.host, connection.info.hostaddr
    # Without an address it is a socket in the file system.
    return bool(address) and not host.startswith("/") and not ipaddress.ip_address(address).is_loopback
