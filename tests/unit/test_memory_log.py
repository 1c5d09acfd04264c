"""The log in memory, whose copies share what they have in common."""

import pytest

from adapters.memory.log import Log
from domain.chain import sealed
from domain.events import Event, EventType, RecordedEvent, WaitingEvent
from tests.contracts.sample import NOON, a_user


def _events(*numbers: int) -> tuple[RecordedEvent, ...]:
    user = a_user(1)
    waiting = [
        WaitingEvent(number, Event.of_user(EventType.USER_UPDATED, user, actor=user, at=NOON, number=number))
        for number in numbers
    ]
    return tuple(sealed(waiting, after=None))


def _log(events: tuple[RecordedEvent, ...]) -> Log:
    log = Log()
    for event in events:
        log.append(event)
    return log


def test_a_log_holds_what_was_appended_in_that_order() -> None:
    events = _events(1, 2, 3)
    log = _log(events)
    assert tuple(log) == events
    assert len(log) == 3


def test_a_copy_grows_without_the_original_noticing() -> None:
    events = _events(1, 2, 3)
    log = _log(events[:2])
    before = iter(log)
    copied = log.copy()
    copied.append(events[2])
    assert tuple(copied) == events
    assert tuple(log) == tuple(before) == events[:2]
    assert log.after(0, limit=10) == events[:2]
    assert log.after(2, limit=10) == ()


def test_what_a_dropped_copy_wrote_is_not_in_the_next() -> None:
    refused, kept = _events(1, 2, 3), _events(1, 7, 8)
    log = _log(refused[:1])
    dropped = log.copy()
    dropped.append(refused[1])
    dropped.append(refused[2])
    copied = log.copy()
    copied.append(kept[1])
    assert tuple(copied) == (refused[0], kept[1])
    assert copied.after(2, limit=10) == ()


@pytest.mark.parametrize("place", [0, 1, 3])
def test_an_event_whose_place_is_not_the_next_is_a_bug_and_says_so(place: int) -> None:
    log = _log(_events(1))
    event = _events(1)[0]
    with pytest.raises(RuntimeError):
        log.append(RecordedEvent(place, event.event, event.hash))
    assert len(log) == 1


@pytest.mark.parametrize("id", [-1, 0])
def test_behind_what_is_before_the_first_place_is_everything(id: int) -> None:
    events = _events(1, 2, 3)
    assert _log(events).after(id, limit=10) == events
    assert _log(events).after(id, limit=2) == events[:2]
