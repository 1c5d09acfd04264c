"""Users, their sessions and their tasks.

Revision: 0001
Follows: nothing
"""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_UP = (
    # Trusted since PostgreSQL 13: whoever may create in the database may install it.
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE TYPE user_role AS ENUM ('employee', 'manager', 'admin')",
    "CREATE TYPE task_status AS ENUM ('todo', 'in_progress', 'done')",
    "CREATE TYPE task_priority AS ENUM ('low', 'medium', 'high')",
    "CREATE SEQUENCE user_ids AS bigint INCREMENT BY 64",
    "CREATE SEQUENCE session_ids AS bigint INCREMENT BY 64",
    "CREATE SEQUENCE task_ids AS bigint INCREMENT BY 64",
    """
    CREATE TABLE users (
        id bigint NOT NULL,
        username text NOT NULL,
        username_key text NOT NULL,
        email text,
        email_key text,
        password_hash text NOT NULL,
        role user_role NOT NULL,
        is_approved boolean NOT NULL,
        is_active boolean NOT NULL,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        deleted_at timestamptz,
        version bigint NOT NULL,
        CONSTRAINT pk_users PRIMARY KEY (id),
        CONSTRAINT uq_users_username_key UNIQUE (username_key),
        CONSTRAINT uq_users_email_key UNIQUE (email_key),
        CONSTRAINT ck_users_username_length CHECK (char_length(username) BETWEEN 3 AND 80),
        CONSTRAINT ck_users_email_length CHECK (char_length(email) BETWEEN 1 AND 254),
        CONSTRAINT ck_users_email_has_key CHECK ((email IS NULL) = (email_key IS NULL)),
        CONSTRAINT ck_users_version_positive CHECK (version >= 1)
    )
    """,
    "CREATE INDEX ix_users_present_created_at_id ON users (created_at DESC, id DESC) WHERE deleted_at IS NULL",
    """
    CREATE TABLE sessions (
        id bigint NOT NULL,
        user_id bigint NOT NULL,
        refresh_fingerprint text NOT NULL,
        user_agent text,
        created_at timestamptz NOT NULL,
        last_used_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        revoked_at timestamptz,
        version bigint NOT NULL,
        CONSTRAINT pk_sessions PRIMARY KEY (id),
        CONSTRAINT fk_sessions_user_id_users FOREIGN KEY (user_id) REFERENCES users (id),
        CONSTRAINT ck_sessions_refresh_fingerprint_length CHECK (char_length(refresh_fingerprint) = 64),
        CONSTRAINT ck_sessions_user_agent_length CHECK (char_length(user_agent) <= 400),
        CONSTRAINT ck_sessions_version_positive CHECK (version >= 1)
    )
    """,
    "CREATE INDEX ix_sessions_user_id ON sessions (user_id)",
    """
    CREATE TABLE tasks (
        id bigint NOT NULL,
        title text NOT NULL,
        title_key text COLLATE "C" NOT NULL,
        description text,
        search_text text COLLATE "C" NOT NULL,
        priority task_priority NOT NULL,
        status task_status NOT NULL,
        deadline timestamptz,
        creator_id bigint NOT NULL,
        assignee_id bigint,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        version bigint NOT NULL,
        CONSTRAINT pk_tasks PRIMARY KEY (id),
        CONSTRAINT fk_tasks_creator_id_users FOREIGN KEY (creator_id) REFERENCES users (id),
        CONSTRAINT fk_tasks_assignee_id_users FOREIGN KEY (assignee_id) REFERENCES users (id),
        CONSTRAINT ck_tasks_title_length CHECK (char_length(title) BETWEEN 1 AND 255),
        CONSTRAINT ck_tasks_description_length CHECK (char_length(description) <= 20000),
        CONSTRAINT ck_tasks_version_positive CHECK (version >= 1)
    )
    """,
    "CREATE INDEX ix_tasks_created_at_id ON tasks (created_at DESC, id DESC)",
    "CREATE INDEX ix_tasks_creator_id_created_at_id ON tasks (creator_id, created_at DESC, id DESC)",
    "CREATE INDEX ix_tasks_assignee_id_created_at_id ON tasks (assignee_id, created_at DESC, id DESC)",
    "CREATE INDEX ix_tasks_updated_at_id ON tasks (updated_at DESC, id DESC)",
    "CREATE INDEX ix_tasks_deadline_or_never_id ON tasks (coalesce(deadline, 'infinity'::timestamptz), id)",
    """
    CREATE INDEX ix_tasks_deadline_or_always_id
        ON tasks (coalesce(deadline, '-infinity'::timestamptz) DESC, id DESC)
    """,
    "CREATE INDEX ix_tasks_priority_id ON tasks (priority DESC, id DESC)",
    # A whole title, once folded, can be longer than the 2,704 bytes that an index entry holds.
    'CREATE INDEX ix_tasks_title_key ON tasks ("left"(title_key, 255))',
    "CREATE INDEX ix_tasks_search_text ON tasks USING gin (search_text gin_trgm_ops)",
)

_DOWN = (
    "DROP TABLE tasks",
    "DROP TABLE sessions",
    "DROP TABLE users",
    "DROP SEQUENCE task_ids",
    "DROP SEQUENCE session_ids",
    "DROP SEQUENCE user_ids",
    "DROP TYPE task_priority",
    "DROP TYPE task_status",
    "DROP TYPE user_role",
    # pg_trgm stays: it may have been there before, and others in this database may use it by now.
)


def upgrade() -> None:
    for statement in _UP:
        op.execute(statement)


def downgrade() -> None:
    for statement in _DOWN:
        op.execute(statement)
