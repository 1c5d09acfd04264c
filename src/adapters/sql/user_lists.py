"""Which users a list holds and how it is sorted, as parts of statements whose values come later."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, bindparam, not_

from adapters.sql.tables import moment_type, users
from adapters.sql.words import relevance, word_values, words_found
from application.paging import Position
from application.ports.users import UserFilter, UserSort
from domain.text import fold
from domain.users import User, UserStatus

Key = tuple[ColumnElement[Any], ...]

_AFTER_ID: Final = bindparam("after_id", type_=users.c.id.type)

_is_present: Final = users.c.deleted_at.is_(None)

# By the status asked for; each says in so many words what the partial index for it says, or PostgreSQL would
# not see that they fit (manual, section 11.8).
_STANDING: Final[dict[UserStatus | None, tuple[ColumnElement[bool], ...]]] = {
    None: (_is_present,),
    UserStatus.PENDING: (not_(users.c.is_approved), users.c.is_active, _is_present),
    UserStatus.APPROVED: (users.c.is_approved, users.c.is_active, _is_present),
    UserStatus.DISABLED: (not_(users.c.is_active), _is_present),
    UserStatus.DELETED: (users.c.deleted_at.is_not(None),),
}


@dataclass(frozen=True, slots=True)
class FilterForm:
    """What statements differ by: which conditions a filter sets, whatever their values."""

    status: UserStatus | None
    has_role: bool
    words: int
    looks_into_emails: bool

    @classmethod
    def of(cls, wanted: UserFilter) -> "FilterForm":
        """Return the form of a filter."""
        words = len(wanted.words)
        return cls(wanted.status, wanted.role is not None, words, words > 0 and wanted.looks_into_emails)


def filter_values(wanted: UserFilter) -> dict[str, object]:
    """Return the values that `conditions` take."""
    return ({} if wanted.role is None else {"role": wanted.role}) | word_values(wanted.words)


def conditions(form: FilterForm) -> Iterator[ColumnElement[bool]]:
    """Yield what must be true of a user."""
    yield from _STANDING[form.status]
    if form.has_role:
        yield users.c.role == bindparam("role")
    texts = (users.c.username_text, users.c.email_key) if form.looks_into_emails else (users.c.username_text,)
    yield from words_found(form.words, *texts)


def sort_key(sort: UserSort, *, words: int) -> Key:
    """Return what the list is sorted by, the id last."""
    match sort:
        case UserSort.CREATED_AT:
            return users.c.created_at, users.c.id
        case UserSort.UPDATED_AT:
            return users.c.updated_at, users.c.id
        case UserSort.USERNAME:
            return users.c.username_text, users.c.id
        case UserSort.RELEVANCE:
            return relevance(words, users.c.username_text), users.c.id


def after_key(sort: UserSort) -> Key:
    """Return the sort key of the position to go on from."""
    match sort:
        case UserSort.CREATED_AT | UserSort.UPDATED_AT:
            return bindparam("after", type_=moment_type), _AFTER_ID
        case UserSort.USERNAME:
            return bindparam("after", type_=users.c.username_text.type), _AFTER_ID
        case UserSort.RELEVANCE:
            return bindparam("after", type_=Integer), _AFTER_ID


def after_values(position: Position | None) -> dict[str, object]:
    """Return the values that `after_key` takes for this position."""
    return {} if position is None else {"after": position.value, "after_id": position.id}


def position_of(user: User, sort: UserSort, relevance: int) -> Position:
    """Return where in a list of this order the user stands."""
    match sort:
        case UserSort.CREATED_AT:
            return Position(user.created_at, user.id)
        case UserSort.UPDATED_AT:
            return Position(user.updated_at, user.id)
        case UserSort.USERNAME:
            return Position(fold(user.username), user.id)
        case UserSort.RELEVANCE:
            return Position(relevance, user.id)
