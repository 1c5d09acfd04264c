"""A supply of secrets: for browsers' sessions, and for the signatures of webhooks."""

from typing import Protocol


class SecretSource(Protocol):
    """Where secrets come from."""

    def next_secret(self) -> bytes:
        """Return 32 bytes that nobody can guess."""
        ...
