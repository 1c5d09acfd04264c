"""What every repository of tasks owes when it keeps them.

Needs the fixture `units_of_work`, which opens units of work on an empty store.
"""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given

from application.ports.unit_of_work import UnitsOfWork
from domain.errors import NotFound, Stale
from domain.tasks import Task, TaskChanges, TaskPriority, TaskStatus
from tests.contracts import hostile
from tests.contracts.sample import (
    FIRST_MOMENT,
    GREATEST_ID,
    LAST_MOMENT,
    NOON,
    a_kept_task,
    a_kept_user,
    a_task,
    a_user,
    keep,
    race,
    stored_task,
)


async def _save(units_of_work: UnitsOfWork, task: Task) -> Task:
    async with units_of_work() as uow:
        uow.tasks.save(task)
        await uow.commit()
    return task


async def _remove(units_of_work: UnitsOfWork, task: Task) -> None:
    async with units_of_work() as uow:
        uow.tasks.remove(task)
        await uow.commit()


@pytest.mark.anyio
class TaskRepositoryContract:
    """Tasks come back as they were kept, and nobody overwrites what they have not read."""

    @hostile.settings
    @given(drawn=hostile.tasks(), next_state=hostile.tasks())
    async def test_every_field_reads_back_as_it_was_added_and_as_it_was_saved(
        self, units_of_work: UnitsOfWork, drawn: Task, next_state: Task
    ) -> None:
        creator = await a_kept_user(units_of_work)
        assignee = await a_kept_user(units_of_work)
        async with units_of_work() as uow:
            task_id = await uow.tasks.next_id()
            added = replace(drawn, id=task_id, creator_id=creator.id, assignee_id=assignee.id)
            uow.tasks.add(added)
            await uow.commit()
        assert await stored_task(units_of_work, task_id) == added
        saved = replace(
            next_state, id=task_id, creator_id=creator.id, created_at=added.created_at, version=added.version + 1
        )
        await _save(units_of_work, saved)
        assert await stored_task(units_of_work, task_id) == saved

    @pytest.mark.parametrize("text", hostile.TEXTS)
    async def test_any_text_reads_back_unchanged(self, units_of_work: UnitsOfWork, text: str) -> None:
        creator = await a_kept_user(units_of_work)
        task = replace(a_task(1, creator), title=text, description=text)
        await keep(units_of_work, task)
        assert await stored_task(units_of_work, 1) == task

    @pytest.mark.parametrize("title", hostile.LONGEST_TITLES)
    async def test_the_longest_texts_fit(self, units_of_work: UnitsOfWork, title: str) -> None:
        creator = await a_kept_user(units_of_work)
        task = a_task(1, creator, title, description=hostile.LONGEST_DESCRIPTION)
        await keep(units_of_work, task)
        assert await stored_task(units_of_work, 1) == task

    @pytest.mark.parametrize("moment", hostile.MOMENTS)
    async def test_any_moment_reads_back_to_the_microsecond_and_in_utc(
        self, units_of_work: UnitsOfWork, moment: datetime
    ) -> None:
        creator = await a_kept_user(units_of_work)
        await keep(units_of_work, a_task(1, creator, deadline=moment, at=moment))
        task = await stored_task(units_of_work, 1)
        assert task is not None
        assert task.deadline is not None
        for read in (task.deadline, task.created_at, task.updated_at):
            assert read == moment
            assert read.utcoffset() == timedelta(0)

    async def test_the_greatest_ids_fit(self, units_of_work: UnitsOfWork) -> None:
        creator = a_user(GREATEST_ID)
        task = a_task(GREATEST_ID, creator, assignee=creator)
        await keep(units_of_work, creator, task)
        assert await stored_task(units_of_work, GREATEST_ID) == task

    async def test_what_may_be_null_can_be_cleared(self, units_of_work: UnitsOfWork) -> None:
        creator = await a_kept_user(units_of_work)
        task = await a_kept_task(
            units_of_work, creator, description="With the blue can", deadline=LAST_MOMENT, assignee=creator
        )
        cleared = task.change(TaskChanges(description=None, deadline=None, assignee_id=None), at=NOON)
        await _save(units_of_work, cleared)
        assert await stored_task(units_of_work, task.id) == cleared

    async def test_no_description_and_an_empty_one_differ(self, units_of_work: UnitsOfWork) -> None:
        creator = await a_kept_user(units_of_work)
        without = await a_kept_task(units_of_work, creator, description=None)
        empty = await a_kept_task(units_of_work, creator, description="")
        assert await stored_task(units_of_work, without.id) == without
        assert await stored_task(units_of_work, empty.id) == empty

    async def test_an_unknown_id_is_no_task(self, units_of_work: UnitsOfWork) -> None:
        await a_kept_task(units_of_work, await a_kept_user(units_of_work))
        for unknown in (GREATEST_ID, 0, -1):
            assert await stored_task(units_of_work, unknown) is None

    async def test_a_removed_task_is_gone_and_its_id_with_it(self, units_of_work: UnitsOfWork) -> None:
        creator = await a_kept_user(units_of_work)
        task = await a_kept_task(units_of_work, creator)
        await _remove(units_of_work, task)
        assert await stored_task(units_of_work, task.id) is None
        assert (await a_kept_task(units_of_work, creator)).id != task.id

    async def test_a_creator_who_does_not_exist_is_refused(self, units_of_work: UnitsOfWork) -> None:
        with pytest.raises(NotFound):
            await keep(units_of_work, a_task(1, a_user(GREATEST_ID)))
        assert await stored_task(units_of_work, 1) is None

    async def test_an_assignee_who_does_not_exist_is_refused_at_birth_and_later(
        self, units_of_work: UnitsOfWork
    ) -> None:
        creator = await a_kept_user(units_of_work)
        nobody = a_user(GREATEST_ID)
        with pytest.raises(NotFound):
            await keep(units_of_work, a_task(1, creator, assignee=nobody))
        task = await a_kept_task(units_of_work, creator)
        with pytest.raises(NotFound):
            await _save(units_of_work, task.change(TaskChanges(assignee_id=nobody.id), at=NOON))
        assert await stored_task(units_of_work, task.id) == task

    async def test_a_state_that_is_not_the_next_one_is_stale(self, units_of_work: UnitsOfWork) -> None:
        creator = await a_kept_user(units_of_work)
        task = await a_kept_task(units_of_work, creator)
        for version in (1, 3):
            with pytest.raises(Stale):
                await _save(units_of_work, replace(task, title="Too late", version=version))
        assert await stored_task(units_of_work, task.id) == task

    async def test_a_removal_of_what_moved_on_is_stale(self, units_of_work: UnitsOfWork) -> None:
        task = await a_kept_task(units_of_work, await a_kept_user(units_of_work))
        changed = await _save(units_of_work, task.change(TaskChanges(title="Changed"), at=NOON))
        with pytest.raises(Stale):
            await _remove(units_of_work, task)
        assert await stored_task(units_of_work, task.id) == changed

    async def test_what_is_gone_can_neither_be_saved_nor_removed_again(self, units_of_work: UnitsOfWork) -> None:
        task = await a_kept_task(units_of_work, await a_kept_user(units_of_work))
        await _remove(units_of_work, task)
        with pytest.raises(Stale):
            await _save(units_of_work, task.change(TaskChanges(title="Back again"), at=NOON))
        with pytest.raises(Stale):
            await _remove(units_of_work, task)
        assert await stored_task(units_of_work, task.id) is None

    async def test_of_twenty_racing_removals_exactly_one_wins(self, units_of_work: UnitsOfWork) -> None:
        task = await a_kept_task(units_of_work, await a_kept_user(units_of_work))
        winners, losers = await race(_remove(units_of_work, task) for _ in range(20))
        assert len(winners) == 1
        assert {type(loser) for loser in losers} == {Stale}

    async def test_no_id_is_given_twice(self, units_of_work: UnitsOfWork) -> None:
        async def next_id() -> int:
            async with units_of_work() as uow:
                return await uow.tasks.next_id()

        ids = await asyncio.gather(*(next_id() for _ in range(200)))
        assert len(set(ids)) == 200
        assert min(ids) >= 1

    async def test_the_summary_of_nothing_counts_nothing(self, units_of_work: UnitsOfWork) -> None:
        async with units_of_work() as uow:
            summary = await uow.tasks.summary(NOON)
        assert summary.total == summary.overdue == 0
        assert summary.by_status == dict.fromkeys(TaskStatus, 0)
        assert summary.by_priority == dict.fromkeys(TaskPriority, 0)
        assert summary.by_assignee == ()

    async def test_the_summary_counts_tasks_by_what_a_team_asks_first(self, units_of_work: UnitsOfWork) -> None:
        ada, bob, eve = [await a_kept_user(units_of_work) for _ in range(3)]
        past, present = NOON - timedelta(microseconds=1), NOON
        for status, priority, deadline, assignee in (
            (TaskStatus.TODO, TaskPriority.HIGH, past, bob),
            (TaskStatus.TODO, TaskPriority.HIGH, present, bob),
            (TaskStatus.IN_PROGRESS, TaskPriority.MEDIUM, FIRST_MOMENT, eve),
            (TaskStatus.DONE, TaskPriority.HIGH, past, ada),
            (TaskStatus.TODO, TaskPriority.HIGH, None, None),
        ):
            await a_kept_task(
                units_of_work, ada, status=status, priority=priority, deadline=deadline, assignee=assignee
            )
        async with units_of_work() as uow:
            summary = await uow.tasks.summary(NOON)
        assert summary.total == 5
        assert summary.overdue == 2
        assert summary.by_status == {TaskStatus.TODO: 3, TaskStatus.IN_PROGRESS: 1, TaskStatus.DONE: 1}
        assert summary.by_priority == {TaskPriority.LOW: 0, TaskPriority.MEDIUM: 1, TaskPriority.HIGH: 4}
        assert summary.by_assignee == ((bob.id, 2), (ada.id, 1), (eve.id, 1), (None, 1))
