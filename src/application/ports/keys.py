"""What new cheats are known by in exported files."""

from typing import Protocol


class Keys(Protocol):
    """A supply of keys (`domain.cheats.Cheat.key`)."""

    def next(self) -> str:
        """Return a key that no cheat has, in this or any other installation."""
        ...
