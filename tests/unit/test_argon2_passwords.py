"""Passwords as Argon2id hashes."""

import asyncio
import resource
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from argon2.exceptions import HashingError

from adapters.argon2.passwords import Argon2PasswordHasher
from application.ports.passwords import PasswordHasher
from domain.errors import Unavailable
from tests.contracts.passwords import PASSWORD, PasswordsContract

_OURS = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$aGFzaGhhc2hoYXNo"

NO_HASHES = {
    "empty": "",
    "a locked account's mark": "!",
    "the password itself": PASSWORD,
    "another scheme": "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW",
    "a scheme without parameters": "$argon2id$",
    "no digest": "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ",
    "an empty digest": "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$",
    "a digest that is not base64": "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$!!!!",
    "parameters that are no numbers": "$argon2id$v=19$m=x,t=y,p=z$c29tZXNhbHQ$aGFzaGhhc2hoYXNo",
    "no memory": "$argon2id$v=19$m=0,t=1,p=1$c29tZXNhbHQ$aGFzaGhhc2hoYXNo",
    "letters beyond ASCII": "$argon2id$v=19$m=8,t=1,p=1$sält$häsh",
    "half a surrogate pair": "\ud83d",
    "an adopted hash that asks for gigabytes": f"adopted:scrypt:1073741824:8:1:73616c74{_OURS}",
    "an adopted hash of no known scheme": f"adopted:rot13:00{_OURS}",
    "an adopted hash whose salt is not hexadecimal": f"adopted:hmac:md5:zz{_OURS}",
    "an adopted hash that says nothing": "adopted:",
    "a NUL within": "$argon2id$v=19$m=8,t=1,p=1$c29t\0ZXNhbHQ$aGFzaGhhc2hoYXNo",
}


def cheap(*, workers: int = 2, queue: int = 64, time_cost: int = 1) -> Argon2PasswordHasher:
    """Return a hasher with the least memory there is, where the cost is not the subject."""
    return Argon2PasswordHasher(memory_kib=8, time_cost=time_cost, workers=workers, queue=queue)


class TestArgon2PasswordHasher(PasswordsContract):
    """It keeps the contract."""

    @pytest.fixture
    def passwords(self) -> PasswordHasher:
        return cheap()


@pytest.mark.anyio
class TestParameters:
    """What a hash costs, and what becomes of those that cost something else."""

    async def test_hashes_are_argon2id_with_19_mib_and_two_passes_unless_told_otherwise(self) -> None:
        assert (await Argon2PasswordHasher().hash(PASSWORD)).startswith("$argon2id$v=19$m=19456,t=2,p=1$")

    async def test_a_hash_made_with_other_parameters_still_counts_and_is_outdated(self) -> None:
        old = await cheap(time_cost=1).hash(PASSWORD)
        passwords = cheap(time_cost=2)
        assert await passwords.verify(old, PASSWORD) is True
        assert await passwords.verify(old, PASSWORD + "x") is False
        assert passwords.is_outdated(old) is True

    async def test_a_hash_with_stronger_parameters_than_todays_is_outdated_too(self) -> None:
        assert cheap(time_cost=1).is_outdated(await cheap(time_cost=2).hash(PASSWORD)) is True


@pytest.mark.anyio
@pytest.mark.parametrize("stored", NO_HASHES.values(), ids=NO_HASHES.keys())
class TestWhatIsNoHash:
    """What a store may hold in place of a hash."""

    async def test_it_is_nobodys(self, stored: str) -> None:
        assert await cheap().verify(stored, PASSWORD) is False

    async def test_it_is_outdated(self, stored: str) -> None:
        assert cheap().is_outdated(stored) is True


@pytest.mark.anyio
class TestWaitingInLine:
    """Hashing off the event loop, a bounded number at a time."""

    async def test_the_event_loop_turns_while_a_password_is_hashed(self) -> None:
        hashing = asyncio.create_task(cheap().hash(PASSWORD))
        turns = 0
        while not hashing.done():
            turns += 1
            await asyncio.sleep(0)
        # A hasher that blocked the loop would be done within the first.
        assert turns > 1

    async def test_no_more_than_the_given_number_work_at_once(self) -> None:
        passwords = cheap(workers=2)
        before = set(threading.enumerate())
        hashes = await asyncio.gather(*(passwords.hash(f"password {number}") for number in range(30)))
        assert len(set(threading.enumerate()) - before) <= 2
        assert len(set(hashes)) == 30

    async def test_many_at_once_each_get_their_own_answer(self) -> None:
        passwords = cheap()
        stored = await passwords.hash("password 7")
        answers = await asyncio.gather(*(passwords.verify(stored, f"password {number}") for number in range(40)))
        assert [number for number, answer in enumerate(answers) if answer] == [7]

    async def test_those_who_give_up_leave_the_line_to_the_others(self) -> None:
        passwords = cheap(workers=1)
        leaving = [asyncio.create_task(passwords.hash(PASSWORD)) for _ in range(30)]
        staying = asyncio.create_task(passwords.hash(PASSWORD))
        await asyncio.sleep(0)
        for task in leaving:
            task.cancel()
        outcomes = await asyncio.gather(*leaving, return_exceptions=True)
        assert all(isinstance(outcome, asyncio.CancelledError) for outcome in outcomes)
        assert await passwords.verify(await staying, PASSWORD) is True

    @pytest.mark.parametrize(("workers", "queue"), [(1, 0), (1, 2), (2, 3)])
    async def test_no_more_than_the_given_number_wait(self, workers: int, queue: int) -> None:
        passwords = cheap(workers=workers, queue=queue)
        outcomes = await asyncio.gather(
            *(passwords.verify(None, PASSWORD) for _ in range(20)), return_exceptions=True
        )
        served = workers + queue
        assert outcomes[:served] == [False] * served
        assert all(isinstance(outcome, Unavailable) for outcome in outcomes[served:])

    async def test_new_passwords_leave_half_of_the_line_to_those_who_sign_in(self) -> None:
        passwords = cheap(workers=1, queue=5)
        outcomes = await asyncio.gather(
            *(passwords.hash(PASSWORD) for _ in range(20)),
            *(passwords.verify(None, PASSWORD) for _ in range(3)),
            return_exceptions=True,
        )
        assert all(isinstance(outcome, str) for outcome in outcomes[:3])
        assert all(isinstance(outcome, Unavailable) for outcome in outcomes[3:20])
        assert outcomes[20:] == [False] * 3

    async def test_who_finds_the_line_full_is_told_so_at_once_whoever_it_is(self) -> None:
        passwords = cheap(workers=1, queue=2)
        stored = await passwords.hash(PASSWORD)
        line = await full_line(passwords, 3)
        for attempt in (passwords.verify(stored, PASSWORD), passwords.verify(None, "x"), passwords.hash("x")):
            with pytest.raises(Unavailable, match="Too many people are signing in or up"):
                await attempt
        # The event loop has not turned meanwhile, so nobody was waited for.
        assert not any(task.done() for task in line)
        await asyncio.gather(*line)

    async def test_the_line_is_open_again_once_it_is_served(self) -> None:
        passwords = cheap(workers=1, queue=2)
        for _ in range(3):
            await asyncio.gather(*await full_line(passwords, 3))

    async def test_those_who_give_up_make_room_for_others(self) -> None:
        passwords = cheap(workers=1, queue=2)
        for _ in range(3):
            leaving = await full_line(passwords, 3)
            for task in leaving:
                task.cancel()
            await asyncio.wait(leaving)
        await asyncio.gather(*await full_line(passwords, 3))

    def test_one_hasher_serves_one_event_loop_after_another(self) -> None:
        passwords = cheap()
        stored = asyncio.run(passwords.hash(PASSWORD))
        assert asyncio.run(passwords.verify(stored, PASSWORD)) is True


async def full_line(passwords: PasswordHasher, length: int) -> list[asyncio.Task[bool]]:
    """Let so many come to sign in, none of whom has an answer yet."""
    line = [asyncio.create_task(passwords.verify(None, PASSWORD)) for _ in range(length)]
    await asyncio.sleep(0)
    return line


def test_parameters_that_argon2_refuses_are_refused_at_once() -> None:
    with pytest.raises(HashingError, match="Memory cost is too small"):
        Argon2PasswordHasher(memory_kib=1)


@pytest.mark.anyio
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells and limits a process's memory this way")
async def test_without_memory_for_a_hash_passwords_are_unavailable_rather_than_wrong() -> None:
    passwords = Argon2PasswordHasher(memory_kib=64 * 1024, time_cost=1, workers=1)
    stored = await passwords.hash(PASSWORD)
    with memory_limited_to(16 * 1024 * 1024):
        for attempt in (passwords.hash(PASSWORD), passwords.verify(stored, PASSWORD), passwords.verify(None, "x")):
            with pytest.raises(Unavailable):
                await attempt
    assert await passwords.verify(stored, PASSWORD) is True


@contextmanager
def memory_limited_to(more: int) -> Generator[None]:
    """Let this process have this many bytes beyond those it holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + more, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
