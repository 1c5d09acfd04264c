"""Tokens and passwords as FastAPI's tutorial has them: PyJWT with HS256, argon2 for passwords."""

import os
from datetime import UTC, datetime, timedelta
from typing import Literal

import jwt
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

SECRET_KEY = os.environ["SECRET_KEY"]
LIFETIMES = {"access": timedelta(days=1), "refresh": timedelta(days=30)}

_passwords = PasswordHasher()


def create_token(user_id: int, kind: Literal["access", "refresh"]) -> str:
    """Return a signed token for a user."""
    now = datetime.now(UTC)
    return jwt.encode(
        {"sub": str(user_id), "type": kind, "iat": now, "exp": now + LIFETIMES[kind]},
        SECRET_KEY,
        algorithm="HS256",
    )


def read_token(token: str, kind: Literal["access", "refresh"]) -> int:
    """Return the id of the user a token belongs to.

    Raises:
        jwt.InvalidTokenError: it is not a valid token of this kind.
    """
    claims = jwt.decode(token, SECRET_KEY, algorithms=["HS256"])
    if claims.get("type") != kind:
        raise jwt.InvalidTokenError("a token of another kind")
    return int(claims["sub"])


def verify_password(password: str, password_hash: str) -> bool:
    """Tell whether the password is the one that was hashed."""
    try:
        return _passwords.verify(password_hash, password)
    except VerifyMismatchError:
        return False
