"""What every clock owes."""

from datetime import timedelta

from application.ports.clock import Clock


class ClockContract:
    """Run by each adapter's tests, which provide `clock`."""

    def test_it_tells_the_time_in_utc(self, clock: Clock) -> None:
        assert clock.now().utcoffset() == timedelta(0)

    def test_what_it_tells_survives_being_written_and_read_back(self, clock: Clock) -> None:
        now = clock.now()
        assert type(now).fromisoformat(now.isoformat()) == now
