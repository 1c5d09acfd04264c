"""Tokens as JSON Web Tokens: what they say, for how long, and by whose key."""

import base64
from datetime import timedelta

import pytest

from adapters.jwt.claims import CLOCK_SKEW
from adapters.jwt.keys import KeyRing, SigningKey
from adapters.jwt.tokens import REMEMBERED_MOST, JwtTokens
from application.ports.tokens import AccessClaims, RefreshClaims, Tokens
from domain.errors import Unauthenticated
from domain.users import Role
from tests.contracts.sample import DAY, MINUTE, NOON
from tests.contracts.tokens import ANN, SESSION_ID, TokensContract, a_pair
from tests.unit.jwt_forging import (
    ACCESS_CLAIMS,
    ACCESS_HEADER,
    ED25519_KEY,
    HMAC_KEY,
    NOON_SECONDS,
    OTHER_PRIVATE_KEY,
    OTHER_SECRET,
    PAIR,
    REFRESH_CLAIMS,
    REFRESH_HEADER,
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
        return JwtTokens(keys=KeyRing(SigningKey.hs256(OTHER_SECRET)))


class TestEd25519Tokens(TokensContract):
    """They keep it with keys of two halves, too."""

    @pytest.fixture
    def tokens(self) -> Tokens:
        return JwtTokens(keys=KeyRing(ED25519_KEY))

    @pytest.fixture
    def stranger(self) -> Tokens:
        return JwtTokens(keys=KeyRing(SigningKey.of_private(OTHER_PRIVATE_KEY)))


class TestBothKindsOfKey(TokensContract):
    """They keep it where keys of both kinds count, against a stranger who has none of them."""

    @pytest.fixture
    def tokens(self) -> Tokens:
        return JwtTokens(keys=KeyRing(ED25519_KEY, [HMAC_KEY]))

    @pytest.fixture
    def stranger(self) -> Tokens:
        keys = KeyRing(SigningKey.hs256(OTHER_SECRET), [SigningKey.of_private(OTHER_PRIVATE_KEY)])
        return JwtTokens(keys=keys)


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
            keys=KeyRing(HMAC_KEY), access_lifetime=timedelta(minutes=1), refresh_lifetime=timedelta(hours=1)
        )
        assert (PAIR.expires_in, a_pair(short).expires_in) == (900, 60)
        assert contents(a_pair(short).refresh_token.split(".")[1])["exp"] == NOON_SECONDS + 3600

    def test_identifiers_have_128_bits(self) -> None:
        assert len(base64.urlsafe_b64decode(PAIR.refresh_id + "==")) == 16

    def test_tokens_made_by_hand_are_read_so_that_what_follows_tests_what_it_says(self) -> None:
        access, refresh = forged(ACCESS_HEADER, ACCESS_CLAIMS), forged(REFRESH_HEADER, REFRESH_CLAIMS)
        assert TOKENS.read_access(access, at=NOON) == AccessClaims(
            ANN.id, SESSION_ID, NOON + timedelta(minutes=15)
        )
        claims = RefreshClaims(ANN.id, SESSION_ID, "0123456789abcdefABCDEF")
        assert TOKENS.read_refresh(refresh, at=NOON) == claims

    @pytest.mark.parametrize("role", Role)
    def test_every_role_is_known(self, role: Role) -> None:
        assert TOKENS.read_access(forged(ACCESS_HEADER, ACCESS_CLAIMS | {"role": role}), at=NOON).user_id == ANN.id

    def test_claims_of_a_later_version_are_no_hindrance(self) -> None:
        token = forged(ACCESS_HEADER, ACCESS_CLAIMS | {"scope": "tasks"})
        assert TOKENS.read_access(token, at=NOON).user_id == ANN.id


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


class TestRemembering:
    """A genuine access token is not looked into twice, and counts no longer for that."""

    def test_what_it_says_is_remembered(self) -> None:
        token = a_pair(TOKENS).access_token
        assert TOKENS.read_access(token, at=NOON) is TOKENS.read_access(token, at=NOON + MINUTE)

    def test_a_refresh_token_comes_once_and_is_not(self) -> None:
        token = a_pair(TOKENS).refresh_token
        assert TOKENS.read_refresh(token, at=NOON) is not TOKENS.read_refresh(token, at=NOON)

    def test_it_expires_all_the_same(self) -> None:
        token = a_pair(TOKENS).access_token
        end = NOON + timedelta(minutes=15)
        for at, counts in ((end - MINUTE, True), (end, False), (end - MINUTE, True), (NOON - DAY, False)):
            if counts:
                assert TOKENS.read_access(token, at=at).user_id == ANN.id
            else:
                with pytest.raises(Unauthenticated):
                    TOKENS.read_access(token, at=at)

    def test_one_that_came_too_early_counts_later(self) -> None:
        token = a_pair(TOKENS).access_token
        with pytest.raises(Unauthenticated):
            TOKENS.read_access(token, at=NOON - DAY)
        assert TOKENS.read_access(token, at=NOON).user_id == ANN.id

    def test_a_near_copy_of_a_remembered_one_is_refused(self) -> None:
        token = a_pair(TOKENS).access_token
        assert TOKENS.read_access(token, at=NOON).user_id == ANN.id
        for copy in (token[:-1], f"{token}=", token.swapcase(), f" {token}"):
            check_refused(copy)

    def test_whoever_lacks_the_key_has_nothing_remembered(self) -> None:
        token = a_pair(TOKENS).access_token
        assert TOKENS.read_access(token, at=NOON).user_id == ANN.id
        with pytest.raises(Unauthenticated):
            JwtTokens(keys=KeyRing(SigningKey.hs256(OTHER_SECRET))).read_access(token, at=NOON)

    def test_the_oldest_are_forgotten_so_that_memory_is_bounded(self) -> None:
        tokens = JwtTokens(keys=KeyRing(HMAC_KEY))
        oldest = a_pair(tokens).access_token
        claims = tokens.read_access(oldest, at=NOON)
        for _ in range(REMEMBERED_MOST):
            tokens.read_access(a_pair(tokens).access_token, at=NOON)
        assert tokens.read_access(oldest, at=NOON) is not claims
        assert tokens.read_access(oldest, at=NOON) == claims
