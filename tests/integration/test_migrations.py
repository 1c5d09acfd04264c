"""A database is brought to the schema that the code expects, and back, whoever does it and how often."""

import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg import sql
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

from adapters.sql import migration
from adapters.sql.migration import MigrationFailed
from adapters.sql.store import SqlStore
from adapters.sql.tables import metadata

ROOT = Path(__file__).parents[2]
MIGRATE = "import sys; from adapters.sql import migration; migration.upgrade(sys.argv[1])"
REVISIONS = [
    script.revision for script in ScriptDirectory.from_config(migration.configuration()).walk_revisions()
][::-1]

# Everything a schema is made of, as PostgreSQL itself writes it down.
CATALOG: dict[str, LiteralString] = {
    "columns": """
        SELECT attrelid::regclass::text, attname, format_type(atttypid, atttypmod), attnotnull,
               collname, pg_get_expr(adbin, adrelid), attidentity, attgenerated
        FROM pg_attribute
        JOIN pg_class ON pg_class.oid = attrelid AND relkind IN ('r', 'p', 'v')
        LEFT JOIN pg_collation ON pg_collation.oid = attcollation
        LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE relnamespace = 'public'::regnamespace AND attnum > 0 AND NOT attisdropped AND NOT relispartition
    """,
    "constraints": """
        SELECT conrelid::regclass::text, conname, contype, pg_get_constraintdef(pg_constraint.oid),
               condeferrable, convalidated
        FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid
        WHERE connamespace = 'public'::regnamespace AND NOT relispartition
    """,
    "indexes": """
        SELECT indexname, indexdef FROM pg_indexes JOIN pg_class ON pg_class.oid = indexname::regclass
        WHERE schemaname = 'public' AND NOT relispartition
    """,
    "parts": """
        SELECT relname, pg_get_expr(relpartbound, oid) FROM pg_class WHERE relispartition AND relkind = 'r'
    """,
    "labels": """
        SELECT typname, array_agg(enumlabel ORDER BY enumsortorder)
        FROM pg_enum JOIN pg_type ON pg_type.oid = enumtypid GROUP BY typname
    """,
    "sequences": """
        SELECT sequencename, data_type::text, start_value, min_value, max_value, increment_by, cycle
        FROM pg_sequences WHERE schemaname = 'public'
    """,
    "functions": """
        SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND NOT EXISTS
            (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
    """,
    "triggers": "SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal",
}


@contextmanager
def _connected(url: str) -> Generator[Connection]:
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(url), poolclass=NullPool)
    with engine.connect() as connection:
        yield connection


def _catalog(url: str) -> dict[str, set[str]]:
    """Return what there is in a database, apart from Alembic's own table."""
    with psycopg.connect(url) as connection:
        return {
            name: {str(row) for row in connection.execute(sql.SQL(query)) if "alembic_version" not in str(row)}
            for name, query in CATALOG.items()
        }


def _is_whole(name: str | None, kind: str, _parents: object) -> bool:
    """Tell parts of the log, which the metadata does not speak of, from tables."""
    return kind != "table" or not str(name).startswith("events_")


def _migrate(url: str, revision: str) -> None:
    command.upgrade(migration.configuration(url), revision)


def _migrate_back(url: str, revision: str) -> None:
    command.downgrade(migration.configuration(url), revision)


def test_the_revisions_are_one_line_numbered_from_1() -> None:
    assert [f"{number:04}" for number in range(1, len(REVISIONS) + 1)] == REVISIONS
    assert migration.head() == REVISIONS[-1]


@pytest.mark.parametrize(("before", "revision"), list(pairwise(["base", *REVISIONS])))
def test_every_migration_goes_up_down_without_a_trace_and_up_again(
    before: str, revision: str, empty_database_url: str
) -> None:
    if before != "base":
        _migrate(empty_database_url, before)
    original = _catalog(empty_database_url)
    _migrate(empty_database_url, revision)
    migrated = _catalog(empty_database_url)
    _migrate_back(empty_database_url, before)
    assert _catalog(empty_database_url) == original
    _migrate(empty_database_url, revision)
    assert _catalog(empty_database_url) == migrated != original


def test_alembic_finds_no_difference_to_the_metadata(database_url: str) -> None:
    with _connected(database_url) as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "compare_server_default": True,
                "include_name": _is_whole,
            },
        )
        assert compare_metadata(context, metadata) == []


def test_the_catalog_shows_no_difference_to_the_metadata(database_url: str, empty_database_url: str) -> None:
    with _connected(empty_database_url) as connection:
        connection.execute(text("CREATE EXTENSION pg_trgm"))
        metadata.create_all(connection)
        connection.commit()
    told = _catalog(database_url)
    # What the metadata does not speak of.
    beyond: dict[str, set[str]] = {"functions": set(), "triggers": set(), "parts": set()}
    assert told | beyond == _catalog(empty_database_url)


def test_every_constraint_and_index_has_the_name_that_the_house_gives_it(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        constraints = connection.execute(
            "SELECT contype, conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace"
            " AND contype IN ('p', 'u', 'f', 'c') AND conrelid <> 'alembic_version'::regclass"
            " AND NOT (SELECT relispartition FROM pg_class WHERE oid = conrelid)"
        ).fetchall()
    prefixes = {"p": "pk_", "u": "uq_", "f": "fk_", "c": "ck_"}
    assert [name for kind, name in constraints if not name.startswith(prefixes[kind])] == []


def test_migrating_twice_changes_nothing(empty_database_url: str) -> None:
    migration.upgrade(empty_database_url)
    migrated = _catalog(empty_database_url)
    migration.upgrade(empty_database_url)
    assert _catalog(empty_database_url) == migrated
    assert migration.current(empty_database_url) == migration.head()


def test_the_names_of_users_from_before_are_found_after_migrating(empty_database_url: str) -> None:
    migration.upgrade(empty_database_url, "0001")
    with psycopg.connect(empty_database_url) as connection:
        connection.execute(
            "INSERT INTO users SELECT n, 'Zoë' || n, 'zoë' || n, NULL, NULL, 'hash', 'employee', true, true,"
            " now(), now(), NULL, 1 FROM generate_series(1, 2500) AS n"
        )
    migration.upgrade(empty_database_url)
    with psycopg.connect(empty_database_url) as connection:
        folded = connection.execute("SELECT username_text FROM users ORDER BY id").fetchall()
    assert folded == [(f"zoe{number}",) for number in range(1, 2501)]


def test_migrating_to_the_first_revision_stops_there(empty_database_url: str) -> None:
    migration.upgrade(empty_database_url, "0001")
    assert migration.current(empty_database_url) == "0001"


def test_five_migrators_at_the_same_time_all_succeed(empty_database_url: str) -> None:
    migrators = [
        subprocess.Popen(
            [sys.executable, "-c", MIGRATE, empty_database_url],
            env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"},
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(5)
    ]
    outcomes = [(migrator.communicate()[1], migrator.returncode) for migrator in migrators]
    assert outcomes == [("", 0)] * 5
    assert migration.current(empty_database_url) == migration.head()


def test_the_plain_alembic_command_takes_the_database_from_the_environment(empty_database_url: str) -> None:
    outcome = subprocess.run(
        [sys.executable, "-m", "alembic", "upgrade", "head"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": empty_database_url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stderr
    assert migration.current(empty_database_url) == migration.head()


def test_the_plain_alembic_command_says_what_to_set() -> None:
    outcome = subprocess.run(
        [sys.executable, "-m", "alembic", "upgrade", "head"],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name != "DATABASE_URL"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.returncode != 0
    assert "Set DATABASE_URL" in outcome.stderr + outcome.stdout


def test_the_migrations_can_be_written_out_as_sql_for_someone_else_to_run(
    empty_database_url: str, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    command.upgrade(migration.configuration(), "head", sql=True)
    script = capsys.readouterr().out
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        connection.execute(script.encode())
    assert _catalog(empty_database_url) == _catalog(database_url)


@pytest.mark.anyio
async def test_a_store_is_current_at_the_newest_revision_only(empty_database_url: str) -> None:
    store = SqlStore(empty_database_url, pool_size=2)
    assert not await store.is_current()
    migration.upgrade(empty_database_url)
    assert await store.is_current()
    with psycopg.connect(empty_database_url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    assert not await store.is_current()
    await store.close()


def test_moving_goes_up_and_down_to_any_revision(empty_database_url: str) -> None:
    for revision, then_at in [("head", migration.head()), ("0001", "0001"), ("base", None), ("0001", "0001")]:
        migration.move(empty_database_url, revision)
        assert migration.current(empty_database_url) == then_at
    with pytest.raises(MigrationFailed, match="no revision nonsense"):
        migration.move(empty_database_url, "nonsense")
