"""The keys that sign tokens, and those that once did."""

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from application.ports.tokens import PublicKey

_KID_CONTEXT = b"satchel token key id\0"


@dataclass(frozen=True, slots=True)
class VerificationKey:
    """What checks signatures, bound to the one algorithm it may be used with (RFC 8725, section 3.1).

    Attributes:
        kid: the key's public name, which tokens carry.
        algorithm: its name in the `alg` header.
        verifies_with: the secret of an HMAC, or the public half of an Ed25519 key.
    """

    kid: str
    algorithm: str
    verifies_with: bytes | Ed25519PublicKey = field(repr=False)

    @staticmethod
    def of_public(public_key: Ed25519PublicKey) -> "VerificationKey":
        """Return what checks signatures of this key's other half; its name is its thumbprint (RFC 7638)."""
        return VerificationKey(kid=_thumbprint(public_key), algorithm="EdDSA", verifies_with=public_key)

    @property
    def published(self) -> PublicKey | None:
        """The key as others may know it; None where it is a secret."""
        if isinstance(self.verifies_with, bytes):
            return None
        return PublicKey(kid=self.kid, x=_base64url(self.verifies_with.public_bytes_raw()))


@dataclass(frozen=True, slots=True)
class SigningKey(VerificationKey):
    """What also makes the signatures that it checks.

    Attributes:
        signs_with: the secret of an HMAC, where both are one, or the private half of an Ed25519 key.
    """

    signs_with: bytes | Ed25519PrivateKey = field(repr=False)

    @classmethod
    def hs256(cls, secret: str) -> "SigningKey":
        """Return the HMAC-SHA-256 key that this secret's UTF-8 bytes are.

        Its name is a hash of the secret, so every instance with the same secret agrees on it.

        Raises:
            ValueError: the secret has less than 32 bytes (RFC 7518, section 3.2), or is a key of another
                kind in text form, which might be public.
        """
        algorithm = jwt.get_algorithm_by_name("HS256")
        encoded = secret.encode()
        try:
            weakness = algorithm.check_key_length(algorithm.prepare_key(encoded))
        except jwt.InvalidKeyError as error:
            raise ValueError(f"this secret key cannot be used: {error}") from None
        if weakness is not None:
            raise ValueError(f"a secret key needs at least 32 bytes, this one has {len(encoded)}")
        kid = hashlib.sha256(_KID_CONTEXT + encoded).hexdigest()[:16]
        return cls(kid=kid, algorithm="HS256", verifies_with=encoded, signs_with=encoded)

    @classmethod
    def of_private(cls, private_key: Ed25519PrivateKey) -> "SigningKey":
        """Return the Ed25519 key (RFC 8032) with both its halves."""
        half = VerificationKey.of_public(private_key.public_key())
        return cls(half.kid, half.algorithm, half.verifies_with, signs_with=private_key)


class KeyRing:
    """The key of today beside those of before, whose tokens still count.

    Attributes:
        current: the key that signs.
        public_keys: those that others may know, in the order given.
    """

    def __init__(self, current: SigningKey, previous: Iterable[VerificationKey] = ()) -> None:
        self.current = current
        self._by_kid = {key.kid: key for key in (current, *previous)}
        self.public_keys = tuple(key.published for key in self._by_kid.values() if key.published is not None)

    def named(self, kid: object) -> VerificationKey | None:
        """Return the key of that name, if it is one of ours; the name is a stranger's and may be anything."""
        return self._by_kid.get(kid) if isinstance(kid, str) else None


def _thumbprint(public_key: Ed25519PublicKey) -> str:
    # RFC 8037, section 2: these members, sorted and without blanks.
    members = f'{{"crv":"Ed25519","kty":"OKP","x":"{_base64url(public_key.public_bytes_raw())}"}}'
    return _base64url(hashlib.sha256(members.encode()).digest())


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
