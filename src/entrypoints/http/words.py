"""The words that are searched for, over HTTP."""

from domain.errors import Fault, Invalid
from domain.text import fold

_WORDS_MOST = 8


def words_of(text: str | None) -> tuple[str, ...]:
    """Return the folded words to look for, so few that the store finds them in little time.

    Few are taken as they are, since together they are the phrase that the best match holds. Of many, those go
    whose presence another implies: the same is found without them.

    Raises:
        Invalid: there are too many different ones in the parameter `q`.
    """
    words = tuple(fold(text or "").split())
    if len(words) <= _WORDS_MOST:
        return words
    different = tuple(dict.fromkeys(words))
    words = tuple(word for word in different if sum(word in other for other in different) == 1)
    if len(words) > _WORDS_MOST:
        raise Invalid(Fault("q", f"may hold at most {_WORDS_MOST} different words"))
    return words
