"""How people stay in and leave."""

import asyncio
from datetime import timedelta

import pytest

from application.auth import DEAD_SESSION, SignedIn
from domain.errors import Unauthenticated
from tests.contracts.sample import DAY, MINUTE, NOON, race, stored_session
from tests.unit.sample import (
    ACCESS_LIFETIME,
    PASSWORD,
    SESSION_LIFETIME,
    Team,
    tokens_of,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
def team() -> Team:
    return Team()


class TestRefreshSession:
    """Whoever holds the unspent refresh token has a new pair."""

    async def test_it_gives_a_new_pair_for_the_same_session(self, team: Team) -> None:
        signed_in = await team.sign_up(username="ada", password=PASSWORD)
        team.clock.advance(MINUTE)
        refreshed = await team.refresh(refresh_token=tokens_of(signed_in).refresh_token)
        assert refreshed.user == signed_in.user
        before = tokens_of(signed_in)
        after = tokens_of(refreshed)
        assert len({before.access_token, after.access_token, before.refresh_token, after.refresh_token}) == 4
        session = (await team.authenticate(access_token=after.access_token)).session
        assert session == (await team.authenticate(access_token=before.access_token)).session
        assert session.last_used_at == NOON + MINUTE
        assert session.created_at == NOON

    async def test_pair_after_pair_can_be_had(self, team: Team) -> None:
        signed_in = await team.sign_up(username="ada", password=PASSWORD)
        for _ in range(5):
            team.clock.advance(DAY)
            signed_in = await team.refresh(refresh_token=tokens_of(signed_in).refresh_token)
        assert await team.lets_in(signed_in)

    async def test_a_spent_token_shown_again_ends_the_whole_session(self, team: Team) -> None:
        first = await team.sign_up(username="ada", password=PASSWORD)
        second = await team.refresh(refresh_token=tokens_of(first).refresh_token)
        third = await team.refresh(refresh_token=tokens_of(second).refresh_token)
        assert not await team.can_refresh(first)
        assert not await team.can_refresh(third)
        assert not await team.lets_in(third)

    async def test_other_sessions_of_the_same_person_live_on(self, team: Team) -> None:
        stolen = await team.sign_up(username="ada", password=PASSWORD)
        other = await team.sign_in(username="ada", password=PASSWORD)
        await team.refresh(refresh_token=tokens_of(stolen).refresh_token)
        assert not await team.can_refresh(stolen)
        assert await team.lets_in(other)
        assert await team.can_refresh(other)

    async def test_of_twenty_simultaneous_uses_exactly_one_wins_and_the_session_ends(self, team: Team) -> None:
        signed_in = await team.sign_up(username="ada", password=PASSWORD)
        winners, losers = await race(
            team.refresh(refresh_token=tokens_of(signed_in).refresh_token) for _ in range(20)
        )
        assert len(winners) == 1
        assert {type(loser) for loser in losers} == {Unauthenticated}
        # Nineteen have shown a spent token: any of them, or the winner, may be the thief.
        assert not await team.lets_in(winners[0])
        assert not await team.can_refresh(winners[0])

    async def test_a_sign_out_at_the_same_moment_leaves_nothing_alive(self, team: Team) -> None:
        await team.has("ada")
        for _ in range(20):
            signed_in = await team.sign_in(username="ada", password=PASSWORD)
            identity = await team.authenticate(access_token=tokens_of(signed_in).access_token)
            refreshed, _ = await asyncio.gather(
                team.refresh(refresh_token=tokens_of(signed_in).refresh_token),
                team.sign_out(identity),
                return_exceptions=True,
            )
            assert not await team.lets_in(signed_in)
            if isinstance(refreshed, SignedIn):
                assert not await team.lets_in(refreshed)
                assert not await team.can_refresh(refreshed)

    async def test_a_session_ends_for_good_however_often_it_is_refreshed(self, team: Team) -> None:
        signed_in = await team.sign_up(username="ada", password=PASSWORD)
        team.clock.advance(SESSION_LIFETIME - MINUTE)
        signed_in = await team.refresh(refresh_token=tokens_of(signed_in).refresh_token)
        assert tokens_of(signed_in).expires_in == 60
        assert await team.lets_in(signed_in)
        team.clock.advance(MINUTE)
        assert not await team.lets_in(signed_in)
        assert not await team.can_refresh(signed_in)

    @pytest.mark.parametrize(
        ("is_approved", "is_active", "is_deleted"),
        [(False, True, False), (True, False, False), (True, True, True)],
    )
    async def test_an_account_that_may_not_enter_gets_none(
        self, team: Team, is_approved: bool, is_active: bool, is_deleted: bool
    ) -> None:
        signed_in = await team.sign_up(username="ada", password=PASSWORD)
        await team.becomes(signed_in.user, is_approved=is_approved, is_active=is_active, is_deleted=is_deleted)
        with pytest.raises(Unauthenticated) as refusal:
            await team.refresh(refresh_token=tokens_of(signed_in).refresh_token)
        assert refusal.value.detail == DEAD_SESSION

    async def test_an_access_token_is_no_refresh_token(self, team: Team) -> None:
        signed_in = await team.sign_up(username="ada", password=PASSWORD)
        with pytest.raises(Unauthenticated):
            await team.refresh(refresh_token=tokens_of(signed_in).access_token)
        assert await team.can_refresh(signed_in)

    async def test_a_genuine_token_of_a_session_that_is_not_there_is_refused(self, team: Team) -> None:
        signed_in = await Team().sign_up(username="ada", password=PASSWORD)
        assert not await team.can_refresh(signed_in)

    async def test_a_genuine_token_for_someone_elses_session_is_refused_and_ends_nothing(self, team: Team) -> None:
        ada = await team.sign_up(username="ada", password=PASSWORD)
        bob = await team.sign_up(username="bob", password=PASSWORD)
        session = (await team.authenticate(access_token=tokens_of(ada).access_token)).session
        crossed = SignedIn(
            bob.user,
            team.tokens.issue(bob.user, session_id=session.id, session_expires_at=session.expires_at, at=NOON),
        )
        assert not await team.can_refresh(crossed)
        with pytest.raises(Unauthenticated):
            await team.authenticate(access_token=tokens_of(crossed).access_token)
        assert await team.can_refresh(ada)


class TestSignOut:
    """Anyone signed in may end the session they came by."""

    async def test_both_tokens_are_dead_at_once(self, team: Team) -> None:
        signed_in = await team.sign_up(username="ada", password=PASSWORD)
        await team.sign_out(await team.authenticate(access_token=tokens_of(signed_in).access_token))
        assert not await team.lets_in(signed_in)
        assert not await team.can_refresh(signed_in)

    async def test_other_sessions_live_on(self, team: Team) -> None:
        first = await team.sign_up(username="ada", password=PASSWORD)
        second = await team.sign_in(username="ada", password=PASSWORD)
        await team.sign_out(await team.authenticate(access_token=tokens_of(first).access_token))
        assert await team.lets_in(second)
        assert await team.can_refresh(second)

    async def test_twenty_at_once_end_it_once(self, team: Team) -> None:
        signed_in = await team.sign_up(username="ada", password=PASSWORD)
        identity = await team.authenticate(access_token=tokens_of(signed_in).access_token)
        await asyncio.gather(*(team.sign_out(identity) for _ in range(20)))
        session = await stored_session(team.units_of_work, identity.session.id)
        assert session is not None
        assert (session.revoked_at, session.version) == (NOON, identity.session.version + 1)


class TestAuthenticate:
    """An access token stands for a person as they are now."""

    async def test_it_tells_who_is_asking(self, team: Team) -> None:
        signed_in = await team.sign_up(username="ada", password=PASSWORD)
        identity = await team.authenticate(access_token=tokens_of(signed_in).access_token)
        assert identity.user == signed_in.user
        assert identity.session.user_id == signed_in.user.id

    async def test_an_access_token_dies_of_age_while_its_session_lives_on(self, team: Team) -> None:
        signed_in = await team.sign_up(username="ada", password=PASSWORD)
        assert tokens_of(signed_in).expires_in == ACCESS_LIFETIME.total_seconds()
        team.clock.advance(ACCESS_LIFETIME - timedelta(seconds=1))
        assert await team.lets_in(signed_in)
        team.clock.advance(timedelta(seconds=1))
        assert not await team.lets_in(signed_in)
        assert await team.can_refresh(signed_in)

    @pytest.mark.parametrize(
        ("is_approved", "is_active", "is_deleted"),
        [(False, True, False), (True, False, False), (True, True, True)],
    )
    async def test_who_lost_approval_activity_or_the_account_is_out_at_once(
        self, team: Team, is_approved: bool, is_active: bool, is_deleted: bool
    ) -> None:
        signed_in = await team.sign_up(username="ada", password=PASSWORD)
        await team.becomes(signed_in.user, is_approved=is_approved, is_active=is_active, is_deleted=is_deleted)
        assert not await team.lets_in(signed_in)

    async def test_a_refresh_token_or_nonsense_opens_nothing(self, team: Team) -> None:
        signed_in = await team.sign_up(username="ada", password=PASSWORD)
        for token in (tokens_of(signed_in).refresh_token, "", "nonsense", "a.b.c"):
            with pytest.raises(Unauthenticated):
                await team.authenticate(access_token=token)

    async def test_a_genuine_token_of_a_session_that_is_not_there_opens_nothing(self, team: Team) -> None:
        assert not await team.lets_in(await Team().sign_up(username="ada", password=PASSWORD))
