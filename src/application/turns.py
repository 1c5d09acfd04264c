"""How many do what is heavy at once, so that it leaves room for what is not."""

from collections.abc import Generator
from contextlib import contextmanager

from application.ports.load import Load
from domain.errors import Unavailable


class Turns:
    """So many at a time, in one process; whoever comes when all turns are taken is told to come back."""

    def __init__(self, most: int, *, refusal: str) -> None:
        """Take nobody's turn yet.

        Args:
            most: how many at a time.
            refusal: what those are told for whom there is none.
        """
        self._most = most
        self._left = most
        self._refusal = refusal

    def load(self) -> Load:
        """Return how many turns are taken."""
        return Load(self._most - self._left, self._most)

    @contextmanager
    def taken(self) -> Generator[None]:
        """Have a turn within the block.

        Raises:
            Unavailable: others have all of them.
        """
        # Counted on the event loop alone, so it needs no lock.
        if not self._left:
            raise Unavailable(self._refusal)
        self._left -= 1
        try:
            yield
        finally:
            self._left += 1
