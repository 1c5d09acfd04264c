"""Reading claims by their exact type, where JSON and PyJWT would let a near miss pass.

Every function here raises `jwt.InvalidTokenError` for a claim that is missing or not what it must be.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import jwt

from domain.users import Role

CLOCK_SKEW = timedelta(seconds=90)

_ID = re.compile(r"[1-9][0-9]{0,18}")
_ID_MOST = 2**63 - 1
_JTI = re.compile(r"[A-Za-z0-9_-]{16,64}")
_TIME_MOST = 253_402_300_799  # the last second of the year 9999, where datetime ends

Claims = Mapping[str, object]


def text(claims: Claims, name: str) -> str:
    """Return a claim that is a text, and not an empty one."""
    value = claims.get(name)
    if not isinstance(value, str) or not value:
        raise jwt.InvalidTokenError(f"{name} is no text")
    return value


def integer(claims: Claims, name: str, *, most: int) -> int:
    """Return a claim that is an integer from 1 to `most`, written as one: neither 7.0 nor "7" nor true."""
    value = claims.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= most:
        raise jwt.InvalidTokenError(f"{name} is no integer within bounds")
    return value


def identifier(claims: Claims, name: str) -> int:
    """Return the positive 64-bit id that a claim holds as a text, in the one way that `str` writes it."""
    value = text(claims, name)
    if not _ID.fullmatch(value) or int(value) > _ID_MOST:
        raise jwt.InvalidTokenError(f"{name} is no id")
    return int(value)


def token_id(claims: Claims) -> str:
    """Return the identifier of the token itself, in characters that are safe to hash, store and log."""
    value = text(claims, "jti")
    if not _JTI.fullmatch(value):
        raise jwt.InvalidTokenError("jti is no identifier of ours")
    return value


@dataclass(frozen=True, slots=True)
class Validity:
    """When a token counts, in seconds since 1970 (a NumericDate of RFC 7519).

    Attributes:
        begins: the later of `iat` and `nbf`.
        ends: `exp`, when it counts no longer.
    """

    begins: int
    ends: int

    @classmethod
    def of(cls, claims: Claims) -> "Validity":
        """Return what the claims say."""
        issued, begins, ends = (integer(claims, name, most=_TIME_MOST) for name in ("iat", "nbf", "exp"))
        return cls(begins=max(issued, begins), ends=ends)

    def check(self, at: datetime) -> None:
        """Do nothing if the token counts at this moment.

        It may begin `CLOCK_SKEW` ahead, made by an instance whose clock is; its end has no such grace.
        """
        if self.begins > (at + CLOCK_SKEW).timestamp():
            raise jwt.ImmatureSignatureError("made in the future")
        if self.ends <= at.timestamp():
            raise jwt.ExpiredSignatureError("expired")


def check_person(claims: Claims) -> None:
    """Do nothing if `user_id`, `username` and `role` could be those of the user in `sub`."""
    if integer(claims, "user_id", most=_ID_MOST) != identifier(claims, "sub"):
        raise jwt.InvalidTokenError("user_id and sub differ")
    text(claims, "username")
    if text(claims, "role") not in set(Role):
        raise jwt.InvalidTokenError("role is unknown")
