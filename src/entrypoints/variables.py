"""Reading typed values out of environment variables, collecting what is wrong on the way."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from dotenv.parser import parse_stream

from domain.errors import Fault

Choice = TypeVar("Choice", bound=StrEnum)

_DIGITS_MOST = 18


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
        self._from_file = self._read(env_file)

    def fault(self, name: str, message: str) -> None:
        """Note what is wrong with a variable, and what to write instead. Never quote a secret here."""
        self.faults.append(Fault(name, message))

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

    def list(self, name: str, default: tuple[str, ...]) -> tuple[str, ...]:
        """Return the values between the commas, each once, in their order."""
        items = (item.strip() for item in self.text(name, ",".join(default)).split(","))
        return tuple(dict.fromkeys(item for item in items if item))

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
