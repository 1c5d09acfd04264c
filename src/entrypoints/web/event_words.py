"""What happened, told in sentences, for people who read the audit trail."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final

from domain.events import Event, EventType, RecordedEvent, SubjectType, Value

TYPES: Final[Mapping[str, list[EventType]]] = {
    kind.value: list(types) for kind, types in groupby(EventType, key=lambda each: each.subject_type)
}
"""What can happen, by the kind of thing that it happens to."""

_OPERATOR: Final = "The operator"
_TITLES: Final = ("title", "name", "username", "host")
_FIELDS: Final = {
    "assigneeId": "assignee",
    "authorId": "author",
    "isActive": "access",
    "isApproved": "approval",
    "isPublished": "publication",
    "platformIds": "platforms",
    "topicIds": "topics",
    "types": "events",
    "url": "address",
}
"""What people call fields that are named otherwise in the log."""
_VERBS: Final = {
    EventType.USER_CREATED: "created the account of",
    EventType.USER_APPROVED: "approved",
    EventType.USER_REJECTED: "rejected",
    EventType.USER_DELETED: "deleted the account of",
    EventType.USER_RESTORED: "brought back the account of",
    EventType.USER_PASSWORD_CHANGED: "set a new password for",
    EventType.PLATFORM_CREATED: "added the platform",
    EventType.TOPIC_CREATED: "added the topic",
    EventType.WEBHOOK_CREATED: "added the webhook to",
    EventType.WEBHOOK_DELETED: "deleted the webhook to",
}
_OF_ONESELF: Final = {
    EventType.USER_CREATED: "signed up",
    EventType.USER_DELETED: "deleted their own account",
    EventType.USER_PASSWORD_CHANGED: "changed their password",
}

_PLACES: Final = {
    SubjectType.USER: "/admin/users/",
    SubjectType.TASK: "/tasks/",
    SubjectType.CHEAT: "/cheats/",
    SubjectType.POST: "/posts/",
    SubjectType.PLATFORM: "/cheats?platformId=",
    SubjectType.TOPIC: "/cheats?topicId=",
    SubjectType.WEBHOOK: "/admin/webhooks/",
}
"""What the addresses of things begin with; their ids follow."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A part of a sentence.

    Attributes:
        text: as it is read.
        href: the page of what it names; empty where there is none.
        is_given: whether people chose these words, and not we: they may run in any direction.
    """

    text: str
    href: str = ""
    is_given: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """An event as a page shows it: when, in a sentence, and all that the log has of it."""

    id: int
    type: EventType
    occurred_at: datetime
    sentence: tuple[Phrase, ...]
    facts: tuple[tuple[str, str], ...]


def people_in(events: Iterable[RecordedEvent]) -> frozenset[int]:
    """Return the ids of all users whose names it takes to tell of these events."""
    return frozenset(each for recorded in events for each in _people(recorded.event))


def told(events: Iterable[RecordedEvent], names: Mapping[int, str]) -> tuple[Entry, ...]:
    """Return events as a page shows them.

    Args:
        events: in the order that they are to be shown in.
        names: the usernames of `people_in` them, by id.
    """
    return tuple(
        Entry(
            id=recorded.id,
            type=recorded.event.type,
            occurred_at=recorded.event.occurred_at,
            sentence=tuple(_sentence(recorded.event, names)),
            facts=tuple((name, _fact(value)) for name, value in recorded.event.data.items()),
        )
        for recorded in events
    )


def _people(event: Event) -> Iterator[int]:
    if event.actor_id is not None:
        yield event.actor_id
    if event.subject_type is SubjectType.USER:
        yield event.subject_id


def _sentence(event: Event, names: Mapping[int, str]) -> Iterator[Phrase]:
    yield Phrase(_OPERATOR) if event.actor_id is None else _person(event.actor_id, names)
    is_own = event.subject_type is SubjectType.USER and event.actor_id == event.subject_id
    if is_own and event.type in _OF_ONESELF:
        yield Phrase(_OF_ONESELF[event.type])
        return
    yield Phrase(_verb(event, is_own=is_own))
    if not is_own:
        yield _subject(event, names)
    yield from _outcome(event)


def _verb(event: Event, *, is_own: bool) -> str:
    if event.type in _VERBS:
        return _VERBS[event.type]
    thing = _thing(event.subject_type, is_own=is_own)
    what = event.type.value.partition(".")[2]
    if what != "updated":
        return f"{what} {thing}"
    match event.data.get("changed"):
        case ("isActive",):
            is_user = event.subject_type is SubjectType.USER
            off, on = ("disabled", "enabled") if is_user else ("switched off", "switched on")
            return f"{on if event.data.get('isActive') else off} {thing}".rstrip()
        case ("isPublished",):
            return f"{'published' if event.data.get('isPublished') else 'took back'} {thing}"
        case (_, *_) as names:
            listed = _listed([_FIELDS.get(str(name), str(name)) for name in names])
            return f"changed the {listed} of {thing}".rstrip()
        case _:
            return f"changed {thing}".rstrip()


def _thing(kind: SubjectType, *, is_own: bool) -> str:
    """Return what stands before the name of a thing; people are known by their names alone."""
    match kind:
        case SubjectType.USER:
            return "their own account" if is_own else ""
        case SubjectType.WEBHOOK:
            return "the webhook to"
        case _:
            return f"the {kind.value}"


def _outcome(event: Event) -> Iterator[Phrase]:
    """Yield what came of it, where a word or two can tell."""
    data = event.data
    match event.type, data.get("changed"):
        case EventType.USER_APPROVED, _:
            yield Phrase(f"as {data.get('role')}")
        case EventType.USER_REJECTED, _ if data.get("reason"):
            yield Phrase("because:")
            yield Phrase(str(data["reason"]), is_given=True)
        case EventType.USER_UPDATED | EventType.TASK_UPDATED, ("role" | "status" | "priority" as name,):
            yield Phrase(f"to {data.get(name)}".replace("_", " "))
        case _:
            pass


def _person(id: int, names: Mapping[int, str]) -> Phrase:
    return Phrase(names.get(id, f"user {id}"), f"{_PLACES[SubjectType.USER]}{id}", is_given=True)


def _subject(event: Event, names: Mapping[int, str]) -> Phrase:
    if event.subject_type is SubjectType.USER:
        return _person(event.subject_id, names)
    title = next((str(event.data[name]) for name in _TITLES if event.data.get(name)), f"no. {event.subject_id}")
    if event.type.value.endswith(".deleted"):
        return Phrase(title, is_given=True)
    return Phrase(title, f"{_PLACES[event.subject_type]}{event.subject_id}", is_given=True)


def _fact(value: Value) -> str:
    match value:
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case tuple():
            return ", ".join(value) or "none"
        case _:
            return str(value)


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
