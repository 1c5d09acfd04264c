"""One search over everything, on PostgreSQL: right, and quick however much there is."""

from collections.abc import Generator
from dataclasses import replace

import psycopg
import pytest

from adapters.sql.search import SearchForm, after_values, counting, search_values, searching
from application.paging import Position
from application.ports.search import SearchFilter, SearchKind
from domain.users import Role, User
from tests.contracts.sample import a_user
from tests.contracts.search import SearchContract, SearchOrderContract
from tests.integration.query_plans import plan_of

MANY_ROWS = """
    INSERT INTO users (id, username, username_key, username_text, password_hash, role, is_approved, is_active,
                       created_at, updated_at, version)
    VALUES (1, 'ada', 'ada', 'ada', 'x', 'employee', true, true, now(), now(), 1);
    INSERT INTO tasks (id, title, title_key, search_text, priority, status, creator_id, created_at, updated_at,
                       version)
    SELECT i, md5(i::text), md5(i::text), md5(i::text) || E'\n', 'low', 'todo', 1, now(), now(), 1
    FROM generate_series(1, 30000) i;
    INSERT INTO cheats (id, key, title, title_key, notes, code, owner_id, search_text, search_starts, created_at,
                        updated_at, version)
    SELECT i, 'k' || i, md5(i::text), md5(i::text), '', '', 1, md5(i::text) || E'\n\n',
           ARRAY[left(md5(i::text), 1), left(md5(i::text), 2)], now(), now(), 1
    FROM generate_series(1, 30000) i;
    INSERT INTO posts (id, author_id, title, title_key, content, search_text, is_published, created_at, updated_at,
                       version)
    SELECT i, 1, md5(i::text), md5(i::text), 'A long text', md5(i::text) || E'\n', i % 3 > 0, now(), now(), 1
    FROM generate_series(1, 30000) i;
"""
EMPLOYEE = a_user(7)
AFTER = Position("2 2026-03-01T12:00:00.000000+00:00 task", 7)


@pytest.fixture(scope="module")
def crowded(module_database_url: str) -> Generator[psycopg.Connection]:
    with psycopg.connect(module_database_url, autocommit=True) as connection:
        connection.execute(MANY_ROWS)
        connection.execute("VACUUM ANALYZE")
        yield connection


class TestSqlSearch(SearchContract):
    """Everything searched for at once."""


class TestSqlSearchOrder(SearchOrderContract):
    """In what order it is found."""


class TestPlans:
    """How PostgreSQL goes about it."""

    @pytest.mark.parametrize("viewer", [EMPLOYEE, replace(EMPLOYEE, role=Role.ADMIN)])
    @pytest.mark.parametrize("after", [None, AFTER])
    @pytest.mark.parametrize("words", [("abcde",), ("abcde", "0123")])
    def test_a_fragment_is_found_in_every_kind_by_its_trigram_index(
        self, crowded: psycopg.Connection, words: tuple[str, ...], after: Position | None, viewer: User
    ) -> None:
        form = SearchForm.of(SearchFilter(words), viewer)
        listing = searching(form, descending=True, continued=after is not None)
        for statement in (listing, counting(form)):
            plan = plan_of(crowded, statement, search_values(words, viewer) | after_values(after))
            assert "Bitmap Index Scan on ix_tasks_search_text" in plan
            assert "Bitmap Index Scan on ix_cheats_search_text" in plan
            assert "Bitmap Index Scan on ix_posts_search_text" in plan
            assert "Seq Scan" not in plan

    def test_the_beginning_of_a_word_is_found_in_cheats_by_an_index_of_its_own(
        self, crowded: psycopg.Connection
    ) -> None:
        words = ("c#",)
        form = SearchForm.of(SearchFilter(words, frozenset({SearchKind.CHEAT})), EMPLOYEE)
        plan = plan_of(crowded, searching(form, descending=True, continued=False), search_values(words, EMPLOYEE))
        assert "Bitmap Index Scan on ix_cheats_search_starts" in plan
        assert "Seq Scan" not in plan

    def test_the_long_texts_are_read_by_id_and_for_the_page_alone(self, crowded: psycopg.Connection) -> None:
        words = ("abcde",)
        statement = searching(SearchForm.of(SearchFilter(words), EMPLOYEE), descending=True, continued=False)
        plan = plan_of(crowded, statement, search_values(words, EMPLOYEE))
        assert plan.startswith("Subquery Scan on place")
        listing, *texts = plan.split("SubPlan")
        assert "->  Limit" in listing
        assert "pk_" not in listing
        assert "Index Scan using pk_tasks on tasks" in texts[0]
        assert "Index Scan using pk_cheats on cheats" in texts[1]
        assert "Index Scan using pk_posts on posts" in texts[2]

    def test_a_kind_that_is_not_wanted_is_not_looked_at(self, crowded: psycopg.Connection) -> None:
        words = ("abcde",)
        form = SearchForm.of(SearchFilter(words, frozenset({SearchKind.TASK})), EMPLOYEE)
        plan = plan_of(crowded, searching(form, descending=True, continued=False), search_values(words, EMPLOYEE))
        assert "ix_cheats_search_text" not in plan
