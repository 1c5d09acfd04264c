"""Where an account stands, and what becomes of it."""

from dataclasses import replace
from itertools import product

import pytest

from domain.errors import AccountDisabled, ApprovalPending, Conflict, Invalid
from domain.users import Role, User, UserChanges, UserStatus
from tests.contracts.sample import MINUTE, NOON, a_user

LATER = NOON + MINUTE
MEMBER = a_user(1)
WAITING = replace(MEMBER, is_approved=False)
REJECTED = replace(WAITING, is_active=False)
DISABLED = replace(MEMBER, is_active=False)
DELETED = replace(MEMBER, deleted_at=NOON)


def test_an_account_has_one_status() -> None:
    statuses = {
        (is_approved, is_active, deleted_at is not None): replace(
            MEMBER, is_approved=is_approved, is_active=is_active, deleted_at=deleted_at
        ).status
        for is_approved, is_active, deleted_at in product((True, False), (True, False), (None, NOON))
    }
    assert statuses == {
        (True, True, False): UserStatus.APPROVED,
        (False, True, False): UserStatus.PENDING,
        (True, False, False): UserStatus.DISABLED,
        (False, False, False): UserStatus.DISABLED,
        (True, True, True): UserStatus.DELETED,
        (False, True, True): UserStatus.DELETED,
        (True, False, True): UserStatus.DELETED,
        (False, False, True): UserStatus.DELETED,
    }


def test_only_who_is_approved_may_enter_and_the_others_hear_why_not() -> None:
    MEMBER.check_entry()
    assert MEMBER.may_enter
    with pytest.raises(ApprovalPending):
        WAITING.check_entry()
    for user in (REJECTED, DISABLED):
        with pytest.raises(AccountDisabled):
            user.check_entry()
    assert not any(user.may_enter for user in (WAITING, REJECTED, DISABLED, DELETED))


@pytest.mark.parametrize(
    ("before", "after"),
    [(WAITING, UserStatus.APPROVED), (REJECTED, UserStatus.APPROVED), (DISABLED, UserStatus.DISABLED)],
    ids=["waiting", "rejected", "disabled"],
)
def test_approving_lets_in_who_waits_or_was_rejected(before: User, after: UserStatus) -> None:
    assert before.approve(at=LATER).status is after


def test_approving_gives_a_role_where_one_is_named() -> None:
    assert WAITING.approve(at=LATER).role is Role.EMPLOYEE
    assert WAITING.approve(role=Role.MANAGER, at=LATER).role is Role.MANAGER


def test_a_member_is_not_approved_into_another_role() -> None:
    assert MEMBER.approve(role=MEMBER.role, at=LATER) is MEMBER
    with pytest.raises(Conflict):
        MEMBER.approve(role=Role.MANAGER, at=LATER)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (WAITING, WAITING.approve(at=LATER)),
        (MEMBER, MEMBER.reject(at=LATER)),
        (MEMBER, MEMBER.delete(at=LATER)),
        (DELETED, DELETED.restore(at=LATER)),
        (MEMBER, MEMBER.change(UserChanges(role=Role.ADMIN), at=LATER)),
    ],
    ids=["approved", "rejected", "deleted", "restored", "changed"],
)
def test_every_next_state_has_the_next_version_and_the_time(before: User, after: User) -> None:
    assert (after.version, after.updated_at, after.created_at) == (before.version + 1, LATER, before.created_at)


@pytest.mark.parametrize(
    "same",
    [
        MEMBER.approve(at=LATER),
        MEMBER.restore(at=LATER),
        MEMBER.change(UserChanges(username=MEMBER.username, role=MEMBER.role), at=LATER),
        MEMBER.change(UserChanges(), at=LATER),
    ],
    ids=["approved", "restored", "changed alike", "unchanged"],
)
def test_what_changes_nothing_returns_the_very_account(same: User) -> None:
    assert same is MEMBER


def test_rejecting_twice_changes_nothing() -> None:
    rejected = WAITING.reject(at=NOON)
    assert rejected.reject(at=LATER) is rejected


def test_a_change_is_checked_and_normalised() -> None:
    with pytest.raises(Invalid) as refusal:
        MEMBER.change(UserChanges(username="a b", email="nowhere"), at=LATER)
    assert [fault.field for fault in refusal.value.faults] == ["username", "email"]
    assert MEMBER.change(UserChanges(username="Zoe\u0308"), at=LATER).username == "Zo\u00eb"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (MEMBER, DISABLED, True),
        (MEMBER, WAITING, True),
        (MEMBER, DELETED, True),
        (replace(MEMBER, role=Role.ADMIN), replace(MEMBER, role=Role.MANAGER), True),
        (replace(MEMBER, role=Role.MANAGER), MEMBER, True),
        (MEMBER, replace(MEMBER, role=Role.MANAGER), False),
        (MEMBER, replace(MEMBER, username="renamed"), False),
        (DISABLED, MEMBER, False),
        (DELETED, MEMBER, False),
    ],
    ids=["disabled", "unapproved", "deleted", "admin", "manager", "promoted", "renamed", "enabled", "restored"],
)
def test_rights_are_lost_by_role_approval_activity_and_deletion(before: User, after: User, expected: bool) -> None:
    assert after.has_lost_rights(before) is expected


def test_an_acting_admin_is_one_who_may_enter() -> None:
    admins = [replace(user, role=Role.ADMIN) for user in (MEMBER, WAITING, REJECTED, DISABLED, DELETED)]
    assert [admin.is_acting_admin for admin in admins] == [True, False, False, False, False]
    assert not MEMBER.is_acting_admin
