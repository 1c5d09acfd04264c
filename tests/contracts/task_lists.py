"""What every repository of tasks owes when it lists them.

Needs the fixture `units_of_work`, which opens units of work on an empty store.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import cycle

import pytest

from application.paging import Page, PageRequest
from application.ports.tasks import TaskFilter, TaskSort
from application.ports.unit_of_work import UnitsOfWork
from domain.tasks import Task, TaskPriority, TaskStatus
from domain.text import fold
from domain.users import User
from tests.contracts.sample import (
    DAY,
    FIRST_MOMENT,
    LAST_MOMENT,
    MINUTE,
    NOON,
    a_kept_task,
    a_kept_user,
    a_task,
    keep,
)

TICK = timedelta(microseconds=1)
EVERYTHING = TaskFilter()
OLDEST_FIRST = PageRequest(TaskSort.CREATED_AT, descending=False)
TITLES = (
    *("banana", "Äpfel", "apple", "APPLE", "a b", "ab", "a-b", "a_b", "_x", "~", "Zebra", "émile", "emil"),
    *("ß", "ss", "żaba", "10", "9", "\u0301", "\ue000", "🚀", "中", "Ωmega", "ωmega", " blank", "A", "á"),
)
# What a Python list would be sorted by, None standing for "no value".
SORT_VALUES: dict[TaskSort, Callable[[Task], str | int | datetime | None]] = {
    TaskSort.CREATED_AT: lambda task: task.created_at,
    TaskSort.UPDATED_AT: lambda task: task.updated_at,
    TaskSort.DEADLINE: lambda task: task.deadline,
    TaskSort.PRIORITY: lambda task: ["low", "medium", "high"].index(task.priority),
    TaskSort.TITLE: lambda task: fold(task.title),
}
EVERY_ORDER = [(sort, descending) for sort in SORT_VALUES for descending in (False, True)]


async def _page(
    units_of_work: UnitsOfWork, request: PageRequest[TaskSort], wanted: TaskFilter = EVERYTHING
) -> Page[Task]:
    async with units_of_work() as uow:
        return await uow.tasks.page(wanted, request)


async def _all(
    units_of_work: UnitsOfWork, request: PageRequest[TaskSort], wanted: TaskFilter = EVERYTHING
) -> list[Task]:
    """Follow the cursors to the end."""
    seen: list[Task] = []
    while True:
        page = await _page(units_of_work, request, wanted)
        assert page.total is None
        seen.extend(page.items)
        if page.next is None:
            return seen
        assert len(page.items) == request.limit
        request = replace(request, after=page.next)


async def _many_tasks(units_of_work: UnitsOfWork, creator: User) -> list[Task]:
    """Keep tasks that tie and differ in every field, in no order."""
    priorities = cycle(["high", "low", "medium", "low"])
    deadlines = cycle([None, NOON + DAY, NOON, LAST_MOMENT, None, NOON + DAY, FIRST_MOMENT])
    ticks = cycle([3, 1, 2, 1, 0])
    tasks: list[Task] = []
    async with units_of_work() as uow:
        for title in TITLES:
            task = a_task(
                await uow.tasks.next_id(),
                creator,
                title,
                priority=TaskPriority(next(priorities)),
                deadline=next(deadlines),
                at=NOON + next(ticks) * TICK,
            )
            tasks.append(replace(task, updated_at=NOON + next(ticks) * TICK))
    await keep(units_of_work, *tasks)
    return tasks


def _in_order(tasks: list[Task], sort: TaskSort, *, descending: bool) -> list[Task]:
    value = SORT_VALUES[sort]
    with_value = [task for task in tasks if value(task) is not None]
    without = [task for task in tasks if value(task) is None]
    return sorted(with_value, key=lambda task: (value(task), task.id), reverse=descending) + sorted(
        without, key=lambda task: task.id, reverse=descending
    )


@pytest.mark.anyio
class TaskListContract:
    """Lists hold what is wanted, in the order wanted, and cursors lead through all of it."""

    @pytest.mark.parametrize(("sort", "descending"), EVERY_ORDER)
    async def test_cursors_lead_through_every_order_with_each_task_once(
        self, units_of_work: UnitsOfWork, sort: TaskSort, descending: bool
    ) -> None:
        tasks = await _many_tasks(units_of_work, await a_kept_user(units_of_work))
        for limit in (1, 4, len(tasks) - 1, len(tasks), 100):
            request = PageRequest(sort, descending=descending, limit=limit)
            assert await _all(units_of_work, request) == _in_order(tasks, sort, descending=descending)

    @pytest.mark.parametrize(("sort", "descending"), EVERY_ORDER)
    async def test_each_task_comes_once_also_when_others_come_and_go_meanwhile(
        self, units_of_work: UnitsOfWork, sort: TaskSort, descending: bool
    ) -> None:
        creator = await a_kept_user(units_of_work)
        tasks = await _many_tasks(units_of_work, creator)
        newcomers = (
            a_task(0, creator, "!", priority=TaskPriority.LOW, deadline=FIRST_MOMENT, at=FIRST_MOMENT),
            a_task(0, creator, "apple", at=NOON),
            a_task(0, creator, "\U0010ffff", priority=TaskPriority.HIGH, deadline=LAST_MOMENT, at=LAST_MOMENT),
        )
        request = PageRequest(sort, descending=descending, limit=5)
        seen: list[Task] = []
        while True:
            page = await _page(units_of_work, request)
            seen.extend(page.items)
            if page.next is None:
                break
            # Only for a while, or a walk towards the end that they are added to would have none.
            for newcomer in newcomers if len(seen) <= 20 else ():
                async with units_of_work() as uow:
                    uow.tasks.add(replace(newcomer, id=await uow.tasks.next_id()))
                    await uow.commit()
            # The row that the cursor stands on may go, without leading the reader astray.
            async with units_of_work() as uow:
                uow.tasks.remove(page.items[-1])
                await uow.commit()
            request = replace(request, after=page.next)
        ids = [task.id for task in seen]
        assert len(ids) == len(set(ids))
        assert {task.id for task in tasks} <= set(ids)

    @pytest.mark.parametrize(("sort", "descending"), EVERY_ORDER)
    async def test_a_position_is_that_of_the_last_row(
        self, units_of_work: UnitsOfWork, sort: TaskSort, descending: bool
    ) -> None:
        tasks = await _many_tasks(units_of_work, await a_kept_user(units_of_work))
        for limit in (1, 10, 20):
            position = (await _page(units_of_work, PageRequest(sort, descending=descending, limit=limit))).next
            last = _in_order(tasks, sort, descending=descending)[limit - 1]
            assert position is not None
            assert position.id == last.id
            value = last.priority if sort is TaskSort.PRIORITY else SORT_VALUES[sort](last)
            assert position.value == value

    @pytest.mark.parametrize(("sort", "descending"), EVERY_ORDER)
    async def test_numbered_pages_hold_the_same_and_count_the_total(
        self, units_of_work: UnitsOfWork, sort: TaskSort, descending: bool
    ) -> None:
        tasks = await _many_tasks(units_of_work, await a_kept_user(units_of_work))
        expected = _in_order(tasks, sort, descending=descending)
        request = PageRequest(sort, descending=descending, limit=10, number=1)
        pages = [await _page(units_of_work, replace(request, number=number)) for number in (1, 2, 3, 4)]
        assert [list(page.items) for page in pages] == [expected[:10], expected[10:20], expected[20:], []]
        assert {page.total for page in pages} == {len(tasks)}
        assert [page.next is not None for page in pages] == [True, True, False, False]
        onwards = PageRequest(sort, descending=descending, limit=10, after=pages[0].next)
        assert (await _page(units_of_work, onwards)).items == pages[1].items

    async def test_an_empty_store_has_empty_pages(self, units_of_work: UnitsOfWork) -> None:
        for sort in SORT_VALUES:
            assert await _page(units_of_work, PageRequest(sort)) == Page((), None)
            assert await _page(units_of_work, PageRequest(sort, number=1)) == Page((), None, 0)

    async def test_a_page_that_ends_with_the_list_has_no_next(self, units_of_work: UnitsOfWork) -> None:
        creator = await a_kept_user(units_of_work)
        for _ in range(3):
            await a_kept_task(units_of_work, creator)
        assert (await _page(units_of_work, replace(OLDEST_FIRST, limit=3))).next is None
        assert (await _page(units_of_work, replace(OLDEST_FIRST, limit=3, number=1))).next is None

    async def test_the_deepest_page_is_empty_and_still_counts(self, units_of_work: UnitsOfWork) -> None:
        await a_kept_task(units_of_work, await a_kept_user(units_of_work))
        page = await _page(units_of_work, replace(OLDEST_FIRST, number=OLDEST_FIRST.deepest_number))
        assert page == Page((), None, 1)

    async def test_tasks_are_filtered_by_any_of_the_statuses_and_priorities(
        self, units_of_work: UnitsOfWork
    ) -> None:
        creator = await a_kept_user(units_of_work)
        tasks = [
            await a_kept_task(units_of_work, creator, status=status, priority=priority)
            for status in TaskStatus
            for priority in TaskPriority
        ]
        for statuses in (set[TaskStatus](), {TaskStatus.TODO}, {TaskStatus.IN_PROGRESS, TaskStatus.DONE}):
            for priorities in (set[TaskPriority](), {TaskPriority.HIGH}, set(TaskPriority)):
                wanted = TaskFilter(statuses=frozenset(statuses), priorities=frozenset(priorities))
                assert await _all(units_of_work, OLDEST_FIRST, wanted) == [
                    task
                    for task in tasks
                    if task.status in (statuses or TaskStatus) and task.priority in (priorities or TaskPriority)
                ]

    async def test_tasks_are_filtered_by_creator_and_assignee(self, units_of_work: UnitsOfWork) -> None:
        ada, bob = await a_kept_user(units_of_work), await a_kept_user(units_of_work)
        adas = await a_kept_task(units_of_work, ada, assignee=ada)
        for_bob = await a_kept_task(units_of_work, ada, assignee=bob)
        bobs = await a_kept_task(units_of_work, bob)
        for wanted, expected in (
            (TaskFilter(creator_id=ada.id), [adas, for_bob]),
            (TaskFilter(creator_id=bob.id), [bobs]),
            (TaskFilter(assignee_id=ada.id), [adas]),
            (TaskFilter(assignee_id=bob.id), [for_bob]),
            (TaskFilter(is_unassigned=True), [bobs]),
            (TaskFilter(is_unassigned=True, creator_id=ada.id), []),
            (TaskFilter(is_unassigned=True, assignee_id=ada.id), []),
            (TaskFilter(creator_id=ada.id, assignee_id=bob.id), [for_bob]),
            (TaskFilter(creator_id=bob.id, assignee_id=bob.id), []),
            (TaskFilter(creator_id=2**63 - 1), []),
            (TaskFilter(assignee_id=2**63 - 1), []),
        ):
            assert await _all(units_of_work, OLDEST_FIRST, wanted) == expected

    async def test_deadline_bounds_exclude_the_moment_itself_and_tasks_without_deadline(
        self, units_of_work: UnitsOfWork
    ) -> None:
        creator = await a_kept_user(units_of_work)
        await a_kept_task(units_of_work, creator, deadline=None)
        before = await a_kept_task(units_of_work, creator, deadline=NOON - TICK)
        at = await a_kept_task(units_of_work, creator, deadline=NOON)
        after = await a_kept_task(units_of_work, creator, deadline=NOON + TICK)
        for wanted, expected in (
            (TaskFilter(deadline_before=NOON), [before]),
            (TaskFilter(deadline_after=NOON), [after]),
            (TaskFilter(deadline_after=NOON - TICK, deadline_before=NOON + TICK), [at]),
            (TaskFilter(deadline_after=NOON, deadline_before=NOON), []),
            (TaskFilter(deadline_after=FIRST_MOMENT, deadline_before=LAST_MOMENT), [before, at, after]),
        ):
            assert await _all(units_of_work, OLDEST_FIRST, wanted) == expected

    async def test_overdue_is_what_is_not_done_and_has_a_deadline_before_the_moment(
        self, units_of_work: UnitsOfWork
    ) -> None:
        creator = await a_kept_user(units_of_work)
        tasks = [
            await a_kept_task(units_of_work, creator, status=status, deadline=deadline)
            for status in TaskStatus
            for deadline in (None, NOON - MINUTE, NOON, NOON + MINUTE)
        ]
        overdue = await _all(units_of_work, OLDEST_FIRST, TaskFilter(overdue_at=NOON))
        assert overdue == [task for task in tasks if task.is_overdue(NOON)]
        assert len(overdue) == 2

    async def test_every_condition_given_must_be_met_on_every_page(self, units_of_work: UnitsOfWork) -> None:
        ada, bob = await a_kept_user(units_of_work), await a_kept_user(units_of_work)
        met = [
            await a_kept_task(
                units_of_work,
                ada,
                f"Water plant {number}",
                priority=TaskPriority.HIGH,
                deadline=NOON - MINUTE,
                assignee=bob,
            )
            for number in range(5)
        ]
        for other in (
            replace(met[0], title="Sing"),
            replace(met[0], priority=TaskPriority.LOW),
            replace(met[0], status=TaskStatus.DONE),
            replace(met[0], deadline=NOON + MINUTE),
            replace(met[0], assignee_id=None),
            replace(met[0], creator_id=bob.id),
        ):
            async with units_of_work() as uow:
                uow.tasks.add(replace(other, id=await uow.tasks.next_id()))
                await uow.commit()
        wanted = TaskFilter(
            statuses=frozenset({TaskStatus.TODO, TaskStatus.IN_PROGRESS}),
            priorities=frozenset({TaskPriority.HIGH}),
            assignee_id=bob.id,
            creator_id=ada.id,
            deadline_before=NOON,
            deadline_after=FIRST_MOMENT,
            overdue_at=NOON,
            words=("plant",),
        )
        assert await _all(units_of_work, replace(OLDEST_FIRST, limit=2), wanted) == met
        everything = await _all(units_of_work, OLDEST_FIRST)
        assert [task for task in everything if wanted.includes(task)] == met
        page = await _page(units_of_work, replace(OLDEST_FIRST, limit=2, number=2), wanted)
        assert list(page.items) == met[2:4]
        assert page.total == 5
