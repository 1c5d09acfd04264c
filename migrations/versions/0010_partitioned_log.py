"""The log of events in parts, of which the oldest can be taken out; and where it begins then.

Revision: 0010
Follows: 0009
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_INDEXES = {
    "ix_events_actor_id_id": "(actor_id, id)",
    "ix_events_subject_type_subject_id_id": "(subject_type, subject_id, id)",
    "ix_events_type_id": "(type, id)",
    "ix_events_occurred_at_id": "(occurred_at, id)",
}

_COLUMNS = """
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
"""

_GUARD = """
    CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON {}
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_log()
"""

_UP = (
    # What is there becomes the first part as it is; names belong to the whole.
    "ALTER TABLE events RENAME TO events_0",
    "ALTER INDEX pk_events RENAME TO pk_events_0",
    *(f"ALTER INDEX {name} RENAME TO {name}_0" for name in _INDEXES),
    # PostgreSQL 18 names these, too.
    """
    DO $$
    DECLARE
        name text;
    BEGIN
        FOR name IN SELECT conname FROM pg_constraint WHERE conrelid = 'events_0'::regclass AND contype = 'n' LOOP
            EXECUTE 'ALTER TABLE events_0 RENAME CONSTRAINT ' || name || ' TO ' || name || '_0';
        END LOOP;
    END
    $$
    """,
    f"CREATE TABLE events ({_COLUMNS}) PARTITION BY RANGE (id)",
    *(f"CREATE INDEX {name} ON events {columns}" for name, columns in _INDEXES.items()),
    # It ends with a whole million, so that later ones can be told by their number.
    """
    DO $$
    DECLARE
        bound bigint := (coalesce((SELECT max(id) FROM events_0), 0) / 1000000 + 1) * 1000000;
    BEGIN
        EXECUTE 'ALTER TABLE events ATTACH PARTITION events_0 FOR VALUES FROM (MINVALUE) TO (' || bound || ')';
    END
    $$
    """,
    "CREATE TABLE events_rest PARTITION OF events DEFAULT",
    _GUARD.format("events"),
    # Whoever is let in to all tables is let in to the parts, too, and a statement's trigger is not inherited.
    _GUARD.format("events_rest"),
    """
    CREATE FUNCTION extend_log() RETURNS void LANGUAGE plpgsql AS $$
    DECLARE
        size CONSTANT bigint := 1000000;
        ahead CONSTANT bigint := 4;
        last bigint;
        bound bigint;
        part text;
        fresh boolean;
    BEGIN
        -- Several may migrate at the same time.
        PERFORM pg_advisory_xact_lock(7385103922);
        last := coalesce((SELECT max(id) FROM events), 0);
        bound := coalesce(max(substring(pg_get_expr(relpartbound, oid) FROM $r$TO \\('(\\d+)'\\)$r$)::bigint), 0)
            FROM pg_class WHERE oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = 'events'::regclass);
        WHILE bound < (last / size + 1 + ahead) * size LOOP
            part := 'events_' || bound / size;
            -- What came before there was a part for it makes up the next one.
            fresh := NOT EXISTS (SELECT FROM events_rest);
            IF fresh THEN
                EXECUTE 'CREATE TABLE ' || part || ' PARTITION OF events FOR VALUES FROM (' || bound
                    || ') TO (' || bound + size || ')';
                EXECUTE 'CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON ' || part
                    || ' FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_log()';
                bound := bound + size;
            ELSE
                ALTER TABLE events DETACH PARTITION events_rest;
                EXECUTE 'ALTER TABLE events_rest RENAME TO ' || part;
                EXECUTE 'ALTER TABLE events ATTACH PARTITION ' || part || ' FOR VALUES FROM (' || bound
                    || ') TO (' || (last / size + 1) * size || ')';
                CREATE TABLE events_rest PARTITION OF events DEFAULT;
                CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON events_rest
                    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_log();
                bound := (last / size + 1) * size;
            END IF;
        END LOOP;
    END
    $$
    """,
    "SELECT extend_log()",
    """
    CREATE TABLE event_archives (
        last_id bigint NOT NULL,
        last_hash bytea NOT NULL,
        archived_at timestamptz NOT NULL,
        CONSTRAINT pk_event_archives PRIMARY KEY (last_id),
        CONSTRAINT ck_event_archives_hash_length CHECK (octet_length(last_hash) = 32)
    )
    """,
    _GUARD.format("event_archives"),
)

_DOWN = (
    # Out of the way with all its names, as in 0004. Where the log began if events were taken out is forgotten.
    "CREATE TEMPORARY TABLE all_events ON COMMIT DROP AS SELECT * FROM events",
    "DROP TABLE events, event_archives",
    "DROP FUNCTION extend_log",
    f"CREATE TABLE events ({_COLUMNS})",
    "INSERT INTO events SELECT * FROM all_events ORDER BY id",
    *(f"CREATE INDEX {name} ON events {columns}" for name, columns in _INDEXES.items()),
    _GUARD.format("events"),
)


def upgrade() -> None:
    for statement in _UP:
        op.execute(statement)


def downgrade() -> None:
    for statement in _DOWN:
        op.execute(statement)
