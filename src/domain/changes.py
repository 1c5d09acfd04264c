"""How a partial change says "leave this field alone", which is not the same as "clear it"."""

from enum import Enum
from typing import Final, Literal, TypeVar

T = TypeVar("T")


class Absent(Enum):
    """The type of `ABSENT`."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT


def changed(value: T | Literal[Absent.ABSENT], current: T) -> T:
    """Return the new value of a field, or the current one where the change does not speak of it."""
    return current if value is ABSENT else value
