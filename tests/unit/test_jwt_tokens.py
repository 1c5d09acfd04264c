"""Tokens as JSON Web Tokens: what they say, for how long, and by whose key."""

import base64
import hashlib
from datetime import timedelta

import pytest

from adapters.jwt.claims import CLOCK_SKEW
from adapters.jwt.keys import SigningKey
from adapters.jwt.tokens import JwtTokens
from application.ports.tokens import AccessClaims, RefreshClaims, Tokens
from domain.errors import Unauthenticated
from domain.users import Role
from tests.contracts.sample import DAY, MINUTE, NOON
from tests.contracts.tokens import ANN, SESSION_ID, TokensContract, a_pair
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
    SHARED,
    TOKENS,
    check_refused,
    contents,
    forged,
)


class TestJwtTokens(TokensContract):
    """They keep the contract."""

    @pytest.fixture
    def tokens(self) -> Tokens:
        return TOKENS

    @pytest.fixture
    def stranger(self) -> Tokens:
        return JwtTokens(secret_key=OTHER_SECRET)


class TestWhatTokensSay:
    """What clients can read in them."""

    def test_access_tokens_hold_what_the_contract_names_and_nothing_besides(self) -> None:
        header, claims, _ = PAIR.access_token.split(".")
        assert contents(header) == ACCESS_HEADER
        assert contents(claims) | {"jti": SHARED["jti"]} == ACCESS_CLAIMS

    def test_refresh_tokens_hold_no_name_and_no_role(self) -> None:
        header, claims, _ = PAIR.refresh_token.split(".")
        assert contents(header) == REFRESH_HEADER
        assert contents(claims) == REFRESH_CLAIMS | {"jti": PAIR.refresh_id}

    def test_access_lasts_15_minutes_and_refresh_30_days_unless_told_otherwise(self) -> None:
        short = JwtTokens(
            secret_key=SECRET, access_lifetime=timedelta(minutes=1), refresh_lifetime=timedelta(hours=1)
        )
        assert (PAIR.expires_in, a_pair(short).expires_in) == (900, 60)
        assert contents(a_pair(short).refresh_token.split(".")[1])["exp"] == NOON_SECONDS + 3600

    def test_identifiers_have_128_bits(self) -> None:
        assert len(base64.urlsafe_b64decode(PAIR.refresh_id + "==")) == 16

    def test_tokens_made_by_hand_are_read_so_that_what_follows_tests_what_it_says(self) -> None:
        access, refresh = forged(ACCESS_HEADER, ACCESS_CLAIMS), forged(REFRESH_HEADER, REFRESH_CLAIMS)
        assert TOKENS.read_access(access, at=NOON) == AccessClaims(ANN.id, SESSION_ID)
        claims = RefreshClaims(ANN.id, SESSION_ID, "0123456789abcdefABCDEF")
        assert TOKENS.read_refresh(refresh, at=NOON) == claims

    @pytest.mark.parametrize("role", Role)
    def test_every_role_is_known(self, role: Role) -> None:
        assert TOKENS.read_access(forged(ACCESS_HEADER, ACCESS_CLAIMS | {"role": role}), at=NOON).user_id == ANN.id

    def test_claims_of_a_later_version_are_no_hindrance(self) -> None:
        token = forged(ACCESS_HEADER, ACCESS_CLAIMS | {"scope": "tasks"})
        assert TOKENS.read_access(token, at=NOON).user_id == ANN.id


class TestKeys:
    """Whose signature counts, through a rotation of keys."""

    def test_tokens_signed_with_a_previous_key_still_count(self) -> None:
        rotated = JwtTokens(secret_key=OTHER_SECRET, previous_secret_keys=["x" * 32, SECRET])
        assert rotated.read_access(PAIR.access_token, at=NOON).user_id == ANN.id
        assert rotated.read_refresh(PAIR.refresh_token, at=NOON).user_id == ANN.id

    def test_new_tokens_are_signed_with_the_current_key(self) -> None:
        rotated = JwtTokens(secret_key=OTHER_SECRET, previous_secret_keys=[SECRET])
        assert (
            JwtTokens(secret_key=OTHER_SECRET).read_access(a_pair(rotated).access_token, at=NOON).user_id == ANN.id
        )
        check_refused(a_pair(rotated).access_token)

    def test_a_key_that_is_dropped_takes_its_tokens_along(self) -> None:
        with pytest.raises(Unauthenticated):
            JwtTokens(secret_key=OTHER_SECRET).read_refresh(PAIR.refresh_token, at=NOON)

    def test_the_current_key_may_be_listed_as_a_previous_one_too(self) -> None:
        assert (
            JwtTokens(secret_key=SECRET, previous_secret_keys=[SECRET])
            .read_access(PAIR.access_token, at=NOON)
            .user_id
            == ANN.id
        )

    def test_the_name_of_one_of_our_keys_does_not_vouch_for_the_signature_of_another(self) -> None:
        both = JwtTokens(secret_key=SECRET, previous_secret_keys=[OTHER_SECRET])
        with pytest.raises(Unauthenticated):
            both.read_access(forged(ACCESS_HEADER, ACCESS_CLAIMS, secret=OTHER_SECRET), at=NOON)

    @pytest.mark.parametrize("weak", ["", "secret", "x" * 31, "é" * 15])
    def test_a_key_of_less_than_32_bytes_is_refused_at_once(self, weak: str) -> None:
        with pytest.raises(ValueError, match="secret key"):
            JwtTokens(secret_key=weak)
        with pytest.raises(ValueError, match="secret key"):
            JwtTokens(secret_key=SECRET, previous_secret_keys=[weak])

    def test_a_public_key_is_refused_as_a_secret(self) -> None:
        pem = f"-----BEGIN PUBLIC KEY-----\n{'A' * 64}\n-----END PUBLIC KEY-----\n"
        with pytest.raises(ValueError, match="asymmetric"):
            JwtTokens(secret_key=pem)

    def test_letters_beyond_ascii_count_by_their_bytes(self) -> None:
        tokens = JwtTokens(secret_key="é" * 16)
        assert tokens.read_access(a_pair(tokens).access_token, at=NOON).user_id == ANN.id

    def test_a_key_does_not_show_its_secret(self) -> None:
        assert SECRET not in repr(SigningKey.hs256(SECRET))

    def test_the_name_of_a_key_is_no_part_of_its_secrets_plain_hash(self) -> None:
        assert KID not in hashlib.sha256(SECRET.encode()).hexdigest()


class TestTimes:
    """When they count."""

    @pytest.mark.parametrize("name", ["iat", "nbf"])
    def test_a_token_from_a_clock_that_is_ahead_counts_up_to_the_skew(self, name: str) -> None:
        skew = int(CLOCK_SKEW.total_seconds())
        assert CLOCK_SKEW > MINUTE
        assert (
            TOKENS.read_access(forged(ACCESS_HEADER, ACCESS_CLAIMS | {name: NOON_SECONDS + skew}), at=NOON).user_id
            == ANN.id
        )
        check_refused(forged(ACCESS_HEADER, ACCESS_CLAIMS | {name: NOON_SECONDS + skew + 1}))
        check_refused(forged(REFRESH_HEADER, REFRESH_CLAIMS | {name: NOON_SECONDS + skew + 1}))

    def test_an_expired_token_has_no_grace(self) -> None:
        assert (
            TOKENS.read_access(forged(ACCESS_HEADER, ACCESS_CLAIMS | {"exp": NOON_SECONDS + 1}), at=NOON).user_id
            == ANN.id
        )
        check_refused(forged(ACCESS_HEADER, ACCESS_CLAIMS | {"exp": NOON_SECONDS}))
        check_refused(forged(REFRESH_HEADER, REFRESH_CLAIMS | {"exp": NOON_SECONDS}))

    def test_only_the_moment_given_counts_not_the_machines(self) -> None:
        long_ago, far_off = NOON.replace(year=1971), NOON.replace(year=9998)
        for at in (long_ago, far_off):
            pair = TOKENS.issue(ANN, session_id=1, session_expires_at=at + DAY, at=at)
            assert TOKENS.read_access(pair.access_token, at=at).user_id == ANN.id
            assert TOKENS.read_refresh(pair.refresh_token, at=at + DAY - MINUTE).user_id == ANN.id

    def test_a_session_that_is_over_gets_tokens_that_are_worth_nothing(self) -> None:
        pair = TOKENS.issue(ANN, session_id=1, session_expires_at=NOON, at=NOON)
        assert pair.expires_in == 0
        check_refused(pair.access_token)
        check_refused(pair.refresh_token)
