"""Cheats under platforms and topics, and the bags they are in.

Revision: 0003
Follows: 0002
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_UP = (
    "CREATE SEQUENCE cheat_ids AS bigint INCREMENT BY 64",
    "CREATE SEQUENCE platform_ids AS bigint INCREMENT BY 64",
    "CREATE SEQUENCE topic_ids AS bigint INCREMENT BY 64",
    """
    CREATE TABLE platforms (
        id bigint NOT NULL,
        name text NOT NULL,
        name_key text NOT NULL,
        name_text text COLLATE "C" NOT NULL,
        version bigint NOT NULL,
        CONSTRAINT pk_platforms PRIMARY KEY (id),
        CONSTRAINT uq_platforms_name_key UNIQUE (name_key),
        CONSTRAINT ck_platforms_name_length CHECK (char_length(name) BETWEEN 1 AND 80),
        CONSTRAINT ck_platforms_version_positive CHECK (version >= 1)
    )
    """,
    "CREATE INDEX ix_platforms_name_text_id ON platforms (name_text, id)",
    """
    CREATE TABLE topics (
        id bigint NOT NULL,
        name text NOT NULL,
        name_key text NOT NULL,
        name_text text COLLATE "C" NOT NULL,
        version bigint NOT NULL,
        CONSTRAINT pk_topics PRIMARY KEY (id),
        CONSTRAINT uq_topics_name_key UNIQUE (name_key),
        CONSTRAINT ck_topics_name_length CHECK (char_length(name) BETWEEN 1 AND 80),
        CONSTRAINT ck_topics_version_positive CHECK (version >= 1)
    )
    """,
    "CREATE INDEX ix_topics_name_text_id ON topics (name_text, id)",
    """
    CREATE TABLE cheats (
        id bigint NOT NULL,
        key text COLLATE "C" NOT NULL,
        title text NOT NULL,
        title_key text COLLATE "C" NOT NULL,
        notes text NOT NULL,
        code text NOT NULL,
        language text,
        owner_id bigint NOT NULL,
        search_text text COLLATE "C" NOT NULL,
        search_starts text[] COLLATE "C" NOT NULL,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        version bigint NOT NULL,
        CONSTRAINT pk_cheats PRIMARY KEY (id),
        CONSTRAINT uq_cheats_key UNIQUE (key),
        CONSTRAINT fk_cheats_owner_id_users FOREIGN KEY (owner_id) REFERENCES users (id),
        CONSTRAINT ck_cheats_title_length CHECK (char_length(title) BETWEEN 1 AND 200),
        CONSTRAINT ck_cheats_notes_length CHECK (char_length(notes) <= 100000),
        CONSTRAINT ck_cheats_code_length CHECK (char_length(code) <= 100000),
        CONSTRAINT ck_cheats_language_length CHECK (char_length(language) BETWEEN 1 AND 40),
        CONSTRAINT ck_cheats_version_positive CHECK (version >= 1)
    )
    """,
    "CREATE INDEX ix_cheats_created_at_id ON cheats (created_at DESC, id DESC)",
    "CREATE INDEX ix_cheats_updated_at_id ON cheats (updated_at DESC, id DESC)",
    "CREATE INDEX ix_cheats_owner_id_created_at_id ON cheats (owner_id, created_at DESC, id DESC)",
    'CREATE INDEX ix_cheats_title_key ON cheats ("left"(title_key, 255))',
    "CREATE INDEX ix_cheats_search_text ON cheats USING gin (search_text gin_trgm_ops)",
    "CREATE INDEX ix_cheats_search_starts ON cheats USING gin (search_starts)",
    """
    CREATE TABLE cheat_platforms (
        cheat_id bigint NOT NULL,
        platform_id bigint NOT NULL,
        CONSTRAINT pk_cheat_platforms PRIMARY KEY (cheat_id, platform_id),
        CONSTRAINT fk_cheat_platforms_cheat_id_cheats
            FOREIGN KEY (cheat_id) REFERENCES cheats (id) ON DELETE CASCADE,
        CONSTRAINT fk_cheat_platforms_platform_id_platforms FOREIGN KEY (platform_id) REFERENCES platforms (id)
    )
    """,
    "CREATE INDEX ix_cheat_platforms_platform_id_cheat_id ON cheat_platforms (platform_id, cheat_id)",
    """
    CREATE TABLE cheat_topics (
        cheat_id bigint NOT NULL,
        topic_id bigint NOT NULL,
        CONSTRAINT pk_cheat_topics PRIMARY KEY (cheat_id, topic_id),
        CONSTRAINT fk_cheat_topics_cheat_id_cheats FOREIGN KEY (cheat_id) REFERENCES cheats (id) ON DELETE CASCADE,
        CONSTRAINT fk_cheat_topics_topic_id_topics FOREIGN KEY (topic_id) REFERENCES topics (id)
    )
    """,
    "CREATE INDEX ix_cheat_topics_topic_id_cheat_id ON cheat_topics (topic_id, cheat_id)",
    """
    CREATE TABLE user_cheat (
        user_id bigint NOT NULL,
        cheat_id bigint NOT NULL,
        CONSTRAINT pk_user_cheat PRIMARY KEY (user_id, cheat_id),
        CONSTRAINT fk_user_cheat_user_id_users FOREIGN KEY (user_id) REFERENCES users (id),
        CONSTRAINT fk_user_cheat_cheat_id_cheats FOREIGN KEY (cheat_id) REFERENCES cheats (id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX ix_user_cheat_cheat_id ON user_cheat (cheat_id)",
)

_DOWN = (
    "DROP TABLE user_cheat",
    "DROP TABLE cheat_topics",
    "DROP TABLE cheat_platforms",
    "DROP TABLE cheats",
    "DROP TABLE topics",
    "DROP TABLE platforms",
    "DROP SEQUENCE topic_ids",
    "DROP SEQUENCE platform_ids",
    "DROP SEQUENCE cheat_ids",
)


def upgrade() -> None:
    for statement in _UP:
        op.execute(statement)


def downgrade() -> None:
    for statement in _DOWN:
        op.execute(statement)
