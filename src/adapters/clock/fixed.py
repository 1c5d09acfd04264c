"""A clock that stands still until it is told to move."""

from datetime import UTC, datetime, timedelta

from application.ports.clock import Clock


class FixedClock(Clock):
    """Whatever moment it was given; for tests, where time passes only on purpose."""

    def __init__(self, at: datetime) -> None:
        """Set the clock.

        Args:
            at: a moment with an offset, of any time zone.

        Raises:
            ValueError: the moment has no offset, so it is nobody's moment in particular.
        """
        if at.utcoffset() is None:
            raise ValueError("a clock is set to a moment with an offset")
        self._now = at.astimezone(UTC)

    def now(self) -> datetime:
        """Return the moment it was set to, and moved on by, in UTC."""
        return self._now

    def advance(self, by: timedelta) -> None:
        """Move on by this much; back, if it is negative."""
        self._now += by
