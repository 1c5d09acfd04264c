"""How people come in, stay in and leave."""

import asyncio
import itertools
from datetime import timedelta

import pytest

from application.auth import DEAD_SESSION, WRONG_CREDENTIALS, SignedIn
from application.paging import PageRequest
from application.ports.repositories import UserSort
from domain.errors import AccountDisabled, ApprovalPending, Invalid, Taken, Unauthenticated
from domain.users import Role
from tests.contracts.sample import DAY, MINUTE, NOON, fields, race, stored_session
from tests.unit.sample import (
    ACCESS_LIFETIME,
    CHEAP,
    OTHERWISE_CHEAP,
    PASSWORD,
    SESSION_LIFETIME,
    Team,
    tokens_of,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
def team() -> Team:
    return Team()


async def _is_in(team: Team, signed_in: SignedIn) -> bool:
    """Tell whether these tokens' access token still opens the door."""
    try:
        identity = await team.authenticate(access_token=tokens_of(signed_in).access_token)
    except Unauthenticated:
        return False
    return identity.user.id == signed_in.user.id


async def _can_refresh(team: Team, signed_in: SignedIn) -> bool:
    try:
        await team.refresh(refresh_token=tokens_of(signed_in).refresh_token)
    except Unauthenticated:
        return False
    return True


class TestSignUp:
    """Anyone may sign up."""

    async def test_without_approval_the_newcomer_is_in_at_once_as_an_employee(self, team: Team) -> None:
        newcomer = await team.sign_up(username="ada", password=PASSWORD, email="ada@example.org")
        assert newcomer.user == await team.stored(newcomer.user)
        assert (newcomer.user.username, newcomer.user.email) == ("ada", "ada@example.org")
        assert newcomer.user.role is Role.EMPLOYEE
        assert newcomer.user.is_approved
        assert await _is_in(team, newcomer)

    async def test_with_approval_the_newcomer_waits_without_tokens(self, team: Team) -> None:
        team.approve_automatically = False
        newcomer = await team.sign_up(username="ada", password=PASSWORD)
        assert newcomer.tokens is None
        assert not (await team.stored(newcomer.user)).is_approved
        with pytest.raises(ApprovalPending):
            await team.sign_in(username="ada", password=PASSWORD)

    async def test_every_fault_is_told(self, team: Team) -> None:
        with pytest.raises(Invalid) as refusal:
            await team.sign_up(username="a b", password="short", email="nowhere")
        assert fields(refusal.value.faults) == ["username", "password", "email"]

    async def test_a_name_or_address_that_is_taken_is_refused_naming_the_field(self, team: Team) -> None:
        await team.sign_up(username="ada", password=PASSWORD, email="ada@example.org")
        with pytest.raises(Taken) as refusal:
            await team.sign_up(username="ADA", password=PASSWORD)
        assert fields(refusal.value.faults) == ["username"]
        with pytest.raises(Taken) as refusal:
            await team.sign_up(username="grace", password=PASSWORD, email="ADA@Example.org")
        assert fields(refusal.value.faults) == ["email"]

    async def test_the_name_of_a_deleted_account_stays_taken(self, team: Team) -> None:
        await team.becomes(await team.has("ada"), is_deleted=True)
        with pytest.raises(Taken):
            await team.sign_up(username="ada", password=PASSWORD)

    async def test_of_twenty_simultaneous_sign_ups_of_one_name_exactly_one_succeeds(self, team: Team) -> None:
        names = itertools.cycle(["ada", "ADA", "Ada"])
        winners, losers = await race(team.sign_up(username=next(names), password=PASSWORD) for _ in range(20))
        assert len(winners) == 1
        assert {type(loser) for loser in losers} == {Taken}
        async with team.units_of_work() as uow:
            page = await uow.users.page(PageRequest(UserSort.CREATED_AT))
        assert page.items == (winners[0].user,)
        assert await _is_in(team, winners[0])


class TestSignIn:
    """Anyone may sign in to an account of theirs."""

    @pytest.mark.parametrize("username", ["ada", "ADA"])
    async def test_by_username_regardless_of_case(self, team: Team, username: str) -> None:
        ada = await team.has("ada")
        signed_in = await team.sign_in(username=username, password=PASSWORD)
        assert signed_in.user == ada
        assert await _is_in(team, signed_in)

    async def test_by_email_regardless_of_case(self, team: Team) -> None:
        ada = await team.has("ada", email="ada@example.org")
        assert (await team.sign_in(email="ADA@example.ORG", password=PASSWORD)).user == ada

    async def test_the_password_is_the_same_however_its_letters_are_composed(self, team: Team) -> None:
        await team.sign_up(username="ada", password="caf\u00e9 cr\u00e8me")
        assert await team.sign_in(username="ada", password="cafe\u0301 cre\u0300me")

    async def test_every_character_of_a_long_password_counts(self, team: Team) -> None:
        password = "p" * 1024
        await team.sign_up(username="ada", password=password)
        assert await team.sign_in(username="ada", password=password)
        with pytest.raises(Unauthenticated):
            await team.sign_in(username="ada", password=password[:-1] + "q")

    async def test_wrong_unknown_and_deleted_get_one_and_the_same_answer(self, team: Team) -> None:
        await team.has("ada", email="ada@example.org")
        await team.becomes(await team.has("bob", email="bob@example.org"), is_deleted=True)
        for username, email, password in (
            ("ada", None, "not the password"),
            ("ada", None, PASSWORD.upper()),
            ("ada", None, ""),
            ("eve", None, PASSWORD),
            ("bob", None, PASSWORD),
            (None, "ada@example.org", "not the password"),
            (None, "eve@example.org", PASSWORD),
            (None, "bob@example.org", PASSWORD),
            (None, None, PASSWORD),
        ):
            with pytest.raises(Unauthenticated) as refusal:
                await team.sign_in(username=username, email=email, password=password)
            assert refusal.value.detail == WRONG_CREDENTIALS

    async def test_an_address_does_not_do_for_a_username_nor_the_reverse(self, team: Team) -> None:
        await team.has("ada", email="ada@example.org")
        with pytest.raises(Unauthenticated):
            await team.sign_in(username="ada@example.org", password=PASSWORD)
        with pytest.raises(Unauthenticated):
            await team.sign_in(email="ada", password=PASSWORD)

    async def test_who_waits_or_is_disabled_is_told_so_only_with_the_right_password(self, team: Team) -> None:
        await team.becomes(await team.has("waiting"), is_approved=False)
        await team.becomes(await team.has("disabled"), is_active=False)
        with pytest.raises(ApprovalPending):
            await team.sign_in(username="waiting", password=PASSWORD)
        with pytest.raises(AccountDisabled):
            await team.sign_in(username="disabled", password=PASSWORD)
        for username in ("waiting", "disabled"):
            with pytest.raises(Unauthenticated):
                await team.sign_in(username=username, password="not the password")

    async def test_a_deleted_account_that_waited_does_not_betray_itself(self, team: Team) -> None:
        await team.becomes(await team.has("ada"), is_approved=False, is_active=False, is_deleted=True)
        with pytest.raises(Unauthenticated):
            await team.sign_in(username="ada", password=PASSWORD)

    async def test_each_sign_in_is_a_session_of_its_own(self, team: Team) -> None:
        await team.has("ada")
        first = await team.sign_in(username="ada", password=PASSWORD, user_agent="Firefox")
        second = await team.sign_in(username="ada", password=PASSWORD, user_agent="curl")
        sessions = [
            (await team.authenticate(access_token=tokens_of(signed_in).access_token)).session
            for signed_in in (first, second)
        ]
        assert [session.user_agent for session in sessions] == ["Firefox", "curl"]
        assert sessions[0].id != sessions[1].id
        assert sessions[0].created_at == sessions[0].last_used_at == NOON
        assert sessions[0].expires_at == NOON + SESSION_LIFETIME

    async def test_the_refresh_token_is_kept_as_a_fingerprint_only(self, team: Team) -> None:
        await team.has("ada")
        tokens = tokens_of(await team.sign_in(username="ada", password=PASSWORD))
        session = (await team.authenticate(access_token=tokens.access_token)).session
        for secret in (tokens.refresh_token, tokens.refresh_id, tokens.access_token):
            assert secret not in str(session)

    async def test_a_hash_of_other_parameters_is_renewed(self, team: Team) -> None:
        ada = await team.has("ada")
        team.passwords = OTHERWISE_CHEAP
        signed_in = await team.sign_in(username="ada", password=PASSWORD)
        stored = await team.stored(ada)
        assert signed_in.user == stored
        assert stored.password_hash != ada.password_hash
        assert not OTHERWISE_CHEAP.is_outdated(stored.password_hash)
        assert await OTHERWISE_CHEAP.verify(stored.password_hash, PASSWORD)

    async def test_a_hash_of_todays_parameters_stays(self, team: Team) -> None:
        ada = await team.has("ada")
        await team.sign_in(username="ada", password=PASSWORD)
        assert await team.stored(ada) == ada

    async def test_a_wrong_password_renews_no_hash(self, team: Team) -> None:
        ada = await team.has("ada")
        team.passwords = OTHERWISE_CHEAP
        with pytest.raises(Unauthenticated):
            await team.sign_in(username="ada", password="not the password")
        assert await team.stored(ada) == ada

    async def test_simultaneous_sign_ins_all_succeed_while_the_hash_is_renewed(self, team: Team) -> None:
        ada = await team.has("ada")
        team.passwords = OTHERWISE_CHEAP
        sign_ins = await asyncio.gather(*(team.sign_in(username="ada", password=PASSWORD) for _ in range(10)))
        assert all([await _is_in(team, signed_in) for signed_in in sign_ins])
        assert not OTHERWISE_CHEAP.is_outdated((await team.stored(ada)).password_hash)
        team.passwords = CHEAP
        assert await team.sign_in(username="ada", password=PASSWORD)


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
        assert await _is_in(team, signed_in)

    async def test_a_spent_token_shown_again_ends_the_whole_session(self, team: Team) -> None:
        first = await team.sign_up(username="ada", password=PASSWORD)
        second = await team.refresh(refresh_token=tokens_of(first).refresh_token)
        third = await team.refresh(refresh_token=tokens_of(second).refresh_token)
        assert not await _can_refresh(team, first)
        assert not await _can_refresh(team, third)
        assert not await _is_in(team, third)

    async def test_other_sessions_of_the_same_person_live_on(self, team: Team) -> None:
        stolen = await team.sign_up(username="ada", password=PASSWORD)
        other = await team.sign_in(username="ada", password=PASSWORD)
        await team.refresh(refresh_token=tokens_of(stolen).refresh_token)
        assert not await _can_refresh(team, stolen)
        assert await _is_in(team, other)
        assert await _can_refresh(team, other)

    async def test_of_twenty_simultaneous_uses_exactly_one_wins_and_the_session_ends(self, team: Team) -> None:
        signed_in = await team.sign_up(username="ada", password=PASSWORD)
        winners, losers = await race(
            team.refresh(refresh_token=tokens_of(signed_in).refresh_token) for _ in range(20)
        )
        assert len(winners) == 1
        assert {type(loser) for loser in losers} == {Unauthenticated}
        # Nineteen have shown a spent token: any of them, or the winner, may be the thief.
        assert not await _is_in(team, winners[0])
        assert not await _can_refresh(team, winners[0])

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
            assert not await _is_in(team, signed_in)
            if isinstance(refreshed, SignedIn):
                assert not await _is_in(team, refreshed)
                assert not await _can_refresh(team, refreshed)

    async def test_a_session_ends_for_good_however_often_it_is_refreshed(self, team: Team) -> None:
        signed_in = await team.sign_up(username="ada", password=PASSWORD)
        team.clock.advance(SESSION_LIFETIME - MINUTE)
        signed_in = await team.refresh(refresh_token=tokens_of(signed_in).refresh_token)
        assert tokens_of(signed_in).expires_in == 60
        assert await _is_in(team, signed_in)
        team.clock.advance(MINUTE)
        assert not await _is_in(team, signed_in)
        assert not await _can_refresh(team, signed_in)

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
        assert await _can_refresh(team, signed_in)

    async def test_a_genuine_token_of_a_session_that_is_not_there_is_refused(self, team: Team) -> None:
        signed_in = await Team().sign_up(username="ada", password=PASSWORD)
        assert not await _can_refresh(team, signed_in)

    async def test_a_genuine_token_for_someone_elses_session_is_refused_and_ends_nothing(self, team: Team) -> None:
        ada = await team.sign_up(username="ada", password=PASSWORD)
        bob = await team.sign_up(username="bob", password=PASSWORD)
        session = (await team.authenticate(access_token=tokens_of(ada).access_token)).session
        crossed = SignedIn(
            bob.user,
            team.tokens.issue(bob.user, session_id=session.id, session_expires_at=session.expires_at, at=NOON),
        )
        assert not await _can_refresh(team, crossed)
        assert not await _is_in(team, crossed)
        assert await _can_refresh(team, ada)


class TestSignOut:
    """Anyone signed in may end the session they came by."""

    async def test_both_tokens_are_dead_at_once(self, team: Team) -> None:
        signed_in = await team.sign_up(username="ada", password=PASSWORD)
        await team.sign_out(await team.authenticate(access_token=tokens_of(signed_in).access_token))
        assert not await _is_in(team, signed_in)
        assert not await _can_refresh(team, signed_in)

    async def test_other_sessions_live_on(self, team: Team) -> None:
        first = await team.sign_up(username="ada", password=PASSWORD)
        second = await team.sign_in(username="ada", password=PASSWORD)
        await team.sign_out(await team.authenticate(access_token=tokens_of(first).access_token))
        assert await _is_in(team, second)
        assert await _can_refresh(team, second)

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
        assert await _is_in(team, signed_in)
        team.clock.advance(timedelta(seconds=1))
        assert not await _is_in(team, signed_in)
        assert await _can_refresh(team, signed_in)

    @pytest.mark.parametrize(
        ("is_approved", "is_active", "is_deleted"),
        [(False, True, False), (True, False, False), (True, True, True)],
    )
    async def test_who_lost_approval_activity_or_the_account_is_out_at_once(
        self, team: Team, is_approved: bool, is_active: bool, is_deleted: bool
    ) -> None:
        signed_in = await team.sign_up(username="ada", password=PASSWORD)
        await team.becomes(signed_in.user, is_approved=is_approved, is_active=is_active, is_deleted=is_deleted)
        assert not await _is_in(team, signed_in)

    async def test_a_refresh_token_or_nonsense_opens_nothing(self, team: Team) -> None:
        signed_in = await team.sign_up(username="ada", password=PASSWORD)
        for token in (tokens_of(signed_in).refresh_token, "", "nonsense", "a.b.c"):
            with pytest.raises(Unauthenticated):
                await team.authenticate(access_token=token)

    async def test_a_genuine_token_of_a_session_that_is_not_there_opens_nothing(self, team: Team) -> None:
        assert not await _is_in(team, await Team().sign_up(username="ada", password=PASSWORD))
