"""Where the data of an older service is read, in the words of this one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class Kind(StrEnum):
    """What the tables of older services hold, in the order in which it is taken in."""

    USERS = "users"
    PLATFORMS = "platforms"
    TOPICS = "topics"
    CHEATS = "cheats"
    CHEAT_PLATFORMS = "cheat_platforms"
    CHEAT_TOPICS = "cheat_topics"
    BAGS = "bags"
    TASKS = "tasks"
    POSTS = "posts"


@dataclass(frozen=True, slots=True)
class OldRow:
    """One row, as it was found.

    Attributes:
        place: its table with its id there, or with its number from 1 where it has none; for people to find it by.
        values: what stands in it, by this service's names; whatever type the older database gives.
    """

    place: str
    values: Mapping[str, object]

    @property
    def reference(self) -> str:
        """By what other rows name this one; its place where it has no id, and nothing can name it."""
        given = self.values.get("id")
        return self.place if given is None else str(given)


@dataclass(frozen=True, slots=True)
class OldData:
    """Everything that an older service kept and that is understood here.

    Attributes:
        rows: by kind; a kind without a table is missing.
        unread: the tables, and the columns of tables that are read, for which there is no use.
    """

    rows: Mapping[Kind, tuple[OldRow, ...]]
    unread: tuple[str, ...] = ()

    def of(self, kind: Kind) -> tuple[OldRow, ...]:
        """Return the rows of this kind."""
        return self.rows.get(kind, ())


@dataclass(frozen=True, slots=True)
class OwnNames:
    """What an operator says of names and values that differ from the usual ones.

    Attributes:
        tables: the table of a kind; None for a kind that is to be left alone.
        columns: of a kind, the column of a field; None for a field that is to be left alone.
        values: of a kind and a field, what a value found there means.
    """

    tables: Mapping[str, str | None] = field(default_factory=dict[str, str | None])
    columns: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict[str, dict[str, str | None]])
    values: Mapping[str, Mapping[str, Mapping[str, str]]] = field(
        default_factory=dict[str, dict[str, dict[str, str]]]
    )


class OlderService(Protocol):
    """The database of a service that this one takes the place of. It is only ever read."""

    async def read(self) -> OldData:
        """Return what it holds, as of one moment.

        Raises:
            Invalid: it is no such database, or names were given that are not in it.
            Unavailable: it cannot be reached.
        """
        ...
