"""Secrets under lock and key: encrypted and authenticated, with keys made from the service's own."""

import base64
from collections.abc import Sequence
from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from application.ports.secrets import SecretBox, UnreadableSecret

# Sets these keys apart from all others that are made of the same secret.
_PURPOSE: Final = b"satchel sealed secrets"


class FernetSecretBox(SecretBox):
    """Seals with AES-128-CBC and HMAC-SHA-256, as the Fernet specification puts them together.

    Args:
        secret_keys: the service's, the newest first; it seals, all of them open.
    """

    def __init__(self, *, secret_keys: Sequence[str]) -> None:
        self._fernet = MultiFernet([_fernet(key) for key in secret_keys])

    def seal(self, secret: bytes) -> bytes:
        """Return the secret as it may be stored: another text each time."""
        return self._fernet.encrypt(secret)

    def open(self, sealed: bytes) -> bytes:
        """Return what was sealed.

        Raises:
            UnreadableSecret: it was sealed with none of these keys, or has been changed since.
        """
        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken:
            raise UnreadableSecret(
                "The secret was sealed with a key that this service does not have: rotate it, or bring that "
                "SECRET_KEY back as one of SECRET_KEY_PREVIOUS."
            ) from None


def _fernet(secret_key: str) -> Fernet:
    # RFC 5869, without a salt: every instance has to come to the same key, from one that is as good as random.
    key = HKDF(SHA256(), length=32, salt=None, info=_PURPOSE).derive(secret_key.encode())
    return Fernet(base64.urlsafe_b64encode(key))
