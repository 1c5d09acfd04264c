"""What two people did to one thing at the same time, merged field by field.

A form that changes something holds digests of what its fields held when it was opened, in the hidden field `seen`.
A field that still holds that was not touched: when the thing has moved on meanwhile, it takes what is there now,
so that saving again undoes nobody's work. Digests, since texts would make the form twice as long.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Final

import msgspec

from domain.text import normalised

Texts = Mapping[str, str | list[str]]
"""What the fields of a form hold, by name; several texts, in any order, for choices of many."""

_DIGITS: Final = 16


def seen_in(texts: Texts) -> str:
    """Return what the field `seen` holds in a form that is opened with these texts."""
    return msgspec.json.encode({name: _digest(text) for name, text in texts.items()}).decode()


def merged(mine: Texts, now: Texts, seen: str | None) -> dict[str, str | list[str]]:
    """Return someone's own changes, made to the thing as it is now; without `seen` all of it is theirs."""
    digests = _digests(seen)
    return {name: now[name] if _digest(text) == digests.get(name) else text for name, text in mine.items()}


def changed_meanwhile(mine: Texts, now: Texts, seen: str | None) -> tuple[str, ...]:
    """Return the names of the fields that others changed while the form was open.

    Where `seen` does not tell, these are the fields that differ from what was sent.
    """
    digests = _digests(seen)
    return tuple(name for name, text in now.items() if _digest(text) != digests.get(name, _digest(mine[name])))


def _digests(seen: str | None) -> dict[str, str]:
    try:
        return msgspec.json.decode(seen or "{}", type=dict[str, str])
    except (msgspec.DecodeError, RecursionError):
        return {}


def _digest(text: str | list[str]) -> str:
    one = text if isinstance(text, str) else "\n".join(sorted(set(text)))
    # A form brings plain ends of lines, whatever other programs have sent.
    plain = normalised(one.replace("\r\n", "\n").replace("\r", "\n"))
    return sha256(plain.encode(errors="surrogatepass")).hexdigest()[:_DIGITS]
