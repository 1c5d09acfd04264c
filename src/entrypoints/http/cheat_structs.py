"""Cheats as they are written in JSON and in queries."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from application.ports.cheats import CheatFilter, CheatSort, SeenCheat
from domain.cheats import (
    CODE_MOST,
    LANGUAGE_MOST,
    NOTES_MOST,
    TAGS_MOST,
    TITLE_MOST,
    code_faults,
    language_faults,
    notes_faults,
    title_faults,
)
from domain.users import User
from entrypoints.http.input import Body, Query, Rules
from entrypoints.http.paging import ListQuery
from entrypoints.http.task_structs import Id
from entrypoints.http.words import words_of

Title = Annotated[str, Meta(min_length=1, max_length=TITLE_MOST, examples=["List open ports"])]
Notes = Annotated[str, Meta(max_length=NOTES_MOST, examples=["Names of others' processes need root."])]
Code = Annotated[str, Meta(max_length=CODE_MOST, examples=["ss -tlnp"])]
Language = Annotated[
    str,
    Meta(max_length=LANGUAGE_MOST, description="A short name, as in a Markdown fence.", examples=["bash"]),
]
Ids = Annotated[
    tuple[Id, ...], Meta(max_length=TAGS_MOST, description="Ids that exist; they come back ascending, each once.")
]
AllOf = Annotated[
    tuple[Id, ...],
    Meta(max_length=20, description="Stands under all of these; repeated or separated by commas."),
]
SearchedFor = (
    Annotated[
        str,
        Meta(max_length=200, description="Up to 8 different words or fragments, in title, notes or code."),
    ]
    | None
)
OwnerId = Annotated[Id | Literal["me"] | None, Meta(description="A user's id, or `me`.")]
InBag = Annotated[bool | None, Meta(description="`true`: in one's own bag.")]
Sort = Literal["createdAt", "-createdAt", "updatedAt", "-updatedAt", "title", "-title"]

_SORTS = {"createdAt": CheatSort.CREATED_AT, "updatedAt": CheatSort.UPDATED_AT, "title": CheatSort.TITLE}
_RULES: Rules = {
    "title": title_faults,
    "notes": notes_faults,
    "code": code_faults,
    "language": language_faults,
}


class CheatOut(msgspec.Struct, rename="camel"):
    """A cheat; `inBag` says whether it is in the bag of whoever asks."""

    id: int
    title: str
    notes: str
    code: str
    language: str | None
    platform_ids: tuple[int, ...]
    topic_ids: tuple[int, ...]
    owner_id: int
    in_bag: bool
    created_at: datetime
    updated_at: datetime


class CheatIn(Body):
    """A new cheat."""

    rules = _RULES

    title: Title
    notes: Notes = ""
    code: Code = ""
    language: Language | None = None
    platform_ids: Ids = ()
    topic_ids: Ids = ()


class CheatChangesIn(Body):
    """What is to change of a cheat: fields left out stay as they are, null clears the language."""

    rules = _RULES

    title: Title | UnsetType = UNSET
    notes: Notes | UnsetType = UNSET
    code: Code | UnsetType = UNSET
    language: Language | UnsetType | None = UNSET
    platform_ids: Ids | UnsetType = UNSET
    topic_ids: Ids | UnsetType = UNSET


class CheatQuery(ListQuery, frozen=True):
    """Which cheats, in what order."""

    q: SearchedFor = None
    platform_id: AllOf = ()
    topic_id: AllOf = ()
    owner_id: OwnerId = None
    in_bag: InBag = None
    sort: (
        Annotated[Sort, Meta(description="A minus sorts downwards. Default: newest first, or best match first.")]
        | None
    ) = None


class CheatExportQuery(Query, frozen=True):
    """Which cheats, in what format."""

    format: Literal["json", "csv", "markdown"] = "json"
    q: SearchedFor = None
    platform_id: AllOf = ()
    topic_id: AllOf = ()
    owner_id: OwnerId = None
    in_bag: InBag = None


class CheatImportQuery(Query, frozen=True):
    """How cheats are imported."""

    dry_run: Annotated[bool, Meta(description="`true`: change nothing, and only tell what would be.")] = False


class ImportOutcomeOut(msgspec.Struct, rename="camel"):
    """How many cheats an import made, changed, and found to be the same already."""

    created: int
    updated: int
    unchanged: int


def cheat_out(seen: SeenCheat) -> CheatOut:
    """Return a cheat as it is answered with."""
    cheat = seen.cheat
    return CheatOut(
        id=cheat.id,
        title=cheat.title,
        notes=cheat.notes,
        code=cheat.code,
        language=cheat.language,
        platform_ids=cheat.platform_ids,
        topic_ids=cheat.topic_ids,
        owner_id=cheat.owner_id,
        in_bag=seen.in_bag,
        created_at=cheat.created_at,
        updated_at=cheat.updated_at,
    )


def wanted_cheats(query: CheatQuery | CheatExportQuery, actor: User) -> CheatFilter:
    """Return the filter that a query spells.

    Raises:
        Invalid: there are too many words in `q`.
    """
    return CheatFilter(
        platform_ids=frozenset(query.platform_id),
        topic_ids=frozenset(query.topic_id),
        owner_id=actor.id if query.owner_id == "me" else query.owner_id,
        in_bag_of=actor.id if query.in_bag else None,
        words=words_of(query.q),
    )


def cheat_sort(query: CheatQuery, wanted: CheatFilter) -> CheatSort:
    """Return what the list is sorted by."""
    if query.sort is None:
        return CheatSort.RELEVANCE if wanted.words else CheatSort.CREATED_AT
    return _SORTS[query.sort.removeprefix("-")]
