"""Who may do what, as the table in the contract says."""

from dataclasses import replace

from domain.access import may_assign, may_change_task, may_delete_task, may_see_account_details
from domain.users import Role
from tests.contracts.sample import a_task, a_user

CREATOR, ASSIGNEE, OTHER = a_user(1), a_user(2), a_user(3)
MANAGER, ADMIN = replace(a_user(4), role=Role.MANAGER), replace(a_user(5), role=Role.ADMIN)
EVERYONE = (CREATOR, ASSIGNEE, OTHER, MANAGER, ADMIN)
TASK = a_task(1, CREATOR, assignee=ASSIGNEE)


def test_creator_assignee_managers_and_admins_may_change_a_task() -> None:
    assert [actor for actor in EVERYONE if may_change_task(actor, TASK)] == [CREATOR, ASSIGNEE, MANAGER, ADMIN]


def test_creator_managers_and_admins_may_delete_a_task() -> None:
    assert [actor for actor in EVERYONE if may_delete_task(actor, TASK)] == [CREATOR, MANAGER, ADMIN]


def test_a_task_given_to_nobody_is_not_everyones_to_change() -> None:
    assert not may_change_task(OTHER, a_task(1, CREATOR))


def test_everyone_may_give_a_task_to_themselves_or_to_nobody() -> None:
    assert all(may_assign(actor, assignee_id) for actor in EVERYONE for assignee_id in (actor.id, None))


def test_managers_and_admins_may_give_a_task_to_anyone() -> None:
    assert [actor for actor in EVERYONE if may_assign(actor, 99)] == [MANAGER, ADMIN]


def test_the_owner_and_admins_may_see_all_of_an_account() -> None:
    assert [actor for actor in EVERYONE if may_see_account_details(actor, OTHER)] == [OTHER, ADMIN]
