"""Letting in, keeping out, bringing back; and what that does to sessions and to the last admin."""

from collections.abc import Awaitable, Callable

import pytest

from domain.errors import AccountDisabled, Conflict, Forbidden, Invalid, LastAdmin, NotFound, Unauthenticated
from domain.events import EventType
from domain.users import Role, User, UserChanges, UserStatus
from tests.contracts.sample import MINUTE, NOON, race
from tests.unit.sample import PASSWORD, UNKNOWN_IDS, Team

pytestmark = pytest.mark.anyio

Decision = Callable[[Team, User | None, User], Awaitable[object]]

TAKES_RIGHTS: dict[str, Decision] = {
    "demoted": lambda team, actor, user: team.change_user(
        actor, user_id=user.id, changes=UserChanges(role=Role.EMPLOYEE)
    ),
    "disabled": lambda team, actor, user: team.change_user(
        actor, user_id=user.id, changes=UserChanges(is_active=False)
    ),
    "disapproved": lambda team, actor, user: team.change_user(
        actor, user_id=user.id, changes=UserChanges(is_approved=False)
    ),
    "rejected": lambda team, actor, user: team.reject(actor, user_id=user.id),
}


@pytest.fixture
def team() -> Team:
    return Team()


@pytest.fixture
async def admin(team: Team) -> User:
    return await team.has("root", Role.ADMIN)


class TestApproving:
    """Admins let in who waits."""

    async def test_who_waits_can_sign_in_from_then_on(self, team: Team, admin: User) -> None:
        team.approve_automatically = False
        waiting = (await team.sign_up(username="ada", password=PASSWORD)).user
        team.clock.advance(MINUTE)
        approved = await team.approve(admin, user_id=waiting.id)
        assert approved == await team.stored(waiting)
        assert approved.status is UserStatus.APPROVED
        assert approved.updated_at == NOON + MINUTE
        assert (await team.sign_in(username="ada", password=PASSWORD)).credentials is not None

    async def test_in_whatever_role(self, team: Team, admin: User) -> None:
        waiting = await team.becomes(await team.has("ada"), is_approved=False)
        assert (await team.approve(admin, user_id=waiting.id, role=Role.MANAGER)).role is Role.MANAGER

    async def test_approving_again_changes_nothing(self, team: Team, admin: User) -> None:
        ada = await team.has("ada")
        team.clock.advance(MINUTE)
        assert await team.approve(admin, user_id=ada.id) == await team.stored(ada) == ada

    async def test_a_member_has_their_role_changed_in_another_way(self, team: Team, admin: User) -> None:
        manager = await team.has("boss", Role.MANAGER)
        with pytest.raises(Conflict):
            await team.approve(admin, user_id=manager.id, role=Role.EMPLOYEE)
        assert (
            await team.approve(admin, user_id=manager.id, role=Role.MANAGER)
            == await team.stored(manager)
            == manager
        )

    async def test_a_member_who_was_switched_off_stays_so(self, team: Team, admin: User) -> None:
        ada = await team.becomes(await team.has("ada"), is_active=False)
        assert (await team.approve(admin, user_id=ada.id)).status is UserStatus.DISABLED

    async def test_of_several_at_once_one_approves_and_the_others_find_it_done(
        self, team: Team, admin: User
    ) -> None:
        ada = await team.becomes(await team.has("ada"), is_approved=False)
        approved, refusals = await race(team.approve(admin, user_id=ada.id) for _ in range(20))
        assert refusals == []
        assert {user.version for user in approved} == {ada.version + 1}
        assert sum(event.type is EventType.USER_APPROVED for event in await team.events()) == 1


class TestRejecting:
    """Admins turn someone away."""

    async def test_who_is_rejected_waits_no_longer_and_hears_so(self, team: Team, admin: User) -> None:
        team.approve_automatically = False
        waiting = (await team.sign_up(username="ada", password=PASSWORD)).user
        assert (await team.reject(admin, user_id=waiting.id)).status is UserStatus.DISABLED
        with pytest.raises(AccountDisabled):
            await team.sign_in(username="ada", password=PASSWORD)

    async def test_they_can_be_let_in_after_all(self, team: Team, admin: User) -> None:
        waiting = await team.becomes(await team.has("ada"), is_approved=False)
        await team.reject(admin, user_id=waiting.id)
        assert (await team.approve(admin, user_id=waiting.id)).status is UserStatus.APPROVED

    async def test_the_reason_stays_on_record_with_who_and_when(self, team: Team, admin: User) -> None:
        waiting = await team.becomes(await team.has("ada"), is_approved=False)
        team.clock.advance(MINUTE)
        await team.reject(admin, user_id=waiting.id, reason="Nobody knows them.")
        *_, event = await team.events()
        assert (event.type, event.actor_id, event.subject_id) == (EventType.USER_REJECTED, admin.id, waiting.id)
        assert event.data["reason"] == "Nobody knows them."
        assert event.occurred_at == NOON + MINUTE

    @pytest.mark.parametrize("reason", ["x" * 1001, "no\0", "\ud800"])
    async def test_a_reason_that_cannot_be_kept_is_refused(self, team: Team, admin: User, reason: str) -> None:
        ada = await team.has("ada")
        with pytest.raises(Invalid):
            await team.reject(admin, user_id=ada.id, reason=reason)
        assert await team.stored(ada) == ada


class TestDeletingAndRestoring:
    """Accounts go, and come back if an admin says so."""

    async def test_the_owner_goes_and_the_name_stays_taken(self, team: Team) -> None:
        ada = await team.has("ada")
        session = await team.sign_in(username="ada", password=PASSWORD)
        await team.delete_user(ada, user_id=ada.id)
        assert (await team.stored(ada)).status is UserStatus.DELETED
        assert not await team.lets_in(session)
        with pytest.raises(Unauthenticated):
            await team.sign_in(username="ada", password=PASSWORD)

    async def test_only_the_owner_and_admins_may(self, team: Team, admin: User) -> None:
        ada, bob = await team.has("ada"), await team.has("bob", Role.MANAGER)
        with pytest.raises(Forbidden):
            await team.delete_user(bob, user_id=ada.id)
        await team.delete_user(admin, user_id=ada.id)

    async def test_who_is_restored_is_as_before_and_signs_in_anew(self, team: Team, admin: User) -> None:
        manager = await team.has("boss", Role.MANAGER)
        session = await team.sign_in(username="boss", password=PASSWORD)
        await team.delete_user(admin, user_id=manager.id)
        restored = await team.restore(admin, user_id=manager.id)
        assert (restored.status, restored.role) == (UserStatus.APPROVED, Role.MANAGER)
        assert not await team.lets_in(session)
        assert not await team.can_refresh(session)
        assert await team.lets_in(await team.sign_in(username="boss", password=PASSWORD))

    async def test_restoring_who_was_not_deleted_changes_nothing(self, team: Team, admin: User) -> None:
        ada = await team.has("ada")
        assert await team.restore(admin, user_id=ada.id) == ada

    async def test_nobody_is_restored_who_never_was(self, team: Team, admin: User) -> None:
        for user_id in UNKNOWN_IDS:
            with pytest.raises(NotFound):
                await team.restore(admin, user_id=user_id)


@pytest.mark.parametrize("decide", TAKES_RIGHTS.values(), ids=TAKES_RIGHTS)
class TestLosingRights:
    """Whoever may do less than before is signed out."""

    async def test_every_session_ends_and_stays_ended(self, team: Team, admin: User, decide: Decision) -> None:
        user = await team.has("ada", Role.ADMIN)
        first = await team.sign_in(username="ada", password=PASSWORD)
        second = await team.sign_in(username="ada", password=PASSWORD)
        await decide(team, admin, user)
        restored = UserChanges(role=Role.ADMIN, is_approved=True, is_active=True)
        await team.change_user(admin, user_id=user.id, changes=restored)
        for session in (first, second):
            assert not await team.lets_in(session)
            assert not await team.can_refresh(session)
        assert await team.lets_in(await team.sign_in(username="ada", password=PASSWORD))

    async def test_the_last_admin_stays(self, team: Team, admin: User, decide: Decision) -> None:
        for other in ("is_active", "is_approved"):
            await team.becomes(await team.has(f"not-{other}", Role.ADMIN), **{other: False})
        await team.becomes(await team.has("not-there", Role.ADMIN), is_deleted=True)
        for actor in (admin, None):
            with pytest.raises(LastAdmin):
                await decide(team, actor, admin)
        with pytest.raises(LastAdmin):
            await team.delete_user(admin, user_id=admin.id)
        assert await team.stored(admin) == admin

    async def test_two_admins_who_do_it_to_each_other_leave_one(
        self, team: Team, admin: User, decide: Decision
    ) -> None:
        other = await team.has("other", Role.ADMIN)
        done, refusals = await race([decide(team, admin, other), decide(team, other, admin)])
        assert len(done) == 1
        assert [type(refusal) for refusal in refusals] == [LastAdmin]
        assert [(await team.stored(user)).is_acting_admin for user in (admin, other)].count(True) == 1


async def test_an_employee_who_leaves_while_being_made_the_only_admin_stays(team: Team, admin: User) -> None:
    for number in range(20):
        heir = await team.has(f"heir-{number}")

        async def hand_over(heir: User = heir) -> None:
            await team.change_user(admin, user_id=heir.id, changes=UserChanges(role=Role.ADMIN))
            await team.change_user(admin, user_id=admin.id, changes=UserChanges(role=Role.MANAGER))

        await race([hand_over(), team.delete_user(heir, user_id=heir.id)])
        admins = [user for user in (admin, heir) if (await team.stored(user)).is_acting_admin]
        assert admins
        if admins == [heir]:
            await team.change_user(None, user_id=admin.id, changes=UserChanges(role=Role.ADMIN))
            await team.delete_user(heir, user_id=heir.id)


async def test_a_promotion_ends_no_session(team: Team, admin: User) -> None:
    ada = await team.has("ada")
    session = await team.sign_in(username="ada", password=PASSWORD)
    await team.change_user(admin, user_id=ada.id, changes=UserChanges(role=Role.MANAGER))
    assert await team.lets_in(session)
    assert await team.can_refresh(session)


@pytest.mark.parametrize("role", [Role.EMPLOYEE, Role.MANAGER])
async def test_deciding_is_for_admins(team: Team, role: Role) -> None:
    actor, other = await team.has("bob", role), await team.has("ada")
    for decide in (team.approve, team.reject, team.restore):
        with pytest.raises(Forbidden):
            await decide(actor, user_id=other.id)


async def test_an_admin_who_was_switched_off_decides_nothing_any_more(team: Team, admin: User) -> None:
    former = await team.becomes(await team.has("former", Role.ADMIN), is_active=False)
    waiting = await team.becomes(await team.has("waiting"), is_approved=False)
    deleted = await team.becomes(await team.has("deleted"), is_deleted=True)
    for decide, user in ((team.approve, waiting), (team.reject, waiting), (team.restore, deleted)):
        with pytest.raises(Forbidden):
            await decide(former, user_id=user.id)
        assert await team.stored(user) == user


async def test_decisions_over_unknown_and_deleted_accounts_are_not_found(team: Team, admin: User) -> None:
    deleted = await team.becomes(await team.has("gone"), is_deleted=True)
    for user_id in (deleted.id, *UNKNOWN_IDS):
        for decide in (team.approve, team.reject):
            with pytest.raises(NotFound):
                await decide(admin, user_id=user_id)


async def test_a_life_is_on_record_in_its_order(team: Team, admin: User) -> None:
    ada = (await team.sign_up(username="ada", password=PASSWORD)).user
    await team.reject(admin, user_id=ada.id)
    await team.approve(None, user_id=ada.id)
    await team.set_password(user_id=ada.id, password="another good password")
    await team.delete_user(admin, user_id=ada.id)
    await team.restore(admin, user_id=ada.id)
    assert [(event.type.value, event.actor_id) for event in await team.events() if event.subject_id == ada.id] == [
        ("user.created", ada.id),
        ("user.rejected", admin.id),
        ("user.approved", None),
        ("user.password_changed", None),
        ("user.deleted", admin.id),
        ("user.restored", admin.id),
    ]
