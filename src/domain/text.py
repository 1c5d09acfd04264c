"""What counts as text, and when two texts are the same to a reader."""

import unicodedata
from collections.abc import Iterator

from domain.errors import Fault

# Unicode calls text with more marks in a row than this unsafe for streams (UAX 15, section 13); no script uses
# as many. Sorting marks takes time that grows with the square of their number, so it is no matter of taste.
_MARKS_MOST = 30
# Two texts of 100,000 characters and a title fit in, unless they are made of the oddest of ligatures.
_SEARCHED_MOST = 400_000
# Longer strings would keep Python's other threads waiting.
_AT_ONCE = 5_000
# They count as letters, yet what they are decomposed into begins with a mark.
_HIDDEN_MARKS = frozenset("\u0f73\u0f75\u0f81\uff9e\uff9f")


def normalised(text: str) -> str:
    """Return the text in Unicode's NFC form, so that equal-looking input is equal.

    Text with more marks on one letter than any script uses comes back as it is: `unstorable_reason` refuses it.
    """
    return text if text.isascii() or _is_overloaded(text) else unicodedata.normalize("NFC", text)


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

    U+0000 is refused by PostgreSQL, a lone surrogate has no UTF-8 form at all (RFC 3629), and what cannot be
    normalised in reasonable time cannot be compared either.
    """
    if "\0" in text:
        return "must not hold the NUL character"
    if text.isascii():
        return None
    try:
        text.encode()
    except UnicodeEncodeError:
        return "must not hold half of a surrogate pair"
    return f"must not hold more than {_MARKS_MOST} combining marks in a row" if _is_overloaded(text) else None


def fold(text: str) -> str:
    """Return the text as search and sorting see it: without case, accents and compatibility forms.

    Both stores compare texts folded by this one function, so they agree on every script, whatever the locale
    of the database (Unicode Standard Annex 15, and section 3.13 of the core specification). The dotless i is
    taken for i, whose capital it shares.
    """
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    # Of the few different characters of a text each is looked at once, however long the text is.
    marks = {ord(mark): None for mark in set(decomposed) if unicodedata.combining(mark)}
    return decomposed.translate(marks).casefold().replace("\u0131", "i")


def searchable(*texts: str) -> str:
    """Return the texts as a search looks into them: folded, one a line, and cut where they are too long.

    Folding makes some characters 18 times as long; nothing that people write comes near the bound.
    """
    folded: list[str] = []
    length = 0
    # A slice at a time, since each takes characters by themselves: what is cut off anyway is never folded.
    for text, start in ((each, start) for each in texts for start in range(0, len(each) or 1, _AT_ONCE)):
        if folded and start == 0:
            folded.append("\n")
        folded.append(fold(text[start : start + _AT_ONCE]))
        length += len(folded[-1])
        if length >= _SEARCHED_MOST:
            break
    return "".join(folded)[:_SEARCHED_MOST]


def caseless(name: str) -> str:
    """Return what two names share if they are the same regardless of case.

    Case folding takes ß for ss; the dotted and dotless forms of i are taken for i too, since Turkish and other
    languages disagree on which of them are a pair.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return folded.replace("i\u0307", "i").replace("\u0131", "i")


def starts(folded: str) -> frozenset[str]:
    """Return what one or two characters long is found in a folded text: the beginnings of its words.

    Anywhere in a text nearly everything so short is found, and no index helps to find it.
    """
    found: set[str] = set()
    # A text of any length has few different neighbours.
    neighbours: set[tuple[str, str, str]] = set()
    padded = f" {folded} "
    for start in range(0, len(folded), _AT_ONCE):
        part = padded[start : start + _AT_ONCE + 2]
        neighbours.update(zip(part, part[1:], part[2:], strict=False))
    for before, mark, after in neighbours:
        if not mark.isspace() and _begins(before, mark):
            found.update((mark, (mark + after).rstrip()))
    return frozenset(found)


def begins_word(folded: str, place: int) -> bool:
    """Tell whether a word begins at this place of a folded text, which is no blank.

    A word is a run of letters and digits, or of signs between blanks or words: `c#` and `->` are found, too. In
    scripts without letter case, such as Chinese and Thai, words mostly stand without blanks: there any letter may
    begin one.
    """
    return _begins(folded[place - 1] if place else " ", folded[place])


def _begins(before: str, mark: str) -> bool:
    return (
        before.isspace()
        or before.isalnum() != mark.isalnum()
        or (not mark.isascii() and unicodedata.category(mark) == "Lo")
    )


def _is_overloaded(text: str) -> bool:
    marks = 0
    for character in text:
        if unicodedata.combining(character) or character in _HIDDEN_MARKS:
            marks += 1
            if marks > _MARKS_MOST:
                return True
        else:
            marks = 0
    return False
