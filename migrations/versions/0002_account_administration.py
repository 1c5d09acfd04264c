"""Finding users by name, the log of what happened, counted tries, and news of ended sessions.

Revision: 0002
Follows: 0001
"""

import sqlalchemy as sa
from alembic import context, op

from domain.text import fold

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_BATCH = 1_000

_UP = (
    "ALTER TABLE users ALTER COLUMN username_text SET NOT NULL",
    """
    CREATE INDEX ix_users_present_role_created_at_id ON users (role, created_at DESC, id DESC)
        WHERE deleted_at IS NULL
    """,
    """
    CREATE INDEX ix_users_not_approved_created_at_id ON users (created_at DESC, id DESC)
        WHERE NOT is_approved AND deleted_at IS NULL
    """,
    """
    CREATE INDEX ix_users_disabled_created_at_id ON users (created_at DESC, id DESC)
        WHERE NOT is_active AND deleted_at IS NULL
    """,
    """
    CREATE INDEX ix_users_deleted_created_at_id ON users (created_at DESC, id DESC)
        WHERE deleted_at IS NOT NULL
    """,
    "CREATE INDEX ix_users_updated_at_id ON users (updated_at DESC, id DESC)",
    "CREATE INDEX ix_users_username_text_id ON users (username_text, id)",
    "CREATE INDEX ix_users_search ON users USING gin (username_text gin_trgm_ops, email_key gin_trgm_ops)",
    """
    CREATE TABLE events (
        id bigint GENERATED ALWAYS AS IDENTITY,
        type text NOT NULL,
        actor_id bigint,
        subject_type text NOT NULL,
        subject_id bigint NOT NULL,
        data jsonb NOT NULL,
        occurred_at timestamptz NOT NULL,
        CONSTRAINT pk_events PRIMARY KEY (id),
        CONSTRAINT fk_events_actor_id_users FOREIGN KEY (actor_id) REFERENCES users (id)
    )
    """,
    "CREATE INDEX ix_events_actor_id_id ON events (actor_id, id)",
    "CREATE INDEX ix_events_subject_type_subject_id_id ON events (subject_type, subject_id, id)",
    "CREATE INDEX ix_events_type_id ON events (type, id)",
    "CREATE INDEX ix_events_occurred_at_id ON events (occurred_at, id)",
    """
    CREATE UNLOGGED TABLE throttles (
        key text NOT NULL,
        tries integer NOT NULL,
        resets_at timestamptz NOT NULL,
        CONSTRAINT pk_throttles PRIMARY KEY (key),
        CONSTRAINT ck_throttles_key_length CHECK (char_length(key) <= 100)
    )
    """,
    "CREATE INDEX ix_throttles_resets_at ON throttles (resets_at)",
    # By triggers, so that a change made by hand in psql is told of, too. Instances forget what they remember of
    # the row that is named.
    """
    CREATE FUNCTION tell_of_user() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_notify('satchel_sessions', 'user ' || OLD.id);
        RETURN NULL;
    END
    $$
    """,
    """
    CREATE FUNCTION tell_of_session() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_notify('satchel_sessions', 'session ' || OLD.id);
        RETURN NULL;
    END
    $$
    """,
    """
    CREATE TRIGGER tell_of_change AFTER UPDATE OR DELETE ON users
        FOR EACH ROW EXECUTE FUNCTION tell_of_user()
    """,
    # A refresh changes a session, too, but ends nothing: it need not be told.
    """
    CREATE TRIGGER tell_of_change AFTER UPDATE ON sessions
        FOR EACH ROW
        WHEN (OLD.revoked_at IS DISTINCT FROM NEW.revoked_at OR OLD.expires_at IS DISTINCT FROM NEW.expires_at)
        EXECUTE FUNCTION tell_of_session()
    """,
    """
    CREATE TRIGGER tell_of_end AFTER DELETE ON sessions
        FOR EACH ROW EXECUTE FUNCTION tell_of_session()
    """,
)

_DOWN = (
    "DROP TRIGGER tell_of_end ON sessions",
    "DROP TRIGGER tell_of_change ON sessions",
    "DROP TRIGGER tell_of_change ON users",
    "DROP FUNCTION tell_of_session()",
    "DROP FUNCTION tell_of_user()",
    "DROP TABLE throttles",
    "DROP TABLE events",
    "DROP INDEX ix_users_search",
    "DROP INDEX ix_users_username_text_id",
    "DROP INDEX ix_users_updated_at_id",
    "DROP INDEX ix_users_deleted_created_at_id",
    "DROP INDEX ix_users_disabled_created_at_id",
    "DROP INDEX ix_users_not_approved_created_at_id",
    "DROP INDEX ix_users_present_role_created_at_id",
    "ALTER TABLE users DROP COLUMN username_text",
)


def upgrade() -> None:
    op.execute('ALTER TABLE users ADD COLUMN username_text text COLLATE "C"')
    _fold_usernames()
    for statement in _UP:
        op.execute(statement)


def downgrade() -> None:
    for statement in _DOWN:
        op.execute(statement)


def _fold_usernames() -> None:
    if context.is_offline_mode():
        # Folding is Satchel's own, which SQL cannot do: where there are users, the script stops at SET NOT NULL.
        return
    users = sa.table("users", sa.column("id"), sa.column("username"), sa.column("username_text"))
    batch = (
        sa.select(users.c.id, users.c.username)
        .where(users.c.id > sa.bindparam("last"))
        .order_by(users.c.id)
        .limit(_BATCH)
    )
    fill = users.update().where(users.c.id == sa.bindparam("row_id")).values(username_text=sa.bindparam("text"))
    connection = op.get_bind()
    last = 0
    while rows := connection.execute(batch, {"last": last}).all():
        connection.execute(fill, [{"row_id": row.id, "text": fold(row.username)} for row in rows])
        last = rows[-1].id
