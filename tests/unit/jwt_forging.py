"""Making JSON Web Tokens by hand, since PyJWT refuses to make most of the bad ones."""

import base64
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from adapters.jwt.keys import KeyRing, SigningKey
from adapters.jwt.tokens import NOT_VALID, JwtTokens
from domain.errors import Unauthenticated
from tests.contracts.sample import NOON
from tests.contracts.tokens import a_pair

SECRET = "a secret of ours, known to no one else"
OTHER_SECRET = "the secret of another, thirty-two bytes at least"
HMAC_KEY = SigningKey.hs256(SECRET)
KID = HMAC_KEY.kid
PRIVATE_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER_PRIVATE_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
PUBLIC_PEM = PRIVATE_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
ED25519_KEY = SigningKey.of_private(PRIVATE_KEY)

# Believes both kinds of key, so that each is tried in place of the other.
TOKENS = JwtTokens(keys=KeyRing(HMAC_KEY, [ED25519_KEY]))
PAIR = a_pair(TOKENS)
ED25519_PAIR = a_pair(JwtTokens(keys=KeyRing(ED25519_KEY)))
NOON_SECONDS = int(NOON.timestamp())

SHARED = {
    "iss": "satchel",
    "sub": "7",
    "sid": "41",
    "jti": "0123456789abcdefABCDEF",
    "iat": NOON_SECONDS,
    "nbf": NOON_SECONDS,
}
ACCESS_HEADER: dict[str, object] = {"alg": "HS256", "kid": KID, "typ": "at+jwt"}
ACCESS_CLAIMS = SHARED | {
    "aud": "satchel",
    "exp": NOON_SECONDS + 15 * 60,
    "user_id": 7,
    "username": "ann",
    "role": "employee",
}
REFRESH_HEADER = ACCESS_HEADER | {"typ": "rt+jwt"}
ED25519_HEADER: dict[str, object] = {"alg": "EdDSA", "kid": ED25519_KEY.kid, "typ": "at+jwt"}
REFRESH_CLAIMS = SHARED | {"aud": "satchel/refresh", "exp": NOON_SECONDS + 30 * 24 * 3600}


class Raw(str):
    """JSON as it stands, for what no encoder would write."""

    __slots__ = ()


def private_pem(key: PrivateKeyTypes) -> bytes:
    """Return a key as `openssl genpkey` writes it."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def segment(content: bytes) -> str:
    """Return one part of a token."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def signed(header: Any, claims: Any, sign: Callable[[bytes], bytes]) -> str:
    """Return a token made by hand, which holds whatever is asked for."""
    parts = (part if isinstance(part, Raw) else json.dumps(part) for part in (header, claims))
    content = ".".join(segment(part.encode()) for part in parts)
    return f"{content}.{segment(sign(content.encode()))}"


def forged(header: Any, claims: Any, secret: str | bytes = SECRET, digest: str = "sha256") -> str:
    """Return one with an HMAC; by our secret unless told."""
    key = secret if isinstance(secret, bytes) else secret.encode()
    return signed(header, claims, lambda content: hmac.digest(key, content, digest))


@dataclass(frozen=True, slots=True)
class Forge:
    """Makes tokens with one of our keys, or with a stranger's of the same kind.

    Attributes:
        access: the header of an access token signed with our key.
        refresh: that of a refresh token.
        sign: makes a signature with our key.
        sign_as_stranger: makes one with the other key.
    """

    access: dict[str, object]
    refresh: dict[str, object]
    sign: Callable[[bytes], bytes]
    sign_as_stranger: Callable[[bytes], bytes]

    def __call__(self, header: Any, claims: Any) -> str:
        """Return a token with our signature."""
        return signed(header, claims, self.sign)

    def as_stranger(self, header: Any, claims: Any) -> str:
        """Return one with the signature of another."""
        return signed(header, claims, self.sign_as_stranger)


def _with_hmac(secret: str) -> Callable[[bytes], bytes]:
    return lambda content: hmac.digest(secret.encode(), content, "sha256")


FORGES = {
    "HS256": Forge(ACCESS_HEADER, REFRESH_HEADER, _with_hmac(SECRET), _with_hmac(OTHER_SECRET)),
    "EdDSA": Forge(ED25519_HEADER, ED25519_HEADER | {"typ": "rt+jwt"}, PRIVATE_KEY.sign, OTHER_PRIVATE_KEY.sign),
}


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
