"""What goes through the pipeline is what SQLAlchemy's own execution would have sent and returned."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import pytest
from hypothesis import given
from sqlalchemy import Executable, Row, Select

from adapters.sql.changes import Changes
from adapters.sql.cheats import SqlCheatRepository
from adapters.sql.connections import Connections
from adapters.sql.events import WAITING, SqlEventRepository, event_from
from adapters.sql.ids import IdsOfAll
from adapters.sql.lists import Lists
from adapters.sql.pipeline import Pipeline
from adapters.sql.prepared import prepared
from adapters.sql.tasks import SqlTaskRepository
from application.paging import PageRequest, Position
from application.ports.cheats import CheatFilter, CheatSort
from application.ports.tasks import TaskFilter, TaskSort
from application.ports.unit_of_work import UnitsOfWork
from domain.cheats import Cheat
from domain.errors import Stale
from domain.events import Event, EventType
from domain.tasks import Task, TaskPriority, TaskStatus
from domain.taxonomy import TagKind
from tests.contracts import hostile
from tests.contracts.sample import NOON, a_cheat, a_kept_tag, a_kept_user, a_task, keep
from tests.integration.emptied_database import EmptiedDatabase
from tests.integration.sql_pipelines import collected, connecting, fetched, piping

pytestmark = pytest.mark.anyio


class BothLanes(Connections):
    """Reads everything twice, and insists that both ways agree."""

    def __init__(self, url: str, pipeline: Pipeline) -> None:
        super().__init__(url, pool_size=2)
        self._fast = pipeline

    async def fetch(
        self, statement: Executable, values: Mapping[str, object] | None = None, *, plans_anew: bool = False
    ) -> Sequence[Row[*tuple[Any, ...]]]:
        """Return what both lanes answer."""
        expected = await super().fetch(statement, values, plans_anew=plans_anew)
        select = cast("Select[*tuple[Any, ...]]", statement)
        rows = await self._fast.fetch(prepared(select, tuple(values or {})), values or {})
        assert rows == expected
        assert repr(rows) == repr(expected)
        for name in select.selected_columns.keys():  # noqa: SIM118 - iterating yields columns
            assert [getattr(row, name) for row in rows] == [getattr(row, name) for row in expected]
        return rows

    async def look_up(
        self, statement: Select[*tuple[Any, ...]], values: Mapping[str, object]
    ) -> Sequence[Row[*tuple[Any, ...]]]:
        """Return the same."""
        return await self.fetch(statement, values)


class Lanes:
    """Repositories that read through both lanes, and what they collect for the fast one."""

    def __init__(self, connections: Connections, ids: IdsOfAll, pipeline: Pipeline) -> None:
        self.pipeline = pipeline
        self.changes = Changes()
        lists = Lists(connections)
        self.tasks = SqlTaskRepository(connections, lists, self.changes, ids.tasks)
        self.cheats = SqlCheatRepository(connections, lists, self.changes, ids.cheats)
        self.events = SqlEventRepository(connections, lists, self.changes)

    async def commit(self) -> None:
        """Commit what was collected through the pipeline."""
        await self.pipeline.commit(await collected(self.changes))


@pytest.fixture
async def lanes(_shared_database: EmptiedDatabase, units_of_work: UnitsOfWork) -> AsyncGenerator[Lanes]:
    """Both lanes to the database of `units_of_work`, which is empty."""
    url = _shared_database.url
    async with piping(connecting(url)) as pipeline:
        ordinary = Connections(url, pool_size=1)
        both = BothLanes(url, pipeline)
        # No id is given out twice.
        yield Lanes(both, IdsOfAll(ordinary), pipeline)
        await both.close()
        await ordinary.close()


@hostile.settings
@given(drawn=hostile.tasks(), next_state=hostile.tasks())
async def test_every_field_of_a_task_reads_back_as_it_was_added_and_as_it_was_saved(
    units_of_work: UnitsOfWork, lanes: Lanes, drawn: Task, next_state: Task
) -> None:
    creator = await a_kept_user(units_of_work)
    task_id = await lanes.tasks.next_id()
    added = replace(drawn, id=task_id, creator_id=creator.id, assignee_id=creator.id)
    saved = replace(
        next_state, id=task_id, creator_id=creator.id, created_at=added.created_at, version=added.version + 1
    )
    lanes.tasks.add(added)
    await lanes.commit()
    assert await lanes.tasks.get(task_id) == added
    lanes.tasks.save(saved)
    await lanes.commit()
    assert await lanes.tasks.get(task_id) == saved
    lanes.tasks.save(saved)
    with pytest.raises(Stale):
        await lanes.commit()
    lanes.tasks.remove(saved)
    await lanes.commit()
    assert await lanes.tasks.get(task_id) is None


@hostile.settings
@given(drawn=hostile.cheats(), next_state=hostile.cheats())
async def test_every_field_of_a_cheat_reads_back_as_it_was_added_and_as_it_was_saved(
    units_of_work: UnitsOfWork, lanes: Lanes, drawn: Cheat, next_state: Cheat
) -> None:
    owner = await a_kept_user(units_of_work)
    platforms = [(await a_kept_tag(units_of_work, TagKind.PLATFORM)).id for _ in range(3)]
    cheat_id = await lanes.cheats.next_id()
    added = replace(
        drawn, id=cheat_id, key=f"k{cheat_id}", owner_id=owner.id, platform_ids=(platforms[0], platforms[2])
    )
    saved = replace(next_state, id=cheat_id, key=f"k{cheat_id}", owner_id=owner.id, platform_ids=(platforms[1],))
    saved = replace(saved, created_at=added.created_at, version=added.version + 1)
    lanes.cheats.add(added)
    lanes.cheats.put_in_bag(cheat_id, user_id=owner.id)
    await lanes.commit()
    seen = await lanes.cheats.get(cheat_id, viewer_id=owner.id)
    assert seen is not None
    assert seen.in_bag
    assert seen.cheat == added
    lanes.cheats.save(saved)
    await lanes.commit()
    assert await lanes.cheats.with_keys([added.key]) == {added.key: saved}
    lanes.cheats.save(saved)
    with pytest.raises(Stale):
        await lanes.commit()


@hostile.settings
@given(event=hostile.events())
async def test_every_field_of_an_event_reads_back(lanes: Lanes, event: Event) -> None:
    lanes.events.add(event)
    await lanes.commit()
    known = [each.value for each in EventType]
    *_, row = await fetched(lanes.pipeline, WAITING, known=known, limit=1_000)
    assert event_from([1, b"", *row[1:]]).event == event


@pytest.mark.parametrize("sort", TaskSort)
@pytest.mark.parametrize("descending", [True, False])
async def test_lists_of_tasks_are_the_same_on_both_lanes(
    sort: TaskSort, descending: bool, units_of_work: UnitsOfWork, lanes: Lanes
) -> None:
    ada = await a_kept_user(units_of_work)
    await keep(units_of_work, *(a_task(n, ada, f"Task {n}", at=NOON) for n in range(1, 6)))
    wanted = TaskFilter(
        words=("task",), statuses=frozenset(TaskStatus), priorities=frozenset(TaskPriority), creator_id=ada.id
    )
    seen: list[Task] = []
    after: Position | None = None
    while True:
        page = await lanes.tasks.page(wanted, PageRequest(sort, descending=descending, limit=2, after=after))
        seen += page.items
        after = page.next
        if after is None:
            break
    assert sorted(task.id for task in seen) == [1, 2, 3, 4, 5]


async def test_counts_are_the_same_on_both_lanes(units_of_work: UnitsOfWork, lanes: Lanes) -> None:
    assert (await lanes.tasks.summary(NOON)).total == 0
    ada = await a_kept_user(units_of_work)
    await keep(units_of_work, a_task(1, ada), a_task(2, ada, assignee=ada, deadline=NOON))
    assert (await lanes.tasks.summary(NOON)).total == 2


async def test_lists_of_cheats_are_the_same_on_both_lanes(units_of_work: UnitsOfWork, lanes: Lanes) -> None:
    ada = await a_kept_user(units_of_work)
    tag = await a_kept_tag(units_of_work, TagKind.TOPIC)
    await keep(units_of_work, *(a_cheat(n, ada, f"Cheat {n}", tags=[tag]) for n in range(1, 6)))
    for sort in CheatSort:
        wanted = CheatFilter(words=("cheat", "c"), topic_ids=frozenset([tag.id]), owner_id=ada.id)
        request = PageRequest(sort, descending=False, limit=10)
        assert len((await lanes.cheats.page(wanted, request, viewer_id=ada.id)).items) == 5
