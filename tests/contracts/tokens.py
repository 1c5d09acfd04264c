"""What every maker of tokens owes."""

from datetime import timedelta

import pytest

from application.ports.tokens import AccessClaims, IssuedTokens, RefreshClaims, Tokens
from domain.errors import Unauthenticated
from tests.contracts.sample import DAY, GREATEST_ID, MINUTE, NOON, a_user

SECOND = timedelta(seconds=1)
ANN = a_user(7, "ann")
SESSION_ID = 41
SESSION_END = NOON + 30 * DAY

NO_TOKENS = {
    "empty": "",
    "a blank": " ",
    "a word": "token",
    "dots": "..",
    "more dots": "....",
    "a shape of three parts": "a.b.c",
    "a NUL": "\0",
    "half a surrogate pair": "\ud83d",
    "letters beyond ASCII": "ä.ö.ü",
    "digits of another script": "\u0661.\u0662.\u0663",
    "10 MB": "a" * 10_000_000,
    "5 MB of dots": "." * 5_000_000,
}


def a_pair(tokens: Tokens) -> IssuedTokens:
    """Return Ann's tokens, issued at noon for a session of thirty days."""
    return tokens.issue(ANN, session_id=SESSION_ID, session_expires_at=SESSION_END, at=NOON)


class TokensContract:
    """Run by each adapter's tests, which provide `tokens` and `stranger`: the same with keys of its own."""

    def test_an_access_token_says_whose_it_is_and_until_when(self, tokens: Tokens) -> None:
        pair = a_pair(tokens)
        claims = tokens.read_access(pair.access_token, at=NOON)
        assert claims == AccessClaims(ANN.id, SESSION_ID, expires_at=NOON + timedelta(seconds=pair.expires_in))

    def test_a_refresh_token_says_whose_and_which_it_is(self, tokens: Tokens) -> None:
        pair = a_pair(tokens)
        claims = tokens.read_refresh(pair.refresh_token, at=NOON)
        assert claims == RefreshClaims(user_id=ANN.id, session_id=SESSION_ID, refresh_id=pair.refresh_id)

    @pytest.mark.parametrize("id", [1, 2**31, 2**53 + 1, GREATEST_ID])
    def test_ids_of_any_size_survive(self, tokens: Tokens, id: int) -> None:
        pair = tokens.issue(a_user(id), session_id=id, session_expires_at=SESSION_END, at=NOON)
        claims = tokens.read_access(pair.access_token, at=NOON)
        assert (claims.user_id, claims.session_id) == (id, id)
        assert tokens.read_refresh(pair.refresh_token, at=NOON).user_id == id

    def test_the_longest_name_fits_into_a_token_that_is_read(self, tokens: Tokens) -> None:
        user = a_user(GREATEST_ID, "\U00020000" * 80)
        pair = tokens.issue(user, session_id=GREATEST_ID, session_expires_at=SESSION_END, at=NOON)
        assert tokens.read_access(pair.access_token, at=NOON).user_id == user.id

    def test_neither_kind_is_accepted_in_place_of_the_other(self, tokens: Tokens) -> None:
        pair = a_pair(tokens)
        with pytest.raises(Unauthenticated):
            tokens.read_access(pair.refresh_token, at=NOON)
        with pytest.raises(Unauthenticated):
            tokens.read_refresh(pair.access_token, at=NOON)

    def test_two_pairs_of_the_same_moment_share_nothing(self, tokens: Tokens) -> None:
        one, other = a_pair(tokens), a_pair(tokens)
        assert one.refresh_id != other.refresh_id
        assert one.access_token != other.access_token
        assert one.refresh_token != other.refresh_token

    def test_the_refresh_identifier_is_not_in_the_access_token(self, tokens: Tokens) -> None:
        pair = a_pair(tokens)
        assert pair.refresh_id not in pair.access_token

    def test_an_access_token_holds_for_as_long_as_was_said_and_not_a_second_longer(self, tokens: Tokens) -> None:
        pair = a_pair(tokens)
        end = NOON + timedelta(seconds=pair.expires_in)
        assert tokens.read_access(pair.access_token, at=end - timedelta(microseconds=1)).user_id == ANN.id
        with pytest.raises(Unauthenticated):
            tokens.read_access(pair.access_token, at=end)

    def test_neither_token_outlives_its_session(self, tokens: Tokens) -> None:
        end = NOON + timedelta(seconds=59, microseconds=500_000)
        pair = tokens.issue(ANN, session_id=SESSION_ID, session_expires_at=end, at=NOON)
        assert pair.expires_in == 59
        assert tokens.read_access(pair.access_token, at=NOON + 58 * SECOND).user_id == ANN.id
        assert tokens.read_refresh(pair.refresh_token, at=NOON + 58 * SECOND).user_id == ANN.id
        with pytest.raises(Unauthenticated):
            tokens.read_access(pair.access_token, at=end)
        with pytest.raises(Unauthenticated):
            tokens.read_refresh(pair.refresh_token, at=end)

    @pytest.mark.parametrize("ahead", [-MINUTE, MINUTE], ids=["a minute behind", "a minute ahead"])
    def test_an_instance_whose_clock_differs_by_a_minute_reads_new_tokens(
        self, tokens: Tokens, ahead: timedelta
    ) -> None:
        pair = a_pair(tokens)
        assert tokens.read_access(pair.access_token, at=NOON + ahead).user_id == ANN.id
        assert tokens.read_refresh(pair.refresh_token, at=NOON + ahead).user_id == ANN.id

    def test_tokens_from_further_in_the_future_are_refused(self, tokens: Tokens) -> None:
        pair = a_pair(tokens)
        with pytest.raises(Unauthenticated):
            tokens.read_access(pair.access_token, at=NOON - 5 * MINUTE)
        with pytest.raises(Unauthenticated):
            tokens.read_refresh(pair.refresh_token, at=NOON - 5 * MINUTE)

    def test_a_strangers_tokens_are_refused(self, tokens: Tokens, stranger: Tokens) -> None:
        pair = a_pair(stranger)
        with pytest.raises(Unauthenticated):
            tokens.read_access(pair.access_token, at=NOON)
        with pytest.raises(Unauthenticated):
            tokens.read_refresh(pair.refresh_token, at=NOON)

    @pytest.mark.parametrize("token", NO_TOKENS.values(), ids=NO_TOKENS.keys())
    def test_what_is_no_token_is_refused(self, tokens: Tokens, token: str) -> None:
        with pytest.raises(Unauthenticated):
            tokens.read_access(token, at=NOON)
        with pytest.raises(Unauthenticated):
            tokens.read_refresh(token, at=NOON)

    def test_a_token_cut_off_anywhere_is_refused(self, tokens: Tokens) -> None:
        token = a_pair(tokens).access_token
        for length in range(len(token)):
            with pytest.raises(Unauthenticated):
                tokens.read_access(token[:length], at=NOON)

    def test_every_refusal_reads_the_same(self, tokens: Tokens, stranger: Tokens) -> None:
        pair = a_pair(tokens)
        details: set[str] = set()
        for token, at in (
            ("", NOON),
            (pair.access_token, SESSION_END),
            (pair.access_token, NOON - DAY),
            (pair.refresh_token, NOON),
            (a_pair(stranger).access_token, NOON),
        ):
            with pytest.raises(Unauthenticated) as refusal:
                tokens.read_access(token, at=at)
            details.add(refusal.value.detail)
        with pytest.raises(Unauthenticated) as refusal:
            tokens.read_refresh(pair.access_token, at=NOON)
        assert details == {refusal.value.detail}
