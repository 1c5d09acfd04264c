"""How busy something is of which there is only so much."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Load:
    """How many are at it, and how many can be at most; the next one is refused or waits."""

    busy: int
    most: int
