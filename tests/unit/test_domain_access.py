"""Who may do what, as the table in the contract says."""

from dataclasses import replace

from domain.access import (
    may_administer,
    may_assign,
    may_change_account,
    may_change_cheat,
    may_change_task,
    may_change_taxonomy,
    may_delete_account,
    may_delete_task,
    may_list_accounts,
    may_see_account,
    may_see_account_details,
    may_see_event,
)
from domain.events import Event, EventType, SubjectType
from domain.users import Role, UserChanges, UserStatus
from tests.contracts.sample import NOON, a_cheat, a_task, a_user

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


def test_everyone_sees_the_team_and_the_disabled_in_it() -> None:
    for member in (OTHER, replace(OTHER, is_active=False)):
        assert all(may_see_account(actor, member) for actor in EVERYONE)


def test_who_is_not_let_in_is_seen_by_themselves_and_admins() -> None:
    waiting = replace(OTHER, is_approved=False)
    assert [actor for actor in EVERYONE if may_see_account(actor, waiting)] == [OTHER, ADMIN]


def test_who_is_deleted_is_seen_by_nobody() -> None:
    assert not any(may_see_account(actor, replace(OTHER, deleted_at=NOON)) for actor in EVERYONE)


def test_administering_is_for_admins() -> None:
    assert [actor for actor in EVERYONE if may_administer(actor)] == [ADMIN]


def test_everyone_lists_the_team_and_admins_by_status() -> None:
    assert all(may_list_accounts(actor, None) for actor in EVERYONE)
    for status in UserStatus:
        assert [actor for actor in EVERYONE if may_list_accounts(actor, status)] == [ADMIN]


def test_the_owner_changes_what_an_account_is_called_and_admins_also_what_it_may_do() -> None:
    for names in (UserChanges(username="new"), UserChanges(email=None), UserChanges()):
        assert [actor for actor in EVERYONE if may_change_account(actor, OTHER, names)] == [OTHER, ADMIN]
    for rights in (UserChanges(role=Role.ADMIN), UserChanges(is_approved=True), UserChanges(is_active=False)):
        assert [actor for actor in EVERYONE if may_change_account(actor, OTHER, rights)] == [ADMIN]


def test_the_owner_and_admins_may_delete_an_account() -> None:
    assert [actor for actor in EVERYONE if may_delete_account(actor, OTHER)] == [OTHER, ADMIN]


def test_what_happens_to_accounts_is_for_their_owners_and_to_webhooks_for_admins() -> None:
    for type_ in EventType:
        # It does not say that a post is published, nor who its author is.
        event = Event.of(type_, OTHER.id, actor=CREATOR, at=NOON)
        readers = {SubjectType.USER: [OTHER, ADMIN], SubjectType.WEBHOOK: [ADMIN], SubjectType.POST: [ADMIN]}
        seen = [actor for actor in EVERYONE if may_see_event(actor, event)]
        assert seen == readers.get(event.subject_type, list(EVERYONE)), type_


def test_the_owner_managers_and_admins_may_change_a_cheat() -> None:
    assert [actor for actor in EVERYONE if may_change_cheat(actor, a_cheat(1, OTHER))] == [OTHER, MANAGER, ADMIN]


def test_managers_and_admins_may_change_platforms_and_topics() -> None:
    assert [actor for actor in EVERYONE if may_change_taxonomy(actor)] == [MANAGER, ADMIN]
