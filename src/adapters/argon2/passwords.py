"""Hashing passwords with Argon2id, a bounded number at a time."""

import asyncio
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

import argon2
from argon2.exceptions import HashingError, InvalidHashError, VerificationError, VerifyMismatchError

from adapters.argon2.foreign import taken_apart, unwrapped
from application.ports.load import Load
from application.ports.passwords import PasswordHasher
from domain.errors import Unavailable

T = TypeVar("T")

_NO_MEMORY = "The server lacks the memory to check a password just now. Try again in a moment."
_LINE_IS_FULL = "Too many people are signing in or up at this moment. Try again in a few seconds."


class Argon2PasswordHasher(PasswordHasher):
    """Argon2id (RFC 9106), by default with the parameters OWASP's password storage cheat sheet names first.

    Hashes are made and checked in threads of its own, at most `workers` at once; whoever comes later waits
    without holding up the event loop, and leaves the queue when cancelled. A hash under way is finished and
    thrown away. Whoever finds the queue full is refused at once. New passwords find it full when half of it is
    taken: anyone may sign up, and a flood of them must not keep out those who sign in. The threads end with the
    process or with this object, whichever is first. Hashes that other programs made are checked as well.

    Every text is hashed by its UTF-8 bytes, all of them. A lone surrogate, which the domain lets nobody have in
    a password, is taken as the three bytes UTF-8 would give it: it matches itself and nothing else.
    """

    def __init__(
        self,
        *,
        memory_kib: int = 19 * 1024,
        time_cost: int = 2,
        parallelism: int = 1,
        workers: int = 2,
        # One hash takes about 31 ms, so the last of 64 in line for two threads waits a second: longer than that,
        # people try again, and a flood of guesses would keep everyone out for as long as it likes.
        queue: int = 64,
    ) -> None:
        """Take the parameters of new hashes; older hashes keep theirs and are still checked.

        Args:
            memory_kib: memory of one hash, in KiB; `workers` times as much is used at most.
            time_cost: passes over that memory.
            parallelism: lanes within one hash. The underlying library starts a thread for each beyond the first.
            workers: hashes at a time.
            queue: how many may wait for a worker.

        Raises:
            argon2.exceptions.HashingError: Argon2 refuses these parameters, or lacks the memory for one hash.
        """
        self._argon2 = argon2.PasswordHasher(
            time_cost=time_cost, memory_cost=memory_kib, parallelism=parallelism, type=argon2.Type.ID
        )
        self._threads = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="argon2")
        # Counted on the event loop alone, so it needs no lock.
        self._callers = 0
        self._callers_most = workers + queue
        self._nobodys_hash = self._argon2.hash(secrets.token_bytes(32))

    async def hash(self, password: str) -> str:
        """Return a new hash in the PHC string format, with its salt and parameters in it.

        Raises:
            Unavailable: there is no memory for it, or the queue is full.
        """
        return await self._in_line(partial(self._hash, _encoded(password)), most=max(1, self._callers_most // 2))

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Tell whether the hash is this password's.

        None, and what is no Argon2 hash at all, is nobody's: saying so takes the work of one hash made today. That
        of an adopted hash takes the foreign work, too: longer, until its owner signs in and it is outdated.

        Raises:
            Unavailable: there is no memory for it, or the queue is full, whosever the hash is.
        """
        return await self._in_line(partial(self._verify, password_hash, password), most=self._callers_most)

    def knows(self, foreign_hash: str) -> bool:
        """Tell whether this is a hash of a known form that asks for no more work than a sign-in may take."""
        return taken_apart(foreign_hash) is not None

    async def adopt(self, foreign_hash: str) -> str:
        """Return Argon2id over the digest within a hash of werkzeug's, passlib's, bcrypt's or Argon2's.

        Raises:
            ValueError: it is not known.
            Unavailable: there is no memory for it, or the queue is full.
        """
        found = taken_apart(foreign_hash)
        if found is None:
            raise ValueError("This hash is of no known form.")
        hashed = await self._in_line(partial(self._hash, found.digest), most=max(1, self._callers_most // 2))
        return found.within(hashed)

    def load(self) -> Load:
        """Return how many passwords are being hashed or wait for it."""
        return Load(self._callers, self._callers_most)

    def is_outdated(self, password_hash: str) -> bool:
        """Tell whether the hash was made with other parameters than today's, or is none of Argon2's."""
        try:
            return self._argon2.check_needs_rehash(password_hash)
        except InvalidHashError:
            return True

    async def _in_line(self, work: Callable[[], T], *, most: int) -> T:
        if self._callers >= most:
            raise Unavailable(_LINE_IS_FULL)
        self._callers += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._callers -= 1

    def _hash(self, secret: bytes) -> str:
        try:
            return self._argon2.hash(secret)
        except HashingError as error:
            raise Unavailable(_NO_MEMORY) from error

    def _verify(self, password_hash: str | None, password: str) -> bool:
        encoded = _encoded(password)
        if password_hash is not None:
            try:
                return self._argon2.verify(*unwrapped(password_hash, encoded))
            except VerifyMismatchError:
                return False
            except (InvalidHashError, HashingError, VerificationError, MemoryError, ValueError):
                # Not a hash, or no memory to compute it: the same work on one that is surely well-formed tells.
                pass
        try:
            self._argon2.verify(self._nobodys_hash, encoded)
        except VerifyMismatchError:
            return False
        except VerificationError as error:
            raise Unavailable(_NO_MEMORY) from error
        return False


def _encoded(password: str) -> bytes:
    return password.encode("utf-8", errors="surrogatepass")
