"""Posts, drafts and published ones.

Revision: 0007
Follows: 0006
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_UP = (
    "CREATE SEQUENCE post_ids AS bigint INCREMENT BY 64",
    """
    CREATE TABLE posts (
        id bigint NOT NULL,
        author_id bigint NOT NULL,
        title text NOT NULL,
        title_key text COLLATE "C" NOT NULL,
        content text NOT NULL,
        search_text text COLLATE "C" NOT NULL,
        is_published boolean NOT NULL,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        version bigint NOT NULL,
        CONSTRAINT pk_posts PRIMARY KEY (id),
        CONSTRAINT fk_posts_author_id_users FOREIGN KEY (author_id) REFERENCES users (id),
        CONSTRAINT ck_posts_title_length CHECK (char_length(title) BETWEEN 5 AND 200),
        CONSTRAINT ck_posts_content_length CHECK (char_length(content) BETWEEN 10 AND 100000),
        CONSTRAINT ck_posts_version_positive CHECK (version >= 1)
    )
    """,
    "CREATE INDEX ix_posts_created_at_id ON posts (created_at DESC, id DESC)",
    "CREATE INDEX ix_posts_published_created_at_id ON posts (created_at DESC, id DESC) WHERE is_published",
    "CREATE INDEX ix_posts_author_id_created_at_id ON posts (author_id, created_at DESC, id DESC)",
    'CREATE INDEX ix_posts_title_key ON posts ("left"(title_key, 255))',
    "CREATE INDEX ix_posts_search_text ON posts USING gin (search_text gin_trgm_ops)",
)

_DOWN = (
    "DROP TABLE posts",
    "DROP SEQUENCE post_ids",
)


def upgrade() -> None:
    for statement in _UP:
        op.execute(statement)


def downgrade() -> None:
    for statement in _DOWN:
        op.execute(statement)
