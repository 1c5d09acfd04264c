"""Where everything is searched at once."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum
from typing import Protocol

from application.paging import Page, PageRequest, Position
from domain.users import User

_BEST = 3


class SearchKind(StrEnum):
    """What kind of thing can be found."""

    TASK = "task"
    CHEAT = "cheat"
    POST = "post"


class SearchSort(Enum):
    """What the hits of a search are sorted by."""

    RELEVANCE = "relevance"


@dataclass(frozen=True, slots=True)
class SearchFilter:
    """What is searched for, and among what.

    Attributes:
        words: at least one, all folded (`domain.text.fold`). A thing is found by the rule of its own lists.
        kinds: any of these; all where empty.
    """

    words: tuple[str, ...]
    kinds: frozenset[SearchKind] = frozenset()


@dataclass(frozen=True, slots=True)
class SearchHit:
    """Something found.

    Attributes:
        kind: what it is.
        id: which one of its kind.
        title: its title.
        texts: what else of it was searched, in the order a reader meets it; a blank one where there is none.
        relevance: 3 if the title begins with the words as given, joined by blanks; 2 if it holds them so; 1 if it
            holds each of them; 0 otherwise.
        updated_at: when it was last changed, in UTC.
    """

    kind: SearchKind
    id: int
    title: str
    texts: tuple[str, ...]
    relevance: int
    updated_at: datetime

    @property
    def score(self) -> float:
        """How good a match it is: 0.25, 0.5, 0.75 or 1, by relevance."""
        return (self.relevance + 1) / (_BEST + 1)

    @property
    def position(self) -> Position:
        """Where it stands among hits: by relevance, then last change, then kind, then id.

        The first three are one text that sorts as they do, for each part of it has the same length in all hits.
        """
        return Position(
            f"{self.relevance} {self.updated_at.isoformat(timespec='microseconds')} {self.kind}", self.id
        )


class SearchRepository(Protocol):
    """Everything that can be searched."""

    async def page(
        self, wanted: SearchFilter, request: PageRequest[SearchSort], *, viewer: User
    ) -> Page[SearchHit]:
        """Return a page of what is found, of what this user may read, sorted by `SearchHit.position`."""
        ...
