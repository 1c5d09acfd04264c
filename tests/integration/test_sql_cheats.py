"""The SQL store keeps what every store promises of cheats and their tags, in few statements."""

from collections.abc import Generator
from dataclasses import replace

import pytest

from adapters.sql.taxonomy import UNLINKED_AT_ONCE
from application.paging import PageRequest
from application.ports.cheats import CheatFilter, CheatSort, SeenCheat
from application.ports.taxonomy import TagSort
from application.ports.unit_of_work import UnitsOfWork
from application.taxonomy import tags_of
from domain.cheats import Cheat
from domain.errors import Invalid, Stale
from domain.taxonomy import Tag, TagKind
from tests.contracts.cheat_bags import CheatBagContract
from tests.contracts.cheat_keys import CheatKeyContract
from tests.contracts.cheat_lists import CheatListContract
from tests.contracts.cheat_search import CheatSearchContract
from tests.contracts.cheats import CheatRepositoryContract
from tests.contracts.sample import (
    NOON,
    a_cheat,
    a_kept_cheat,
    a_kept_tag,
    a_kept_user,
    keep,
    race,
    stored_cheat,
)
from tests.contracts.taxonomy import TagRepositoryContract
from tests.contracts.taxonomy_deletion import TagDeletionContract
from tests.contracts.taxonomy_lists import TagListContract
from tests.integration.session_instances import statements as sent_statements


class TestSqlCheats(CheatRepositoryContract):
    """On PostgreSQL."""


class TestSqlCheatLists(CheatListContract):
    """On PostgreSQL."""


class TestSqlCheatSearch(CheatSearchContract):
    """On PostgreSQL."""


class TestSqlCheatBags(CheatBagContract):
    """On PostgreSQL."""


class TestSqlCheatKeys(CheatKeyContract):
    """On PostgreSQL."""


class TestSqlTags(TagRepositoryContract):
    """On PostgreSQL."""


class TestSqlTagDeletion(TagDeletionContract):
    """On PostgreSQL."""


class TestSqlTagLists(TagListContract):
    """On PostgreSQL."""


@pytest.fixture
def statements() -> Generator[list[str]]:
    """What has been sent to any database since the list was last emptied."""
    with sent_statements() as sent:
        yield sent


@pytest.mark.anyio
async def test_a_page_of_cheats_or_tags_is_one_statement_however_long(
    units_of_work: UnitsOfWork, statements: list[str]
) -> None:
    owner = await a_kept_user(units_of_work)
    tags = [await a_kept_tag(units_of_work, kind) for kind in TagKind for _ in range(3)]
    for _ in range(10):
        await a_kept_cheat(units_of_work, owner, tags=tags)
    for limit in (1, 10, 100):
        statements.clear()
        async with units_of_work() as uow:
            cheats = PageRequest(CheatSort.RELEVANCE, limit=limit)
            await uow.cheats.page(CheatFilter(words=("list", "o")), cheats, viewer_id=owner.id)
            await uow.topics.page(PageRequest(TagSort.NAME, limit=limit))
        assert len(statements) == 2


@pytest.mark.anyio
async def test_a_cheat_is_kept_with_its_tags_in_one_statement(
    units_of_work: UnitsOfWork, statements: list[str]
) -> None:
    owner = await a_kept_user(units_of_work)
    tags = [await a_kept_tag(units_of_work, kind) for kind in TagKind for _ in range(3)]
    statements.clear()
    async with units_of_work() as uow:
        cheat = a_cheat(1, owner, tags=tags)
        uow.cheats.add(cheat)
        await uow.commit()
    assert len(statements) == 1
    async with units_of_work() as uow:
        uow.cheats.save(replace(cheat, platform_ids=cheat.platform_ids[1:], topic_ids=(), version=2))
        await uow.commit()
    assert len(statements) == 2


@pytest.mark.anyio
async def test_changes_of_one_kind_are_sent_a_hundred_at_a_time(
    units_of_work: UnitsOfWork, statements: list[str]
) -> None:
    owner = await a_kept_user(units_of_work)
    tag = await a_kept_tag(units_of_work, TagKind.TOPIC)
    new = [a_cheat(number + 1, owner, tags=[tag]) for number in range(250)]
    statements.clear()
    async with units_of_work() as uow:
        for cheat in new:
            uow.cheats.add(cheat)
        for cheat in new:
            uow.cheats.put_in_bag(cheat.id, user_id=owner.id)
        await uow.commit()
    assert len(statements) == 3 + 3
    assert await stored_cheat(units_of_work, 250) == new[249]


@pytest.mark.anyio
async def test_one_cheat_that_moved_on_stops_all_that_are_sent_with_it(units_of_work: UnitsOfWork) -> None:
    owner = await a_kept_user(units_of_work)
    tag = await a_kept_tag(units_of_work, TagKind.TOPIC)
    before = [await a_kept_cheat(units_of_work, owner) for _ in range(3)]
    for position in range(3):
        async with units_of_work() as uow:
            for number, cheat in enumerate(before):
                version = cheat.version + (2 if number == position else 1)
                uow.cheats.save(replace(cheat, title="Changed", topic_ids=(tag.id,), version=version))
            with pytest.raises(Stale):
                await uow.commit()
    assert [await stored_cheat(units_of_work, cheat.id) for cheat in before] == before


@pytest.mark.anyio
@pytest.mark.parametrize("kind", TagKind)
async def test_a_tag_is_taken_off_more_cheats_than_one_statement_has_time_for(
    units_of_work: UnitsOfWork, statements: list[str], kind: TagKind
) -> None:
    owner = await a_kept_user(units_of_work)
    tag = await a_kept_tag(units_of_work, kind)
    under = [a_cheat(number + 1, owner, tags=[tag]) for number in range(UNLINKED_AT_ONCE + 1)]
    await keep(units_of_work, *under)
    statements.clear()
    async with units_of_work() as uow:
        tags_of(uow, kind).unlink(tag, actor=owner, at=NOON)
        tags_of(uow, kind).remove(tag)
        await uow.commit()
    assert len(statements) == 1 + 2 + 1
    for cheat in (under[0], under[-1]):
        assert await stored_cheat(units_of_work, cheat.id) == replace(
            cheat, platform_ids=(), topic_ids=(), version=2
        )


@pytest.mark.anyio
@pytest.mark.parametrize("kind", TagKind)
async def test_of_however_many_tags_wanted_a_cheat_must_stand_under_all(
    units_of_work: UnitsOfWork, kind: TagKind
) -> None:
    owner = await a_kept_user(units_of_work)
    tags = [await a_kept_tag(units_of_work, kind) for _ in range(7)]
    for without in tags:
        await a_kept_cheat(units_of_work, owner, tags=[tag for tag in tags if tag != without])
    complete = await a_kept_cheat(units_of_work, owner, tags=tags)
    for number in range(8):
        ids = frozenset(tag.id for tag in tags[:number])
        wanted = CheatFilter(platform_ids=ids) if kind is TagKind.PLATFORM else CheatFilter(topic_ids=ids)
        async with units_of_work() as uow:
            page = await uow.cheats.page(wanted, PageRequest(CheatSort.CREATED_AT, number=1), viewer_id=None)
        assert page.items[0] == SeenCheat(complete, in_bag=False)
        assert page.total == len(page.items) == 8 - number


@pytest.mark.anyio
@pytest.mark.parametrize("kind", TagKind)
async def test_whoever_takes_a_tag_off_all_cheats_wins_over_those_who_put_it_on_meanwhile(
    units_of_work: UnitsOfWork, kind: TagKind
) -> None:
    owner = await a_kept_user(units_of_work)

    async def change(cheat: Cheat, tags: list[Tag]) -> None:
        ids = tuple(tag.id for tag in tags)
        linked = replace(cheat, platform_ids=ids) if kind is TagKind.PLATFORM else replace(cheat, topic_ids=ids)
        async with units_of_work() as uow:
            uow.cheats.save(replace(linked, version=cheat.version + 1))
            await uow.commit()

    async def take_away(tag: Tag) -> None:
        async with units_of_work() as uow:
            tags_of(uow, kind).unlink(tag, actor=owner, at=NOON)
            tags_of(uow, kind).remove(tag)
            await uow.commit()

    for _ in range(10):
        going, staying = await a_kept_tag(units_of_work, kind), await a_kept_tag(units_of_work, kind)
        under = [await a_kept_cheat(units_of_work, owner, tags=[going]) for _ in range(3)]
        beside = [await a_kept_cheat(units_of_work, owner, tags=[staying]) for _ in range(3)]
        changes = [
            *(change(cheat, [staying]) for cheat in under),
            *(change(cheat, [going, staying]) for cheat in beside),
        ]
        _, losers = await race([*changes[:3], take_away(going), *changes[3:]])
        assert {type(loser) for loser in losers} <= {Stale, Invalid}
        for cheat in under + beside:
            after = await stored_cheat(units_of_work, cheat.id)
            assert after is not None
            assert going.id not in after.platform_ids + after.topic_ids
