"""A migration that cannot be made changes nothing and says why."""

import os
from collections.abc import Generator
from urllib.parse import urlsplit

import psycopg
import pytest
from alembic import command
from alembic.util import CommandError
from psycopg import sql

from adapters.sql import migration
from adapters.sql.connections import UnreadableUrl
from adapters.sql.migration import MigrationFailed
from tests.integration.postgresql import Server, new_database


def test_a_database_from_a_newer_version_is_left_alone(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(MigrationFailed, match=r"9999.*newer"):
        migration.upgrade(database_url)


def test_an_unknown_revision_is_refused(empty_database_url: str) -> None:
    with pytest.raises(MigrationFailed, match="nonsense"):
        migration.upgrade(empty_database_url, "nonsense")
    assert migration.current(empty_database_url) is None


def test_a_database_that_is_away_is_said_to_be() -> None:
    with pytest.raises(MigrationFailed, match="refused"):
        migration.upgrade("postgresql://nobody@127.0.0.1:1/nothing")


def test_an_unreadable_url_is_refused_without_repeating_its_password() -> None:
    with pytest.raises(UnreadableUrl, match="cannot be read") as refusal:
        migration.upgrade("postgresql://me:s3cret@[::1/nothing")
    assert "s3cret" not in str(refusal.value)
    assert refusal.value.__cause__ is None


def test_a_migration_that_waits_for_a_lock_gives_up_and_says_why(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migration, "SECONDS_FOR_OTHER_WORK", 1)
    migration.upgrade(empty_database_url, "0001")
    with psycopg.connect(empty_database_url) as connection:
        connection.execute("SELECT FROM users")
        with pytest.raises(CommandError, match=r"lock.*lock_timeout.*changed nothing"):
            command.downgrade(migration.configuration(empty_database_url), "base")
    assert migration.current(empty_database_url) == "0001"


def test_a_migrator_that_waits_too_long_for_another_gives_up_and_says_why(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migration, "SECONDS_FOR_OTHER_MIGRATORS", 1)
    with (
        migration.exclusive_connection(empty_database_url),
        pytest.raises(MigrationFailed, match="Another migration"),
    ):
        migration.upgrade(empty_database_url)
    migration.upgrade(empty_database_url)


@pytest.fixture
def url_of_a_mere_owner_of_tables(postgresql: Server) -> Generator[str]:
    """A database for a role that may create tables in it, but nothing in the database itself."""
    role = f"satchel_test_{os.getpid()}"
    with new_database(postgresql) as url:
        with psycopg.connect(url) as connection:
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'plain'").format(sql.Identifier(role)))
            connection.execute(sql.SQL("GRANT ALL ON SCHEMA public TO {}").format(sql.Identifier(role)))
        yield _as_role(url, role, "plain")
        with psycopg.connect(url) as connection:
            connection.execute(sql.SQL("DROP OWNED BY {}").format(sql.Identifier(role)))
            connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))


def _as_role(url: str, role: str, password: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=f"{role}:{password}@{parts.netloc.rpartition('@')[2]}").geturl()


def test_a_role_that_may_not_install_the_extension_is_told_what_to_have_run(
    url_of_a_mere_owner_of_tables: str,
) -> None:
    with pytest.raises(MigrationFailed, match="CREATE EXTENSION IF NOT EXISTS pg_trgm;"):
        migration.upgrade(url_of_a_mere_owner_of_tables)
    assert migration.current(url_of_a_mere_owner_of_tables) is None
