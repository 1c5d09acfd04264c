"""Five small services as they were before, each with a database of its own: what Satchel takes the place of."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    insert,
    text,
)

from tests.contracts.older_hashes import PASSWORD, bcrypted, pbkdf2, plain_hmac, scrypt

SPRING: Final = datetime(2024, 4, 1, 9, 30, 15, 250_000, tzinfo=UTC)
SUMMER: Final = datetime(2024, 7, 1, 18, tzinfo=UTC)
# The services themselves knew no offsets.
_SPRING: Final = SPRING.replace(tzinfo=None)
_SUMMER: Final = SUMMER.replace(tzinfo=None)

Rows = Mapping[Table, Sequence[Mapping[str, Any]]]


def written(url: str, metadata: MetaData, rows: Rows, *statements: str) -> None:
    """Make the tables, fill them, and carry out what else there is."""
    engine = create_engine(url)
    metadata.create_all(engine)
    with engine.begin() as connection:
        for table, values in rows.items():
            connection.execute(insert(table), list(values))
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def accounts(url: str) -> None:
    """The accounts: with roles, and an admin's approval."""
    metadata = MetaData()
    user = Table(
        "user",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("username", String(80), unique=True, nullable=False),
        Column("email", String(120), unique=True),
        Column("password_hash", String(256), nullable=False),
        Column("role", String(20), default="employee"),
        Column("is_approved", Boolean, default=False),
        Column("created_at", DateTime),
    )
    rows = [
        ("Ada", "ada@example.org", scrypt(PASSWORD), "ADMIN", True),
        ("bob", "Bob@Example.org", pbkdf2(PASSWORD), "manager", True),
        ("cleo", None, plain_hmac(PASSWORD), "employee", False),
        ("dora", "", "1f3870be274f6c49b3e31a0c6728957f", "user", True),
    ]
    names = ("username", "email", "password_hash", "role", "is_approved")
    written(url, metadata, {user: [dict(zip(names, row, strict=True)) | {"created_at": _SPRING} for row in rows]})


def task_manager(url: str) -> None:
    """The tasks, beside users with names alone."""
    metadata = MetaData()
    users = Table(
        "users", metadata, Column("id", Integer, primary_key=True), Column("username", String(50)),
        Column("password", String(100)),
    )  # fmt: skip
    tasks = Table(
        "tasks",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("title", String(100), nullable=False),
        Column("description", Text),
        Column("priority", String(10)),
        Column("status", String(20), default="pending"),
        Column("deadline", DateTime),
        Column("creator_id", Integer, ForeignKey("users.id")),
        Column("assignee_id", Integer, ForeignKey("users.id")),
        Column("created_at", DateTime),
        Column("updated_at", DateTime),
        Column("color", String(10)),
    )
    task = {
        "description": None, "priority": None, "status": "pending", "deadline": None, "creator_id": 7,
        "assignee_id": None, "created_at": _SPRING, "updated_at": None,
    }  # fmt: skip
    written(
        url,
        metadata,
        {
            users: [
                {"id": 7, "username": "ada", "password": bcrypted("another password")},
                {"id": 9, "username": "erik", "password": bcrypted(PASSWORD)},
            ],
            tasks: [
                {
                    **task, "id": 1, "title": "Cafe\u0301", "priority": "high", "status": "in_progress",
                    "deadline": _SUMMER, "assignee_id": 9, "updated_at": _SUMMER, "description": "All of it",
                },
                {**task, "id": 2, "title": "Water the plants"},
                {**task, "id": 3, "title": "Water the plants"},
                {**task, "id": 4, "title": "Nobody's", "creator_id": None, "status": "Done"},
            ],
        },
    )  # fmt: skip


def cheat_sheets(url: str) -> None:
    """The cheats, with platforms, topics and everyone's bag."""
    metadata = MetaData()
    number = Integer
    users = Table(
        "users", metadata, Column("id", number, primary_key=True), Column("name", String(80)),
        Column("email", String(120)), Column("password_hash", String(200)), Column("is_admin", Boolean),
    )  # fmt: skip
    platforms = Table("platforms", metadata, Column("id", number, primary_key=True), Column("name", String(50)))
    topics = Table("topics", metadata, Column("id", number, primary_key=True), Column("name", String(50)))
    cheats = Table(
        "cheats", metadata, Column("id", number, primary_key=True), Column("title", String(200)),
        Column("notes", Text), Column("code", Text), Column("created_by_user_id", number),
    )  # fmt: skip
    cheat_platforms = Table("cheat_platforms", metadata, Column("cheat_id", number), Column("platform_id", number))
    cheat_topics = Table("cheat_topics", metadata, Column("cheat_id", number), Column("topic_id", number))
    user_cheat = Table("user_cheat", metadata, Column("user_id", number), Column("cheat_id", number))
    written(
        url,
        metadata,
        {
            users: [
                {"id": 3, "name": "bobby", "email": "bob@example.org", "password_hash": "", "is_admin": True},
                {"id": 4, "name": "fay", "email": None, "password_hash": pbkdf2(PASSWORD), "is_admin": True},
            ],
            platforms: [{"id": 1, "name": "Linux"}, {"id": 2, "name": " linux "}, {"id": 3, "name": "Git"}],
            topics: [{"id": 1, "name": "network"}],
            cheats: [
                {"id": 1, "title": "Open ports", "notes": None, "code": "ss -tlnp", "created_by_user_id": 3},
                {"id": 2, "title": "Undo", "notes": "Once", "code": None, "created_by_user_id": 4},
            ],
            cheat_platforms: [
                {"cheat_id": 1, "platform_id": 1}, {"cheat_id": 1, "platform_id": 2},
                {"cheat_id": 2, "platform_id": 3},
            ],
            cheat_topics: [{"cheat_id": 1, "topic_id": 1}],
            user_cheat: [{"user_id": 4, "cheat_id": 1}],
        },
    )  # fmt: skip


def front_end(url: str) -> None:
    """The users of a front end, of whom it knows no more than how they sign in."""
    metadata = MetaData()
    users = Table(
        "users", metadata, Column("id", Integer, primary_key=True), Column("username", String(80)),
        Column("password", String(200)),
    )  # fmt: skip
    written(url, metadata, {users: [{"id": 1, "username": "gus", "password": scrypt(PASSWORD)}]})


def blog(url: str) -> None:
    """The posts of people who sign in with a name and a password."""
    metadata = MetaData()
    user = Table(
        "user", metadata, Column("id", Integer, primary_key=True), Column("username", String(80)),
        Column("password", String(200)),
    )  # fmt: skip
    post = Table(
        "post",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("title", String(200)),
        Column("content", Text),
        Column("date_posted", Date),
        Column("author_id", Integer, ForeignKey("user.id")),
    )
    written(
        url,
        metadata,
        {
            user: [{"id": 2, "username": "gus", "password": scrypt("a third password")}],
            post: [
                {
                    "id": 1, "title": "Hello, all", "content": "The first of many.", "author_id": 2,
                    "date_posted": date(2024, 4, 1),
                }
            ],
        },
    )  # fmt: skip


ALL: Final = (accounts, task_manager, cheat_sheets, front_end, blog)


def sqlite_url(path: Path) -> str:
    """Return how SQLAlchemy is told of the file."""
    return f"sqlite:///{path}"
