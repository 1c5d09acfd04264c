"""The data of older services in the in-memory store."""

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.memory.storage import InMemoryStorage
from application.adopting.adopt import Adoption
from application.adopting.written import STATUSES
from application.ports.older_services import Kind
from application.ports.unit_of_work import UnitsOfWork
from domain.errors import Unauthenticated
from domain.tasks import TaskPriority, TaskStatus
from tests.contracts import adopting, older_services
from tests.contracts.demo import kept_cheats
from tests.contracts.older_hashes import PASSWORD, bcrypted, scrypt
from tests.unit.sample import Team


@pytest.fixture
def units_of_work() -> UnitsOfWork:
    return InMemoryStorage().unit_of_work


class TestAdopting(adopting.AdoptingContract):
    """In memory."""


def database(path: Path, *statements: str, rows: Mapping[str, Sequence[Sequence[object]]]) -> Path:
    """Make an SQLite file with these statements, and rows in its tables."""
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    for table, values in rows.items():
        connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(values[0]))})", values)  # noqa: S608  # the test's own names
    connection.commit()
    connection.close()
    return path


def told(adoption: Adoption) -> list[str]:
    """Return every fault in a line."""
    return [f"{fault.field} {fault.message}" for fault in adoption.findings.faults]


@pytest.mark.anyio
class TestWhatBreaksARule:
    """It is named, row by row, and left out only where that is asked for."""

    async def test_users(self, units_of_work: UnitsOfWork, tmp_path: Path) -> None:
        source = database(
            tmp_path / "a.db",
            "CREATE TABLE users (id, username, email, is_approved)",
            "CREATE VIEW tasks AS SELECT 1 AS id",
            rows={
                "users": [
                    (1, "ada", "ada@example.org", 1),
                    (2, "ADA", None, 1),
                    (3, "bob", "ADA@example.org", True),
                    (4, None, None, "yes"),
                    (5, b"\xff\xfe\xfd", None, "no"),
                    (6, "x" * 2_000_000, None, "maybe"),
                    (7, "cle\0", "no address", None),
                    (8, "\u0430da", None, 1),
                    (9, "dora", "", None),
                ]
            },
        )
        connection = sqlite3.connect(source)
        connection.execute("UPDATE users SET username = CAST(username AS TEXT) WHERE id = 5")
        connection.commit()
        adoption = await adopting.adopting(units_of_work, source, skip_invalid=True)
        assert told(adoption) == [
            "users 2: username is that of users 1, regardless of case",
            "users 3: email is that of users 1, regardless of case",
            "users 4: username must have 3 to 80 characters",
            "users 4: username must hold a letter or a digit",
            "users 5: username is no text in UTF-8",
            "users 6: username has more than 1,000,000 characters",
            "users 6: is_approved is neither true nor false",
            "users 7: username may hold letters, digits, dots, underscores and hyphens only",
            "users 7: email must be an address like name@example.org",
            "users 8: username must not mix Latin letters with look-alikes of another alphabet",
        ]
        assert (adoption.findings.added[Kind.USERS], adoption.findings.refused[Kind.USERS]) == (2, 7)
        assert not (await adopting.user(units_of_work, "dora")).is_approved

    async def test_an_id_that_two_have(self, units_of_work: UnitsOfWork, tmp_path: Path) -> None:
        source = database(
            tmp_path / "a.db",
            "CREATE TABLE users (id, username, password)",
            rows={"users": [(1, "ada", scrypt(PASSWORD)), ("1", "bob", scrypt("bob's own"))]},
        )
        adoption = await adopting.adopting(units_of_work, source, skip_invalid=True)
        assert told(adoption) == ["users 1: id is that of a row before it"]
        ada = await adopting.user(units_of_work, "ada")
        assert await adopting.PASSWORDS.verify(ada.password_hash, PASSWORD)

    async def test_tasks(self, units_of_work: UnitsOfWork, tmp_path: Path) -> None:
        source = database(
            tmp_path / "a.db",
            "CREATE TABLE users (id, username)",
            "CREATE TABLE tasks (id, title, status, priority, deadline, assignee, creator)",
            rows={
                "users": [(1, "ada"), (2, "?")],
                "tasks": [
                    (1, None, "archived", 3, "soon", 9, 1),
                    (2, "Left behind", "done", "low", None, None, 2),
                    (3, "a\0b", None, None, 10**18, None, 1),
                    (4, "x" * 300, None, None, "0001-01-01T00:00+02:00", None, 1),
                    (5, "By name", "TaskStatus.IN_PROGRESS", "High", 1_700_000_000, "ADA", "ada"),
                    (6, "By day", "To-Do", "normal", "2024-05-01", "1", "1"),
                    (7, "With an offset", "", "", "2024-05-01T12:00:00+02:00", None, 1),
                    (8, "Naive", None, None, "2024-05-01 12:00:00.5", None, 1),
                ],
            },
        )
        adoption = await adopting.adopting(units_of_work, source, skip_invalid=True)
        assert told(adoption) == [
            "users 2: username must have 3 to 80 characters",
            "users 2: username may hold letters, digits, dots, underscores and hyphens only",
            "tasks 1: assignee refers to the user '9', who is missing or left out",
            f"tasks 1: status is none of {', '.join(STATUSES)}",
            "tasks 1: priority is none of low, medium, normal, high, urgent",
            "tasks 1: deadline is no time, or lies beyond the years 1 to 9999",
            "tasks 1: title must not be blank",
            "tasks 2: creator refers to the user '2', who is missing or left out",
            "tasks 3: deadline is no time, or lies beyond the years 1 to 9999",
            "tasks 3: title must not hold the NUL character",
            "tasks 4: deadline is no time, or lies beyond the years 1 to 9999",
            "tasks 4: title must have at most 255 characters",
        ]
        kept = {task.title: task for task in await adopting.tasks(units_of_work)}
        assert {title: task.deadline for title, task in kept.items()} == {
            "By name": datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC),
            "By day": datetime(2024, 5, 1, 23, 59, 59, 999999, tzinfo=UTC),
            "With an offset": datetime(2024, 5, 1, 10, tzinfo=UTC),
            "Naive": datetime(2024, 5, 1, 12, 0, 0, 500_000, tzinfo=UTC),
        }
        assert (kept["By name"].status, kept["By name"].priority) == (TaskStatus.IN_PROGRESS, TaskPriority.HIGH)
        assert kept["By name"].assignee_id == kept["By name"].creator_id == kept["By day"].assignee_id

    async def test_cheats(self, units_of_work: UnitsOfWork, tmp_path: Path) -> None:
        source = database(
            tmp_path / "a.db",
            "CREATE TABLE users (id, username)",
            "CREATE TABLE platforms (id, name)",
            "CREATE TABLE cheats (id, title, code, user_id, platform_id, is_public)",
            "CREATE TABLE cheat_topic (cheat_id, topic_id)",
            "CREATE TABLE user_cheat (user_id, cheat_id)",
            rows={
                "users": [(1, "ada")],
                "platforms": [(1, "Linux"), (2, None), (3, "two\nlines")],
                "cheats": [
                    (1, "Ports", "ss", 1, 1, 1),
                    (2, "Private", "x", 1, None, 0),
                    (3, "", "x", 8, 2, 1),
                    (4, "Ports", "ss", 1, None, 1),
                ],
                "cheat_topic": [(1, 5), (9, 5)],
                "user_cheat": [(1, 1), (1, 2), (2, 1), (None, 1)],
            },
        )
        adoption = await adopting.adopting(units_of_work, source, skip_invalid=True)
        assert [line.partition(",")[0] for line in told(adoption)] == [
            "platforms 2: name must not be blank",
            "platforms 3: name must be one line without control characters",
            "cheat_topic row 1: topic refers to none that is there",
            "cheat_topic row 2: cheat refers to none that is there",
            "cheat_topic row 2: topic refers to none that is there",
            "cheats 2: is_public is false",
            "cheats 3: owner refers to the user '8'",
            "cheats 3: platform refers to none that is there",
            "cheats 3: title must not be blank",
            "user_cheat row 2: cheat refers to none that is there",
            "user_cheat row 3: user refers to the user '2'",
            "user_cheat row 4: user is missing",
        ]
        assert [seen.cheat.title for seen in await kept_cheats(units_of_work)] == ["Ports", "Ports"]

    async def test_posts(self, units_of_work: UnitsOfWork, tmp_path: Path) -> None:
        source = database(
            tmp_path / "a.db",
            "CREATE TABLE users (id, username)",
            "CREATE TABLE blog_posts (id, title, body, author, published)",
            rows={
                "users": [(1, "ada")],
                "blog_posts": [(1, "Hey", "Hi", "ada", 1), (2, "Good morning", "It is early.", "Ada", 0)],
            },
        )
        adoption = await adopting.adopting(units_of_work, source, skip_invalid=True)
        assert told(adoption) == [
            "blog_posts 1: title must have at least 5 characters",
            "blog_posts 1: content must have at least 10 characters",
        ]
        assert adoption.findings.added[Kind.POSTS] == 1
        assert await adopting.posts(units_of_work) == []


@pytest.mark.anyio
@pytest.mark.parametrize("columns", ["id, username, password", "nr, username, password"])
async def test_people_without_an_id_are_each_themselves(
    columns: str, units_of_work: UnitsOfWork, tmp_path: Path
) -> None:
    source = database(
        tmp_path / "a.db",
        f"CREATE TABLE users ({columns})",
        rows={"users": [(None, name, scrypt(f"{name}'s own")) for name in ("ada", "bob")]},
    )
    await adopting.adopting(units_of_work, source)
    for name in ("ada", "bob"):
        kept = (await adopting.user(units_of_work, name)).password_hash
        assert await adopting.PASSWORDS.verify(kept, f"{name}'s own")


@pytest.mark.anyio
async def test_a_hash_that_was_kept_as_bytes_is_known(units_of_work: UnitsOfWork, tmp_path: Path) -> None:
    rows = {"users": [(1, "ada", bcrypted(PASSWORD).encode())]}
    source = database(tmp_path / "a.db", "CREATE TABLE users (id, username, password)", rows=rows)
    adoption = await adopting.adopting(units_of_work, source)
    assert adoption.findings.without_password == []
    kept = (await adopting.user(units_of_work, "ada")).password_hash
    assert await adopting.PASSWORDS.verify(kept, PASSWORD)


@pytest.mark.anyio
async def test_at_the_first_sign_in_the_old_hash_is_replaced_by_a_new_one(tmp_path: Path) -> None:
    team = Team()
    await adopting.adopting(team.units_of_work, adopting.made(tmp_path, older_services.accounts))
    adopted = (await adopting.user(team.units_of_work, "bob")).password_hash
    with pytest.raises(Unauthenticated):
        await team.sign_in(username="bob", password=PASSWORD + "x")
    assert (await adopting.user(team.units_of_work, "bob")).password_hash == adopted
    await team.sign_in(username="bob", password=PASSWORD)
    kept = (await adopting.user(team.units_of_work, "bob")).password_hash
    assert kept.startswith("$argon2id$")
    await team.sign_in(username="bob", password=PASSWORD)
    with pytest.raises(Unauthenticated):
        await team.sign_in(username="dora", password="1f3870be274f6c49b3e31a0c6728957f")
