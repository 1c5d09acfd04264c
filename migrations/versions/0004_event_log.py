"""A log in which every event has its place, chained by hashes; those not yet sealed wait beside it.

Revision: 0004
Follows: 0003
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_INDEXES = (
    "CREATE INDEX ix_events_actor_id_id ON events (actor_id, id)",
    "CREATE INDEX ix_events_subject_type_subject_id_id ON events (subject_type, subject_id, id)",
    "CREATE INDEX ix_events_type_id ON events (type, id)",
    "CREATE INDEX ix_events_occurred_at_id ON events (occurred_at, id)",
)

_UP = (
    """
    CREATE TABLE waiting_events (
        key bigint GENERATED ALWAYS AS IDENTITY,
        type text NOT NULL,
        actor_id bigint,
        subject_type text NOT NULL,
        subject_id bigint NOT NULL,
        data jsonb NOT NULL,
        occurred_at timestamptz NOT NULL,
        CONSTRAINT pk_waiting_events PRIMARY KEY (key),
        CONSTRAINT fk_waiting_events_actor_id_users FOREIGN KEY (actor_id) REFERENCES users (id)
    )
    WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000)
    """,
    """
    INSERT INTO waiting_events (type, actor_id, subject_type, subject_id, data, occurred_at)
    SELECT type, actor_id, subject_type, subject_id, data, occurred_at FROM events ORDER BY id
    """,
    "DROP TABLE events",
    """
    CREATE TABLE events (
        id bigint NOT NULL,
        type text NOT NULL,
        actor_id bigint,
        subject_type text NOT NULL,
        subject_id bigint NOT NULL,
        data jsonb NOT NULL,
        occurred_at timestamptz NOT NULL,
        hash bytea NOT NULL,
        CONSTRAINT pk_events PRIMARY KEY (id),
        CONSTRAINT ck_events_id_positive CHECK (id >= 1),
        CONSTRAINT ck_events_hash_length CHECK (octet_length(hash) = 32)
    )
    """,
    *_INDEXES,
    """
    CREATE FUNCTION refuse_change_of_log() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE insufficient_privilege USING MESSAGE = 'The log of events only grows: ' || TG_OP || ' is refused.';
    END
    $$
    """,
    """
    CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON events
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_log()
    """,
    # What waits is deleted when it is sealed, and is never emptied as a whole.
    """
    CREATE TRIGGER only_grows BEFORE UPDATE OR TRUNCATE ON waiting_events
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_log()
    """,
)

_DOWN = (
    # Out of the way with all its names, of which a table and its successor cannot both have the same.
    "CREATE TEMPORARY TABLE sealed_events ON COMMIT DROP AS SELECT * FROM events",
    "DROP TABLE events",
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
    # The version before knows of accounts alone, and leaves out of its lists what it does not know.
    """
    INSERT INTO events (type, actor_id, subject_type, subject_id, data, occurred_at)
    SELECT type, actor_id, subject_type, subject_id, data, occurred_at FROM sealed_events ORDER BY id
    """,
    """
    INSERT INTO events (type, actor_id, subject_type, subject_id, data, occurred_at)
    SELECT type, actor_id, subject_type, subject_id, data, occurred_at FROM waiting_events ORDER BY key
    """,
    *_INDEXES,
    "DROP TABLE waiting_events",
    "DROP FUNCTION refuse_change_of_log",
)


def upgrade() -> None:
    for statement in _UP:
        op.execute(statement)


def downgrade() -> None:
    for statement in _DOWN:
        op.execute(statement)
