"""Reading typed values out of environment variables, collecting what is wrong on the way."""

import stat
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from dotenv.parser import parse_stream

from domain.errors import Fault

Choice = TypeVar("Choice", bound=StrEnum)

_DIGITS_MOST = 18
_FILE_BYTES_MOST = 64 * 1024


class Variables:
    """The variables of an environment and of a `.env` file below it. One that is empty counts as not set.

    Attributes:
        faults: what was wrong so far; a reader then got the default.
        sources: for each variable asked for, where its value came from.
    """

    def __init__(self, environ: Mapping[str, str], env_file: Path) -> None:
        self.faults: list[Fault] = []
        self.sources: dict[str, str] = {}
        self._environ = environ
        self._directory = env_file.parent
        self._not_read: set[str] = set()
        self._from_file = self._read(env_file)

    def fault(self, name: str, message: str) -> None:
        """Note what is wrong with a variable, and what to write instead. Never quote a secret here."""
        # Whoever sees that its file cannot be read need not hear that the value is missing, too.
        if name not in self._not_read:
            file = _file_variable(name)
            self.faults.append(Fault(file if self.sources.get(name) == file else name, message))

    def text(self, name: str, default: str) -> str:
        """Return the value without blanks around it."""
        for source, values in (("environment", self._environ), (".env", self._from_file)):
            value = (values.get(name) or "").strip()
            if value.isprintable() and value:
                self.sources[name] = source
                return value
            if value:
                self.fault(name, "must be one line of printable UTF-8 text")
        self.sources[name] = "default"
        return default

    def secret(self, name: str) -> str:
        """Return the value, or the line in the file that `<name>_FILE` names instead; empty without either."""
        value, variable = self.text(name, ""), _file_variable(name)
        file = self.text(variable, "")
        # The source of a value is told for the variable that it belongs to.
        del self.sources[variable]
        if not file:
            return value
        if value:
            self.fault(variable, f"is set beside {name}; leave one of them out")
            return value
        self.sources[name] = variable
        try:
            return _line_of(self._directory / file)
        except ValueError as error:
            # The path is not repeated: what stands there may be the secret itself, pasted into the wrong place.
            self.fault(variable, str(error))
            self._not_read.add(name)
            return ""

    def list(self, name: str, default: tuple[str, ...]) -> tuple[str, ...]:
        """Return the values between the commas, each once, in their order."""
        return _items(self.text(name, ",".join(default)))

    def secret_list(self, name: str) -> tuple[str, ...]:
        """Return the values between the commas of what `secret` returns."""
        return _items(self.secret(name))

    def integer(self, name: str, default: int, *, least: int, most: int) -> int:
        """Return the value as a whole number within these bounds."""
        text = self.text(name, str(default))
        if text.isascii() and text.isdecimal() and len(text) <= _DIGITS_MOST and least <= int(text) <= most:
            return int(text)
        self.fault(name, f"must be a whole number from {least} to {most}")
        return default

    def choice(self, name: str, default: Choice) -> Choice:
        """Return the value as one of the default's kind, regardless of case."""
        kind = type(default)
        try:
            return kind(self.text(name, default).lower())
        except ValueError:
            self.fault(name, f"must be one of {', '.join(kind)}")
            return default

    def _read(self, env_file: Path) -> Mapping[str, str | None]:
        values: dict[str, str | None] = {}
        try:
            with env_file.open(encoding="utf-8") as file:
                for binding in parse_stream(file):
                    if binding.error:
                        text = binding.original.string
                        # A binding begins with the blank lines before it.
                        line = binding.original.line + text[: -len(text.lstrip())].count("\n")
                        self.fault(f".env line {line}", "write NAME=value")
                    elif binding.key is not None:
                        values[binding.key] = binding.value
        except (FileNotFoundError, IsADirectoryError):
            return {}
        except OSError as error:
            self.fault(".env", f"cannot be read: {error.strerror}")
        except UnicodeDecodeError:
            self.fault(".env", "must be UTF-8 text")
        return values


def _file_variable(name: str) -> str:
    return f"{name}_FILE"


def _items(text: str) -> tuple[str, ...]:
    items = (item.strip() for item in text.split(","))
    return tuple(dict.fromkeys(item for item in items if item))


def _line_of(file: Path) -> str:
    """Return the one line that a file holds.

    Raises:
        ValueError: it cannot be read, or holds something else. The message says why, and repeats nothing of it.
    """
    try:
        # Whoever opened a pipe would wait for the other end.
        if not stat.S_ISREG(file.stat().st_mode):
            raise ValueError("this is no regular file")
        with file.open("rb") as opened:
            content = opened.read(_FILE_BYTES_MOST + 1)
    except FileNotFoundError:
        raise ValueError(
            "there is no such file; give the path of one that holds the value and nothing else"
        ) from None
    except OSError as error:
        raise ValueError(f"the file cannot be read: {error.strerror}") from None
    try:
        line = content.decode().strip()
    except UnicodeDecodeError:
        line = "\n"
    if not line:
        raise ValueError("the file is empty; write the value into it")
    if len(content) > _FILE_BYTES_MOST or not line.isprintable():
        raise ValueError("the file must hold one line of printable UTF-8 text, the value and nothing else")
    return line
