"""What the processes that share a port have counted, added up: a scrape reaches only one of them."""

import fcntl
import os
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import Final

import msgspec

from entrypoints.metrics.families import Family, added_up

_LOCK: Final = "lock"
_ENDED: Final = "ended.json"
_ALIVE: Final = ".alive"
_TOLD: Final = ".json"


class Worker:
    """One of several processes, with its place in a folder that they share.

    Each writes down what it has counted so far. As long as it runs it holds a lock, which the system lets go
    however it ends. What it had counted then stays, since a counter that falls would be taken for one that began
    anew; what it had open at the time is forgotten.
    """

    def __init__(self, folder: Path) -> None:
        """Take a place in the folder, for as long as the process runs."""
        self._folder = folder
        self._name = token_hex(8)
        # What cleans up temporary folders leaves those alone that are locked (tmpfiles.d(5)).
        self._kept = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
        fcntl.flock(self._kept, fcntl.LOCK_SH)
        with self._alone():
            self._alive = _locked(folder / f"{self._name}{_ALIVE}")

    def tell(self, families: Sequence[Family]) -> None:
        """Write down what this process has counted."""
        _write(self._folder / f"{self._name}{_TOLD}", families)

    def together(self) -> list[Family]:
        """Return what all have counted, as far as they have told."""
        with self._alone():
            self._fold_ended()
            told = sorted(self._folder.glob(f"*{_TOLD}"))
            return added_up(family for path in told for family in _read(path))

    def close(self) -> None:
        """Leave; what was told stays counted."""
        os.close(self._alive)
        os.close(self._kept)

    @contextmanager
    def _alone(self) -> Generator[None]:
        descriptor = _locked(self._folder / _LOCK)
        try:
            yield
        finally:
            os.close(descriptor)

    def _fold_ended(self) -> None:
        """Put what those have told that are gone into one file, so that files do not become ever more."""
        for sign in self._gone():
            told = sign.with_suffix(_TOLD)
            if told.exists():
                lasting = [family for family in _read(told) if family.outlives_process]
                ended = self._folder / _ENDED
                _write(ended, added_up([*(_read(ended) if ended.exists() else ()), *lasting]))
                told.unlink()
            sign.unlink()

    def _gone(self) -> Iterator[Path]:
        for sign in sorted(self._folder.glob(f"*{_ALIVE}")):
            if sign.stem != self._name and (descriptor := _locked_if_free(sign)) is not None:
                os.close(descriptor)
                yield sign


def _locked(path: Path) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    return descriptor


def _locked_if_free(path: Path) -> int | None:
    descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _write(path: Path, families: Sequence[Family]) -> None:
    draft = path.with_suffix(".draft")
    draft.write_bytes(msgspec.json.encode(families))
    draft.replace(path)


def _read(path: Path) -> list[Family]:
    return msgspec.json.decode(path.read_bytes(), type=list[Family])
