"""The schema as this version of Satchel expects it; the scripts in `migrations` bring a database there."""

from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ColumnElement,
    DateTime,
    Enum,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Sequence,
    Table,
    Text,
    and_,
    func,
    literal_column,
    not_,
)
from sqlalchemy.dialects.postgresql import JSONB

from domain.idempotency import KEY_MOST
from domain.sessions import USER_AGENT_MOST, SessionKind
from domain.tasks import DESCRIPTION_MOST, TITLE_MOST, TaskPriority, TaskStatus
from domain.users import EMAIL_MOST, USERNAME_LEAST, USERNAME_MOST, Role

# How many ids one `nextval` reserves: the increment of every sequence.
ID_BLOCK = 64

# An index entry holds at most 2,704 bytes, and folding can make a title 18 times as long. So many characters
# of its key always fit, and tell nearly all titles apart.
TITLE_KEY_INDEXED = 255

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)


def _enum(members: type[StrEnum], name: str) -> Enum:
    return Enum(members, name=name, metadata=metadata, values_callable=_values)


def _values(members: type[StrEnum]) -> list[str]:
    return [member.value for member in members]


role_type = _enum(Role, "user_role")
status_type = _enum(TaskStatus, "task_status")
priority_type = _enum(TaskPriority, "task_priority")
session_kind_type = _enum(SessionKind, "session_kind")
moment_type = DateTime(timezone=True)

user_ids = Sequence("user_ids", data_type=BigInteger, increment=ID_BLOCK, metadata=metadata)
session_ids = Sequence("session_ids", data_type=BigInteger, increment=ID_BLOCK, metadata=metadata)
task_ids = Sequence("task_ids", data_type=BigInteger, increment=ID_BLOCK, metadata=metadata)

users = Table(
    "users",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("username", Text, nullable=False),
    Column("username_key", Text, nullable=False, unique=True),
    # What sorting and searching read, folded by `domain.text.fold`: code points compare alike on every server.
    Column("username_text", Text(collation="C"), nullable=False),
    Column("email", Text),
    Column("email_key", Text, unique=True),
    Column("password_hash", Text, nullable=False),
    Column("role", role_type, nullable=False),
    Column("is_approved", Boolean, nullable=False),
    Column("is_active", Boolean, nullable=False),
    Column("created_at", moment_type, nullable=False),
    Column("updated_at", moment_type, nullable=False),
    Column("deleted_at", moment_type),
    Column("version", BigInteger, nullable=False),
    CheckConstraint(f"char_length(username) BETWEEN {USERNAME_LEAST} AND {USERNAME_MOST}", name="username_length"),
    CheckConstraint(f"char_length(email) BETWEEN 1 AND {EMAIL_MOST}", name="email_length"),
    CheckConstraint("(email IS NULL) = (email_key IS NULL)", name="email_has_key"),
    CheckConstraint("version >= 1", name="version_positive"),
)
Index(
    "ix_users_present_created_at_id",
    users.c.created_at.desc(),
    users.c.id.desc(),
    postgresql_where=users.c.deleted_at.is_(None),
)
Index(
    "ix_users_present_role_created_at_id",
    users.c.role,
    users.c.created_at.desc(),
    users.c.id.desc(),
    postgresql_where=users.c.deleted_at.is_(None),
)
# Few wait, are switched off or deleted, so these lists would read the whole table without indexes of their own.
Index(
    "ix_users_not_approved_created_at_id",
    users.c.created_at.desc(),
    users.c.id.desc(),
    postgresql_where=and_(not_(users.c.is_approved), users.c.deleted_at.is_(None)),
)
Index(
    "ix_users_disabled_created_at_id",
    users.c.created_at.desc(),
    users.c.id.desc(),
    postgresql_where=and_(not_(users.c.is_active), users.c.deleted_at.is_(None)),
)
Index(
    "ix_users_deleted_created_at_id",
    users.c.created_at.desc(),
    users.c.id.desc(),
    postgresql_where=users.c.deleted_at.is_not(None),
)
Index("ix_users_updated_at_id", users.c.updated_at.desc(), users.c.id.desc())
Index("ix_users_username_text_id", users.c.username_text, users.c.id)
Index(
    "ix_users_search",
    users.c.username_text,
    users.c.email_key,
    postgresql_using="gin",
    postgresql_ops={"username_text": "gin_trgm_ops", "email_key": "gin_trgm_ops"},
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("user_id", BigInteger, ForeignKey("users.id"), nullable=False, index=True),
    Column("kind", session_kind_type, nullable=False, server_default="token"),
    # Of whatever proves the session: a new name would stop instances of the version before.
    Column("refresh_fingerprint", Text, nullable=False),
    Column("user_agent", Text),
    Column("created_at", moment_type, nullable=False),
    Column("last_used_at", moment_type, nullable=False),
    Column("expires_at", moment_type, nullable=False, index=True),
    Column("revoked_at", moment_type),
    Column("version", BigInteger, nullable=False),
    CheckConstraint("char_length(refresh_fingerprint) = 64", name="refresh_fingerprint_length"),
    CheckConstraint(f"char_length(user_agent) <= {USER_AGENT_MOST}", name="user_agent_length"),
    CheckConstraint("version >= 1", name="version_positive"),
)

tasks = Table(
    "tasks",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("title", Text, nullable=False),
    # What sorting and searching read, folded by `domain.text.fold`: code points compare alike on every server.
    Column("title_key", Text(collation="C"), nullable=False),
    Column("description", Text),
    Column("search_text", Text(collation="C"), nullable=False),
    Column("priority", priority_type, nullable=False),
    Column("status", status_type, nullable=False),
    Column("deadline", moment_type),
    Column("creator_id", BigInteger, ForeignKey("users.id"), nullable=False),
    Column("assignee_id", BigInteger, ForeignKey("users.id")),
    Column("created_at", moment_type, nullable=False),
    Column("updated_at", moment_type, nullable=False),
    Column("version", BigInteger, nullable=False),
    CheckConstraint(f"char_length(title) BETWEEN 1 AND {TITLE_MOST}", name="title_length"),
    CheckConstraint(f"char_length(description) <= {DESCRIPTION_MOST}", name="description_length"),
    CheckConstraint("version >= 1", name="version_positive"),
)

# Tasks without a deadline come last whichever way one looks, so each direction takes an end of time of its own.
NEVER: ColumnElement[object] = literal_column("'infinity'::timestamptz", moment_type)
ALWAYS: ColumnElement[object] = literal_column("'-infinity'::timestamptz", moment_type)
deadline_or_never = func.coalesce(tasks.c.deadline, NEVER)
deadline_or_always = func.coalesce(tasks.c.deadline, ALWAYS)


def title_key_start(title_key: ColumnElement[str]) -> ColumnElement[str]:
    """Return the part of a title's key that the index holds."""
    return func.left(title_key, literal_column(str(TITLE_KEY_INDEXED), Integer), type_=tasks.c.title_key.type)


title_key_indexed = title_key_start(tasks.c.title_key)

Index("ix_tasks_created_at_id", tasks.c.created_at.desc(), tasks.c.id.desc())
Index("ix_tasks_creator_id_created_at_id", tasks.c.creator_id, tasks.c.created_at.desc(), tasks.c.id.desc())
Index("ix_tasks_assignee_id_created_at_id", tasks.c.assignee_id, tasks.c.created_at.desc(), tasks.c.id.desc())
Index("ix_tasks_updated_at_id", tasks.c.updated_at.desc(), tasks.c.id.desc())
Index("ix_tasks_deadline_or_never_id", deadline_or_never, tasks.c.id)
Index("ix_tasks_deadline_or_always_id", deadline_or_always.desc(), tasks.c.id.desc())
Index("ix_tasks_priority_id", tasks.c.priority.desc(), tasks.c.id.desc())
Index("ix_tasks_title_key", title_key_indexed)
Index(
    "ix_tasks_search_text",
    tasks.c.search_text,
    postgresql_using="gin",
    postgresql_ops={"search_text": "gin_trgm_ops"},
)

# Kept with the change itself; whoever seals them moves them to `events`.
waiting_events = Table(
    "waiting_events",
    metadata,
    Column("key", BigInteger, Identity(always=True), primary_key=True),
    Column("type", Text, nullable=False),
    Column("actor_id", BigInteger, ForeignKey("users.id")),
    Column("subject_type", Text, nullable=False),
    Column("subject_id", BigInteger, nullable=False),
    Column("data", JSONB, nullable=False),
    Column("occurred_at", moment_type, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("type", Text, nullable=False),
    Column("actor_id", BigInteger),
    Column("subject_type", Text, nullable=False),
    Column("subject_id", BigInteger, nullable=False),
    Column("data", JSONB, nullable=False),
    Column("occurred_at", moment_type, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    CheckConstraint("id >= 1", name="id_positive"),
    CheckConstraint("octet_length(hash) = 32", name="hash_length"),
    # Its parts are made by the migrations, ahead of need.
    postgresql_partition_by="RANGE (id)",
)
Index("ix_events_actor_id_id", events.c.actor_id, events.c.id)
Index("ix_events_subject_type_subject_id_id", events.c.subject_type, events.c.subject_id, events.c.id)
Index("ix_events_type_id", events.c.type, events.c.id)
Index("ix_events_occurred_at_id", events.c.occurred_at, events.c.id)

# Each time the oldest events were taken out, which of them was the last.
event_archives = Table(
    "event_archives",
    metadata,
    Column("last_id", BigInteger, primary_key=True, autoincrement=False),
    Column("last_hash", LargeBinary, nullable=False),
    Column("archived_at", moment_type, nullable=False),
    CheckConstraint("octet_length(last_hash) = 32", name="hash_length"),
)

# What it holds may be lost with a crash, so it need not wait for the disk.
throttles = Table(
    "throttles",
    metadata,
    Column("key", Text, primary_key=True),
    Column("tries", Integer, nullable=False),
    Column("resets_at", moment_type, nullable=False, index=True),
    CheckConstraint("char_length(key) <= 100", name="key_length"),
    prefixes=["UNLOGGED"],
)

kept_answers = Table(
    "kept_answers",
    metadata,
    # 0 where nobody was signed in, since a key's columns cannot be null.
    Column("caller_id", BigInteger, primary_key=True, autoincrement=False),
    Column("key", Text, primary_key=True),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("sealed_answer", LargeBinary, nullable=False),
    Column("kept_at", moment_type, nullable=False),
    CheckConstraint(f"char_length(key) BETWEEN 1 AND {KEY_MOST}", name="key_length"),
)
Index("ix_kept_answers_kept_at", kept_answers.c.kept_at)
