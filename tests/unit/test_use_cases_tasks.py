"""What can be done with tasks."""

import pytest

from application.paging import Page, PageRequest, Position
from application.ports.tasks import TaskFilter, TaskSort
from application.tasks import ListTasks, SummariseTasks
from domain.errors import Forbidden, Invalid, NotFound, Stale
from domain.tasks import Task, TaskChanges, TaskPriority, TaskStatus
from domain.users import Role
from tests.contracts.sample import MINUTE, NOON, fields, race
from tests.unit.sample import UNKNOWN_IDS, Office

pytestmark = pytest.mark.anyio

DONE = TaskChanges(status=TaskStatus.DONE)


@pytest.fixture
def office() -> Office:
    return Office()


class TestCreateTask:
    """Anyone signed in may create a task."""

    async def test_the_task_is_the_actors_and_made_now(self, office: Office) -> None:
        ada = await office.has("ada")
        task = await office.create(
            ada,
            title="Water the plants",
            description="With the blue can",
            priority=TaskPriority.HIGH,
            status=TaskStatus.IN_PROGRESS,
            deadline=NOON + MINUTE,
            assignee_id=ada.id,
        )
        assert task == await office.stored_task(task)
        assert task == Task(
            id=task.id,
            title="Water the plants",
            description="With the blue can",
            priority=TaskPriority.HIGH,
            status=TaskStatus.IN_PROGRESS,
            deadline=NOON + MINUTE,
            creator_id=ada.id,
            assignee_id=ada.id,
            created_at=NOON,
            updated_at=NOON,
        )

    async def test_faults_are_told_and_nothing_is_kept(self, office: Office) -> None:
        ada = await office.has("ada")
        with pytest.raises(Invalid) as refusal:
            await office.create(ada, title="", deadline=NOON.replace(tzinfo=None))
        assert fields(refusal.value.faults) == ["title", "deadline"]
        assert await office.total() == 0

    async def test_employees_give_tasks_to_themselves_or_to_nobody(self, office: Office) -> None:
        ada, bob = await office.has("ada"), await office.has("bob")
        assert (await office.create(ada, title="Mine", assignee_id=ada.id)).assignee_id == ada.id
        assert (await office.create(ada, title="Nobody's", assignee_id=None)).assignee_id is None
        with pytest.raises(Forbidden):
            await office.create(ada, title="Bob's", assignee_id=bob.id)
        assert await office.total() == 2

    @pytest.mark.parametrize("role", [Role.MANAGER, Role.ADMIN])
    async def test_managers_and_admins_give_tasks_to_anyone(self, office: Office, role: Role) -> None:
        boss, bob = await office.has("boss", role), await office.has("bob")
        assert (await office.create(boss, title="Bob's", assignee_id=bob.id)).assignee_id == bob.id

    async def test_an_assignee_must_be_an_active_user(self, office: Office) -> None:
        boss = await office.has("boss", Role.MANAGER)
        waiting = await office.becomes(await office.has("waiting"), is_approved=False)
        disabled = await office.becomes(await office.has("disabled"), is_active=False)
        deleted = await office.becomes(await office.has("deleted"), is_deleted=True)
        for assignee_id in (waiting.id, disabled.id, deleted.id, *UNKNOWN_IDS):
            with pytest.raises(Invalid) as refusal:
                await office.create(boss, title="Water the plants", assignee_id=assignee_id)
            assert fields(refusal.value.faults) == ["assigneeId"]
        assert await office.total() == 0

    async def test_an_employee_cannot_find_out_by_assigning_who_exists(self, office: Office) -> None:
        ada = await office.has("ada")
        for assignee_id in UNKNOWN_IDS:
            with pytest.raises(Forbidden):
                await office.create(ada, title="Water the plants", assignee_id=assignee_id)


class TestReadingTasks:
    """Anyone signed in may read all tasks."""

    async def test_anyone_reads_any_task(self, office: Office) -> None:
        everyone = await office.creator_assignee_and_others()
        task = await office.create(everyone[0], title="Water the plants")
        assert [await office.get(actor, task_id=task.id) for actor in everyone] == [task] * len(everyone)

    @pytest.mark.parametrize("task_id", UNKNOWN_IDS)
    async def test_an_unknown_task_is_not_found(self, office: Office, task_id: int) -> None:
        with pytest.raises(NotFound):
            await office.get(await office.has("ada"), task_id=task_id)

    async def test_a_list_holds_what_is_wanted_of_everyones(self, office: Office) -> None:
        ada, bob = await office.has("ada"), await office.has("bob")
        adas = await office.create(ada, title="Paint the fence")
        await office.create(ada, title="Water the plants")
        bobs = await office.create(bob, title="Repaint the house")
        list_tasks = ListTasks(office.units_of_work)
        wanted = TaskFilter(words=("paint",))
        request = PageRequest(TaskSort.CREATED_AT, limit=1)
        assert await list_tasks(ada, wanted=wanted, request=request) == Page((bobs,), Position(NOON, bobs.id))
        request = PageRequest(TaskSort.CREATED_AT, limit=1, after=Position(NOON, bobs.id))
        assert await list_tasks(bob, wanted=wanted, request=request) == Page((adas,), None)

    async def test_the_summary_counts_as_of_now(self, office: Office) -> None:
        ada = await office.has("ada")
        await office.create(ada, title="Water the plants", deadline=NOON, assignee_id=ada.id)
        summarise = SummariseTasks(office.units_of_work, office.clock)
        assert (await summarise(ada)).overdue == 0
        office.clock.advance(MINUTE)
        summary = await summarise(ada)
        assert (summary.total, summary.overdue, summary.by_assignee) == (1, 1, ((ada.id, 1),))


class TestDeleteTask:
    """Creator, managers and admins may delete a task."""

    async def test_only_creator_managers_and_admins_may(self, office: Office) -> None:
        creator, assignee, other, manager, admin = await office.creator_assignee_and_others()
        for actor in (creator, manager, admin):
            task = await office.create(creator, title="Water the plants")
            await office.delete(actor, task_id=task.id)
            assert await office.stored_task(task) is None
        task = await office.create(manager, title="Water the plants", assignee_id=assignee.id)
        for actor in (assignee, other):
            with pytest.raises(Forbidden):
                await office.delete(actor, task_id=task.id)
        assert await office.stored_task(task) == task

    @pytest.mark.parametrize("task_id", UNKNOWN_IDS)
    async def test_an_unknown_task_is_not_found(self, office: Office, task_id: int) -> None:
        with pytest.raises(NotFound):
            await office.delete(await office.has("ada"), task_id=task_id)

    async def test_a_second_time_it_is_not_found(self, office: Office) -> None:
        ada = await office.has("ada")
        task = await office.create(ada, title="Water the plants")
        await office.delete(ada, task_id=task.id)
        with pytest.raises(NotFound):
            await office.delete(ada, task_id=task.id)

    async def test_a_condition_on_the_version_is_met_or_the_deletion_is_stale(self, office: Office) -> None:
        ada = await office.has("ada")
        task = await office.create(ada, title="Water the plants")
        changed = await office.change(ada, task_id=task.id, changes=DONE)
        with pytest.raises(Stale):
            await office.delete(ada, task_id=task.id, if_version={task.version})
        assert await office.stored_task(task) == changed
        await office.delete(ada, task_id=task.id, if_version={changed.version})
        assert await office.stored_task(task) is None

    async def test_of_twenty_simultaneous_deletions_one_deletes_and_the_rest_find_nothing(
        self, office: Office
    ) -> None:
        ada = await office.has("ada")
        task = await office.create(ada, title="Water the plants")
        winners, losers = await race(office.delete(ada, task_id=task.id) for _ in range(20))
        assert len(winners) == 1
        assert {type(loser) for loser in losers} == {NotFound}

    async def test_a_deletion_goes_through_while_others_change_the_task(self, office: Office) -> None:
        ada = await office.has("ada")
        task = await office.create(ada, title="Water the plants")
        attempts = [
            office.change(ada, task_id=task.id, changes=TaskChanges(title=f"Change {number}"))
            for number in range(10)
        ]
        _, losers = await race([*attempts[:5], office.delete(ada, task_id=task.id), *attempts[5:]])
        assert await office.stored_task(task) is None
        assert {type(loser) for loser in losers} <= {NotFound}
