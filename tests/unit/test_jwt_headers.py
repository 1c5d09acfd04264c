"""Headers that say what they may not, signed by us or not, and are refused for it (RFC 8725)."""

import pytest

from adapters.jwt.keys import KeyRing, SigningKey
from tests.unit.jwt_forging import (
    ACCESS_CLAIMS,
    ED25519_KEY,
    FORGES,
    KID,
    OTHER_PRIVATE_KEY,
    OTHER_SECRET,
    Forge,
    Raw,
    check_refused,
    segment,
    without,
)

(OTHER_KEY,) = KeyRing(SigningKey.of_private(OTHER_PRIVATE_KEY)).public_keys


@pytest.fixture(params=FORGES)
def forge(request: pytest.FixtureRequest) -> Forge:
    """Each kind of key in turn; the tokens are read where both count."""
    return FORGES[request.param]


class TestHeaders:
    """What a header may say: what ours say."""

    @pytest.mark.parametrize("name", ["alg", "kid", "typ"])
    def test_every_member_is_required(self, forge: Forge, name: str) -> None:
        check_refused(forge(without(forge.access, name), ACCESS_CLAIMS))

    @pytest.mark.parametrize(
        "kid",
        [
            pytest.param("../../../../dev/null", id="traversal"),
            pytest.param("/proc/sys/kernel/randomize_va_space", id="a file of known content"),
            pytest.param("' UNION SELECT 'secret' --", id="SQL"),
            pytest.param("|id", id="a command"),
            pytest.param("k" * 10_000, id="10 kB"),
            pytest.param("k" * 2_000, id="2 kB"),
            pytest.param("", id="empty"),
            pytest.param("\0", id="NUL"),
            pytest.param("\ud83d", id="half a surrogate pair"),
            pytest.param("0" * 16, id="unknown"),
            *(pytest.param(kid.swapcase(), id="another case") for kid in (KID, ED25519_KEY.kid)),
            *(pytest.param(kid + " ", id="a blank more") for kid in (KID, ED25519_KEY.kid)),
            pytest.param(0, id="a number"),
            pytest.param(None, id="null"),
            pytest.param([KID], id="a list"),
            pytest.param({KID: KID}, id="an object"),
        ],
    )
    def test_a_key_is_found_among_ours_or_not_at_all(self, forge: Forge, kid: object) -> None:
        check_refused(forge(forge.access | {"kid": kid}, ACCESS_CLAIMS))

    @pytest.mark.parametrize(
        "typ", ["JWT", "AT+JWT", "at+jwt ", "application/at+jwt", "jwt", "id+jwt", "", None, 1, []]
    )
    def test_the_type_is_compared_exactly(self, forge: Forge, typ: object) -> None:
        check_refused(forge(forge.access | {"typ": typ}, ACCESS_CLAIMS))

    @pytest.mark.parametrize(
        "more",
        [
            {"jwk": {"kty": "oct", "k": segment(OTHER_SECRET.encode())}},
            {"jwk": {"kty": "OKP", "crv": "Ed25519", "x": OTHER_KEY.x, "kid": OTHER_KEY.kid}},
            {"jku": "https://evil.example/jwks.json"},
            {"x5u": "https://evil.example/cert.pem"},
            {"x5c": ["MIIB"]},
            {"x5t": "AAAA"},
            {"x5t#S256": "AAAA"},
            {"crit": ["exp"]},
            {"crit": ["b64"], "b64": True},
            {"crit": ["b64"], "b64": False},
            {"crit": []},
            {"crit": "b64"},
            {"crit": None},
            {"b64": False},
            {"b64": True},
            {"cty": "JWT"},
            {"zip": "DEF"},
            {"enc": "A128GCM"},
            {"jwk": None},
        ],
        ids=str,
    )
    def test_a_member_more_is_one_too_many_whoever_signed(self, forge: Forge, more: dict[str, object]) -> None:
        check_refused(forge(forge.access | more, ACCESS_CLAIMS))
        check_refused(forge.as_stranger(forge.access | more, ACCESS_CLAIMS))

    def test_a_key_that_comes_along_is_not_believed_under_its_own_name(self, forge: Forge) -> None:
        jwk = {"kty": "OKP", "crv": "Ed25519", "x": OTHER_KEY.x}
        header = forge.access | {"kid": OTHER_KEY.kid, "jwk": jwk}
        check_refused(forge.as_stranger(header, ACCESS_CLAIMS))
        check_refused(forge.as_stranger(without(header, "jwk"), ACCESS_CLAIMS))

    @pytest.mark.parametrize("header", [[], "at+jwt", 7, None, True, Raw(""), Raw("{"), Raw("\ufeff{}")], ids=repr)
    def test_it_is_a_json_object(self, forge: Forge, header: object) -> None:
        check_refused(forge(header, ACCESS_CLAIMS))
