"""What can be done with accounts."""

from dataclasses import replace

import pytest

from application.users import ApproveUser, GetUser, HasUsers, ListUsers
from domain.errors import Invalid, NotFound, Taken
from domain.users import Role
from tests.contracts.sample import MINUTE, NOON, a_kept_user, fields, race
from tests.unit.sample import PASSWORD, Team

pytestmark = pytest.mark.anyio


@pytest.fixture
def team() -> Team:
    return Team()


class TestCreateUser:
    """The operator makes accounts of any role."""

    @pytest.mark.parametrize("role", Role)
    async def test_the_account_is_approved_and_can_sign_in_at_once(self, team: Team, role: Role) -> None:
        user = await team.create_user(username="ada", password=PASSWORD, email="ada@example.org", role=role)
        assert user == await team.stored(user)
        assert (user.username, user.email, user.role) == ("ada", "ada@example.org", role)
        assert user.is_approved
        assert user.created_at == NOON
        assert (await team.sign_in(username="ada", password=PASSWORD)).user == user

    async def test_the_password_is_not_kept(self, team: Team) -> None:
        assert PASSWORD not in (await team.has("ada")).password_hash

    async def test_every_fault_is_told_and_nothing_is_kept(self, team: Team) -> None:
        with pytest.raises(Invalid) as refusal:
            await team.create_user(username="a b", password="short", email="nowhere", role=Role.ADMIN)
        assert fields(refusal.value.faults) == ["username", "password", "email"]
        assert await HasUsers(team.units_of_work)() is False

    async def test_a_name_that_is_taken_is_refused(self, team: Team) -> None:
        await team.has("ada", email="ada@example.org")
        with pytest.raises(Taken) as refusal:
            await team.has("ADA")
        assert fields(refusal.value.faults) == ["username"]
        with pytest.raises(Taken) as refusal:
            await team.has("grace", email="ADA@example.org")
        assert fields(refusal.value.faults) == ["email"]


class TestGetUser:
    """Anyone signed in may look a person up."""

    async def test_it_returns_the_account(self, team: Team) -> None:
        ada, bob = await team.has("ada"), await team.has("bob")
        assert await GetUser(team.units_of_work)(ada, user_id=bob.id) == bob

    async def test_disabled_and_waiting_accounts_are_shown(self, team: Team) -> None:
        ada = await team.has("ada")
        bob = await team.becomes(await team.has("bob"), is_active=False, is_approved=False)
        assert await GetUser(team.units_of_work)(ada, user_id=bob.id) == bob

    async def test_an_unknown_or_deleted_one_is_not_found(self, team: Team) -> None:
        ada = await team.has("ada")
        bob = await team.becomes(await team.has("bob"), is_deleted=True)
        for user_id in (bob.id, 0, -1, 2**63 - 1):
            with pytest.raises(NotFound):
                await GetUser(team.units_of_work)(ada, user_id=user_id)


class TestApproveUser:
    """The operator lets newcomers in."""

    @pytest.fixture
    def approve(self, team: Team) -> ApproveUser:
        return ApproveUser(team.units_of_work, team.clock)

    async def test_who_waits_can_sign_in_from_then_on(self, team: Team, approve: ApproveUser) -> None:
        team.approve_automatically = False
        waiting = (await team.sign_up(username="ada", password=PASSWORD)).user
        team.clock.advance(MINUTE)
        approval = await approve(username="ADA")
        assert approval.was_waiting
        assert approval.user == await team.stored(waiting)
        assert approval.user.updated_at == NOON + MINUTE
        assert (await team.sign_in(username="ada", password=PASSWORD)).tokens is not None

    async def test_approving_again_changes_nothing_and_says_so(self, team: Team, approve: ApproveUser) -> None:
        ada = await team.has("ada")
        team.clock.advance(MINUTE)
        approval = await approve(username="ada")
        assert (approval.user, approval.was_waiting) == (ada, False)
        assert await team.stored(ada) == ada

    async def test_of_several_at_once_one_approves_and_the_others_find_it_done(
        self, team: Team, approve: ApproveUser
    ) -> None:
        ada = await team.becomes(await team.has("ada"), is_approved=False)
        approvals, refusals = await race(approve(username="ada") for _ in range(20))
        assert refusals == []
        assert sorted(approval.was_waiting for approval in approvals) == [False] * 19 + [True]
        assert await team.stored(ada) == replace(ada, is_approved=True, version=ada.version + 1)

    @pytest.mark.parametrize("username", ["bob", "nobody", "", "ada\0", "ada\udcff"])
    async def test_an_unknown_or_deleted_one_is_not_found(
        self, team: Team, approve: ApproveUser, username: str
    ) -> None:
        await team.becomes(await team.has("bob"), is_deleted=True, is_approved=False)
        with pytest.raises(NotFound):
            await approve(username=username)


class TestListUsers:
    """The operator sees everyone."""

    async def test_everyone_is_listed_the_first_to_come_first_across_pages(self, team: Team) -> None:
        users = [await a_kept_user(team.units_of_work) for _ in range(250)]
        assert [user async for user in ListUsers(team.units_of_work)()] == users

    async def test_deleted_accounts_are_left_out(self, team: Team) -> None:
        ada = await team.has("ada")
        team.clock.advance(MINUTE)
        await team.becomes(await team.has("bob"), is_deleted=True)
        waiting = await team.becomes(await team.has("eve"), is_approved=False)
        assert [user async for user in ListUsers(team.units_of_work)()] == [ada, waiting]

    async def test_nobody_is_an_empty_list(self, team: Team) -> None:
        assert [user async for user in ListUsers(team.units_of_work)()] == []


class TestHasUsers:
    """Whoever starts the service asks whether anyone is there."""

    async def test_it_tells_whether_anyone_ever_came(self, team: Team) -> None:
        has_users = HasUsers(team.units_of_work)
        assert await has_users() is False
        ada = await team.has("ada")
        assert await has_users() is True
        await team.becomes(ada, is_deleted=True)
        assert await has_users() is True
