"""Turning passwords into what may be kept of them."""

from typing import Protocol

from application.ports.load import Load


class PasswordHasher(Protocol):
    """A slow, salted hash. Passwords come NFC-normalised and at most 1,024 characters long.

    Hashing runs off the event loop, a bounded number at a time, and a bounded number may wait for it. Who comes
    when that many wait already is refused at once, before any work and so in the same way whether the account is
    known or not; who gives up waiting makes room.
    """

    async def hash(self, password: str) -> str:
        """Return a new hash, with its salt and parameters in it.

        Raises:
            Unavailable: too many wait, or the machine lacks what a hash takes.
        """
        ...

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Tell whether the hash is this password's. None is nobody's, and takes just as long to say.

        Raises:
            Unavailable: too many wait, or the machine lacks what a hash takes.
        """
        ...

    def knows(self, foreign_hash: str) -> bool:
        """Tell whether `adopt` can take this hash of another program's: its form is known, its work bearable."""
        ...

    async def adopt(self, foreign_hash: str) -> str:
        """Return what the password behind another program's hash can be verified with. It is outdated at once.

        What is returned is no easier to guess from than a new hash.

        Raises:
            ValueError: it is not known.
            Unavailable: too many wait, or the machine lacks what a hash takes.
        """
        ...

    def load(self) -> Load:
        """Return how many are being hashed or wait for it."""
        ...

    def is_outdated(self, password_hash: str) -> bool:
        """Tell whether the hash was made with other parameters than today's, or by another program."""
        ...
