"""What goes wrong with the embedded server, in words for whoever has to put it right."""

from domain.errors import Unavailable


class EmbeddedPostgresError(Unavailable):
    """The embedded server cannot be had; the detail says what is wrong and what to do."""


def last_lines(text: str, count: int = 6) -> str:
    """The last `count` lines of a program's output that say anything, indented for a message."""
    said = [line.rstrip() for line in text.splitlines() if line.strip()]
    return "\n".join(f"    {line}" for line in said[-count:])
