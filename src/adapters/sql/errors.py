"""What the database refuses, in the domain's words."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Final

import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from domain.errors import DomainError, Fault, InFlight, InUse, Invalid, NotFound, Taken, Unavailable

# Constraints that say the same as a check made before them; the database is the judge of both.
_BY_CONSTRAINT: Final[dict[str, Callable[[], DomainError]]] = {
    "uq_users_username_key": lambda: Taken("username"),
    "uq_users_email_key": lambda: Taken("email"),
    "fk_sessions_user_id_users": lambda: NotFound("There is no such user."),
    "fk_tasks_creator_id_users": lambda: NotFound("The task's creator does not exist."),
    "fk_tasks_assignee_id_users": lambda: NotFound("The task's assignee does not exist."),
    "fk_waiting_events_actor_id_users": lambda: NotFound("The event's actor does not exist."),
    "uq_platforms_name_key": lambda: Taken("name"),
    "uq_topics_name_key": lambda: Taken("name"),
    "uq_cheats_key": lambda: Taken("key"),
    "fk_cheats_owner_id_users": lambda: NotFound("The cheat's owner does not exist."),
    "fk_posts_author_id_users": lambda: NotFound("The post's author does not exist."),
    "fk_cheat_platforms_platform_id_platforms": lambda: Invalid(
        Fault("platformIds", "must hold ids of existing platforms")
    ),
    "fk_cheat_topics_topic_id_topics": lambda: Invalid(Fault("topicIds", "must hold ids of existing topics")),
    "fk_user_cheat_cheat_id_cheats": lambda: NotFound("There is no such cheat."),
    "fk_user_cheat_user_id_users": lambda: NotFound("There is no such user."),
    "pk_kept_answers": InFlight,
}

# The same constraint stops those who refer to what is not there and those who delete what is referred to, and
# PostgreSQL tells them apart in prose alone. What was sent does, too.
_BY_CONSTRAINT_ON_DELETE: Final[dict[str, Callable[[], DomainError]]] = {
    "fk_cheat_platforms_platform_id_platforms": lambda: InUse("Cheats stand under this platform."),
    "fk_cheat_topics_topic_id_topics": lambda: InUse("Cheats stand under this topic."),
}

_AWAY: Final = "The database does not answer. Try again in a moment."
BUSY: Final = "The database is busy. Try again in a moment."
_NOT_OURS: Final = "The database does not let Satchel in to its tables."
_UNPREPARED: Final = "The database lacks migrations."

# By SQLSTATE or its class, the first two characters (PostgreSQL manual, appendix A); the longer one counts.
_BY_SQLSTATE: Final[dict[str, str]] = {
    "08": _AWAY,  # connection exceptions
    "0A000": _AWAY,  # a standby that was not promoted yet has no unlogged tables either
    "25006": _AWAY,  # read-only: a standby that was not promoted yet
    "25P03": BUSY,  # we were too slow within a transaction, which was ended
    "28": _AWAY,  # the role or its password was changed
    "3D000": _AWAY,  # there is no such database
    "40001": BUSY,  # serialization failure
    "40P01": BUSY,  # deadlock
    "42501": _NOT_OURS,  # another role's tables
    "42704": _UNPREPARED,  # undefined type
    "42703": _UNPREPARED,  # undefined column; no statement is put together from input
    "42P01": _UNPREPARED,  # undefined table or sequence
    "53": BUSY,  # out of connections, memory or disk
    "54000": BUSY,  # the queue of notifications is full
    "55P03": BUSY,  # lock timeout
    "57": _AWAY,  # shutting down, starting up
    "57014": BUSY,  # statement timeout
    "58": _AWAY,  # the server's own disk or files
}


class UnexpectedRefusal(Exception):
    """PostgreSQL refused what it should never be asked: a bug of ours. Names no value, since it is logged."""


@contextmanager
def domain_errors() -> Generator[None]:
    """Turn what the database and the pool raise within into domain errors.

    Raises:
        Taken: a value that must be unique belongs to another.
        NotFound: a row refers to one that does not exist.
        Invalid: a row refers to platforms or topics that do not exist.
        InUse: a row that others refer to was to be deleted.
        InFlight: an answer is kept already for the same key.
        Unavailable: the database is away, too busy, or not migrated.
        UnexpectedRefusal: anything else that PostgreSQL refused.
    """
    try:
        yield
    except PoolTimeout as error:
        raise Unavailable(BUSY) from error
    except DBAPIError as error:
        cause = error.orig
        if not isinstance(cause, psycopg.Error):
            raise
        was_delete = (error.statement or "").startswith("DELETE")
        meant = meaning(cause, was_delete=was_delete, was_lost=error.connection_invalidated)
        if meant is None:
            raise
        # Of others PostgreSQL's own message quotes the row.
        raise meant from (error if isinstance(meant, Unavailable) else None)


def meaning(
    cause: psycopg.Error, *, was_delete: bool, was_lost: bool = False
) -> DomainError | UnexpectedRefusal | None:
    """Return the error to raise for what PostgreSQL or libpq says; None if it is neither's.

    Args:
        cause: what they say.
        was_delete: whether it was said of a DELETE.
        was_lost: whether the connection was lost by it.
    """
    if named := _refusal(cause.diag.constraint_name or "", was_delete=was_delete):
        return named()
    if detail := _reason_to_come_back(cause, was_lost=was_lost):
        return Unavailable(detail, reason=first_line(cause))
    if cause.sqlstate is None:
        return None
    where = cause.diag.constraint_name or cause.diag.column_name or cause.diag.table_name or "no name given"
    return UnexpectedRefusal(f"{type(cause).__name__} ({cause.sqlstate}): {where}")


def _refusal(constraint: str, *, was_delete: bool) -> Callable[[], DomainError] | None:
    if was_delete and constraint in _BY_CONSTRAINT_ON_DELETE:
        return _BY_CONSTRAINT_ON_DELETE[constraint]
    return _BY_CONSTRAINT.get(constraint)


def first_line(cause: psycopg.Error) -> str:
    """Return what PostgreSQL or libpq says; a message's further lines are details, which may quote rows."""
    return (str(cause).strip() or type(cause).__name__).splitlines()[0]


def _reason_to_come_back(cause: psycopg.Error, *, was_lost: bool) -> str | None:
    state = cause.sqlstate
    if state is not None:
        return _BY_SQLSTATE.get(state) or _BY_SQLSTATE.get(state[:2])
    # Without a state it comes from the client's side: no connection, or a broken one.
    return _AWAY if was_lost or isinstance(cause, psycopg.OperationalError) else None
