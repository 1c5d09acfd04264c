"""How PostgreSQL would carry out a statement."""

from collections.abc import Mapping

import psycopg
from sqlalchemy import ClauseElement
from sqlalchemy.engine import make_url

_DIALECT = make_url("postgresql+psycopg://").get_dialect()()


def plan_of(connection: psycopg.Connection, statement: ClauseElement, values: Mapping[str, object]) -> str:
    """Return the plan for these values, in lines without costs; a list's is for its first 20 rows."""
    compiled = statement.compile(dialect=_DIALECT)
    bound = compiled.construct_params({**values, "limit": 21, "offset": 0})
    rows = connection.execute(f"EXPLAIN (COSTS OFF) {compiled}".encode(), bound)
    return "\n".join(line for (line,) in rows)
