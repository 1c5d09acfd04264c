"""What every password hasher owes."""

import asyncio
import unicodedata

import pytest

from application.ports.passwords import PasswordHasher
from domain.errors import Unavailable
from tests.contracts.older_hashes import COSTLY, KNOWN, UNKNOWN, bcrypted
from tests.contracts.older_hashes import PASSWORD as OLD_PASSWORD

PASSWORD = "correct horse battery staple"

PASSWORDS = {
    "ordinary": PASSWORD,
    "one character": "x",
    "blanks at both ends": "  blank  ",
    "emoji": "👩\u200d👩\u200d👧 family",
    "the longest allowed, each character four bytes long": "🚀" * 1024,
    "NUL within": "before\0after",
    "half a surrogate pair": "half \ud83d of a pair",
}


@pytest.mark.anyio
class PasswordsContract:
    """Run by each adapter's tests, which provide `passwords`."""

    @pytest.mark.parametrize("password", PASSWORDS.values(), ids=PASSWORDS.keys())
    async def test_a_hash_is_that_passwords(self, passwords: PasswordHasher, password: str) -> None:
        assert await passwords.verify(await passwords.hash(password), password) is True

    @pytest.mark.parametrize(
        ("password", "other"),
        [
            pytest.param(PASSWORD, PASSWORD + " ", id="one blank more"),
            pytest.param(PASSWORD, PASSWORD.upper(), id="another case"),
            pytest.param(PASSWORD, "", id="nothing"),
            pytest.param("a" * 72 + "b", "a" * 72 + "c", id="the 73rd byte counts"),
            pytest.param("a" * 1023 + "b", "a" * 1023 + "c", id="the last of 1,024 characters counts"),
            pytest.param("before\0after", "before\0other", id="what follows a NUL counts"),
            pytest.param("ß" * 8, "ss" * 8, id="no case folding"),
            pytest.param("\ud83d" * 8, "\ud83e" * 8, id="lone surrogates differ from each other"),
            pytest.param("\ud83d" * 8, "?" * 8, id="a lone surrogate is no question mark"),
            pytest.param("é" * 8, unicodedata.normalize("NFD", "é" * 8), id="normalising is the caller's"),
        ],
    )
    async def test_a_hash_is_no_other_passwords(
        self, passwords: PasswordHasher, password: str, other: str
    ) -> None:
        assert await passwords.verify(await passwords.hash(password), other) is False

    async def test_two_hashes_of_one_password_differ(self, passwords: PasswordHasher) -> None:
        assert await passwords.hash(PASSWORD) != await passwords.hash(PASSWORD)

    async def test_a_hash_does_not_hold_the_password(self, passwords: PasswordHasher) -> None:
        assert PASSWORD not in await passwords.hash(PASSWORD)

    @pytest.mark.parametrize("password", PASSWORDS.values(), ids=PASSWORDS.keys())
    async def test_no_password_is_nobodys(self, passwords: PasswordHasher, password: str) -> None:
        assert await passwords.verify(None, password) is False

    async def test_of_very_many_at_once_each_is_answered_or_told_to_come_back(
        self, passwords: PasswordHasher
    ) -> None:
        stored = await passwords.hash(PASSWORD)
        answers = await asyncio.gather(
            *(passwords.verify(stored, PASSWORD) for _ in range(1000)), return_exceptions=True
        )
        assert True in answers
        assert all(answer is True or isinstance(answer, Unavailable) for answer in answers)
        assert await passwords.verify(stored, PASSWORD) is True

    async def test_a_new_hash_is_not_outdated(self, passwords: PasswordHasher) -> None:
        assert passwords.is_outdated(await passwords.hash(PASSWORD)) is False

    @pytest.mark.parametrize("foreign", KNOWN.values(), ids=KNOWN.keys())
    async def test_a_hash_of_another_program_is_still_that_passwords_and_no_others(
        self, passwords: PasswordHasher, foreign: str
    ) -> None:
        assert passwords.knows(foreign) is True
        adopted = await passwords.adopt(foreign)
        assert await passwords.verify(adopted, OLD_PASSWORD) is True
        assert await passwords.verify(adopted, OLD_PASSWORD + " ") is False
        assert await passwords.verify(adopted, "") is False

    @pytest.mark.parametrize("foreign", KNOWN.values(), ids=KNOWN.keys())
    async def test_of_an_adopted_hash_neither_itself_nor_its_digest_is_kept(
        self, passwords: PasswordHasher, foreign: str
    ) -> None:
        adopted = await passwords.adopt(foreign)
        assert foreign.rpartition("$")[2] not in adopted
        assert await passwords.verify(adopted, foreign) is False

    @pytest.mark.parametrize("foreign", KNOWN.values(), ids=KNOWN.keys())
    async def test_an_adopted_hash_is_outdated(self, passwords: PasswordHasher, foreign: str) -> None:
        assert passwords.is_outdated(await passwords.adopt(foreign)) is True

    @pytest.mark.parametrize(
        "foreign", [*UNKNOWN.values(), *COSTLY.values()], ids=[*UNKNOWN.keys(), *COSTLY.keys()]
    )
    async def test_what_is_no_hash_or_asks_for_too_much_work_is_not_known(
        self, passwords: PasswordHasher, foreign: str
    ) -> None:
        assert passwords.knows(foreign) is False
        with pytest.raises(ValueError, match="no known form"):
            await passwords.adopt(foreign)

    async def test_an_adopted_bcrypt_hash_looks_at_72_bytes_as_bcrypt_does(
        self, passwords: PasswordHasher
    ) -> None:
        adopted = await passwords.adopt(bcrypted("a" * 80))
        assert await passwords.verify(adopted, "a" * 80) is True
        assert await passwords.verify(adopted, "a" * 71) is False
