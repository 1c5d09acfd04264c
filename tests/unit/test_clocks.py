"""The clocks: the machine's, and the one that tests set."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from adapters.clock.fixed import FixedClock
from adapters.clock.system import SystemClock
from application.ports.clock import Clock
from tests.contracts.clock import ClockContract

NOON = datetime(2026, 5, 4, 12, 0, 0, 123456, tzinfo=UTC)


class TestSystemClock(ClockContract):
    """The clock the service runs by."""

    @pytest.fixture
    def clock(self) -> Clock:
        return SystemClock()

    def test_it_is_the_machines(self) -> None:
        before = datetime.now(UTC)
        now = SystemClock().now()
        assert before <= now <= datetime.now(UTC)


class TestFixedClock(ClockContract):
    """The clock that tests run by."""

    @pytest.fixture
    def clock(self) -> Clock:
        return FixedClock(NOON)

    def test_it_stands_still(self) -> None:
        clock = FixedClock(NOON)
        assert (clock.now(), clock.now()) == (NOON, NOON)

    def test_it_moves_when_told_to(self) -> None:
        clock = FixedClock(NOON)
        clock.advance(timedelta(minutes=15))
        clock.advance(-timedelta(seconds=1))
        assert clock.now() == NOON + timedelta(minutes=14, seconds=59)

    def test_it_tells_a_moment_of_another_zone_in_utc(self) -> None:
        clock = FixedClock(NOON.astimezone(timezone(timedelta(hours=5, minutes=45))))
        assert (clock.now(), clock.now().tzinfo) == (NOON, UTC)

    def test_a_moment_without_an_offset_is_refused(self) -> None:
        with pytest.raises(ValueError, match="offset"):
            FixedClock(NOON.replace(tzinfo=None))
