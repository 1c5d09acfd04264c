"""Who looks after a running server: one that ends by itself is started again."""

import threading
import time
from collections.abc import Callable

from adapters.postgres.errors import last_lines
from adapters.postgres.postmaster import Postmaster

_ENDS_MOST = 5
_PERIOD_SECONDS = 60.0
_PAUSE = 0.1
# Twice as long after each end: what is left of the server before has to be gone by then.
_FIRST_REST = 0.2


class Guard:
    """Starts a server again, in a thread of its own, until it is stopped or the server has ended too often.

    Attributes:
        postmaster: the server as it was started last.
    """

    def __init__(
        self,
        postmaster: Postmaster,
        start: Callable[[], Postmaster],
        *,
        report: Callable[[str], None],
        give_up: Callable[[str], None],
    ) -> None:
        """Begin to look after it.

        Args:
            postmaster: the server, which runs.
            start: starts it as it was, without waiting for it to be ready.
            report: told, in a sentence, about each end.
            give_up: told why, once it has ended more than five times within a minute; called by the thread.
        """
        self.postmaster = postmaster
        self._start = start
        self._report = report
        self._give_up = give_up
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="postgres-guard", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Look away, and leave the server as it is."""
        self._stopping.set()
        self._thread.join()

    def _watch(self) -> None:
        ends: list[float] = []
        while not self._stopping.wait(_PAUSE):
            if not self.postmaster.ended:
                continue
            now = time.monotonic()
            ends = [*(each for each in ends if each > now - _PERIOD_SECONDS), now]
            if len(ends) > _ENDS_MOST:
                self._give_up(
                    f"PostgreSQL ended {len(ends)} times within a minute and is not started again.\n"
                    f"The end of its log:\n{last_lines(self.postmaster.said())}"
                )
                return
            self._report("PostgreSQL ended by itself. Starting it again.")
            if self._stopping.wait(_FIRST_REST * 2 ** (len(ends) - 1)):
                return
            try:
                self.postmaster.stop()
                self.postmaster = self._start()
            except OSError as fault:
                self._report(f"PostgreSQL cannot be started again: {fault}.")
