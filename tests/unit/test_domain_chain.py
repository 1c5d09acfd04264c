"""The hash chain of the log: whatever is altered in it shows."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.chain import is_linked, sealed
from domain.events import Event, EventType, RecordedEvent, WaitingEvent
from tests.contracts import hostile
from tests.contracts.sample import NOON, a_user

ADA = a_user(1, "ada")


def _log(*titles: str, after: RecordedEvent | None = None) -> list[RecordedEvent]:
    waiting = [
        WaitingEvent(key, Event.of(EventType.TASK_DELETED, 7, actor=ADA, at=NOON, title=title))
        for key, title in enumerate(titles)
    ]
    return list(sealed(waiting, after=after))


def _holds(log: list[RecordedEvent]) -> bool:
    return all(is_linked(each, after=before) for before, each in zip([None, *log], log, strict=False))


def test_events_get_places_from_1_without_gaps_in_the_order_given() -> None:
    log = _log("a", "b", "c")
    assert [(each.id, each.event.data["title"]) for each in log] == [(1, "a"), (2, "b"), (3, "c")]


def test_sealing_goes_on_where_the_log_ends() -> None:
    assert _log("a") + _log("b", "c", after=_log("a")[-1]) == _log("a", "b", "c")


def test_what_was_sealed_holds_together() -> None:
    assert _holds(_log("a", "b", "c"))


def test_the_hash_is_the_one_that_the_documentation_tells_how_to_compute() -> None:
    (first,) = _log("Wasser für die Blumen")
    text = (
        '[1,"task.deleted",1,"task",7,"2026-03-01T12:00:00.000000+00:00",{"title":"Wasser f\\u00fcr die Blumen"}]'
    )
    assert first.hash == hashlib.sha256(bytes(32) + text.encode()).digest()
    assert json.loads(text)[0] == first.id


_ALTERED: tuple[Callable[[Event], Event], ...] = (
    lambda event: replace(event, type=EventType.TASK_UPDATED),
    lambda event: replace(event, actor_id=2),
    lambda event: replace(event, actor_id=None),
    lambda event: replace(event, subject_id=8),
    lambda event: replace(event, occurred_at=event.occurred_at.replace(microsecond=1)),
    lambda event: replace(event, data={**event.data, "title": "B"}),
    lambda event: replace(event, data={}),
)


@pytest.mark.parametrize("alter", _ALTERED)
def test_an_altered_event_shows(alter: Callable[[Event], Event]) -> None:
    log = _log("a", "b", "c")
    log[1] = replace(log[1], event=alter(log[1].event))
    assert not _holds(log)


def test_a_dropped_a_doubled_and_a_swapped_event_show() -> None:
    first, second, third = _log("a", "b", "c")
    assert not _holds([first, third])
    assert not _holds([first, first, second])
    assert not _holds([second, first, third])
    assert not _holds([second, third])


def test_an_event_put_in_with_a_hash_of_its_own_breaks_the_next() -> None:
    first, second, third = _log("a", "b", "c")
    (forged,) = _log("B", after=first)
    assert is_linked(forged, after=first)
    assert not _holds([first, forged, third])
    assert second.id == forged.id


@hostile.settings
@given(events=st.lists(hostile.events(), max_size=4))
def test_any_events_hold_together_once_sealed(events: list[Event]) -> None:
    assert _holds(list(sealed((WaitingEvent(key, event) for key, event in enumerate(events)), after=None)))
