"""The keys that sign tokens, and those that once did."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

import jwt

_KID_CONTEXT = b"satchel token key id\0"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One key, bound to the one algorithm it may be used with (RFC 8725, section 3.1).

    Attributes:
        kid: the key's public name, which tokens carry.
        algorithm: its name in the `alg` header.
        signs_with: what makes a signature.
        verifies_with: what checks one; for an HMAC it is the same secret.
    """

    kid: str
    algorithm: str
    signs_with: bytes = field(repr=False)
    verifies_with: bytes = field(repr=False)

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
        return cls(kid=kid, algorithm="HS256", signs_with=encoded, verifies_with=encoded)


class KeyRing:
    """The key of today beside those of before, whose tokens still count.

    Attributes:
        current: the key that signs.
    """

    def __init__(self, current: SigningKey, previous: Iterable[SigningKey] = ()) -> None:
        self.current = current
        self._by_kid = {key.kid: key for key in (current, *previous)}

    def named(self, kid: object) -> SigningKey | None:
        """Return the key of that name, if it is one of ours; the name is a stranger's and may be anything."""
        return self._by_kid.get(kid) if isinstance(kid, str) else None
