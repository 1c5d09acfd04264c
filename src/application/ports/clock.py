"""What time it is."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The present moment."""

    def now(self) -> datetime:
        """Return it in UTC, with whole microseconds, as every store keeps them."""
        ...
