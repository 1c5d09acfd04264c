"""Reading the values of a row, whatever types an older database gives them."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Final, TypeVar

from application.ports.older_services import OldRow
from domain.errors import Fault

T = TypeVar("T")

# Longer than anything that is kept here, and short enough to be looked at in an instant.
_TEXT_MOST: Final = 1_000_000
_WORDS: Final = {
    **dict.fromkeys(("1", "true", "t", "yes", "y", "on"), True),
    **dict.fromkeys(("0", "false", "f", "no", "n", "off", ""), False),
}


class Fields:
    """The values of one row. What cannot be read is collected as a fault, and the default stands in for it."""

    def __init__(self, row: OldRow) -> None:
        """Begin without faults."""
        self._values = row.values
        self.faults: list[Fault] = []

    def has(self, field: str) -> bool:
        """Tell whether there is anything."""
        return self._values.get(field) is not None

    def text(self, field: str, default: str = "") -> str:
        """Return a text, also from bytes; numbers and the like are taken as they are written."""
        value = self._values.get(field)
        if value is None:
            return default
        try:
            text = value.decode() if isinstance(value, bytes) else str(value)
        except UnicodeDecodeError:
            return self._unreadable(field, "is no text in UTF-8", default)
        if len(text) > _TEXT_MOST:
            return self._unreadable(field, f"has more than {_TEXT_MOST:,} characters", default)
        return text

    def flag(self, field: str, *, default: bool) -> bool:
        """Return yes or no, as databases and people write it."""
        value = self._values.get(field)
        if value is None:
            return default
        word = str(value).strip().lower()
        if word not in _WORDS:
            return self._unreadable(field, "is neither true nor false", default)
        return _WORDS[word]

    def moment(self, field: str, *, is_end: bool = False) -> datetime | None:
        """Return a time in UTC, for which one without an offset is taken; numbers are seconds since 1970.

        Args:
            field: the field.
            is_end: whether a day without a time of day means its end, and not its beginning.
        """
        value = self._values.get(field)
        if value is None or value == "":
            return None
        try:
            return _moment(value, time.max if is_end else time.min)
        except (ValueError, OverflowError, OSError):
            return self._unreadable(field, "is no time, or lies beyond the years 1 to 9999", None)

    def choice(self, field: str, choices: Mapping[str, T], default: T) -> T:
        """Return what the word stands for: regardless of case, of blanks and hyphens, and of an enum's name."""
        word = self.word(field)
        if not word:
            return default
        if word not in choices:
            return self._unreadable(field, f"is none of {', '.join(choices)}", default)
        return choices[word]

    def word(self, field: str) -> str:
        """Return a word as `choice` compares it."""
        text = self.text(field).strip().lower()
        return text.rpartition(".")[2].replace("-", "_").replace(" ", "_")

    def _unreadable(self, field: str, message: str, default: T) -> T:
        self.faults.append(Fault(field, message))
        return default


def _moment(value: object, time_of_day: time) -> datetime:
    match value:
        case bool():
            raise ValueError
        case datetime():
            moment = value
        case date():
            moment = datetime.combine(value, time_of_day)
        case int() | float() | Decimal():
            return datetime.fromtimestamp(float(value), UTC)
        case str() if len(value.strip()) <= len("2026-01-31"):
            moment = datetime.combine(date.fromisoformat(value.strip()), time_of_day)
        case str():
            moment = datetime.fromisoformat(value.strip())
        case _:
            raise ValueError
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
