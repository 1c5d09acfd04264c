"""Words searched for and found as plain text, as parts of statements whose values come later."""

from collections.abc import Iterator
from typing import Final

from sqlalchemy import ColumnElement, Text, and_, bindparam, case, func, or_, true

# An index of trigrams finds nothing shorter (PostgreSQL manual, section F.35.4).
_FRAGMENT_LEAST: Final = 3
_LIKE_OPERATORS: Final = str.maketrans({"\\": r"\\", "%": r"\%", "_": r"\_"})


def fragments(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of the words that are looked for anywhere in a text kept beside its `domain.text.starts`."""
    return tuple(word for word in words if len(word) >= _FRAGMENT_LEAST)


def beginnings(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the others, which are looked for among those starts alone."""
    return tuple(word for word in words if len(word) < _FRAGMENT_LEAST)


def words_found(words: int, *texts: ColumnElement[str]) -> Iterator[ColumnElement[bool]]:
    """Yield, for each of so many words, that it is somewhere in one of the folded texts."""
    for n in range(words):
        pattern = bindparam(f"pattern_{n}", type_=Text)
        yield or_(*(text.like(pattern) for text in texts))


def word_values(words: tuple[str, ...]) -> dict[str, object]:
    """Return the values that `words_found` takes."""
    return {f"pattern_{n}": f"%{word.translate(_LIKE_OPERATORS)}%" for n, word in enumerate(words)}


def relevance(words: int, text: ColumnElement[str]) -> ColumnElement[int]:
    """Return how a folded text holds the words: 3 begins with them, 2 has them in a row, 1 has each, 0 has not."""
    phrase = bindparam("phrase", type_=Text)
    holds_each = (func.strpos(text, bindparam(f"word_{n}", type_=Text)) > 0 for n in range(words))
    return case(
        (func.starts_with(text, phrase), 3),
        (func.strpos(text, phrase) > 0, 2),
        (and_(true(), *holds_each), 1),
        else_=0,
    )


def relevance_values(words: tuple[str, ...]) -> dict[str, object]:
    """Return the values that `relevance` takes."""
    return {"phrase": " ".join(words), **{f"word_{n}": word for n, word in enumerate(words)}}
