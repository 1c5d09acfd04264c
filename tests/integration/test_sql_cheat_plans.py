"""Lists of cheats cost the same however many there are: PostgreSQL finds each page in an index."""

from collections.abc import Generator
from datetime import datetime

import psycopg
import pytest

from adapters.sql import cheat_lists, cheats, taxonomy
from adapters.sql.words import relevance_values, word_values
from application.paging import Position
from application.ports.cheats import CheatFilter, CheatSort
from domain.taxonomy import TagKind
from tests.contracts.sample import DAY, NOON
from tests.integration.query_plans import plan_of

# Every cheat stands under one of 3,000 platforms and topics, and one of 30 owners has it; user 7's bag holds 30.
MANY_ROWS = """
    INSERT INTO users (id, username, username_key, username_text, password_hash, role, is_approved, is_active,
                       created_at, updated_at, version)
    SELECT i, md5(i::text), md5(i::text), md5(i::text), 'x', 'employee', true, true, now(), now(), 1
    FROM generate_series(1, 300) i;
    INSERT INTO platforms SELECT i, md5(i::text), md5(i::text), md5(i::text), 1 FROM generate_series(1, 3000) i;
    INSERT INTO topics SELECT * FROM platforms;
    INSERT INTO cheats (id, key, title, title_key, notes, code, owner_id, search_text, search_starts, created_at,
                        updated_at, version)
    SELECT i, 'k' || i, md5(i::text), md5(i::text), '', '', 1 + i % 30, md5(i::text) || E'\n\n',
           ARRAY[left(md5(i::text), 1), left(md5(i::text), 2)], timestamptz '2026-01-01' + i * interval '1 hour',
           timestamptz '2026-01-01' + i * interval '1 hour', 1
    FROM generate_series(1, 30000) i;
    INSERT INTO cheat_platforms SELECT i, 1 + i % 3000 FROM generate_series(1, 30000) i;
    INSERT INTO cheat_topics SELECT i, 1 + i % 2999 FROM generate_series(1, 30000) i;
    INSERT INTO user_cheat SELECT 1 + i % 300, i FROM generate_series(1, 9000) i;
"""

EVERY_POSITION: list[tuple[CheatSort, str | datetime, str]] = [
    (CheatSort.CREATED_AT, NOON + 100 * DAY, "ix_cheats_created_at_id"),
    (CheatSort.UPDATED_AT, NOON + 100 * DAY, "ix_cheats_updated_at_id"),
    (CheatSort.TITLE, "7", "ix_cheats_title_key"),
    (CheatSort.KEY, "7\0k", "ix_cheats_title_key"),
]
PLAIN_SORTS = [CheatSort.CREATED_AT, CheatSort.UPDATED_AT, CheatSort.TITLE]


@pytest.fixture(scope="module")
def crowded(module_database_url: str) -> Generator[psycopg.Connection]:
    with psycopg.connect(module_database_url, autocommit=True) as connection:
        connection.execute(MANY_ROWS)
        connection.execute("VACUUM ANALYZE")
        yield connection


def _plan(
    connection: psycopg.Connection,
    wanted: CheatFilter,
    sort: CheatSort = CheatSort.CREATED_AT,
    after: Position | None = None,
    *,
    descending: bool = True,
) -> str:
    form = cheat_lists.FilterForm.of(wanted)
    statement = cheats.listing(form, sort, descending=descending, continued=after is not None)
    values = cheat_lists.filter_values(wanted) | cheat_lists.after_values(sort, after)
    plan = plan_of(connection, statement, values | relevance_values(wanted.words) | {"viewer_id": 7})
    assert "Seq Scan" not in plan
    return plan


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize(("sort", "value", "index"), EVERY_POSITION)
def test_a_list_goes_on_from_any_position_by_an_index(
    sort: CheatSort, value: str | datetime, index: str, descending: bool, crowded: psycopg.Connection
) -> None:
    plan = _plan(crowded, CheatFilter(), sort, Position(value, 5000), descending=descending)
    assert f"{index} on cheats" in plan
    assert "Index Cond: (ROW(" in plan or 'Index Cond: ("left"(title_key, 255)' in plan
    assert "->  Sort" not in plan


def test_what_a_cheat_stands_under_and_whether_it_is_in_the_bag_is_read_with_it_from_indexes(
    crowded: psycopg.Connection,
) -> None:
    plan = _plan(crowded, CheatFilter())
    for index in ("pk_cheat_platforms", "pk_cheat_topics", "pk_user_cheat"):
        assert f"Index Only Scan using {index}" in plan


def test_the_cheats_of_one_owner_are_read_in_order_from_an_index(crowded: psycopg.Connection) -> None:
    for after in (None, Position(NOON + 100 * DAY, 5000)):
        plan = _plan(crowded, CheatFilter(owner_id=7), after=after)
        assert "Index Scan using ix_cheats_owner_id_created_at_id" in plan
        assert "Sort" not in plan


@pytest.mark.parametrize("sort", PLAIN_SORTS)
@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (CheatFilter(platform_ids=frozenset({7})), "ix_cheat_platforms_platform_id_cheat_id"),
        (CheatFilter(topic_ids=frozenset({7})), "ix_cheat_topics_topic_id_cheat_id"),
        (CheatFilter(in_bag_of=7), "pk_user_cheat"),
    ],
)
def test_few_who_are_wanted_are_found_by_the_index_of_what_links_them(
    wanted: CheatFilter, index: str, sort: CheatSort, crowded: psycopg.Connection
) -> None:
    plan = _plan(crowded, wanted, sort)
    assert index in plan
    assert "using pk_cheats on cheats" in plan


def test_what_stands_under_several_platforms_and_topics_at_once_is_found_by_indexes(
    crowded: psycopg.Connection,
) -> None:
    wanted = CheatFilter(platform_ids=frozenset({7, 8}), topic_ids=frozenset({7, 8}))
    plan = _plan(crowded, wanted)
    assert "ix_cheat_platforms_platform_id_cheat_id" in plan or "ix_cheat_topics_topic_id_cheat_id" in plan


def test_many_platforms_and_topics_are_no_more_work_to_plan_than_a_few(crowded: psycopg.Connection) -> None:
    few, many = frozenset(range(4)), frozenset(range(100))
    plan = _plan(crowded, CheatFilter(platform_ids=few, topic_ids=few))
    assert _plan(crowded, CheatFilter(platform_ids=many, topic_ids=many)).count("->") == plan.count("->")


@pytest.mark.parametrize("sort", [CheatSort.RELEVANCE, *PLAIN_SORTS])
def test_a_fragment_is_found_by_the_trigram_index(sort: CheatSort, crowded: psycopg.Connection) -> None:
    for words in (("abcde",), ("abcde", "0123")):
        assert "Bitmap Index Scan on ix_cheats_search_text" in _plan(crowded, CheatFilter(words=words), sort)


@pytest.mark.parametrize("sort", [CheatSort.RELEVANCE, *PLAIN_SORTS])
def test_a_short_word_is_found_by_the_index_of_beginnings(sort: CheatSort, crowded: psycopg.Connection) -> None:
    for words in (("zz",), ("a", "zz")):
        assert "Bitmap Index Scan on ix_cheats_search_starts" in _plan(crowded, CheatFilter(words=words), sort)


def test_short_and_long_words_together_are_found_by_an_index(crowded: psycopg.Connection) -> None:
    plan = _plan(crowded, CheatFilter(words=("ab", "abcde")), CheatSort.RELEVANCE)
    assert "Bitmap Index Scan on ix_cheats_search_" in plan


def test_keys_and_titles_are_looked_up_in_indexes(crowded: psycopg.Connection) -> None:
    assert "uq_cheats_key" in plan_of(crowded, cheats.WITH_KEYS, {"keys": ["k1", "k2"]})
    titled = {"titles": ["one", "two"], "indexed": ["one", "two"], "owner_id": 7}
    assert "ix_cheats_title_key" in plan_of(crowded, cheats.TITLED, titled)


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("kind", TagKind)
def test_tags_are_read_by_name_from_an_index_and_their_cheats_counted_in_another(
    kind: TagKind, descending: bool, crowded: psycopg.Connection
) -> None:
    for after in ({}, {"after": "7", "after_id": 7}):
        statement = taxonomy.listing(kind, 0, descending=descending, continued=bool(after))
        plan = plan_of(crowded, statement, after)
        assert f"using ix_{kind}s_name_text_id on {kind}s" in plan
        assert f"Index Only Scan using ix_cheat_{kind}s_{kind}_id_cheat_id" in plan
        assert "Sort" not in plan
        assert "Seq Scan" not in plan
    fragment = taxonomy.listing(kind, 1, descending=descending, continued=False)
    assert f"using ix_{kind}s_name_text_id" in plan_of(crowded, fragment, word_values(("a",)))
