"""Where secrets come from, and how those are stored that must be read again."""

from typing import Protocol

from domain.errors import DomainError


class SecretSource(Protocol):
    """Where secrets come from."""

    def next_secret(self) -> bytes:
        """Return 32 bytes that nobody can guess."""
        ...


class UnreadableSecret(DomainError):
    """What was sealed cannot be opened with any key of this service."""

    slug = "unreadable-secret"


class SecretBox(Protocol):
    """Keeps secrets that must be read again from those who read the store alone."""

    def seal(self, secret: bytes) -> bytes:
        """Return the secret as it may be stored."""
        ...

    def open(self, sealed: bytes) -> bytes:
        """Return what was sealed.

        Raises:
            UnreadableSecret: none of the service's keys has sealed it.
        """
        ...
