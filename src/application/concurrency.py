"""How a change is carried through when others change the same thing at the same moment."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from domain.errors import Stale

T = TypeVar("T")

# In every round at least one of those who race gets through, so this many can race for one entity.
_ATTEMPTS = 64


async def again_while_stale(attempt: Callable[[], Awaitable[T]]) -> T:
    """Make the attempt, and make it again on what is true by then for as long as others come in between.

    The attempt reads, decides and commits in a unit of work of its own.

    Raises:
        Stale: it never got through.
    """
    for _ in range(_ATTEMPTS - 1):
        try:
            return await attempt()
        except Stale:
            continue
    return await attempt()
