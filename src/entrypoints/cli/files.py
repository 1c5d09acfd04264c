"""Files that commands read and write; `-` stands for standard input and output."""

import os
import secrets
import shutil
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

import click

STANDARD: Final = Path("-")


@contextmanager
def opened(path: Path) -> Generator[BinaryIO]:
    """Yield the file for reading.

    Raises:
        click.ClickException: it cannot be read.
    """
    if path == STANDARD:
        with _told("standard input"):
            yield sys.stdin.buffer
        return
    with _told(path), path.open("rb") as file:
        yield file


@contextmanager
def replaced(path: Path) -> Generator[BinaryIO]:
    """Yield a file for writing, which takes this one's place once all is written: nobody meets half of it.

    Raises:
        click.ClickException: it cannot be written; then what was there before is as it was.
    """
    if path == STANDARD:
        with _told("standard output"):
            yield sys.stdout.buffer
            sys.stdout.buffer.flush()
        return
    # A link is kept, and what it leads to is replaced.
    target = path.resolve()
    with _told(path):
        if target.exists() and not target.is_file():
            with target.open("wb") as device:
                yield device
            return
        draft = target.with_name(f".{secrets.token_hex(8)}.part")
        try:
            with draft.open("xb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            if target.exists():
                shutil.copymode(target, draft)
            draft.replace(target)
        finally:
            with suppress(OSError):
                draft.unlink(missing_ok=True)


@contextmanager
def created(path: Path) -> Generator[BinaryIO]:
    """Yield a file for writing, at a name that is taken at once; what fails leaves nothing there.

    Raises:
        click.ClickException: it cannot be written, or another has the name.
    """
    with _told(path):
        path.open("xb").close()
    try:
        with replaced(path) as file:
            yield file
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def make_durable(path: Path) -> None:
    """Let the file be there, by its name, even if the machine loses its power right now, for its owner alone."""
    path.chmod(0o600)
    folder = os.open(path.resolve().parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def _told(path: Path | str) -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise click.ClickException(f"{path}: {error.strerror or error}") from error
