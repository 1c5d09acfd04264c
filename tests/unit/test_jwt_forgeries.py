"""Tokens that say what they may not, signed by us or not, and are refused for it (RFC 8725)."""

import hmac
import json

import pytest

from tests.contracts.tokens import a_pair
from tests.unit.jwt_forging import (
    ACCESS_CLAIMS,
    ACCESS_HEADER,
    KID,
    NOON_SECONDS,
    OTHER_SECRET,
    PAIR,
    REFRESH_CLAIMS,
    REFRESH_HEADER,
    SECRET,
    TOKENS,
    Raw,
    check_refused,
    forged,
    segment,
    without,
)


class TestSignatures:
    """Who signed, and how."""

    @pytest.mark.parametrize(
        "alg", ["none", "None", "NONE", "nOnE", "", None, 0, [], {}, ["HS256"], "HS256 ", "hs256"]
    )
    @pytest.mark.parametrize("signature", ["", "empty", "right"])
    def test_no_algorithm_but_ours_is_believed(self, alg: object, signature: str) -> None:
        token = forged(ACCESS_HEADER | {"alg": alg}, ACCESS_CLAIMS)
        signed, _, right = token.rpartition(".")
        check_refused(f"{signed}.{right if signature == 'right' else segment(signature.encode())}")

    @pytest.mark.parametrize(("alg", "digest"), [("HS384", "sha384"), ("HS512", "sha512"), ("HS256", "sha512")])
    def test_our_secret_with_another_algorithm_is_not_believed(self, alg: str, digest: str) -> None:
        check_refused(forged(ACCESS_HEADER | {"alg": alg}, ACCESS_CLAIMS, digest=digest))

    @pytest.mark.parametrize("alg", ["RS256", "ES256", "EdDSA", "PS512", "dir", "A128KW"])
    def test_our_secret_under_the_name_of_an_asymmetric_algorithm_is_not_believed(self, alg: str) -> None:
        check_refused(forged(ACCESS_HEADER | {"alg": alg}, ACCESS_CLAIMS))

    @pytest.mark.parametrize(
        "secret",
        ["", " ", "\0", "secret", "changeme", "password", "satchel", "null", KID, SECRET + " ", SECRET.upper()],
    )
    def test_a_guessed_secret_signs_nothing(self, secret: str) -> None:
        check_refused(forged(ACCESS_HEADER, ACCESS_CLAIMS, secret=secret))

    def test_the_signature_of_another_token_of_ours_does_not_fit(self) -> None:
        mine, other = a_pair(TOKENS).access_token, a_pair(TOKENS).access_token
        check_refused(f"{mine.rpartition('.')[0]}.{other.rpartition('.')[2]}")

    def test_a_signature_cut_short_does_not_fit(self) -> None:
        signed, _, signature = PAIR.access_token.rpartition(".")
        for length in range(len(signature)):
            check_refused(f"{signed}.{signature[:length]}")


class TestHeaders:
    """What a header may say: what ours say."""

    @pytest.mark.parametrize("name", ["alg", "kid", "typ"])
    def test_every_member_is_required(self, name: str) -> None:
        check_refused(forged(without(ACCESS_HEADER, name), ACCESS_CLAIMS))

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
            pytest.param(KID.upper(), id="another case"),
            pytest.param(KID + " ", id="a blank more"),
            pytest.param(0, id="a number"),
            pytest.param(None, id="null"),
            pytest.param([KID], id="a list"),
            pytest.param({KID: KID}, id="an object"),
        ],
    )
    def test_a_key_is_found_among_ours_or_not_at_all(self, kid: object) -> None:
        check_refused(forged(ACCESS_HEADER | {"kid": kid}, ACCESS_CLAIMS))

    @pytest.mark.parametrize(
        "typ", ["JWT", "AT+JWT", "at+jwt ", "application/at+jwt", "jwt", "id+jwt", "", None, 1, []]
    )
    def test_the_type_is_compared_exactly(self, typ: object) -> None:
        check_refused(forged(ACCESS_HEADER | {"typ": typ}, ACCESS_CLAIMS))

    @pytest.mark.parametrize(
        "more",
        [
            {"jwk": {"kty": "oct", "k": segment(OTHER_SECRET.encode())}},
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
    def test_a_member_more_is_one_too_many_whoever_signed(self, more: dict[str, object]) -> None:
        check_refused(forged(ACCESS_HEADER | more, ACCESS_CLAIMS))
        check_refused(forged(ACCESS_HEADER | more, ACCESS_CLAIMS, secret=OTHER_SECRET))

    @pytest.mark.parametrize("header", [[], "at+jwt", 7, None, True, Raw(""), Raw("{"), Raw("\ufeff{}")], ids=repr)
    def test_it_is_a_json_object(self, header: object) -> None:
        check_refused(forged(header, ACCESS_CLAIMS))


class TestClaims:
    """What claims may say, though they be signed with our key."""

    @pytest.mark.parametrize("name", ACCESS_CLAIMS)
    def test_every_claim_of_an_access_token_is_required(self, name: str) -> None:
        check_refused(forged(ACCESS_HEADER, without(ACCESS_CLAIMS, name)))
        check_refused(forged(ACCESS_HEADER, ACCESS_CLAIMS | {name: None}))

    @pytest.mark.parametrize("name", REFRESH_CLAIMS)
    def test_every_claim_of_a_refresh_token_is_required(self, name: str) -> None:
        check_refused(forged(REFRESH_HEADER, without(REFRESH_CLAIMS, name)))
        check_refused(forged(REFRESH_HEADER, REFRESH_CLAIMS | {name: None}))

    @pytest.mark.parametrize("value", [True, False, 7.0, "", [], {}, [7], {"7": 7}, -1, 0], ids=repr)
    @pytest.mark.parametrize("name", ACCESS_CLAIMS)
    def test_a_value_of_another_type_or_without_sense_is_refused(self, name: str, value: object) -> None:
        check_refused(forged(ACCESS_HEADER, ACCESS_CLAIMS | {name: value}))
        if name in REFRESH_CLAIMS:
            check_refused(forged(REFRESH_HEADER, REFRESH_CLAIMS | {name: value}))

    @pytest.mark.parametrize("name", ["iss", "aud"])
    @pytest.mark.parametrize(
        "value", ["satchel ", "Satchel", "satchel.evil.example", "evil", ["satchel"], ["satchel", "evil"]]
    )
    def test_issuer_and_audience_are_ours_exactly(self, name: str, value: object) -> None:
        check_refused(forged(ACCESS_HEADER, ACCESS_CLAIMS | {name: value}))
        check_refused(forged(REFRESH_HEADER, REFRESH_CLAIMS | {name: value}))

    @pytest.mark.parametrize(
        ("header", "claims"),
        [
            pytest.param(REFRESH_HEADER, ACCESS_CLAIMS, id="access claims under a refresh header"),
            pytest.param(ACCESS_HEADER, REFRESH_CLAIMS, id="refresh claims under an access header"),
            pytest.param(ACCESS_HEADER, ACCESS_CLAIMS | {"aud": "satchel/refresh"}, id="the other audience"),
            pytest.param(REFRESH_HEADER, REFRESH_CLAIMS | {"aud": "satchel"}, id="the other audience, reversed"),
            pytest.param(
                ACCESS_HEADER, ACCESS_CLAIMS | {"aud": ["satchel", "satchel/refresh"]}, id="both audiences"
            ),
        ],
    )
    def test_the_two_kinds_do_not_mix(self, header: object, claims: object) -> None:
        check_refused(forged(header, claims))

    @pytest.mark.parametrize(
        "number",
        [
            *("NaN", "Infinity", "-Infinity", "1e400", "1e3", f"{NOON_SECONDS + 60}.5", f'"{NOON_SECONDS + 60}"'),
            *("1" + "0" * 400, "1" + "0" * 2000, "-" + "9" * 400, "253402300800000", "9223372036854775808"),
            *("007", "0x10", "1_000", "\u0667"),
        ],
    )
    @pytest.mark.parametrize("name", ["exp", "iat", "nbf", "user_id"])
    def test_a_number_is_an_integer_within_bounds(self, name: str, number: str) -> None:
        for header, claims in ((ACCESS_HEADER, ACCESS_CLAIMS), (REFRESH_HEADER, REFRESH_CLAIMS)):
            if name in claims:
                text = json.dumps(claims | {name: "HERE"}).replace('"HERE"', number)
                check_refused(forged(header, Raw(text)))

    @pytest.mark.parametrize(
        "value",
        [
            "0",
            "-7",
            "+7",
            "07",
            " 7",
            "7 ",
            "7\n",
            "7.0",
            "7e0",
            "\u0667",
            "七",
            "7_0",
            "9223372036854775808",
            "9" * 100,
            "9" * 2000,
        ],
    )
    @pytest.mark.parametrize("name", ["sub", "sid"])
    def test_an_id_is_written_in_one_way(self, name: str, value: str) -> None:
        check_refused(forged(ACCESS_HEADER, ACCESS_CLAIMS | {name: value}))
        check_refused(forged(REFRESH_HEADER, REFRESH_CLAIMS | {name: value}))

    def test_both_claims_for_the_user_name_the_same_one(self) -> None:
        check_refused(forged(ACCESS_HEADER, ACCESS_CLAIMS | {"user_id": 8}))
        check_refused(forged(ACCESS_HEADER, ACCESS_CLAIMS | {"sub": "8"}))

    @pytest.mark.parametrize("role", ["owner", "Admin", "ADMIN", "admin ", "root", "employee,admin", ["admin"]])
    def test_an_unknown_role_is_refused(self, role: object) -> None:
        check_refused(forged(ACCESS_HEADER, ACCESS_CLAIMS | {"role": role}))

    @pytest.mark.parametrize(
        "jti", ["short", "x" * 65, "x" * 21 + "\n", "x" * 21 + " ", "ä" * 22, "\ud83d" * 22, "'; --" * 5]
    )
    def test_an_identifier_is_safe_to_hash_store_and_log(self, jti: str) -> None:
        check_refused(forged(ACCESS_HEADER, ACCESS_CLAIMS | {"jti": jti}))
        check_refused(forged(REFRESH_HEADER, REFRESH_CLAIMS | {"jti": jti}))

    @pytest.mark.parametrize(
        "claims",
        [[], [ACCESS_CLAIMS], "sub", 7, None, True, Raw(""), Raw("{"), Raw("{} {}"), Raw("NaN")],
        ids=repr,
    )
    def test_they_are_one_json_object(self, claims: object) -> None:
        check_refused(forged(ACCESS_HEADER, claims))

    def test_bytes_that_are_no_utf_8_are_refused(self) -> None:
        signed = f"{segment(json.dumps(ACCESS_HEADER).encode())}.{segment(bytes([0xFF]))}"
        check_refused(f"{signed}.{segment(hmac.digest(SECRET.encode(), signed.encode(), 'sha256'))}")

    @pytest.mark.parametrize("depth", [1_000, 2_800, 50_000])
    @pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
    def test_deep_nesting_is_refused(self, depth: int, opening: str, closing: str) -> None:
        for nested in (opening * depth + "1" + closing * depth, opening * depth):
            check_refused(forged(ACCESS_HEADER, Raw(nested)))
            check_refused(forged(Raw(nested), ACCESS_CLAIMS))
            check_refused(forged(ACCESS_HEADER, Raw(f'{{"exp":{nested}}}')))
