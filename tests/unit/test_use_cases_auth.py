"""How people come in."""

import asyncio
import itertools

import pytest

from adapters.argon2.passwords import Argon2PasswordHasher
from application.auth import WRONG_CREDENTIALS
from application.paging import PageRequest
from application.ports.users import UserFilter, UserSort
from domain.errors import AccountDisabled, ApprovalPending, Invalid, Taken, Unauthenticated, Unavailable
from domain.users import Role
from tests.contracts.sample import NOON, fields, race
from tests.unit.sample import (
    CHEAP,
    OTHERWISE_CHEAP,
    PASSWORD,
    SESSION_LIFETIME,
    Team,
    tokens_of,
)

pytestmark = pytest.mark.anyio


class BusyHasher(Argon2PasswordHasher):
    """Verifies, and has no room for another hash."""

    async def hash(self, password: str) -> str:
        raise Unavailable("Too many at once.")


class UnwillingHasher(Argon2PasswordHasher):
    """For those who should not be made to wait for a hash."""

    async def hash(self, password: str) -> str:
        raise AssertionError("nothing was to be hashed")


@pytest.fixture
def team() -> Team:
    return Team()


class TestSignUp:
    """Anyone may sign up."""

    async def test_without_approval_the_newcomer_is_in_at_once_as_an_employee(self, team: Team) -> None:
        newcomer = await team.sign_up(username="ada", password=PASSWORD, email="ada@example.org")
        assert newcomer.user == await team.stored(newcomer.user)
        assert (newcomer.user.username, newcomer.user.email) == ("ada", "ada@example.org")
        assert newcomer.user.role is Role.EMPLOYEE
        assert newcomer.user.is_approved
        assert await team.lets_in(newcomer)

    async def test_with_approval_the_newcomer_waits_without_tokens(self, team: Team) -> None:
        team.approve_automatically = False
        newcomer = await team.sign_up(username="ada", password=PASSWORD)
        assert newcomer.credentials is None
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

    async def test_nothing_is_hashed_for_a_name_that_is_taken_or_a_password_that_is_too_long(
        self, team: Team
    ) -> None:
        await team.has("ada")
        team.passwords = UnwillingHasher(memory_kib=8, time_cost=1)
        with pytest.raises(Taken):
            await team.sign_up(username="ada", password=PASSWORD)
        with pytest.raises(Invalid):
            await team.sign_up(username="grace", password="p" * 1_000_000)

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
            page = await uow.users.page(UserFilter(), PageRequest(UserSort.CREATED_AT))
        assert page.items == (winners[0].user,)
        assert await team.lets_in(winners[0])


class TestSignIn:
    """Anyone may sign in to an account of theirs."""

    @pytest.mark.parametrize("username", ["ada", "ADA"])
    async def test_by_username_regardless_of_case(self, team: Team, username: str) -> None:
        ada = await team.has("ada")
        signed_in = await team.sign_in(username=username, password=PASSWORD)
        assert signed_in.user == ada
        assert await team.lets_in(signed_in)

    async def test_by_email_regardless_of_case(self, team: Team) -> None:
        ada = await team.has("ada", email="ada@example.org")
        assert (await team.sign_in(email="ADA@example.ORG", password=PASSWORD)).user == ada

    async def test_the_password_is_the_same_however_its_letters_are_composed(self, team: Team) -> None:
        await team.sign_up(username="ada", password="caf\u00e9 cr\u00e8me")
        signed_in = await team.sign_in(username="ada", password="cafe\u0301 cre\u0300me")
        assert await team.lets_in(signed_in)

    async def test_every_character_of_a_long_password_counts(self, team: Team) -> None:
        password = "p" * 1024
        await team.sign_up(username="ada", password=password)
        assert await team.lets_in(await team.sign_in(username="ada", password=password))
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

    async def test_where_too_many_are_hashing_an_old_hash_will_do(self, team: Team) -> None:
        ada = await team.has("ada")
        team.passwords = BusyHasher(memory_kib=16, time_cost=1)
        assert await team.lets_in(await team.sign_in(username="ada", password=PASSWORD))
        assert await team.stored(ada) == ada

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
        assert all([await team.lets_in(signed_in) for signed_in in sign_ins])
        assert not OTHERWISE_CHEAP.is_outdated((await team.stored(ada)).password_hash)
        team.passwords = CHEAP
        assert await team.lets_in(await team.sign_in(username="ada", password=PASSWORD))
