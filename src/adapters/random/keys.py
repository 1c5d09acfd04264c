"""Random keys."""

import secrets
import string
from typing import Final

from application.ports.keys import Keys

_ALPHABET: Final = string.digits + string.ascii_lowercase
# 36^16 is 2^82: among a thousand million keys, two are alike with a probability of one in ten million.
_LENGTH: Final = 16


class RandomKeys(Keys):
    """Draws keys so long that no two are alike, whoever draws them."""

    def next(self) -> str:
        """Return 16 digits and lower-case letters."""
        # One draw instead of sixteen: a file may need very many keys.
        rest = secrets.randbelow(len(_ALPHABET) ** _LENGTH)
        digits: list[str] = []
        for _ in range(_LENGTH):
            rest, digit = divmod(rest, len(_ALPHABET))
            digits.append(_ALPHABET[digit])
        return "".join(digits)
