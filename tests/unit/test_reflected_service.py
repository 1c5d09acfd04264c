"""Reading the database of an older service: what is recognised in it, and what is no such database."""

import sqlite3
from collections.abc import Mapping
from pathlib import Path

import pytest

from adapters.reflection.service import ReflectedService
from application.ports.older_services import Kind, OldData, OwnNames
from domain.errors import Invalid
from tests.contracts.older_services import accounts, sqlite_url


def database(path: Path, *statements: str) -> Path:
    """Make an SQLite file with these statements."""
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()
    return path


async def read(source: Path | str, own_names: OwnNames | None = None) -> OldData:
    """Read it."""
    return await ReflectedService(str(source), own_names or OwnNames()).read()


@pytest.mark.anyio
class TestRecognising:
    """What older services call things."""

    @pytest.mark.parametrize(
        ("table", "kind"),
        [
            ("users", Kind.USERS), ("User", Kind.USERS), ("accounts", Kind.USERS), ("blog_posts", Kind.POSTS),
            ("BlogPost", Kind.POSTS), ("todo", Kind.TASKS), ("user_cheat", Kind.BAGS), ("userCheats", Kind.BAGS),
            ("cheat_platform", Kind.CHEAT_PLATFORMS), ("topic", Kind.TOPICS),
        ],
    )  # fmt: skip
    async def test_tables_are_known_by_any_of_their_names(self, tmp_path: Path, table: str, kind: Kind) -> None:
        data = await read(database(tmp_path / "a.db", f'CREATE TABLE "{table}" (id)'))
        assert list(data.rows) == [kind]

    async def test_columns_are_known_regardless_of_case_and_underscores(self, tmp_path: Path) -> None:
        data = await read(
            database(
                tmp_path / "a.db",
                "CREATE TABLE tasks (taskId, name, dueDate, CREATED_BY, AssignedTo, colour)",
                "INSERT INTO tasks VALUES (5, 'Sweep', '2024-01-01', 1, 2, 'red')",
            )
        )
        (row,) = data.of(Kind.TASKS)
        assert row.place == "tasks 5"
        assert row.values == {"id": 5, "title": "Sweep", "deadline": "2024-01-01", "creator": 1, "assignee": 2}
        assert data.unread == ("tasks.colour",)

    async def test_the_more_usual_of_two_names_counts(self, tmp_path: Path) -> None:
        data = await read(
            database(
                tmp_path / "a.db", "CREATE TABLE users (id, name, username)", "CREATE TABLE account (id)",
                "INSERT INTO users VALUES (1, 'Ada L.', 'ada')",
            )
        )  # fmt: skip
        assert [row.values for row in data.of(Kind.USERS)] == [{"id": 1, "username": "ada"}]
        assert data.unread == ("account", "users.name")

    async def test_names_that_sql_knows_otherwise_are_read_as_they_are(self, tmp_path: Path) -> None:
        names = OwnNames({"tasks": 'select "x"'}, {"tasks": {"title": "from; DROP TABLE users"}})
        data = await read(
            database(
                tmp_path / "a.db", 'CREATE TABLE "select ""x""" (id, "from; DROP TABLE users")',
                "INSERT INTO [select \"x\"] VALUES (1, 'Sweep')",
            ),
            names,
        )  # fmt: skip
        assert [row.values for row in data.of(Kind.TASKS)] == [{"id": 1, "title": "Sweep"}]

    async def test_an_empty_database_holds_nothing(self, tmp_path: Path) -> None:
        path = database(tmp_path / "a.db", "CREATE TABLE notes (id)", "DROP TABLE notes")
        assert await read(path) == OldData({})

    async def test_a_path_and_a_url_are_the_same(self, tmp_path: Path) -> None:
        path = tmp_path / "100% of it?#.db"
        accounts(sqlite_url(tmp_path / "accounts.db"))
        (tmp_path / "accounts.db").rename(path)
        assert await read(path) == await read(sqlite_url(path))
        assert len((await read(path)).of(Kind.USERS)) == 4


@pytest.mark.anyio
class TestRefusing:
    """What is no older service's database."""

    @pytest.mark.parametrize(
        ("source", "message"),
        [
            pytest.param("missing.db", "cannot be opened: No such file", id="no file"),
            pytest.param("", "cannot be opened", id="a folder"),
            pytest.param("text.db", "is no SQLite file", id="a text"),
            pytest.param("torn.db", "cannot be read as an SQLite database", id="a database whose end is lost"),
        ],
    )
    async def test_a_file_that_cannot_be_read(self, tmp_path: Path, source: str, message: str) -> None:
        accounts(sqlite_url(tmp_path / "accounts.db"))
        whole = (tmp_path / "accounts.db").read_bytes()
        (tmp_path / "torn.db").write_bytes(whole[:100] + bytes(len(whole) - 100))
        (tmp_path / "text.db").write_text("no database")
        with pytest.raises(Invalid) as refusal:
            await read(tmp_path / source)
        assert message in refusal.value.faults[0].message

    @pytest.mark.parametrize(
        "source", ["mysql://root@127.0.0.1/app", "https://example.org/app.db", "postgresql://a:b"]
    )
    async def test_a_url_of_another_kind(self, source: str) -> None:
        with pytest.raises(Invalid) as refusal:
            await read(source)
        assert "postgresql://USER@HOST/NAME" in refusal.value.faults[0].message

    @pytest.mark.parametrize(
        ("tables", "columns", "fault"),
        [
            ({"people": "user"}, {}, "tables.people is none of users, "),
            ({"users": "person"}, {}, "tables.users is person, and there is no such table"),
            ({}, {"users": {"colour": "x"}}, "columns.users.colour is none of "),
            ({}, {"users": {"role": "x"}}, "columns.users.role is x, and user has no such column"),
            ({}, {"tasks": {"title": "x"}}, "columns.tasks.title is x, and its table has no such column"),
        ],
    )
    async def test_names_that_are_not_there(
        self,
        tmp_path: Path,
        tables: Mapping[str, str | None],
        columns: Mapping[str, Mapping[str, str | None]],
        fault: str,
    ) -> None:
        accounts(sqlite_url(tmp_path / "accounts.db"))
        with pytest.raises(Invalid) as refusal:
            await read(tmp_path / "accounts.db", OwnNames(tables, columns))
        (found,) = refusal.value.faults
        assert f"{found.field} {found.message}".startswith(fault)
