"""How tasks are changed, by several people at once too."""

import pytest

from domain.errors import Forbidden, Invalid, NotFound, Stale
from domain.tasks import TaskChanges, TaskPriority, TaskStatus
from domain.users import Role
from tests.contracts.sample import MINUTE, NOON, fields, race
from tests.unit.sample import UNKNOWN_IDS, Office

pytestmark = pytest.mark.anyio

DONE = TaskChanges(status=TaskStatus.DONE)


@pytest.fixture
def office() -> Office:
    return Office()


class TestChangeTask:
    """Creator, assignee, managers and admins may change a task."""

    async def test_what_the_change_speaks_of_is_changed_and_the_rest_stays(self, office: Office) -> None:
        ada = await office.has("ada")
        task = await office.create(ada, title="Water the plants", description="With the can", assignee_id=ada.id)
        office.clock.advance(MINUTE)
        changed = await office.change(ada, task_id=task.id, changes=TaskChanges(description=None))
        assert changed == await office.stored_task(task)
        assert (changed.title, changed.description, changed.assignee_id) == ("Water the plants", None, ada.id)
        assert (changed.created_at, changed.updated_at, changed.version) == (NOON, NOON + MINUTE, 2)

    async def test_a_change_of_nothing_keeps_version_and_time(self, office: Office) -> None:
        ada = await office.has("ada")
        task = await office.create(ada, title="Water the plants")
        office.clock.advance(MINUTE)
        same = TaskChanges(title="Water the plants", assignee_id=None)
        assert await office.change(ada, task_id=task.id, changes=same) == task
        assert await office.stored_task(task) == task

    async def test_only_creator_assignee_managers_and_admins_may(self, office: Office) -> None:
        creator, assignee, other, manager, admin = await office.creator_assignee_and_others()
        for actor in (creator, assignee, manager, admin):
            task = await office.create(manager, title="Water the plants", assignee_id=assignee.id)
            if actor is creator:
                task = await office.create(creator, title="Water the plants")
            assert (await office.change(actor, task_id=task.id, changes=DONE)).status is TaskStatus.DONE
        task = await office.create(creator, title="Water the plants")
        for actor in (assignee, other):
            with pytest.raises(Forbidden):
                await office.change(actor, task_id=task.id, changes=DONE)
        assert await office.stored_task(task) == task

    async def test_faults_are_told_and_nothing_is_changed(self, office: Office) -> None:
        ada = await office.has("ada")
        task = await office.create(ada, title="Water the plants")
        with pytest.raises(Invalid) as refusal:
            await office.change(ada, task_id=task.id, changes=TaskChanges(title=" ", description="\0"))
        assert fields(refusal.value.faults) == ["title", "description"]
        assert await office.stored_task(task) == task

    @pytest.mark.parametrize("task_id", UNKNOWN_IDS)
    async def test_an_unknown_task_is_not_found(self, office: Office, task_id: int) -> None:
        with pytest.raises(NotFound):
            await office.change(await office.has("ada"), task_id=task_id, changes=DONE)

    async def test_employees_take_or_drop_a_task_but_do_not_pass_it_on(self, office: Office) -> None:
        ada, bob = await office.has("ada"), await office.has("bob")
        task = await office.create(ada, title="Water the plants")
        for assignee_id in (ada.id, None):
            changes = TaskChanges(assignee_id=assignee_id)
            assert (await office.change(ada, task_id=task.id, changes=changes)).assignee_id == assignee_id
        with pytest.raises(Forbidden):
            await office.change(ada, task_id=task.id, changes=TaskChanges(assignee_id=bob.id))

    async def test_an_assignee_may_drop_a_task_and_thereby_loses_it(self, office: Office) -> None:
        boss, ada = await office.has("boss", Role.MANAGER), await office.has("ada")
        task = await office.create(boss, title="Water the plants", assignee_id=ada.id)
        await office.change(ada, task_id=task.id, changes=TaskChanges(assignee_id=None))
        with pytest.raises(Forbidden):
            await office.change(ada, task_id=task.id, changes=TaskChanges(assignee_id=ada.id))

    async def test_a_creator_may_change_what_a_manager_gave_to_another_and_repeat_the_assignee(
        self, office: Office
    ) -> None:
        creator, assignee, _, manager, _ = await office.creator_assignee_and_others()
        task = await office.create(creator, title="Water the plants")
        given = TaskChanges(assignee_id=assignee.id)
        await office.change(manager, task_id=task.id, changes=given)
        await office.becomes(assignee, is_active=False)
        changes = TaskChanges(title="Water the garden", assignee_id=assignee.id)
        changed = await office.change(creator, task_id=task.id, changes=changes)
        assert (changed.title, changed.assignee_id) == ("Water the garden", assignee.id)

    async def test_a_task_cannot_be_given_to_who_may_not_enter_or_does_not_exist(self, office: Office) -> None:
        boss = await office.has("boss", Role.MANAGER)
        disabled = await office.becomes(await office.has("disabled"), is_active=False)
        task = await office.create(boss, title="Water the plants")
        for assignee_id in (disabled.id, *UNKNOWN_IDS):
            with pytest.raises(Invalid) as refusal:
                await office.change(boss, task_id=task.id, changes=TaskChanges(assignee_id=assignee_id))
            assert fields(refusal.value.faults) == ["assigneeId"]
        assert await office.stored_task(task) == task

    async def test_a_condition_on_the_version_is_met_or_the_change_is_stale(self, office: Office) -> None:
        ada = await office.has("ada")
        task = await office.create(ada, title="Water the plants")
        changed = await office.change(ada, task_id=task.id, changes=DONE, if_version={1, 7})
        for outdated in ({1}, {3}, set[int]()):
            with pytest.raises(Stale):
                await office.change(ada, task_id=task.id, changes=TaskChanges(title="Late"), if_version=outdated)
            with pytest.raises(Stale):
                await office.change(ada, task_id=task.id, changes=DONE, if_version=outdated)
        assert await office.stored_task(task) == changed

    async def test_who_may_not_change_a_task_does_not_learn_its_version(self, office: Office) -> None:
        ada, bob = await office.has("ada"), await office.has("bob")
        task = await office.create(ada, title="Water the plants")
        with pytest.raises(Forbidden):
            await office.change(bob, task_id=task.id, changes=DONE, if_version={99})

    async def test_twenty_simultaneous_changes_without_condition_all_succeed(self, office: Office) -> None:
        ada = await office.has("ada")
        task = await office.create(ada, title="Water the plants")
        winners, losers = await race(
            office.change(ada, task_id=task.id, changes=TaskChanges(title=f"Change {number}"))
            for number in range(20)
        )
        assert losers == []
        assert sorted(winner.version for winner in winners) == list(range(2, 22))
        assert await office.stored_task(task) == max(winners, key=lambda winner: winner.version)

    async def test_simultaneous_changes_of_different_fields_do_not_undo_each_other(self, office: Office) -> None:
        ada = await office.has("ada")
        task = await office.create(ada, title="Water the plants")
        changes = (
            TaskChanges(title="Water the garden"),
            TaskChanges(description="With the hose"),
            TaskChanges(priority=TaskPriority.HIGH),
            DONE,
            TaskChanges(deadline=NOON),
            TaskChanges(assignee_id=ada.id),
        )
        await race(office.change(ada, task_id=task.id, changes=change) for change in changes)
        stored = await office.stored_task(task)
        assert stored is not None
        assert (stored.title, stored.description) == ("Water the garden", "With the hose")
        assert (stored.priority, stored.status) == (TaskPriority.HIGH, TaskStatus.DONE)
        assert (stored.deadline, stored.assignee_id) == (NOON, ada.id)

    async def test_of_twenty_simultaneous_changes_of_one_version_exactly_one_succeeds(
        self, office: Office
    ) -> None:
        ada = await office.has("ada")
        task = await office.create(ada, title="Water the plants")
        winners, losers = await race(
            office.change(ada, task_id=task.id, changes=TaskChanges(title=f"Change {number}"), if_version={1})
            for number in range(20)
        )
        assert winners == [await office.stored_task(task)]
        assert {type(loser) for loser in losers} == {Stale}
