"""Files of keys: which are taken, and what is said of those that are not."""

import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa_key
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from adapters.jwt.key_files import read_signing_key, read_verification_key
from tests.unit.jwt_forging import ED25519_KEY, PRIVATE_KEY, PUBLIC_PEM, private_pem

PEM = private_pem(PRIVATE_KEY)
ENCRYPTED = PRIVATE_KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"hunter2"))
SSH = PRIVATE_KEY.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
DER = PRIVATE_KEY.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
RSA = generate_rsa_key(65537, 2048)
RSA_PUBLIC = RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
CERTIFICATE = b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"

NO_KEY_AT_ALL = [
    pytest.param(b"", "is empty", id="empty"),
    pytest.param(b" \n\t\r\n", "is empty", id="blank"),
    pytest.param(b"hunter2", "no private key", id="a password"),
    pytest.param(b"\0\xff" * 100, "no private key", id="bytes"),
    pytest.param(PEM[:60], "no private key", id="cut off"),
    pytest.param(PEM.replace(b"M", b"N"), "no private key", id="damaged"),
    pytest.param(DER, "no private key", id="DER"),
    pytest.param(SSH, "no private key|another kind", id="OpenSSH"),
    pytest.param(CERTIFICATE, "no private key", id="a certificate"),
    pytest.param(PEM + b"#" * 65536, "too long", id="endless"),
    pytest.param(ENCRYPTED, "is encrypted, and must not be", id="encrypted"),
    pytest.param(private_pem(RSA), "another kind than Ed25519", id="RSA"),
    pytest.param(private_pem(generate_private_key(SECP256R1())), "another kind", id="EC"),
    pytest.param(private_pem(X25519PrivateKey.generate()), "another kind", id="X25519"),
    pytest.param(private_pem(Ed448PrivateKey.generate()), "another kind", id="Ed448"),
]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "key.pem"


@pytest.mark.parametrize("content", [PEM, PEM.strip(), PEM.replace(b"\n", b"\r\n"), b"notes\n" + PEM])
def test_a_private_key_signs_and_verifies(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    assert read_signing_key(file).kid == ED25519_KEY.kid
    assert read_verification_key(file).kid == ED25519_KEY.kid


def test_a_public_key_verifies(file: Path) -> None:
    file.write_bytes(PUBLIC_PEM)
    assert read_verification_key(file).kid == ED25519_KEY.kid


def test_a_public_key_is_refused_where_one_must_sign(file: Path) -> None:
    file.write_bytes(PUBLIC_PEM)
    with pytest.raises(ValueError, match="a public key, which cannot sign; make one with: openssl genpkey"):
        read_signing_key(file)


@pytest.mark.parametrize("content", [PUBLIC_PEM + PEM, PEM + PUBLIC_PEM])
def test_both_halves_in_one_file_are_a_private_key(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    assert read_signing_key(file).kid == read_verification_key(file).kid == ED25519_KEY.kid


@pytest.mark.parametrize(("content", "fault"), NO_KEY_AT_ALL)
def test_what_is_no_such_key_is_refused_with_advice_and_not_quoted(file: Path, content: bytes, fault: str) -> None:
    file.write_bytes(content)
    with pytest.raises(
        ValueError, match=rf"({fault}).*; make one with: openssl genpkey -algorithm ed25519"
    ) as refused:
        read_signing_key(file)
    assert refused.value.__suppress_context__
    assert not content.strip() or content.decode(errors="replace").split()[-1] not in str(refused.value)
    with pytest.raises(ValueError, match=fault) as refused:
        read_verification_key(file)
    assert "make one" not in str(refused.value)


@pytest.mark.parametrize("content", [RSA_PUBLIC, PUBLIC_PEM.replace(b"M", b"N"), PUBLIC_PEM[:40]])
def test_no_other_public_key_is_taken(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(ValueError, match=r"no public key|another kind"):
        read_verification_key(file)


def test_a_file_that_is_not_there_is_told(file: Path) -> None:
    with pytest.raises(ValueError, match="there is no such file"):
        read_signing_key(file)


@pytest.mark.parametrize("name", ["", "/dev/zero", "pipe"])
def test_only_regular_files_are_read(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ValueError, match="no regular file"):
        read_signing_key(tmp_path / name)


def test_a_link_to_a_file_is_followed(file: Path, tmp_path: Path) -> None:
    file.write_bytes(PEM)
    (tmp_path / "link").symlink_to(file)
    assert read_signing_key(tmp_path / "link").kid == ED25519_KEY.kid


@pytest.mark.parametrize("name", ["x" * 300, f"{PEM.splitlines()[1].decode()}/x" * 50])
def test_a_key_in_place_of_a_files_name_is_not_repeated(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=r"no such file|cannot be read") as refused:
        read_signing_key(tmp_path / name)
    assert name[:20] not in str(refused.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_told(file: Path) -> None:
    file.write_bytes(PEM)
    file.chmod(0)
    with pytest.raises(ValueError, match=r"cannot be read \(Permission denied\)"):
        read_signing_key(file)
