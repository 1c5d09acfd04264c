"""What a scrape is answered with."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

import structlog

from entrypoints.metrics.families import Family
from entrypoints.metrics.workers import Worker

_TELL_SECONDS: Final = 1.0
_log: structlog.stdlib.BoundLogger = structlog.get_logger("satchel.metrics")


class Metrics:
    """All that is counted in this process and, where several share a port, in those."""

    def __init__(self, sources: Sequence[Callable[[], Iterable[Family]]], folder: Path | None = None) -> None:
        """Take whom to ask.

        Args:
            sources: tell what they have counted; asked on the event loop, so they must be quick.
            folder: shared by the processes that answer at one port; None where there is but this one.
        """
        self._sources = sources
        self._worker = None if folder is None else Worker(folder)
        # What was told later must never be overwritten with what was counted earlier.
        self._telling = asyncio.Lock()

    async def text(self) -> bytes:
        """Return everything as Prometheus reads it."""
        async with self._telling:
            return await asyncio.to_thread(_text, self._families(), self._worker)

    async def run(self) -> None:
        """Tell the other processes once a second, until cancelled."""
        while self._worker is not None:
            await asyncio.sleep(_TELL_SECONDS)
            await self._tell(self._worker)

    async def close(self) -> None:
        """Tell the others a last time."""
        if self._worker is not None:
            await self._tell(self._worker)
            self._worker.close()

    async def _tell(self, worker: Worker) -> None:
        async with self._telling:
            try:
                await asyncio.to_thread(worker.tell, self._families())
            except OSError as error:
                _log.warning("Other workers cannot tell what this one counts.", error=str(error))

    def _families(self) -> list[Family]:
        return [family for source in self._sources for family in source()]


def _text(families: list[Family], worker: Worker | None) -> bytes:
    from entrypoints.metrics.text import as_text  # noqa: PLC0415  # see there

    if worker is None:
        return as_text(families)
    worker.tell(families)
    return as_text(worker.together())
