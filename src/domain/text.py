"""What counts as text, and when two texts are the same to a reader."""

import unicodedata
from collections.abc import Iterator

from domain.errors import Fault


def normalised(text: str) -> str:
    """Return the text in Unicode's NFC form, so that equal-looking input is equal."""
    return unicodedata.normalize("NFC", text)


def text_faults(field: str, text: str, *, most: int, least: int = 0) -> Iterator[Fault]:
    """Yield what is wrong with a text: NUL or half a surrogate pair in it, too short, too long.

    Args:
        field: the field's name as its sender knows it.
        text: the normalised text.
        most: the greatest length, in code points.
        least: the smallest length, in code points; blanks alone count as nothing where it is above 0.
    """
    if unstorable := unstorable_reason(text):
        yield Fault(field, unstorable)
    if len(text) > most:
        yield Fault(field, f"must have at most {most:,} characters")
    elif least and len(text.strip()) == 0:
        yield Fault(field, "must not be blank")
    elif len(text) < least:
        yield Fault(field, f"must have at least {least} characters")


def unstorable_reason(text: str) -> str | None:
    """Say why no store can hold this text, or None if it can.

    U+0000 is refused by PostgreSQL, and a lone surrogate has no UTF-8 form at all (RFC 3629).
    """
    if "\0" in text:
        return "must not hold the NUL character"
    if any("\ud800" <= character <= "\udfff" for character in text):
        return "must not hold half of a surrogate pair"
    return None


def fold(text: str) -> str:
    """Return the text as search and sorting see it: without case, accents and compatibility forms.

    Both stores compare texts folded by this one function, so they agree on every script, whatever the locale
    of the database (Unicode Standard Annex 15, and section 3.13 of the core specification). The dotless i is
    taken for i, whose capital it shares.
    """
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    folded = "".join(mark for mark in decomposed if not unicodedata.combining(mark)).casefold()
    return folded.replace("\u0131", "i")
