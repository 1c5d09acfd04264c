"""What can be done with accounts."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from application.paging import PageRequest
from application.ports.users import UserSort
from application.users import FindUser, GetUser, HasUsers, ListUsers
from domain.changes import ABSENT
from domain.errors import Forbidden, Invalid, NotFound, Stale, Taken
from domain.events import EventType
from domain.users import Role, User, UserChanges, UserStatus
from tests.contracts.sample import MINUTE, NOON, fields
from tests.unit.sample import PASSWORD, UNKNOWN_IDS, Team

pytestmark = pytest.mark.anyio


@pytest.fixture
def team() -> Team:
    return Team()


class TestCreateUser:
    """Admins and the operator make accounts of any role."""

    @pytest.mark.parametrize("role", Role)
    async def test_the_account_is_approved_and_can_sign_in_at_once(self, team: Team, role: Role) -> None:
        user = await team.create_user(None, username="ada", password=PASSWORD, email="ada@example.org", role=role)
        assert user == await team.stored(user)
        assert (user.username, user.email, user.role) == ("ada", "ada@example.org", role)
        assert user.is_approved
        assert user.created_at == NOON
        assert (await team.sign_in(username="ada", password=PASSWORD)).user == user

    async def test_it_can_be_made_to_wait(self, team: Team) -> None:
        admin = await team.has("root", Role.ADMIN)
        user = await team.create_user(admin, username="ada", password=PASSWORD, is_approved=False)
        assert user.status is UserStatus.PENDING

    @pytest.mark.parametrize("role", [Role.EMPLOYEE, Role.MANAGER])
    async def test_others_may_not(self, team: Team, role: Role) -> None:
        actor = await team.has("bob", role)
        with pytest.raises(Forbidden):
            await team.create_user(actor, username="ada", password=PASSWORD)

    async def test_who_lost_the_role_while_the_password_was_hashed_may_not(self, team: Team) -> None:
        admin = await team.has("root", Role.ADMIN)
        await team.becomes(admin, is_active=False)
        with pytest.raises(Forbidden):
            await team.create_user(admin, username="ada", password=PASSWORD)

    async def test_the_password_is_not_kept(self, team: Team) -> None:
        assert PASSWORD not in (await team.has("ada")).password_hash

    async def test_every_fault_is_told_and_nothing_is_kept(self, team: Team) -> None:
        with pytest.raises(Invalid) as refusal:
            await team.create_user(None, username="a b", password="short", email="nowhere", role=Role.ADMIN)
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

    async def test_a_member_who_is_switched_off_is_shown(self, team: Team) -> None:
        ada = await team.has("ada")
        bob = await team.becomes(await team.has("bob"), is_active=False)
        assert await GetUser(team.units_of_work)(ada, user_id=bob.id) == bob

    async def test_who_is_not_let_in_is_shown_to_admins_alone(self, team: Team) -> None:
        get_user = GetUser(team.units_of_work)
        admin, manager = await team.has("root", Role.ADMIN), await team.has("boss", Role.MANAGER)
        waiting = await team.becomes(await team.has("bob"), is_approved=False)
        assert await get_user(admin, user_id=waiting.id) == waiting
        with pytest.raises(NotFound):
            await get_user(manager, user_id=waiting.id)

    async def test_an_unknown_or_deleted_one_is_not_found(self, team: Team) -> None:
        admin = await team.has("root", Role.ADMIN)
        bob = await team.becomes(await team.has("bob"), is_deleted=True)
        for user_id in (bob.id, *UNKNOWN_IDS):
            with pytest.raises(NotFound):
                await GetUser(team.units_of_work)(admin, user_id=user_id)


class TestFindUser:
    """The operator knows people by name."""

    async def test_case_makes_no_difference(self, team: Team) -> None:
        ada = await team.has("ada")
        assert await FindUser(team.units_of_work)(username="ADA") == ada

    @pytest.mark.parametrize("username", ["bob", "nobody", "", "ada\0", "ada\udcff"])
    async def test_an_unknown_or_deleted_one_is_not_found(self, team: Team, username: str) -> None:
        await team.becomes(await team.has("bob"), is_deleted=True)
        with pytest.raises(NotFound):
            await FindUser(team.units_of_work)(username=username)


class TestListUsers:
    """Everyone sees the team, admins see everyone."""

    @pytest.fixture
    async def listed(self, team: Team) -> Callable[..., Awaitable[list[str]]]:
        await team.has("active", email="zebra@example.org")
        await team.becomes(await team.has("waiting"), is_approved=False)
        await team.becomes(await team.has("disabled"), is_active=False)
        await team.becomes(await team.has("deleted"), is_deleted=True)

        async def listed(
            actor: User | None, status: UserStatus | None = None, words: tuple[str, ...] = ()
        ) -> list[str]:
            page = await ListUsers(team.units_of_work)(
                actor, request=PageRequest(UserSort.USERNAME, descending=False), status=status, words=words
            )
            return [user.username for user in page.items]

        return listed

    @pytest.mark.parametrize("role", [Role.EMPLOYEE, Role.MANAGER])
    async def test_others_see_who_may_enter(
        self, team: Team, listed: Callable[..., Awaitable[list[str]]], role: Role
    ) -> None:
        assert await listed(await team.has("bob", role)) == ["active", "bob"]

    @pytest.mark.parametrize("status", UserStatus)
    async def test_others_may_not_ask_by_status(
        self, team: Team, listed: Callable[..., Awaitable[list[str]]], status: UserStatus
    ) -> None:
        bob = await team.has("bob", Role.MANAGER)
        with pytest.raises(Forbidden):
            await listed(bob, status)

    async def test_others_do_not_find_anyone_by_email(
        self, team: Team, listed: Callable[..., Awaitable[list[str]]]
    ) -> None:
        assert await listed(await team.has("bob"), None, ("zebra",)) == []

    async def test_admins_and_the_operator_see_all_but_the_deleted(
        self, team: Team, listed: Callable[..., Awaitable[list[str]]]
    ) -> None:
        admin = await team.has("root", Role.ADMIN)
        assert await listed(admin) == await listed(None) == ["active", "disabled", "root", "waiting"]
        assert await listed(admin, None, ("zebra",)) == ["active"]

    @pytest.mark.parametrize(
        ("status", "expected"),
        [
            (UserStatus.PENDING, ["waiting"]),
            (UserStatus.DISABLED, ["disabled"]),
            (UserStatus.DELETED, ["deleted"]),
            (UserStatus.APPROVED, ["active", "root"]),
        ],
    )
    async def test_admins_ask_by_status(
        self, team: Team, listed: Callable[..., Awaitable[list[str]]], status: UserStatus, expected: list[str]
    ) -> None:
        assert await listed(await team.has("root", Role.ADMIN), status) == expected


class TestChangeUser:
    """The owner changes what an account is called, admins also what it may do."""

    async def test_the_owner_changes_name_and_address(self, team: Team) -> None:
        ada = await team.has("ada", email="ada@example.org")
        team.clock.advance(MINUTE)
        changed = await team.change_user(ada, user_id=ada.id, changes=UserChanges(username="lovelace", email=None))
        assert changed == replace(ada, username="lovelace", email=None, updated_at=NOON + MINUTE, version=2)
        assert await team.stored(ada) == changed

    async def test_what_changes_nothing_is_not_written(self, team: Team) -> None:
        ada = await team.has("ada")
        team.clock.advance(MINUTE)
        assert await team.change_user(ada, user_id=ada.id, changes=UserChanges(username="ada")) == ada
        assert await team.stored(ada) == ada

    @pytest.mark.parametrize("role", [Role.EMPLOYEE, Role.MANAGER])
    @pytest.mark.parametrize(
        "changes",
        [UserChanges(role=Role.ADMIN), UserChanges(is_approved=True), UserChanges(is_active=True)],
        ids=["role", "is_approved", "is_active"],
    )
    async def test_the_owner_may_not_change_their_own_rights(
        self, team: Team, role: Role, changes: UserChanges
    ) -> None:
        ada = await team.has("ada", role)
        with pytest.raises(Forbidden):
            await team.change_user(ada, user_id=ada.id, changes=changes)
        assert await team.stored(ada) == ada

    @pytest.mark.parametrize("role", [Role.EMPLOYEE, Role.MANAGER])
    async def test_others_accounts_are_not_theirs_to_change(self, team: Team, role: Role) -> None:
        ada, bob = await team.has("ada"), await team.has("bob", role)
        with pytest.raises(Forbidden):
            await team.change_user(bob, user_id=ada.id, changes=UserChanges(username="mine"))

    async def test_whoever_waits_is_nobody_to_others(self, team: Team) -> None:
        bob = await team.has("bob", Role.MANAGER)
        waiting = await team.becomes(await team.has("eve"), is_approved=False)
        with pytest.raises(NotFound):
            await team.change_user(bob, user_id=waiting.id, changes=UserChanges(username="mine"))
        with pytest.raises(NotFound):
            await team.delete_user(bob, user_id=waiting.id)

    async def test_an_admin_who_is_none_any_longer_may_not(self, team: Team) -> None:
        admin, ada = await team.has("root", Role.ADMIN), await team.has("ada")
        await team.has("another", Role.ADMIN)
        await team.change_user(None, user_id=admin.id, changes=UserChanges(role=Role.MANAGER))
        with pytest.raises(Forbidden):
            await team.change_user(admin, user_id=ada.id, changes=UserChanges(role=Role.ADMIN))

    async def test_every_fault_is_told(self, team: Team) -> None:
        ada = await team.has("ada")
        with pytest.raises(Invalid) as refusal:
            await team.change_user(ada, user_id=ada.id, changes=UserChanges(username="a b", email="nowhere"))
        assert fields(refusal.value.faults) == ["username", "email"]

    async def test_a_name_that_is_taken_is_refused_even_of_the_deleted(self, team: Team) -> None:
        ada = await team.has("ada")
        await team.becomes(await team.has("bob", email="bob@example.org"), is_deleted=True)
        for changes in (UserChanges(username="BOB"), UserChanges(email="BOB@example.org")):
            with pytest.raises(Taken):
                await team.change_user(ada, user_id=ada.id, changes=changes)

    async def test_only_the_version_that_was_seen_is_changed(self, team: Team) -> None:
        ada = await team.has("ada")
        changes = UserChanges(username="lovelace")
        with pytest.raises(Stale):
            await team.change_user(ada, user_id=ada.id, changes=changes, if_version={2})
        with pytest.raises(Stale):
            await team.delete_user(ada, user_id=ada.id, if_version={2})
        assert (await team.change_user(ada, user_id=ada.id, changes=changes, if_version={1})).version == 2

    async def test_it_is_written_down_without_the_address(self, team: Team) -> None:
        admin, ada = await team.has("root", Role.ADMIN), await team.has("ada")
        changes = UserChanges(email="secret@example.org", role=Role.MANAGER)
        await team.change_user(admin, user_id=ada.id, changes=changes)
        *_, event = await team.events()
        assert (event.type, event.actor_id, event.subject_id) == (EventType.USER_UPDATED, admin.id, ada.id)
        assert event.data == {"username": "ada", "changed": ("email", "role"), "role": "manager"}

    async def test_an_unknown_or_deleted_one_is_not_found(self, team: Team) -> None:
        admin = await team.has("root", Role.ADMIN)
        deleted = await team.becomes(await team.has("bob"), is_deleted=True)
        for user_id in (deleted.id, *UNKNOWN_IDS):
            with pytest.raises(NotFound):
                await team.change_user(admin, user_id=user_id, changes=UserChanges(role=Role.ADMIN))
            with pytest.raises(NotFound):
                await team.delete_user(admin, user_id=user_id)

    def test_a_change_that_speaks_of_nothing_is_absent_throughout(self) -> None:
        assert not UserChanges().concern_rights
        assert UserChanges().username is ABSENT


class TestHasUsers:
    """Whoever starts the service asks whether anyone is there."""

    async def test_it_tells_whether_anyone_ever_came(self, team: Team) -> None:
        has_users = HasUsers(team.units_of_work)
        assert await has_users() is False
        ada = await team.has("ada")
        assert await has_users() is True
        await team.becomes(ada, is_deleted=True)
        assert await has_users() is True
