"""The rows that every contender works on: made by PostgreSQL itself, the same on every machine."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import argon2
import psycopg
from psycopg import sql

CHEATS: Final = 2_000
PLATFORMS: Final = 20
TOPICS: Final = 40
SEARCH_WORDS: Final = ("anchor", "beacon", "copper", "dynamo", "ember", "falcon", "garnet", "harbor")

_PASSWORD: Final = "correct horse battery staple"  # noqa: S105 - of accounts that live for minutes
_WORDS: Final = (
    *SEARCH_WORDS,
    *(f"{first}{second}" for first in "klmnprstvw" for second in ("ilo", "ova", "uri")),
)
# As the migrations have it: ids come in blocks.
_ID_BLOCK: Final = 64


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who signs in."""

    id: int
    username: str
    password: str


PEOPLE: Final = tuple(Person(n, f"member{n:02}", _PASSWORD) for n in range(1, 33))
PEOPLE_TASKS: Final = tuple(
    tuple(range(len(PEOPLE) + place, 17 * len(PEOPLE) + place, len(PEOPLE))) for place in range(len(PEOPLE))
)
"""Ids of 16 tasks that each of PEOPLE created."""

_USERS = """
    INSERT INTO users (id, username, username_key, username_text, password_hash, role, is_approved, is_active,
                       created_at, updated_at, version)
    SELECT id, name, name, name, %(hash)s, 'employee', true, true, now(), now(), 1
    FROM unnest(%(ids)s::bigint[], %(names)s::text[]) AS person (id, name)
"""
# Ids and times rise together, ten seconds a row. Everything else follows from the id, each by a step of its own.
_TASKS = """
    INSERT INTO tasks (id, title, title_key, description, search_text, priority, status, deadline, creator_id,
                       assignee_id, created_at, updated_at, version)
    SELECT id, title, lower(title), description, lower(title) || E'\n' || coalesce(lower(description), ''),
           (ARRAY['low', 'medium', 'high'])[1 + mod(id / 3, 3)]::task_priority,
           (ARRAY['todo', 'in_progress', 'done'])[1 + mod(id / 7, 3)]::task_status,
           CASE WHEN mod(id, 2) = 0 THEN at + interval '30 days' END,
           1 + mod(id, %(people)s),
           CASE WHEN mod(id, 4) > 0 THEN 1 + mod(id / 11, %(people)s) END,
           at, at, 1
    FROM (
        SELECT id,
               concat('Bring the ', words[1 + mod(id * 13, array_length(words, 1))], ' to the ',
                      words[1 + mod(id / 5, array_length(words, 1))], ', part ', id) AS title,
               CASE WHEN mod(id, 3) > 0
                    THEN concat('As agreed on Monday: the ', words[1 + mod(id * 17, array_length(words, 1))],
                                ' first, then the rest. Ask room ', mod(id, 400), ' where to put it.')
               END AS description,
               timestamptz '2020-01-01 00:00:00.000123Z' + id * interval '10.000001 seconds' AS at
        FROM (SELECT %(words)s::text[] AS words) AS vocabulary, generate_series(%(first)s::bigint, %(last)s) AS id
    ) AS task
"""
_TAGS = """
    INSERT INTO {} (id, name, name_key, name_text, version)
    SELECT id, 'Tag ' || id, 'tag ' || id, 'tag ' || id, 1 FROM generate_series(1, %s) AS id
"""
_CHEATS = """
    INSERT INTO cheats (id, key, title, title_key, notes, code, language, owner_id, search_text, search_starts,
                        created_at, updated_at, version)
    SELECT id, 'cheat-' || id, title, lower(title), notes, code, 'bash', 1 + mod(id, %(people)s),
           lower(title || E'\n' || notes || E'\n' || code), '{}', at, at, 1
    FROM (
        SELECT id, 'Find what listens, way ' || id AS title,
               repeat('Names of the processes of others need root. ', 4) || id AS notes,
               repeat('ss -tlnp | awk ''{print $4}'' | sort -u' || E'\n', 5) AS code,
               timestamptz '2020-01-01 00:00:00.000123Z' + id * interval '10.000001 seconds' AS at
        FROM generate_series(1, %(cheats)s) AS id
    ) AS cheat
"""
_CHEAT_LINKS = """
    INSERT INTO {} SELECT cheat, 1 + mod(cheat + n * 7, %s)
    FROM generate_series(1, %s) AS cheat, generate_series(1, %s) AS n
"""
_BAGS = """
    INSERT INTO user_cheat SELECT 1 + mod(cheat + n * 7, %s), cheat
    FROM generate_series(1, %s) AS cheat, generate_series(1, 4) AS n
"""


def fill(url: str, *, tasks: int) -> None:
    """Fill an empty schema of Satchel.

    Args:
        url: of the database, as a role that owns it.
        tasks: how many.
    """
    # The parameters are those of Satchel, which would otherwise hash anew at each sign-in.
    password_hash = argon2.PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1).hash(_PASSWORD)
    with psycopg.connect(url) as connection:
        connection.execute(
            _USERS,
            {
                "hash": password_hash,
                "ids": [person.id for person in PEOPLE],
                "names": [person.username for person in PEOPLE],
            },
        )
        connection.execute(sql.SQL(_TAGS).format(sql.Identifier("platforms")), [PLATFORMS])
        connection.execute(sql.SQL(_TAGS).format(sql.Identifier("topics")), [TOPICS])
        connection.execute(_CHEATS, {"people": len(PEOPLE), "cheats": CHEATS})
        connection.execute(sql.SQL(_CHEAT_LINKS).format(sql.Identifier("cheat_platforms")), [PLATFORMS, CHEATS, 2])
        connection.execute(sql.SQL(_CHEAT_LINKS).format(sql.Identifier("cheat_topics")), [TOPICS, CHEATS, 3])
        connection.execute(_BAGS, [len(PEOPLE), CHEATS])
        for sequence in ("user_ids", "platform_ids", "topic_ids", "cheat_ids"):
            connection.execute("SELECT setval(%s, %s)", [sequence, 1_000 * _ID_BLOCK])
    add_tasks(url, first=1, last=tasks)


def add_tasks(url: str, *, first: int, last: int) -> None:
    """Add the tasks with these ids, and let new ones have greater ids.

    Many at a time are added without indexes, which are built afterwards: a tenth of the time.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        with _without_indexes(connection):
            connection.execute(
                _TASKS, {"people": len(PEOPLE), "words": list(_WORDS), "first": first, "last": last}
            )
        connection.execute("SELECT setval('task_ids', %s)", [(last // _ID_BLOCK + 2) * _ID_BLOCK])
        connection.execute("VACUUM (ANALYZE)")
        connection.execute("CHECKPOINT")


def put_in_order(url: str, *, tasks: int) -> None:
    """Take away what contenders created, so that the next one finds what all find: so many tasks."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DELETE FROM tasks WHERE id > %s", [tasks])
        connection.execute("VACUUM tasks")
        connection.execute("CHECKPOINT")


@contextmanager
def _without_indexes(connection: psycopg.Connection) -> Generator[None]:
    found = connection.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'tasks' AND indexname <> 'pk_tasks'"
    ).fetchall()
    for name, _ in found:
        connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
    yield
    connection.execute("SET maintenance_work_mem = '512MB'")
    for _, definition in found:
        connection.execute(definition)
