"""The SQL store keeps what every store promises of posts, in few statements, and finds pages in indexes."""

from collections.abc import Generator
from dataclasses import replace

import psycopg
import pytest

from adapters.sql import post_lists, posts
from adapters.sql.words import relevance_values, word_values
from application.paging import PageRequest, Position
from application.ports.posts import PostFilter, PostSort
from application.ports.unit_of_work import UnitsOfWork
from domain.users import Role, User
from tests.contracts.post_lists import PostListContract
from tests.contracts.post_sample import a_kept_post
from tests.contracts.post_search import PostSearchContract
from tests.contracts.posts import PostRepositoryContract
from tests.contracts.sample import DAY, NOON, a_kept_user, a_user
from tests.integration.query_plans import plan_of
from tests.integration.session_instances import statements as sent_statements


class TestSqlPosts(PostRepositoryContract):
    """On PostgreSQL."""


class TestSqlPostLists(PostListContract):
    """On PostgreSQL."""


class TestSqlPostSearch(PostSearchContract):
    """On PostgreSQL."""


@pytest.mark.anyio
async def test_a_page_of_posts_with_their_authors_names_is_one_statement_however_long(
    units_of_work: UnitsOfWork,
) -> None:
    authors = [await a_kept_user(units_of_work) for _ in range(10)]
    for author in authors:
        await a_kept_post(units_of_work, author)
    with sent_statements() as sent:
        for limit in (1, 10, 100):
            for viewer in (authors[0], None):
                sent.clear()
                async with units_of_work() as uow:
                    request = PageRequest(PostSort.RELEVANCE, limit=limit)
                    await uow.posts.page(PostFilter(words=("new",)), request, viewer=viewer)
                assert len(sent) == 1


# One in three is a draft; each of 300 accounts is there, and 30 of them write.
MANY_ROWS = """
    INSERT INTO users (id, username, username_key, username_text, password_hash, role, is_approved, is_active,
                       created_at, updated_at, version)
    SELECT i, md5(i::text), md5(i::text), md5(i::text), 'x', 'employee', true, true, now(), now(), 1
    FROM generate_series(1, 300) i;
    INSERT INTO posts (id, author_id, title, title_key, content, search_text, is_published, created_at, updated_at,
                       version)
    SELECT i, 1 + i % 30, md5(i::text), md5(i::text), 'A long text', md5(i::text) || E'\n' || md5((-i)::text),
           i % 3 > 0, timestamptz '2026-01-01' + i * interval '1 hour', now(), 1
    FROM generate_series(1, 30000) i;
"""
EMPLOYEE = a_user(7)
ADMIN = replace(a_user(8), role=Role.ADMIN)


@pytest.fixture(scope="module")
def crowded(module_database_url: str) -> Generator[psycopg.Connection]:
    with psycopg.connect(module_database_url, autocommit=True) as connection:
        connection.execute(MANY_ROWS)
        connection.execute("VACUUM ANALYZE")
        yield connection


def _plan(
    connection: psycopg.Connection,
    wanted: PostFilter,
    viewer: User | None,
    sort: PostSort = PostSort.CREATED_AT,
    after: Position | None = None,
    *,
    descending: bool = True,
) -> str:
    statement = posts.listing(
        post_lists.condition_names(wanted, viewer),
        len(wanted.words),
        sort,
        descending=descending,
        continued=after is not None,
    )
    values = post_lists.condition_values(wanted, viewer) | post_lists.after_values(after)
    words = word_values(wanted.words) | relevance_values(wanted.words)
    plan = plan_of(connection, statement, values | words)
    assert "Seq Scan" not in plan
    assert "using pk_users on users" in plan
    return plan


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize(
    ("viewer", "index"),
    [
        (None, "ix_posts_published_created_at_id"),
        (EMPLOYEE, "ix_posts_created_at_id"),
        (ADMIN, "ix_posts_created_at_id"),
    ],
)
def test_what_is_new_is_read_in_order_from_an_index_at_any_depth(
    viewer: User | None, index: str, descending: bool, crowded: psycopg.Connection
) -> None:
    for after in (None, Position(NOON + 100 * DAY, 5000)):
        plan = _plan(crowded, PostFilter(), viewer, after=after, descending=descending)
        assert f"{index} on posts" in plan
        assert "Sort" not in plan


@pytest.mark.parametrize("viewer", [None, EMPLOYEE, ADMIN])
def test_what_is_published_is_read_from_an_index_of_that_alone(
    viewer: User | None, crowded: psycopg.Connection
) -> None:
    plan = _plan(crowded, PostFilter(is_published=True), viewer)
    assert "using ix_posts_published_created_at_id on posts" in plan
    assert "Filter" not in plan


@pytest.mark.parametrize(
    ("wanted", "viewer"),
    [
        (PostFilter(author_id=7), EMPLOYEE),
        (PostFilter(author_id=7, is_published=False), EMPLOYEE),
        (PostFilter(is_published=False), EMPLOYEE),
        (PostFilter(author_id=9), ADMIN),
        (PostFilter(author_id=9), EMPLOYEE),
        (PostFilter(author_id=9), None),
    ],
)
def test_the_posts_and_drafts_of_one_author_are_read_in_order_from_an_index(
    wanted: PostFilter, viewer: User | None, crowded: psycopg.Connection
) -> None:
    for after in (None, Position(NOON + 100 * DAY, 5000)):
        plan = _plan(crowded, wanted, viewer, after=after)
        assert "using ix_posts_author_id_created_at_id on posts" in plan
        assert "Sort" not in plan


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("viewer", [None, EMPLOYEE, ADMIN])
def test_titles_are_read_in_order_from_an_index_at_any_depth(
    viewer: User | None, descending: bool, crowded: psycopg.Connection
) -> None:
    for after in (None, Position("7", 5000)):
        plan = _plan(crowded, PostFilter(), viewer, PostSort.TITLE, after, descending=descending)
        assert "ix_posts_title_key on posts" in plan
        assert "->  Sort" not in plan


@pytest.mark.parametrize("sort", PostSort)
@pytest.mark.parametrize("viewer", [None, EMPLOYEE, ADMIN])
def test_a_fragment_is_found_by_the_trigram_index(
    sort: PostSort, viewer: User | None, crowded: psycopg.Connection
) -> None:
    for words in (("abcde",), ("abcde", "0123")):
        plan = _plan(crowded, PostFilter(words=words), viewer, sort)
        assert "Bitmap Index Scan on ix_posts_search_text" in plan
