"""Reading Ed25519 keys from PEM files, and choosing what signs and what merely verifies."""

from collections.abc import Sequence
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from adapters.jwt.keys import KeyRing, SigningKey, VerificationKey

# A key takes some 200 bytes; whatever is much longer is another file.
_FILE_MOST = 64 * 1024


def key_ring(
    *,
    secret_key: str,
    previous_secret_keys: Sequence[str] = (),
    signing_key_file: Path | None = None,
    previous_signing_key_files: Sequence[Path] = (),
) -> KeyRing:
    """Return the keys that these settings name: the key of the file signs, or without one the secret.

    Where a file's key signs, the secret itself verifies nothing unless it is among the previous ones.

    Args:
        secret_key: at least 32 bytes.
        previous_secret_keys: signed tokens that still count; each as long.
        signing_key_file: an Ed25519 private key.
        previous_signing_key_files: of keys that signed tokens that still count; either half will do.

    Raises:
        ValueError: a key cannot be used, and why. The text never holds the key.
    """
    current = SigningKey.hs256(secret_key) if signing_key_file is None else read_signing_key(signing_key_file)
    return KeyRing(
        current,
        (*map(read_verification_key, previous_signing_key_files), *map(SigningKey.hs256, previous_secret_keys)),
    )


def read_signing_key(path: Path) -> SigningKey:
    """Return the key of a file that holds an Ed25519 private key as PEM: PKCS#8, not encrypted (RFC 8410).

    Raises:
        ValueError: the file cannot be read or holds something else, and what to do. Its content is not quoted.
    """
    try:
        return SigningKey.of_private(_private_key(_read(path)))
    except ValueError as error:
        raise ValueError(
            f"{error}; make one with: openssl genpkey -algorithm ed25519 -out signing-key.pem"
        ) from None


def read_verification_key(path: Path) -> VerificationKey:
    """Return the key of a file that holds either half of an Ed25519 key as PEM.

    Raises:
        ValueError: the file cannot be read or holds something else. Its content is not quoted.
    """
    content = _read(path)
    if _is_public(content):
        return VerificationKey.of_public(_public_key(content))
    return SigningKey.of_private(_private_key(content))


def _read(path: Path) -> bytes:
    try:
        if not path.exists():
            raise ValueError("there is no such file")
        # A pipe would be empty at the second look, or never end.
        if not path.is_file():
            raise ValueError("this is no regular file")
        with path.open("rb") as file:
            content = file.read(_FILE_MOST + 1)
    except OSError as error:
        raise ValueError(f"the file cannot be read ({error.strerror})") from None
    if not content.strip():
        raise ValueError("the file is empty")
    if len(content) > _FILE_MOST:
        raise ValueError("the file is too long for a key")
    return content


def _is_public(content: bytes) -> bool:
    return b"-----BEGIN PUBLIC KEY-----" in content and b"PRIVATE KEY-----" not in content


def _private_key(content: bytes) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(content, password=None)
    except TypeError:
        raise ValueError("the key is encrypted, and must not be") from None
    except (ValueError, UnsupportedAlgorithm):
        fault = "a public key, which cannot sign" if _is_public(content) else "no private key in PEM form"
        raise ValueError(f"the file holds {fault}") from None
    match key:
        case Ed25519PrivateKey():
            return key
        case _:
            raise ValueError("the key is of another kind than Ed25519")


def _public_key(content: bytes) -> Ed25519PublicKey:
    try:
        key = load_pem_public_key(content)
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("the file holds no public key in PEM form") from None
    match key:
        case Ed25519PublicKey():
            return key
        case _:
            raise ValueError("the key is of another kind than Ed25519")
