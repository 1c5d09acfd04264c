"""What PyJWT or its users were once attacked with, tried on ours: each case is named after its advisory."""

import base64
import json

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from adapters.jwt.keys import SigningKey
from tests.unit.jwt_forging import (
    ACCESS_CLAIMS,
    ACCESS_HEADER,
    ED25519_KEY,
    FORGES,
    PRIVATE_KEY,
    PUBLIC_PEM,
    Forge,
    Raw,
    check_refused,
    forged,
)

_PUBLIC_KEY = PRIVATE_KEY.public_key()
_X = base64.urlsafe_b64encode(_PUBLIC_KEY.public_bytes_raw()).rstrip(b"=").decode()
_JWK = {"kty": "OKP", "crv": "Ed25519", "x": _X}
_SSH = _PUBLIC_KEY.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


@pytest.fixture(params=FORGES)
def forge(request: pytest.FixtureRequest) -> Forge:
    """Makes tokens with one of our keys."""
    return FORGES[request.param]


class TestPublicKeysAsSecrets:
    """Whoever knows a public key could sign with it, were it taken for the secret of an HMAC."""

    @pytest.mark.parametrize(
        "text",
        [
            pytest.param(_SSH, id="CVE-2022-29217: OpenSSH"),
            pytest.param(json.dumps(_JWK), id="CVE-2026-48526: JWK"),
            pytest.param(json.dumps({"keys": [_JWK]}), id="GHSA-ffc3-869f-jxw9: a set of them"),
            pytest.param(PUBLIC_PEM.decode().replace("\n", "\r\n"), id="GHSA-ffc3-869f-jxw9: other line ends"),
            pytest.param(f"\n  {PUBLIC_PEM.decode()}", id="GHSA-ffc3-869f-jxw9: blanks before"),
            pytest.param(f"\ufeff{PUBLIC_PEM.decode()}", id="GHSA-ffc3-869f-jxw9: a byte order mark"),
        ],
    )
    def test_they_are_refused_as_a_setting_and_not_repeated(self, text: str) -> None:
        with pytest.raises(ValueError, match="secret key") as refused:
            SigningKey.hs256(text)
        assert text not in str(refused.value)

    @pytest.mark.parametrize(
        "secret", [_SSH, json.dumps(_JWK), json.dumps({"keys": [_JWK]}), _X, PUBLIC_PEM.decode().strip()]
    )
    def test_nothing_signed_with_them_is_believed(self, secret: str) -> None:
        for kid in (ED25519_KEY.kid, ACCESS_HEADER["kid"]):
            check_refused(forged(ACCESS_HEADER | {"kid": kid}, ACCESS_CLAIMS, secret=secret))


class TestClaimsAndHeaders:
    """What is signed as it should be, and yet is not for us."""

    @pytest.mark.parametrize("issuer", ["", "s", "satche", "atchel", ["satchel"], "satchel "])
    def test_a_part_of_the_issuer_is_not_the_issuer(self, forge: Forge, issuer: object) -> None:
        """CVE-2024-53861: a text was looked for within another."""
        check_refused(forge(forge.access, ACCESS_CLAIMS | {"iss": issuer}))

    def test_what_must_be_understood_and_is_not_ends_it(self, forge: Forge) -> None:
        """CVE-2026-32597: `crit` was not looked at."""
        header = forge.access | {"crit": ["x-policy"], "x-policy": "second-factor"}
        check_refused(forge(header, ACCESS_CLAIMS))

    def test_an_allowed_name_does_not_vouch_for_another_algorithm(self) -> None:
        """CVE-2026-48523: the header's algorithm was compared, the key's was used."""
        for name, other in (("HS256", "EdDSA"), ("EdDSA", "HS256")):
            forge = FORGES[name]
            check_refused(forge(forge.access | {"alg": other}, ACCESS_CLAIMS))

    def test_claims_that_are_not_encoded_are_none(self, forge: Forge) -> None:
        """RFC 7797: with `b64` set to false they stand as they are, or outside."""
        header = forge.access | {"b64": False, "crit": ["b64"]}
        encoded = base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()
        for claims in ("", json.dumps(ACCESS_CLAIMS)):
            content = f"{encoded}.{claims}"
            signature = base64.urlsafe_b64encode(forge.sign(content.encode())).rstrip(b"=").decode()
            check_refused(f"{content}.{signature}")
            check_refused(f"{encoded}..{signature}")

    @pytest.mark.parametrize(("opening", "closing", "depth"), [("[", "]", 1_300), ('{"a":', "}", 400)])
    def test_a_deep_header_is_refused_like_anything_else(
        self, forge: Forge, opening: str, closing: str, depth: int
    ) -> None:
        """GHSA-8wjv-2p76-3863: it got out as an error of another kind."""
        deep = f"{opening * depth}1{closing * depth}"
        check_refused(forge(Raw(f'{{"alg":"HS256","x":{deep}}}'), {}))


class TestWeakKeys:
    """CVE-2025-45768: secrets of any length were taken."""

    @pytest.mark.parametrize("secret", ["", "k", "k" * 31])
    def test_they_sign_nothing_and_verify_nothing(self, secret: str) -> None:
        with pytest.raises(ValueError, match="secret key"):
            SigningKey.hs256(secret)

    def test_thirty_two_bytes_will_do(self) -> None:
        assert SigningKey.hs256("k" * 32).algorithm == "HS256"


class TestExamplesOfTheStandard:
    """Forms of a token that are not ours."""

    # RFC 7515, appendix A.1.1.
    CLAIMS = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"

    @pytest.mark.parametrize(
        "token",
        [
            pytest.param(f"eyJhbGciOiJub25lIn0.{CLAIMS}.", id="RFC 7515, A.5: unsecured"),
            pytest.param(f"eyJhbGciOiJub25lIn0.{CLAIMS}", id="without its last dot"),
            pytest.param(f"eyJhbGciOiJub25lIn0.{CLAIMS}.AA", id="with a signature all the same"),
            pytest.param(
                json.dumps(
                    {"payload": CLAIMS, "signatures": [{"protected": "eyJhbGciOiJFUzI1NiJ9", "signature": "AA"}]}
                ),
                id="RFC 7515, A.6: JSON, general",
            ),
            pytest.param(
                json.dumps({"payload": CLAIMS, "protected": "eyJhbGciOiJFUzI1NiJ9", "signature": "AA"}),
                id="RFC 7515, A.7: JSON, flattened",
            ),
        ],
    )
    def test_other_forms_are_refused(self, token: str) -> None:
        check_refused(token)
