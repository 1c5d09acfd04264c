"""Archives of events as files: one event a line, with its hash, behind a line that tells what they follow."""

import json
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

import click
import msgspec

from domain.chain import FIRST_LINK, is_linked
from domain.events import Event, EventType, Head, RecordedEvent, SubjectType, Value
from entrypoints.cli.files import opened

_BEGINNING: Final = Head(0, FIRST_LINK)


class _Follows(msgspec.Struct, forbid_unknown_fields=True):
    follows: str


class _Subject(msgspec.Struct, forbid_unknown_fields=True):
    type: SubjectType
    id: int


class _Line(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    id: int
    type: EventType
    actor_id: int | None
    subject: _Subject
    data: dict[str, str | int | bool | list[str] | None]
    occurred_at: datetime
    hash: str


_follows = msgspec.json.Decoder(_Follows)
_line = msgspec.json.Decoder(_Line)


@dataclass(slots=True)
class ArchiveWriter:
    """Writes the events of before a moment, up to the first that is not; and never the last of the log.

    Attributes:
        end: the last that was written.
        count: how many were.
    """

    file: BinaryIO
    before: datetime
    end: Head | None = None
    count: int = 0
    _held: RecordedEvent | None = None
    _is_over: bool = False

    def begin(self, follows: Head | None) -> None:
        """Write what stands first: the place and hash of the event before."""
        self._write({"follows": noted(follows or _BEGINNING)})

    def take(self, recorded: RecordedEvent) -> None:
        """Take the next event of the log."""
        if self._held is not None:
            self._write(_document(self._held))
            self.end, self.count = Head(self._held.id, self._held.hash), self.count + 1
            self._held = None
        self._is_over = self._is_over or recorded.event.occurred_at >= self.before
        if not self._is_over:
            # The log keeps its last event, behind which the next one is written: so one is always held back.
            self._held = recorded

    def _write(self, document: dict[str, object]) -> None:
        self.file.write(json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")


def noted(head: Head | RecordedEvent) -> str:
    """Return an event's place and hash as they are noted down."""
    return f"{head.id}:{head.hash.hex()}"


def _head_from(note: str) -> Head:
    place, _, link = note.partition(":")
    head = Head(int(place), bytes.fromhex(link))
    if head.id < 0 or len(head.hash) != len(FIRST_LINK):
        raise ValueError(note)
    return head


def read_archives(paths: Iterable[Path], report: Callable[[RecordedEvent], None]) -> tuple[Head, Head]:
    """Check archives, each by itself and that they join on to each other; return what they follow, and their end.

    Args:
        paths: one at least, in any order.
        report: called with each event.

    Raises:
        click.ClickException: one of them is not as it was written.
    """
    archives = sorted(((_begin(path), path) for path in paths), key=lambda archive: archive[0].id)
    start = end = archives[0][0]
    for begin, path in archives:
        if begin != end:
            raise click.ClickException(f"{path} does not join on: it follows event {begin.id}, and not {end.id}.")
        for recorded in _events(path):
            if not is_linked(recorded, after=end):
                raise click.ClickException(f"{path}: what stands behind event {end.id} was not written there.")
            report(recorded)
            end = Head(recorded.id, recorded.hash)
    return start, end


def _begin(path: Path) -> Head:
    with _lines(path) as lines, _readable(path, 1):
        return _head_from(_follows.decode(next(lines, b"")).follows)


def _events(path: Path) -> Iterator[RecordedEvent]:
    with _lines(path) as lines:
        next(lines)
        for number, line in enumerate(lines, start=2):
            with _readable(path, number):
                yield _recorded(_line.decode(line))


@contextmanager
def _lines(path: Path) -> Generator[Iterator[bytes]]:
    with opened(path) as file:
        yield iter(file)


@contextmanager
def _readable(path: Path, number: int) -> Generator[None]:
    try:
        yield
    except (msgspec.MsgspecError, ValueError) as error:
        raise click.ClickException(f"{path}, line {number}: this is no archived event.") from error


def _document(recorded: RecordedEvent) -> dict[str, object]:
    event = recorded.event
    return {
        "id": recorded.id,
        "type": event.type.value,
        "actorId": event.actor_id,
        "subject": {"type": event.subject_type.value, "id": event.subject_id},
        "data": dict(event.data),
        "occurredAt": event.occurred_at.isoformat(timespec="microseconds"),
        "hash": recorded.hash.hex(),
    }


def _recorded(line: _Line) -> RecordedEvent:
    data: dict[str, Value] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in line.data.items()
    }
    event = Event(
        type=line.type,
        actor_id=line.actor_id,
        subject_type=line.subject.type,
        subject_id=line.subject.id,
        occurred_at=line.occurred_at,
        data=data,
    )
    return RecordedEvent(line.id, event, bytes.fromhex(line.hash))
