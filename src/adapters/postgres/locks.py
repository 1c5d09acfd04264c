"""File locks that the kernel lets go when their holders end, however they end."""

import fcntl
import os
import time
from pathlib import Path
from typing import Self

_PAUSE = 0.02
_LONGEST_NOTE = 4096


class FileLock:
    """An exclusive lock on a file, with room for a note that others may read while it is held.

    It belongs to the open file, so a process that inherits `fd` holds it too and keeps it beyond the death of
    the one that took it. The file stays when the lock goes: removing it would let two holders in at once.
    """

    def __init__(self, fd: int) -> None:
        self._fd = fd

    @classmethod
    def acquire(cls, path: Path, *, patience: float) -> Self | None:
        """Take the lock, trying for `patience` seconds; None when others keep it.

        Raises:
            OSError: the file cannot be made or opened.
        """
        fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        deadline = time.monotonic() + patience
        while not _try_lock(fd):
            if time.monotonic() >= deadline:
                os.close(fd)
                return None
            time.sleep(_PAUSE)
        return cls(fd)

    @property
    def fd(self) -> int:
        """The descriptor to hand to a child that shall hold the lock as well."""
        return self._fd

    def note(self, text: str) -> None:
        """Replace what `read_note` tells others, for as long as the lock is held."""
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, text.encode(), 0)

    def drop(self) -> None:
        """Let go of this process's hold; children that inherited it keep theirs."""
        os.close(self._fd)


def read_note(path: Path) -> str | None:
    """What the holder of a lock has noted in it; None when nobody holds it.

    Raises:
        OSError: the file is there and cannot be read.
    """
    try:
        fd = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        return None if _try_lock(fd) else os.pread(fd, _LONGEST_NOTE, 0).decode()
    finally:
        os.close(fd)


def _try_lock(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
