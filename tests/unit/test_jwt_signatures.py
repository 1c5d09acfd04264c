"""Signatures that are not ours, or not of this token, and what is refused for them (RFC 8725)."""

import base64
import json

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from adapters.jwt.keys import KeyRing, SigningKey
from adapters.jwt.tokens import JwtTokens
from domain.errors import Unauthenticated
from tests.contracts.sample import NOON
from tests.unit.jwt_forging import (
    ACCESS_CLAIMS,
    ACCESS_HEADER,
    ED25519_HEADER,
    ED25519_KEY,
    ED25519_PAIR,
    FORGES,
    KID,
    OTHER_PRIVATE_KEY,
    PRIVATE_KEY,
    PUBLIC_PEM,
    SECRET,
    Forge,
    check_refused,
    forged,
    segment,
    signed,
)

# The order of Ed25519's group (RFC 8032, section 5.1).
GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493
# Points of order 1, 2, 4 and 8, and the same in forms that are not canonical.
SMALL_ORDER = (
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
)
PUBLIC_KEY = PRIVATE_KEY.public_key()


class TestBothKinds:
    """What holds of either kind of key, each read where the other counts, too."""

    @pytest.fixture(params=FORGES)
    def forge(self, request: pytest.FixtureRequest) -> Forge:
        return FORGES[request.param]

    @pytest.mark.parametrize(
        "alg",
        [
            *("none", "None", "NONE", "nOnE", "", None, 0, [], {}, ["HS256"], ["EdDSA"]),
            *("HS256 ", "hs256", "eddsa", "EDDSA", "EdDSA\0", "Ed25519", "Ed448"),
            *("HS384", "HS512", "RS256", "ES256", "PS512", "dir", "A128KW"),
        ],
    )
    @pytest.mark.parametrize("signature", ["", "empty", "right"])
    def test_no_algorithm_but_the_keys_own_is_believed(self, forge: Forge, alg: object, signature: str) -> None:
        token = forge(forge.access | {"alg": alg}, ACCESS_CLAIMS)
        content, _, right = token.rpartition(".")
        check_refused(f"{content}.{right if signature == 'right' else segment(signature.encode())}")

    def test_a_strangers_signature_under_the_name_of_our_key_does_not_fit(self, forge: Forge) -> None:
        check_refused(forge.as_stranger(forge.access, ACCESS_CLAIMS))
        check_refused(forge.as_stranger(forge.refresh, ACCESS_CLAIMS))

    def test_the_signature_of_another_token_of_ours_does_not_fit(self, forge: Forge) -> None:
        mine, other = (forge(forge.access, ACCESS_CLAIMS | {"username": name}) for name in ("ann", "bob"))
        check_refused(f"{mine.rpartition('.')[0]}.{other.rpartition('.')[2]}")

    def test_a_signature_cut_short_does_not_fit(self, forge: Forge) -> None:
        content, _, signature = forge(forge.access, ACCESS_CLAIMS).rpartition(".")
        for length in range(len(signature)):
            check_refused(f"{content}.{signature[:length]}")

    @pytest.mark.parametrize("length", [0, 1, 31, 32, 33, 63, 64, 65, 128])
    @pytest.mark.parametrize("byte", [b"\0", b"\xff"])
    def test_bytes_that_anyone_can_write_are_no_signature(self, forge: Forge, length: int, byte: bytes) -> None:
        check_refused(signed(forge.access, ACCESS_CLAIMS, lambda _: byte * length))


class TestSecrets:
    """Signatures by a secret."""

    @pytest.mark.parametrize(("alg", "digest"), [("HS384", "sha384"), ("HS512", "sha512"), ("HS256", "sha512")])
    def test_our_secret_with_another_algorithm_is_not_believed(self, alg: str, digest: str) -> None:
        check_refused(forged(ACCESS_HEADER | {"alg": alg}, ACCESS_CLAIMS, digest=digest))

    @pytest.mark.parametrize(
        "secret",
        ["", " ", "\0", "secret", "changeme", "password", "satchel", "null", KID, SECRET + " ", SECRET.upper()],
    )
    def test_a_guessed_secret_signs_nothing(self, secret: str) -> None:
        check_refused(forged(ACCESS_HEADER, ACCESS_CLAIMS, secret=secret))


class TestOneKindInPlaceOfTheOther:
    """Every key has its one algorithm, whatever a token says."""

    @pytest.mark.parametrize(
        "secret",
        [
            pytest.param(PUBLIC_PEM, id="PEM"),
            pytest.param(PUBLIC_PEM.strip(), id="PEM without its line break"),
            pytest.param(PUBLIC_PEM.replace(b"\n", b"\r\n"), id="PEM with other line breaks"),
            pytest.param(PUBLIC_KEY.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo), id="DER"),
            pytest.param(PUBLIC_KEY.public_bytes_raw(), id="raw"),
            pytest.param(PUBLIC_KEY.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH), id="OpenSSH"),
            pytest.param(segment(PUBLIC_KEY.public_bytes_raw()), id="base64url"),
            pytest.param(json.dumps({"kty": "OKP", "crv": "Ed25519"}), id="JWK"),
            pytest.param(ED25519_KEY.kid, id="thumbprint"),
        ],
    )
    @pytest.mark.parametrize("alg", ["HS256", "EdDSA"])
    @pytest.mark.parametrize("kid", [KID, ED25519_KEY.kid])
    def test_what_is_public_of_a_key_is_no_secret(self, secret: str | bytes, alg: str, kid: str) -> None:
        check_refused(forged({"alg": alg, "kid": kid, "typ": "at+jwt"}, ACCESS_CLAIMS, secret=secret))

    @pytest.mark.parametrize("kind", FORGES)
    @pytest.mark.parametrize(
        "header",
        [
            pytest.param(ACCESS_HEADER | {"alg": "EdDSA"}, id="the secret's name, the other's algorithm"),
            pytest.param(ED25519_HEADER | {"alg": "HS256"}, id="the pair's name, the other's algorithm"),
        ],
    )
    def test_name_and_algorithm_of_two_keys_do_not_mix(self, kind: str, header: dict[str, object]) -> None:
        check_refused(FORGES[kind](header, ACCESS_CLAIMS))

    def test_the_name_of_one_key_does_not_vouch_for_the_signature_of_the_other(self) -> None:
        check_refused(FORGES["HS256"](ED25519_HEADER, ACCESS_CLAIMS))
        check_refused(FORGES["EdDSA"](ACCESS_HEADER, ACCESS_CLAIMS))


class TestEd25519:
    """Signatures by a key of two halves (RFC 8032)."""

    def test_a_signature_has_one_form_alone(self) -> None:
        content, _, signature = ED25519_PAIR.access_token.rpartition(".")
        genuine = base64.urlsafe_b64decode(signature + "==")
        point, scalar = genuine[:32], int.from_bytes(genuine[32:], "little")
        for more in range(GROUP_ORDER, 2**256 - scalar, GROUP_ORDER):
            other = point + (scalar + more).to_bytes(32, "little")
            check_refused(f"{content}.{segment(other)}")

    def test_a_flipped_bit_breaks_it(self) -> None:
        content, _, signature = ED25519_PAIR.access_token.rpartition(".")
        genuine = int.from_bytes(base64.urlsafe_b64decode(signature + "=="))
        for bit in range(512):
            check_refused(f"{content}.{segment((genuine ^ (1 << bit)).to_bytes(64))}")

    @pytest.mark.parametrize("point", SMALL_ORDER)
    @pytest.mark.parametrize("scalar", [0, 1, GROUP_ORDER - 1, GROUP_ORDER])
    def test_a_point_of_small_order_signs_nothing(self, point: str, scalar: int) -> None:
        signature = bytes.fromhex(point) + scalar.to_bytes(32, "little")
        check_refused(signed(ED25519_HEADER, ACCESS_CLAIMS, lambda _: signature))

    def test_the_private_key_of_another_signs_nothing_under_either_name(self) -> None:
        other = SigningKey.of_private(OTHER_PRIVATE_KEY)
        for kid in (ED25519_KEY.kid, other.kid, KID):
            check_refused(signed(ED25519_HEADER | {"kid": kid}, ACCESS_CLAIMS, OTHER_PRIVATE_KEY.sign))


class TestExamplesOfTheStandards:
    """Keys that everyone knows have signed these."""

    EDDSA = (
        "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
    )
    HS256 = (
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
        "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    )
    PRIVATE_KEY = Ed25519PrivateKey.from_private_bytes(
        base64.urlsafe_b64decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=")
    )

    @pytest.mark.parametrize("token", [EDDSA, HS256], ids=["RFC 8037, appendix A.4", "RFC 7515, appendix A.1"])
    def test_they_are_refused(self, token: str) -> None:
        check_refused(token)

    def test_one_is_refused_even_where_its_key_is_ours(self) -> None:
        content, _, signature = self.EDDSA.rpartition(".")
        self.PRIVATE_KEY.public_key().verify(base64.urlsafe_b64decode(signature + "=="), content.encode())
        tokens = JwtTokens(keys=KeyRing(SigningKey.of_private(self.PRIVATE_KEY)))
        with pytest.raises(Unauthenticated):
            tokens.read_access(self.EDDSA, at=NOON)

    def test_our_keys_sign_as_the_standards_do(self) -> None:
        # RFC 8037, appendix A.4; RFC 7515, appendix A.1, whose key is made of bytes that are no text.
        ed25519 = SigningKey.of_private(self.PRIVATE_KEY)
        assert isinstance(ed25519.signs_with, Ed25519PrivateKey)
        hmac_key = base64.urlsafe_b64decode(
            "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow=="
        )
        for example, algorithm, signs_with in (
            (self.EDDSA, ed25519.algorithm, ed25519.signs_with),
            (self.HS256, SigningKey.hs256(SECRET).algorithm, hmac_key),
        ):
            content, _, signature = example.rpartition(".")
            made = jwt.get_algorithm_by_name(algorithm).sign(content.encode(), signs_with)
            assert segment(made) == signature

    def test_the_name_of_a_key_is_the_thumbprint_that_the_standard_computes(self) -> None:
        # RFC 8037, appendix A.3.
        assert SigningKey.of_private(self.PRIVATE_KEY).kid == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
