"""What a format is, whichever it is."""

from collections.abc import AsyncGenerator, AsyncIterable, Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from domain.errors import Fault, Invalid
from domain.portability import ExportedCheat, Record

# Small enough to begin at once and hold little, large enough that the sending costs less than the writing.
_PIECE = 64 * 1024

EMPTY: Final = Fault("file", "is empty")
"""What is wrong with a file that holds nothing at all, as no export does, even one without cheats."""


@dataclass(frozen=True, slots=True)
class Format:
    """How cheats stand in a file.

    Attributes:
        name: as it is asked for.
        suffixes: that its files have; the first is given to new ones.
        media_type: of its files.
        begin: the text before all cheats.
        text: returns that of one cheat.
        between: the text between two of them.
        end: the text after all.
        read: yields the records of a file, and raises Invalid where it cannot go on.
    """

    name: str
    suffixes: tuple[str, ...]
    media_type: str
    begin: str
    text: Callable[[ExportedCheat], str]
    between: str
    end: str
    read: Callable[[BinaryIO], Iterator[Record]]

    async def written(self, cheats: AsyncIterable[ExportedCheat]) -> AsyncGenerator[bytes]:
        """Yield the file of these cheats in pieces, each as soon as there is enough for one."""
        piece = [self.begin]
        length = 0
        between = ""
        async for cheat in cheats:
            piece += (between, self.text(cheat))
            between = self.between
            length += len(piece[-1])
            if length >= _PIECE:
                yield "".join(piece).encode()
                piece, length = [], 0
        piece.append(self.end)
        yield "".join(piece).encode()

    def records(self, file: BinaryIO) -> Iterator[Record]:
        """Yield the records of a file, and as the last one what is wrong where it cannot be read any further."""
        try:
            yield from self.read(file)
        except Invalid as error:
            yield Record(None, str, error.faults)
