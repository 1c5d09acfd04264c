"""Satchel's tables as classes of SQLAlchemy's ORM, shared by all peers that use one."""

from datetime import datetime

from sqlalchemy import ARRAY, BigInteger, Column, DateTime, Enum, ForeignKey, Sequence, Table, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, registry, relationship


class Base(DeclarativeBase):
    """What all tables have in common: how Python's types are stored."""

    registry = registry(type_annotation_map={int: BigInteger, str: Text, datetime: DateTime(timezone=True)})


class User(Base):
    """A member of the team."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str]
    username_key: Mapped[str]
    email: Mapped[str | None]
    password_hash: Mapped[str]
    role: Mapped[str] = mapped_column(Enum("employee", "manager", "admin", name="user_role"))
    is_approved: Mapped[bool]
    is_active: Mapped[bool]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Task(Base):
    """Something to do."""

    __tablename__ = "tasks"

    id: Mapped[int] = mapped_column(Sequence("task_ids"), primary_key=True)
    title: Mapped[str]
    title_key: Mapped[str] = mapped_column(deferred=True)
    description: Mapped[str | None]
    search_text: Mapped[str] = mapped_column(deferred=True)
    priority: Mapped[str] = mapped_column(Enum("low", "medium", "high", name="task_priority"))
    status: Mapped[str] = mapped_column(Enum("todo", "in_progress", "done", name="task_status"))
    deadline: Mapped[datetime | None]
    creator_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's way

    def keep_searchable(self) -> None:
        """Bring the columns that searching and sorting read in step with the texts."""
        self.title_key = self.title.lower()
        self.search_text = f"{self.title_key}\n{(self.description or '').lower()}"


class Platform(Base):
    """What a cheat is for."""

    __tablename__ = "platforms"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Topic(Base):
    """What a cheat is about."""

    __tablename__ = "topics"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


cheat_platforms = Table(
    "cheat_platforms",
    Base.metadata,
    Column("cheat_id", ForeignKey("cheats.id"), primary_key=True),
    Column("platform_id", ForeignKey("platforms.id"), primary_key=True),
)
cheat_topics = Table(
    "cheat_topics",
    Base.metadata,
    Column("cheat_id", ForeignKey("cheats.id"), primary_key=True),
    Column("topic_id", ForeignKey("topics.id"), primary_key=True),
)
user_cheat = Table(
    "user_cheat",
    Base.metadata,
    Column("user_id", ForeignKey("users.id"), primary_key=True),
    Column("cheat_id", ForeignKey("cheats.id"), primary_key=True),
)


class Cheat(Base):
    """A piece of knowledge."""

    __tablename__ = "cheats"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    title: Mapped[str]
    title_key: Mapped[str] = mapped_column(deferred=True)
    notes: Mapped[str]
    code: Mapped[str]
    language: Mapped[str | None]
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    search_text: Mapped[str] = mapped_column(deferred=True)
    search_starts: Mapped[list[str]] = mapped_column(ARRAY(Text), deferred=True)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    version: Mapped[int]

    platforms: Mapped[list[Platform]] = relationship(secondary=cheat_platforms, order_by=Platform.id)
    topics: Mapped[list[Topic]] = relationship(secondary=cheat_topics, order_by=Topic.id)
