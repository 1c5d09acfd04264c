"""Hashing passwords with Argon2id, a bounded number at a time."""

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor

import argon2
from argon2.exceptions import HashingError, InvalidHashError, VerificationError, VerifyMismatchError

from application.ports.passwords import PasswordHasher
from domain.errors import Unavailable

_TOO_BUSY = "The server lacks the memory to check a password just now. Try again in a moment."


class Argon2PasswordHasher(PasswordHasher):
    """Argon2id (RFC 9106), by default with the parameters OWASP's password storage cheat sheet names first.

    Hashes are made and checked in threads of its own, at most `workers` at once; whoever comes later waits
    without holding up the event loop, and leaves the queue when cancelled. A hash under way is finished and
    thrown away. The threads end with the process or with this object, whichever is first.

    Every text is hashed by its UTF-8 bytes, all of them. A lone surrogate, which the domain lets nobody have in
    a password, is taken as the three bytes UTF-8 would give it: it matches itself and nothing else.
    """

    def __init__(
        self, *, memory_kib: int = 19 * 1024, time_cost: int = 2, parallelism: int = 1, workers: int = 2
    ) -> None:
        """Take the parameters of new hashes; older hashes keep theirs and are still checked.

        Args:
            memory_kib: memory of one hash, in KiB; `workers` times as much is used at most.
            time_cost: passes over that memory.
            parallelism: lanes within one hash. The underlying library starts a thread for each beyond the first.
            workers: hashes at a time.

        Raises:
            argon2.exceptions.HashingError: Argon2 refuses these parameters, or lacks the memory for one hash.
        """
        self._argon2 = argon2.PasswordHasher(
            time_cost=time_cost, memory_cost=memory_kib, parallelism=parallelism, type=argon2.Type.ID
        )
        self._threads = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="argon2")
        self._nobodys_hash = self._argon2.hash(secrets.token_bytes(32))

    async def hash(self, password: str) -> str:
        """Return a new hash in the PHC string format, with its salt and parameters in it.

        Raises:
            Unavailable: there is no memory for it.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._hash, _encoded(password))

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Tell whether the hash is this password's.

        None, and what is no Argon2 hash at all, is nobody's: saying so takes the work of one hash made today.

        Raises:
            Unavailable: there is no memory for it.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._verify, password_hash, _encoded(password))

    def is_outdated(self, password_hash: str) -> bool:
        """Tell whether the hash was made with other parameters than today's, or is none of Argon2's."""
        try:
            return self._argon2.check_needs_rehash(password_hash)
        except InvalidHashError:
            return True

    def _hash(self, password: bytes) -> str:
        try:
            return self._argon2.hash(password)
        except HashingError as error:
            raise Unavailable(_TOO_BUSY) from error

    def _verify(self, password_hash: str | None, password: bytes) -> bool:
        if password_hash is not None:
            try:
                return self._argon2.verify(password_hash, password)
            except VerifyMismatchError:
                return False
            except (InvalidHashError, VerificationError, UnicodeEncodeError):
                # Not a hash, or no memory to compute it: the same work on one that is surely well-formed tells.
                pass
        try:
            self._argon2.verify(self._nobodys_hash, password)
        except VerifyMismatchError:
            return False
        except VerificationError as error:
            raise Unavailable(_TOO_BUSY) from error
        return False


def _encoded(password: str) -> bytes:
    return password.encode("utf-8", errors="surrogatepass")
