"""Where in a JSON file something is wrong, in lines: what its parser does not tell, or not for people."""

import json
import re
from collections.abc import Sequence
from contextlib import suppress
from functools import cached_property
from io import BytesIO

from domain.errors import Fault, Invalid
from entrypoints.formats.format import EMPTY
from entrypoints.formats.lines import lines

_ELEMENT = re.compile(r"cheats\[(\d+)\]")
_VISIBLE = re.compile(r"[^ \t\r\n,]")


class Elements:
    """Knows in which lines of a file the elements of its array begin."""

    def __init__(self, body: bytes) -> None:
        """Take a file that is a JSON array."""
        self._body = body

    def located(self, place: str) -> str:
        """Return a place in the array with its line, such as `line 17: cheats[3].title`."""
        element = _ELEMENT.match(place)
        if element is None:
            return "file" if place == "body" else place
        number = int(element[1])
        return f"line {self._lines[number]}: {place}" if number < len(self._lines) else place

    # Finding them is as much work as the reading, and only needed when something is wrong.
    @cached_property
    def _lines(self) -> Sequence[int]:
        text = self._body.decode()
        decoder = json.JSONDecoder(parse_int=str)
        found: list[int] = []
        line, counted = 1, 0
        end = text.find("[") + 1
        with suppress(ValueError, RecursionError):
            while (begin := _VISIBLE.search(text, end)) and begin[0] != "]":
                line += text.count("\n", counted, begin.start())
                counted = begin.start()
                found.append(line)
                _, end = decoder.raw_decode(text, counted)
        return found


def syntax_fault(body: bytes) -> Fault:
    """Return where and why a file, which could not be read, is not JSON in UTF-8."""
    if not body.strip():
        return EMPTY
    try:
        json.loads("".join(lines(BytesIO(body))), parse_int=str, parse_constant=_refuse_constant)
    except Invalid as error:
        return error.faults[0]
    except json.JSONDecodeError as error:
        # Some of Python's messages end with the word that the place follows.
        message = error.msg[:1].lower() + error.msg[1:].removesuffix(" at").rstrip(": ")
        return Fault(f"line {error.lineno}", f"is not JSON: {message} at character {error.colno}")
    except RecursionError:
        pass
    except ValueError as error:
        return Fault("file", str(error))
    return Fault("file", "is nested too deeply")


def _refuse_constant(name: str) -> None:
    raise ValueError(f"holds {name}, which is no JSON")
