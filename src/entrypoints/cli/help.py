"""What the help of every command has in common."""


def examples(*lines: str) -> str:
    """Return the end of a command's help: lines to copy, which click leaves as they are after its mark."""
    return "\n".join(("\b", "Examples:", *(f"  {line}" for line in lines)))
