"""The clock of the machine."""

from datetime import UTC, datetime

from application.ports.clock import Clock


class SystemClock(Clock):
    """The present moment, as the operating system tells it."""

    def now(self) -> datetime:
        """Return it in UTC, with whole microseconds."""
        return datetime.now(UTC)
