"""What PostgreSQL's own programs need to reach the database that Satchel does."""

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import Conninfo

from adapters.sql.connections import connection_parameters
from adapters.sql.errors import first_line
from domain.errors import Unavailable


def client_variables(url: str) -> dict[str, str]:
    """Return the variables of the environment that lead libpq to the database, its password included.

    Unlike arguments, other users of the machine cannot read them.

    Raises:
        UnreadableUrl: libpq cannot read the URL.
    """
    connection_parameters(url, settings={})
    names = {
        option.keyword.decode(): option.envvar.decode() for option in Conninfo.get_defaults() if option.envvar
    }
    return {names[keyword]: str(value) for keyword, value in conninfo_to_dict(url).items() if keyword in names}


def server_major(url: str) -> int:
    """Return the major version of the server, such as 18.

    Raises:
        Unavailable: the database is away.
        UnreadableUrl: libpq cannot read the URL.
    """
    try:
        with psycopg.connect(**connection_parameters(url, settings={})) as connection:
            return connection.info.server_version // 10_000
    except psycopg.OperationalError as error:
        raise Unavailable("The database does not answer.", reason=first_line(error)) from error
