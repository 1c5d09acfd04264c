"""The most common passwords."""

from itertools import islice
from typing import Final

from zxcvbn.frequency_lists import FREQUENCY_LISTS  # type: ignore[import-untyped]  # zxcvbn brings no types

from domain.users import PASSWORD_LEAST

_PASSWORDS: Final[list[str]] = FREQUENCY_LISTS["passwords"]


def common_passwords(count: int = 3000) -> frozenset[str]:
    """Return the most common ones that are long enough to be chosen here, case-folded.

    Shorter ones are refused anyway, so they take no place in the count (OWASP ASVS 5.0, 6.2.4).
    """
    long_enough = (password for password in _PASSWORDS if len(password) >= PASSWORD_LEAST)
    return frozenset(password.casefold() for password in islice(long_enough, count))
