"""Text files, line by line."""

import codecs
from collections.abc import Iterator
from typing import BinaryIO

from domain.errors import Fault, Invalid


def lines(file: BinaryIO) -> Iterator[str]:
    r"""Yield the lines of a file in UTF-8, each with the `\n` that ends it; no other character ends a line.

    Raises:
        Invalid: with the line that is not UTF-8, and the byte from where on.
    """
    for number, line in enumerate(file, 1):
        try:
            yield line.removeprefix(codecs.BOM_UTF8 if number == 1 else b"").decode()
        except UnicodeDecodeError as error:
            byte = f"byte {error.start + 1} of the line is 0x{error.object[error.start]:02X}"
            raise Invalid(Fault(f"line {number}", f"is not UTF-8: {byte}; save the file in UTF-8")) from None
