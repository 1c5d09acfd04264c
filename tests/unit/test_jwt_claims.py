"""Claims that say what they may not, though they be signed with our key, and are refused for it (RFC 8725)."""

import json

import pytest

from tests.unit.jwt_forging import (
    ACCESS_CLAIMS,
    FORGES,
    NOON_SECONDS,
    REFRESH_CLAIMS,
    Forge,
    Raw,
    check_refused,
    segment,
    without,
)


@pytest.fixture(params=FORGES)
def forge(request: pytest.FixtureRequest) -> Forge:
    """Each kind of key in turn; the tokens are read where both count."""
    return FORGES[request.param]


class TestClaims:
    """What claims may say, though they be signed with our key."""

    @pytest.mark.parametrize("name", ACCESS_CLAIMS)
    def test_every_claim_of_an_access_token_is_required(self, forge: Forge, name: str) -> None:
        check_refused(forge(forge.access, without(ACCESS_CLAIMS, name)))
        check_refused(forge(forge.access, ACCESS_CLAIMS | {name: None}))

    @pytest.mark.parametrize("name", REFRESH_CLAIMS)
    def test_every_claim_of_a_refresh_token_is_required(self, forge: Forge, name: str) -> None:
        check_refused(forge(forge.refresh, without(REFRESH_CLAIMS, name)))
        check_refused(forge(forge.refresh, REFRESH_CLAIMS | {name: None}))

    @pytest.mark.parametrize("value", [True, False, 7.0, "", [], {}, [7], {"7": 7}, -1, 0], ids=repr)
    @pytest.mark.parametrize("name", ACCESS_CLAIMS)
    def test_a_value_of_another_type_or_without_sense_is_refused(
        self, forge: Forge, name: str, value: object
    ) -> None:
        check_refused(forge(forge.access, ACCESS_CLAIMS | {name: value}))
        if name in REFRESH_CLAIMS:
            check_refused(forge(forge.refresh, REFRESH_CLAIMS | {name: value}))

    @pytest.mark.parametrize("name", ["iss", "aud"])
    @pytest.mark.parametrize(
        "value", ["satchel ", "Satchel", "satchel.evil.example", "evil", ["satchel"], ["satchel", "evil"]]
    )
    def test_issuer_and_audience_are_ours_exactly(self, forge: Forge, name: str, value: object) -> None:
        check_refused(forge(forge.access, ACCESS_CLAIMS | {name: value}))
        check_refused(forge(forge.refresh, REFRESH_CLAIMS | {name: value}))

    @pytest.mark.parametrize(
        ("kind", "claims"),
        [
            pytest.param("refresh", ACCESS_CLAIMS, id="access claims under a refresh header"),
            pytest.param("access", REFRESH_CLAIMS, id="refresh claims under an access header"),
            pytest.param("access", ACCESS_CLAIMS | {"aud": "satchel/refresh"}, id="the other audience"),
            pytest.param("refresh", REFRESH_CLAIMS | {"aud": "satchel"}, id="the other audience, reversed"),
            pytest.param("access", ACCESS_CLAIMS | {"aud": ["satchel", "satchel/refresh"]}, id="both audiences"),
        ],
    )
    def test_the_two_kinds_do_not_mix(self, forge: Forge, kind: str, claims: object) -> None:
        check_refused(forge(forge.access if kind == "access" else forge.refresh, claims))

    @pytest.mark.parametrize(
        "number",
        [
            *("NaN", "Infinity", "-Infinity", "1e400", "1e3", f"{NOON_SECONDS + 60}.5", f'"{NOON_SECONDS + 60}"'),
            *("1" + "0" * 400, "1" + "0" * 2000, "-" + "9" * 400, "253402300800000", "9223372036854775808"),
            *("007", "0x10", "1_000", "\u0667"),
        ],
    )
    @pytest.mark.parametrize("name", ["exp", "iat", "nbf", "user_id"])
    def test_a_number_is_an_integer_within_bounds(self, forge: Forge, name: str, number: str) -> None:
        for header, claims in ((forge.access, ACCESS_CLAIMS), (forge.refresh, REFRESH_CLAIMS)):
            if name in claims:
                text = json.dumps(claims | {name: "HERE"}).replace('"HERE"', number)
                check_refused(forge(header, Raw(text)))

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
    def test_an_id_is_written_in_one_way(self, forge: Forge, name: str, value: str) -> None:
        check_refused(forge(forge.access, ACCESS_CLAIMS | {name: value}))
        check_refused(forge(forge.refresh, REFRESH_CLAIMS | {name: value}))

    def test_both_claims_for_the_user_name_the_same_one(self, forge: Forge) -> None:
        check_refused(forge(forge.access, ACCESS_CLAIMS | {"user_id": 8}))
        check_refused(forge(forge.access, ACCESS_CLAIMS | {"sub": "8"}))

    @pytest.mark.parametrize("role", ["owner", "Admin", "ADMIN", "admin ", "root", "employee,admin", ["admin"]])
    def test_an_unknown_role_is_refused(self, forge: Forge, role: object) -> None:
        check_refused(forge(forge.access, ACCESS_CLAIMS | {"role": role}))

    @pytest.mark.parametrize(
        "jti", ["short", "x" * 65, "x" * 21 + "\n", "x" * 21 + " ", "ä" * 22, "\ud83d" * 22, "'; --" * 5]
    )
    def test_an_identifier_is_safe_to_hash_store_and_log(self, forge: Forge, jti: str) -> None:
        check_refused(forge(forge.access, ACCESS_CLAIMS | {"jti": jti}))
        check_refused(forge(forge.refresh, REFRESH_CLAIMS | {"jti": jti}))

    @pytest.mark.parametrize(
        "claims",
        [[], [ACCESS_CLAIMS], "sub", 7, None, True, Raw(""), Raw("{"), Raw("{} {}"), Raw("NaN")],
        ids=repr,
    )
    def test_they_are_one_json_object(self, forge: Forge, claims: object) -> None:
        check_refused(forge(forge.access, claims))

    def test_bytes_that_are_no_utf_8_are_refused(self, forge: Forge) -> None:
        content = f"{segment(json.dumps(forge.access).encode())}.{segment(bytes([0xFF]))}"
        check_refused(f"{content}.{segment(forge.sign(content.encode()))}")

    @pytest.mark.parametrize("depth", [1_000, 2_800, 50_000])
    @pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
    def test_deep_nesting_is_refused(self, forge: Forge, depth: int, opening: str, closing: str) -> None:
        for nested in (opening * depth + "1" + closing * depth, opening * depth):
            check_refused(forge(forge.access, Raw(nested)))
            check_refused(forge(Raw(nested), ACCESS_CLAIMS))
            check_refused(forge(forge.access, Raw(f'{{"exp":{nested}}}')))
