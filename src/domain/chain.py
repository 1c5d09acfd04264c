"""The hash chain of the log: each event's hash covers the one before, so nothing can be altered unnoticed.

Whoever changes, drops, adds or reorders an event must rewrite every hash after it, up to the last one. So the last
hash, once it was noted down elsewhere, vouches for everything before it (Haber and Stornetta, "How to Time-Stamp a
Digital Document", 1991).
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import UTC

from domain.events import Event, Head, RecordedEvent, WaitingEvent

FIRST_LINK = bytes(32)
"""What stands for the hash before the first event."""


def sealed(waiting: Iterable[WaitingEvent], *, after: Head | RecordedEvent | None) -> Iterator[RecordedEvent]:
    """Yield the waiting events, in the order given, each in its place behind the last of the log.

    Args:
        waiting: what is to be written into the log.
        after: where the log ends; None if it is empty.
    """
    place, link = (0, FIRST_LINK) if after is None else (after.id, after.hash)
    for each in waiting:
        place += 1
        link = link_hash(link, place, each.event)
        yield RecordedEvent(place, each.event, link)


def is_linked(recorded: RecordedEvent, *, after: Head | RecordedEvent | None) -> bool:
    """Tell whether an event is what was sealed right behind this other, or as the first one behind None."""
    place, link = (0, FIRST_LINK) if after is None else (after.id, after.hash)
    return recorded.id == place + 1 and recorded.hash == link_hash(link, recorded.id, recorded.event)


def link_hash(before: bytes, place: int, event: Event) -> bytes:
    """Return the hash of an event in its place: SHA-256 over the hash before and the event as JSON.

    The JSON is an array without blanks, in ASCII: place, type, actor, subject, time (ISO 8601 in UTC, with
    microseconds) and data, whose names are sorted. Anyone can compute it anew in another language.
    """
    text = json.dumps(
        (
            place,
            event.type.value,
            event.actor_id,
            event.subject_type.value,
            event.subject_id,
            event.occurred_at.astimezone(UTC).isoformat(timespec="microseconds"),
            dict(event.data),
        ),
        sort_keys=True,
        separators=(",", ":"),
    )
    return hashlib.sha256(before + text.encode("ascii")).digest()
