"""Hashes that other programs made of passwords, within Argon2id.

What is kept is how the foreign digest is made, and Argon2id over that digest: whoever steals the database has the
work of Argon2id before them, however quick the foreign scheme is.

    adopted:scrypt:32768:8:1:<salt, hex>$argon2id$v=19$m=19456,t=2,p=1$...
"""

import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Final

import argon2.low_level
import bcrypt

_MARK: Final = "adopted:"
_ARGON2: Final = "$argon2id$"

# What a sign-in may cost at most. A hash that asks for more is none that a service in good faith would check, or
# one with which a stranger wants to keep this service busy.
_SCRYPT_BLOCKS_MOST: Final = 2**19
_SCRYPT_P_MOST: Final = 4
_PBKDF2_ROUNDS_MOST: Final = 1_500_000
_BCRYPT_COST_LEAST: Final = 4
_BCRYPT_COST_MOST: Final = 13
_ARGON2_KIB_MOST: Final = 128 * 1024
_ARGON2_WORK_MOST: Final = 512 * 1024
_ARGON2_LANES_MOST: Final = 8
_ARGON2_SALT_LEAST: Final = 8
_SALT_MOST: Final = 256
# Bcrypt looks at so many bytes and no further. The libraries that made these hashes left out the rest in silence.
_BCRYPT_BYTES: Final = 72

_WERKZEUG: Final = re.compile(r"([a-z0-9:]{3,40})\$([^$]{1,256})\$([0-9a-f]{32,128})")
_PASSLIB_PBKDF2: Final = re.compile(
    r"\$pbkdf2-(sha256|sha512)\$([0-9]{1,9})\$([A-Za-z0-9./]{1,256})\$([A-Za-z0-9./]{22,128})"
)
_BCRYPT: Final = re.compile(r"\$2[aby]\$([0-9]{2})\$[./A-Za-z0-9]{53}")
_BCRYPT_SALT: Final = 29
_ARGON2_PHC: Final = re.compile(
    r"\$argon2(id|i|d)\$v=19\$m=([0-9]{1,9}),t=([0-9]{1,9}),p=([0-9]{1,9})\$([A-Za-z0-9+/]{1,256})\$([A-Za-z0-9+/]{22,128})"
)
# With how many bytes each makes at a time: PBKDF2 does all its rounds anew for what goes beyond that.
_HMACS: Final = {"md5": 16, "sha1": 20, "sha256": 32, "sha512": 64}
_PBKDF2S: Final = {name: size for name, size in _HMACS.items() if name != "md5"}


@dataclass(frozen=True, slots=True)
class ForeignHash:
    """A hash taken apart.

    Attributes:
        recipe: how the digest is made of the password, in the words of this module.
        digest: what was made.
    """

    recipe: str
    digest: bytes

    def within(self, argon2_hash: str) -> str:
        """Return what is kept, given the Argon2id hash of the digest."""
        return f"{_MARK}{self.recipe}{argon2_hash}"


def taken_apart(text: str) -> ForeignHash | None:
    """Return the hash in its parts, or None if it is of no known form or asks for too much work."""
    try:
        found = _of_werkzeug(text) or _of_passlib(text) or _of_bcrypt(text) or _of_argon2(text)
        return found if found is not None and _is_affordable(found.recipe) else None
    except ValueError:
        return None


def unwrapped(kept: str, password: bytes) -> tuple[str, bytes]:
    """Return the Argon2 hash within what is kept, and what it is the hash of if this is the right password.

    Raises:
        ValueError: what is kept was not made here.
    """
    if not kept.startswith(_MARK):
        return kept, password
    recipe, mark, rest = kept.removeprefix(_MARK).partition(_ARGON2)
    if not _is_affordable(recipe):
        raise ValueError
    return mark + rest, _digest(recipe, password)


def _of_werkzeug(text: str) -> ForeignHash | None:
    match = _WERKZEUG.fullmatch(text)
    if match is None:
        return None
    method, salt, digest = match[1], match[2].encode().hex(), bytes.fromhex(match[3])
    if method.startswith("scrypt:"):
        return ForeignHash(f"{method}:{salt}", digest)
    if method.startswith("pbkdf2:"):
        return ForeignHash(f"{method}:{len(digest)}:{salt}", digest)
    return ForeignHash(f"hmac:{method}:{salt}", digest) if _HMACS.get(method) == len(digest) else None


def _of_passlib(text: str) -> ForeignHash | None:
    match = _PASSLIB_PBKDF2.fullmatch(text)
    if match is None:
        return None
    salt, digest = (_unpadded(part.replace(".", "+")) for part in (match[3], match[4]))
    return ForeignHash(f"pbkdf2:{match[1]}:{match[2]}:{len(digest)}:{salt.hex()}", digest)


def _of_bcrypt(text: str) -> ForeignHash | None:
    match = _BCRYPT.fullmatch(text)
    if match is None:
        return None
    # $2a, $2b and $2y are one scheme; the letter only tells which long mended bugs a library had.
    whole = f"$2b${text[4:]}"
    return ForeignHash(f"bcrypt:{int(match[1])}:{whole[:_BCRYPT_SALT].encode().hex()}", whole.encode())


def _of_argon2(text: str) -> ForeignHash | None:
    match = _ARGON2_PHC.fullmatch(text)
    if match is None:
        return None
    salt, digest = _unpadded(match[5]), _unpadded(match[6])
    if len(salt) < _ARGON2_SALT_LEAST:
        return None
    return ForeignHash(f"argon2:{match[1]}:{match[2]}:{match[3]}:{match[4]}:{len(digest)}:{salt.hex()}", digest)


def _is_affordable(recipe: str) -> bool:
    scheme, *parameters, salt = recipe.split(":")
    return 0 < len(salt) <= 2 * _SALT_MOST and _is_bearable(scheme, *parameters)


def _is_bearable(*recipe: str) -> bool:
    match recipe:
        case "scrypt", n, r, p:
            return (
                int(n) > 1
                and int(n).bit_count() == 1
                and 0 < int(n) * int(r) <= _SCRYPT_BLOCKS_MOST
                and 0 < int(p) <= _SCRYPT_P_MOST
            )
        case "pbkdf2", name, rounds, length:
            return 0 < int(length) <= _PBKDF2S.get(name, 0) and 0 < int(rounds) <= _PBKDF2_ROUNDS_MOST
        case "hmac", name:
            return name in _HMACS
        case "bcrypt", cost:
            return _BCRYPT_COST_LEAST <= int(cost) <= _BCRYPT_COST_MOST
        case "argon2", _, kib, passes, lanes, _:
            return (
                8 * int(lanes) <= int(kib) <= _ARGON2_KIB_MOST
                and 0 < int(kib) * int(passes) <= _ARGON2_WORK_MOST
                and 0 < int(lanes) <= _ARGON2_LANES_MOST
            )
        case _:
            return False


def _digest(recipe: str, password: bytes) -> bytes:
    scheme, *parameters, hex_salt = recipe.split(":")
    salt = bytes.fromhex(hex_salt)
    match scheme, *parameters:
        case "scrypt", n, r, p:
            # Twice what OpenSSL counts, so that its own bound never is the one that is met.
            memory = 256 * int(n) * int(r) + 2**20
            return hashlib.scrypt(password, salt=salt, n=int(n), r=int(r), p=int(p), maxmem=memory)
        case "pbkdf2", name, rounds, length:
            return hashlib.pbkdf2_hmac(name, password, salt, int(rounds), int(length))
        case "hmac", name:
            return hmac.digest(salt, password, name)
        case "bcrypt", _:
            return bcrypt.hashpw(password[:_BCRYPT_BYTES], salt)
        case "argon2", kind, kib, passes, lanes, length:
            return argon2.low_level.hash_secret_raw(
                password, salt, int(passes), int(kib), int(lanes), int(length), argon2.Type[kind.upper()]
            )
        case _:
            raise ValueError


def _unpadded(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except binascii.Error as error:
        raise ValueError from error
