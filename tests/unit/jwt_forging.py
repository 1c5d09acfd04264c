"""Making JSON Web Tokens by hand, since PyJWT refuses to make most of the bad ones."""

import base64
import hmac
import json
from collections.abc import Mapping
from typing import Any

import pytest

from adapters.jwt.keys import SigningKey
from adapters.jwt.tokens import NOT_VALID, JwtTokens
from domain.errors import Unauthenticated
from tests.contracts.sample import NOON
from tests.contracts.tokens import a_pair

SECRET = "a secret of ours, known to no one else"
OTHER_SECRET = "the secret of another, thirty-two bytes at least"
TOKENS = JwtTokens(secret_key=SECRET)
PAIR = a_pair(TOKENS)
KID = SigningKey.hs256(SECRET).kid
NOON_SECONDS = int(NOON.timestamp())

SHARED = {
    "iss": "satchel",
    "sub": "7",
    "sid": "41",
    "jti": "0123456789abcdefABCDEF",
    "iat": NOON_SECONDS,
    "nbf": NOON_SECONDS,
}
ACCESS_HEADER = {"alg": "HS256", "kid": KID, "typ": "at+jwt"}
ACCESS_CLAIMS = SHARED | {
    "aud": "satchel",
    "exp": NOON_SECONDS + 15 * 60,
    "user_id": 7,
    "username": "ann",
    "role": "employee",
}
REFRESH_HEADER = ACCESS_HEADER | {"typ": "rt+jwt"}
REFRESH_CLAIMS = SHARED | {"aud": "satchel/refresh", "exp": NOON_SECONDS + 30 * 24 * 3600}


class Raw(str):
    """JSON as it stands, for what no encoder would write."""

    __slots__ = ()


def segment(content: bytes) -> str:
    """Return one part of a token."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def forged(header: Any, claims: Any, secret: str = SECRET, digest: str = "sha256") -> str:
    """Return a token made by hand, which holds whatever is asked for; signed with our secret unless told."""
    parts = (part if isinstance(part, Raw) else json.dumps(part) for part in (header, claims))
    signed = ".".join(segment(part.encode()) for part in parts)
    return f"{signed}.{segment(hmac.digest(secret.encode(), signed.encode(), digest))}"


def without(members: Mapping[str, object], name: str) -> dict[str, object]:
    """Return the members but for one."""
    return {key: value for key, value in members.items() if key != name}


def contents(part: str) -> dict[str, Any]:
    """Return what one part of a token says."""
    members: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=="))
    return members


def check_refused(token: str) -> None:
    """Fail unless the token is refused as either kind, and told nothing but that."""
    for read in (TOKENS.read_access, TOKENS.read_refresh):
        with pytest.raises(Unauthenticated) as refusal:
            read(token, at=NOON)
        assert refusal.value.detail == NOT_VALID
        assert refusal.value.__suppress_context__
