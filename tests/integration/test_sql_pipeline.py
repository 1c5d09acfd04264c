"""The fast lane at work: everybody gets their own answer or their own error, and a commit is all or nothing."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress

import psycopg
import pytest
from sqlalchemy import (
    Column,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    func,
    insert,
    select,
    update,
)

from adapters.sql import wire
from adapters.sql.errors import UnexpectedRefusal
from adapters.sql.pipeline import Pipeline
from domain.errors import Stale, Unavailable
from tests.integration.relay import Relay
from tests.integration.sql_pipelines import (
    BACKEND,
    PATIENCE,
    QUOTIENT,
    change,
    connecting,
    echoed,
    fetched,
    piping,
)

pytestmark = pytest.mark.anyio

NOTES = Table(
    "notes",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("text", Text),
    Column("late", Integer),
    UniqueConstraint("late", name="late", deferrable=True, initially="DEFERRED"),
)
ADD = insert(NOTES)
RETURN = insert(NOTES).returning(NOTES.c.id)
CHANGE = update(NOTES).where(NOTES.c.id == bindparam("which"))
ALL = select(NOTES.c.id, NOTES.c.text).order_by(NOTES.c.id)


@pytest.fixture
def notes_url(empty_database_url: str) -> str:
    """The URL of a database with a table of notes."""
    with psycopg.connect(empty_database_url) as connection:
        connection.execute(
            "CREATE TABLE notes"
            " (id integer PRIMARY KEY, text text, late integer UNIQUE DEFERRABLE INITIALLY DEFERRED)"
        )
    return empty_database_url


@pytest.fixture
async def pipeline(notes_url: str) -> AsyncGenerator[Pipeline]:
    """A pipeline to that database, which nobody has used yet."""
    async with piping(connecting(notes_url)) as pipeline:
        yield pipeline


async def _notes(pipeline: Pipeline) -> dict[int, str | None]:
    return {row.id: row.text for row in await fetched(pipeline, ALL)}


async def test_everybody_gets_their_own_answer(pipeline: Pipeline) -> None:
    assert await asyncio.gather(*(echoed(pipeline, said) for said in range(400))) == [*range(400)]


async def test_a_failing_read_is_nobody_elses(pipeline: Pipeline) -> None:
    divisors = [1, 0, 1, 1, 0, 1]
    for _ in range(2):
        outcomes = await asyncio.gather(
            *(fetched(pipeline, QUOTIENT, by=by) for by in divisors), return_exceptions=True
        )
        assert [isinstance(outcome, UnexpectedRefusal) for outcome in outcomes] == [by == 0 for by in divisors]


async def test_a_change_that_returns_rows_is_not_undone_by_a_failing_neighbour(pipeline: Pipeline) -> None:
    await asyncio.gather(
        fetched(pipeline, QUOTIENT, by=0),
        pipeline.fetch(*change(RETURN, {"id": 1, "text": "kept"})[:2]),
        fetched(pipeline, QUOTIENT, by=0),
        return_exceptions=True,
    )
    assert await _notes(pipeline) == {1: "kept"}


async def test_a_commit_keeps_everything(pipeline: Pipeline) -> None:
    await pipeline.commit([change(ADD, {"id": n, "text": str(n)}) for n in range(3)])
    await pipeline.commit([change(CHANGE, {"which": 1, "text": "one"}, must_hit=True)])
    assert await _notes(pipeline) == {0: "0", 1: "one", 2: "2"}


async def test_a_commit_of_nothing_needs_no_database() -> None:
    async with piping(connecting("postgresql://nobody@127.0.0.1:1/nothing")) as pipeline:
        await pipeline.commit([])


@pytest.mark.parametrize("place", [0, 1, 2])
async def test_a_change_that_had_to_hit_a_row_and_did_not_undoes_all_of_its_commit(
    place: int, pipeline: Pipeline
) -> None:
    changes = [change(ADD, {"id": n}) for n in range(2)]
    changes.insert(place, change(CHANGE, {"which": 9, "text": "gone"}, must_hit=True))
    with pytest.raises(Stale):
        await pipeline.commit(changes)
    assert await _notes(pipeline) == {}


async def test_a_failing_statement_undoes_all_of_its_commit_and_nothing_of_others(pipeline: Pipeline) -> None:
    outcomes = await asyncio.gather(
        *(
            pipeline.commit([change(ADD, {"id": n}), change(ADD, {"id": n + 100 if n % 3 else n})])
            for n in range(30)
        ),
        return_exceptions=True,
    )
    assert [isinstance(outcome, UnexpectedRefusal) for outcome in outcomes] == [n % 3 == 0 for n in range(30)]
    kept = {n for n in range(30) if n % 3}
    assert set(await _notes(pipeline)) == kept | {n + 100 for n in kept}


async def test_what_the_database_refuses_only_at_the_very_end_is_refused_too(pipeline: Pipeline) -> None:
    await pipeline.commit([change(ADD, {"id": 1, "late": 7})])
    with pytest.raises(UnexpectedRefusal):
        await pipeline.commit([change(ADD, {"id": 2, "late": 7})])
    with pytest.raises(UnexpectedRefusal):
        await pipeline.fetch(*change(RETURN, {"id": 3, "late": 7})[:2])
    assert set(await _notes(pipeline)) == {1}


async def test_a_division_by_zero_is_not_taken_for_a_row_that_moved_on(pipeline: Pipeline) -> None:
    await pipeline.commit([change(ADD, {"id": 1})])
    dividing = (
        update(NOTES).where(NOTES.c.id == bindparam("which")).values(late=1 / bindparam("by", type_=Integer))
    )
    with pytest.raises(UnexpectedRefusal):
        await pipeline.commit([change(dividing, {"which": 1, "by": 0}, must_hit=True)])


class _Mute(Relay):
    """A relay that keeps the server's answers back for as long as it should."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.speaks = asyncio.Event()
        self.speaks.set()

    async def _pass_answers(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, is_lost: asyncio.Event
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                await self.speaks.wait()
                writer.write(data)
                await writer.drain()
        writer.close()


async def test_a_commit_is_one_round_trip_even_of_statements_never_sent_before(notes_url: str) -> None:
    """Without one answer coming through all of it is kept, so nothing of it was sent in answer to an answer."""
    relay = _Mute(notes_url)
    async with relay.serving() as url, piping(connecting(url)) as pipeline, piping(connecting(notes_url)) as other:
        await pipeline.fetch(*change(RETURN, {"id": 0})[:2])
        relay.speaks.clear()
        commit = asyncio.create_task(
            pipeline.commit(
                [
                    change(ADD, {"id": 1, "text": "new"}),
                    change(CHANGE, {"which": 1, "text": "changed"}, must_hit=True),
                    change(ADD, {"id": 2}),
                ]
            )
        )
        for _ in range(PATIENCE * 100):
            if len(await _notes(other)) > 1:
                break
            await asyncio.sleep(0.01)
        assert await _notes(other) == {0: None, 1: "changed", 2: None}
        assert not commit.done()
        relay.speaks.set()
        await commit


async def test_large_values_pass_while_others_go_on(pipeline: Pipeline) -> None:
    large = "\U0001f680" * 2_000_000
    heard = select(bindparam("said", type_=Text).label("heard"))
    outcomes = await asyncio.gather(
        *(fetched(pipeline, heard, said=large) for _ in range(3)), *(echoed(pipeline, n) for n in range(50))
    )
    assert [outcome[0].heard == large for outcome in outcomes[:3] if isinstance(outcome, list)] == [True] * 3
    assert outcomes[3:] == [*range(50)]


async def test_a_statement_that_cannot_be_prepared_fails_for_who_asked_and_works_once_it_can(
    pipeline: Pipeline, notes_url: str
) -> None:
    late = Table("late_comers", MetaData(), Column("id", Integer))
    counted = select(func.count()).select_from(late)
    for _ in range(2):
        outcomes = await asyncio.gather(
            echoed(pipeline, 1),
            fetched(pipeline, counted),
            fetched(pipeline, counted),
            echoed(pipeline, 2),
            pipeline.commit([change(insert(late), {"id": 1})]),
            return_exceptions=True,
        )
        assert [type(outcome) for outcome in outcomes] == [int, Unavailable, Unavailable, int, Unavailable]
        assert all("migrations" in str(outcome) for outcome in outcomes if isinstance(outcome, Unavailable))
    with psycopg.connect(notes_url) as connection:
        connection.execute("CREATE TABLE late_comers (id integer)")
    await pipeline.commit([change(insert(late), {"id": 1})])
    assert (await fetched(pipeline, counted))[0][0] == 1


async def test_a_table_that_changed_meanwhile_is_read_as_it_is_now(pipeline: Pipeline, notes_url: str) -> None:
    assert await _notes(pipeline) == {}
    with psycopg.connect(notes_url) as connection:
        connection.execute("ALTER TABLE notes ALTER text TYPE varchar(9)")
    await pipeline.commit([change(ADD, {"id": 1, "text": "a"})])
    for notes in await asyncio.gather(_notes(pipeline), _notes(pipeline)):
        assert notes == {1: "a"}


async def test_more_statements_than_a_connection_keeps_prepared_work_as_well(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "_PREPARED_MOST", 2)
    for _ in range(2):
        for n in range(5):
            assert (await fetched(pipeline, select(bindparam("n", type_=Integer) + n), n=1))[0][0] == n + 1


async def test_cancelled_callers_leave_the_connection_to_the_others(pipeline: Pipeline) -> None:
    backend = (await fetched(pipeline, BACKEND))[0][0]
    for turns in range(3):
        calls = [asyncio.create_task(echoed(pipeline, said)) for said in range(50)]
        for _ in range(turns):
            await asyncio.sleep(0)
        for call in calls[::2]:
            call.cancel()
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
        assert outcomes[1::2] == [*range(1, 50, 2)]
        assert all(isinstance(outcome, asyncio.CancelledError) for outcome in outcomes[::2])
    assert (await fetched(pipeline, BACKEND))[0][0] == backend
